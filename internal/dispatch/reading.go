package dispatch

import (
	"context"
	"errors"
	"time"

	"keepsake/campaigns"
)

// readingDesk shows what is there and takes nothing. Scanners follow every link of a
// letter, so what a GET shows is read from it: it could change nothing if it tried.
type readingDesk struct{ *desk }

// errReading is a kind that asks for more than a look.
var errReading = errors.New("nothing changes when a link is followed")

// Reading is the desk behind pages that are only looked at.
func (d *Dispatcher) Reading(c campaigns.Campaign) campaigns.Desk {
	return readingDesk{d.desk(c, 0)}
}

func (k readingDesk) Reserve(ctx context.Context, to campaigns.Recipient, _ time.Time) (campaigns.Code, error) {
	return k.store.Held(ctx, k.campaign.ID, to.EnrolmentID)
}

func (k readingDesk) Secret(ctx context.Context, name string) ([]byte, error) {
	return k.store.KeptSecret(ctx, k.campaign.ID, name)
}

func (k readingDesk) Record(ctx context.Context, name, _ string) (string, error) {
	return k.desk.Record(ctx, name, "")
}

func (readingDesk) Award(context.Context, int64, string, string) error { return errReading }
