package dispatch

import (
	"context"
	"log/slog"

	"keepsake/campaigns/ledger"
)

// brokenError is a campaign whose letters cannot be made at all, for nobody.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }

// halt pauses the campaign of a letter that cannot be made and tells the shop, so that
// nobody is left out for a fault that can be corrected, and no other campaign waits for it.
func (d *Dispatcher) halt(ctx context.Context, w ledger.Work, broken *brokenError) error {
	slog.Error("campaign paused: its letter cannot be made", "campaign", w.CampaignID, "message", w.MessageID, "error", broken.err)
	d.clerk.settle(ledger.Outcome{DeliveryID: w.ID, State: ledger.Queued, DueAt: w.DueAt})
	return d.store.Halt(ctx, w.CampaignID, w.SubscriberID, "A campaign was paused: its letter cannot be made. Correct it, then resume.")
}
