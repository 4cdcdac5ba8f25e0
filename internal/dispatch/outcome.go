package dispatch

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"keepsake/campaigns/ledger"
	"keepsake/internal/mailer"
)

// outcome says what a server's answer means for a delivery: 5yz is final for the
// recipient, 4yz is tried again with back-off, the server's own trouble costs no try, and
// no answer after the final dot is never repeated by itself.
func (d *Dispatcher) outcome(w ledger.Work, got mailer.Outcome) ledger.Outcome {
	out := ledger.Outcome{DeliveryID: w.ID, Reply: got.Reply, Stage: got.Stage}
	switch got.State {
	case mailer.Sent:
		out.State, out.Stage = ledger.Sent, ""
	case mailer.Refused:
		out.State, out.Reason = ledger.Failed, "the mail server refused the letter"
	case mailer.Unsure:
		out.State, out.Reason = ledger.Unsure, "stopped between hand-over and answer"
	case mailer.Later:
		d.later(&out, w)
	default:
		out.State, out.Reason, out.DueAt, out.Untried = ledger.Queued, "the mail server does not answer", d.store.Now(), true
	}
	return out
}

func (d *Dispatcher) later(out *ledger.Outcome, w ledger.Work) {
	wait, more := ledger.Retry(w.Attempts + 1)
	if !more {
		out.State, out.Reason = ledger.Failed, "given up after many tries"
		return
	}
	out.State, out.Reason, out.DueAt = ledger.Queued, "the mail server asked to try later", d.store.Now().Add(wait)
}

// deadAddress are the status codes that say the mailbox does not exist (RFC 3463).
var deadAddress = []string{"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}

// bounced suppresses an address that the server says is dead. What it says of the sender
// is no fault of the recipient's.
func (d *Dispatcher) bounced(ctx context.Context, w ledger.Work, got mailer.Outcome) {
	if got.State != mailer.Refused || got.Stage == mailer.StageMail || !slices.Contains(deadAddress, got.Enhanced) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := d.store.Bounce(ctx, w.Delivery, w.Subscriber.Email); err != nil {
		slog.Error("suppress after a bounce", "delivery", w.ID, "error", err)
	}
}
