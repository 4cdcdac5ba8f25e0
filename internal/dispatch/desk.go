package dispatch

import (
	"context"
	"math"
	"sync"
	"time"

	"keepsake/campaigns"
	"keepsake/internal/link"
	"keepsake/internal/store"
)

// desk answers a kind for one campaign and, while letters are made, one run.
type desk struct {
	store    *store.Store
	links    *link.Signer
	campaign campaigns.Campaign
	run      int64 // 0: the run that would begin now
	mu       sync.Mutex
	items    []campaigns.Item
	read     bool
	tallies  map[string]map[string]int
}

var _ campaigns.Desk = (*desk)(nil)

func (d *Dispatcher) desk(c campaigns.Campaign, run int64) *desk {
	return &desk{store: d.store, links: d.links, campaign: c, run: run}
}

// Desk is what a campaign's kind may ask of the program, for pages and reports.
func (d *Dispatcher) Desk(c campaigns.Campaign) campaigns.Desk { return d.desk(c, 0) }

func (k *desk) Reserve(ctx context.Context, to campaigns.Recipient, expires time.Time) (campaigns.Code, error) {
	return k.store.Reserve(ctx, k.campaign.ID, to.Subscriber.ID, to.EnrolmentID, expires)
}

// mostItems is how many items a letter could ever hold.
const mostItems = 50

// Items are read once for all letters of a run.
func (k *desk) Items(ctx context.Context) ([]campaigns.Item, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.read {
		return k.items, nil
	}
	run, until := int64(math.MaxInt64), k.store.Now()
	if k.run != 0 {
		r, err := k.store.Run(ctx, k.run)
		if err != nil {
			return nil, err
		}
		run, until = r.ID, r.StartedAt
	}
	after, err := k.store.RunBefore(ctx, k.campaign.ID, run)
	if err != nil {
		return nil, err
	}
	feed := ""
	if kind, err := k.campaign.Open(); err == nil {
		if f, ok := kind.(feeder); ok {
			feed = f.Feed()
		}
	}
	k.items, err = k.store.Items(ctx, feed, after, until, mostItems)
	k.read = err == nil
	return k.items, err
}

// Tally counts once for all letters of a lease, which would each ask for the same.
func (k *desk) Tally(ctx context.Context, field string) (map[string]int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if t, ok := k.tallies[field]; ok {
		return t, nil
	}
	t, err := k.store.Tally(ctx, k.campaign.ID, field)
	if err != nil {
		return nil, err
	}
	if k.tallies == nil {
		k.tallies = map[string]map[string]int{}
	}
	k.tallies[field] = t
	return t, nil
}

func (k *desk) Count(ctx context.Context, field, value string) (int, error) {
	return k.store.CountResponses(ctx, k.campaign.ID, field, value)
}

func (k *desk) Entries(ctx context.Context, field string) ([]campaigns.Entry, error) {
	return k.store.Entries(ctx, k.campaign.ID, field)
}

func (k *desk) Stock(ctx context.Context) (campaigns.Stock, error) {
	return k.store.Stock(ctx, k.campaign.ID)
}

func (k *desk) Secret(ctx context.Context, name string) ([]byte, error) {
	return k.store.Secret(ctx, k.campaign.ID, name)
}

func (k *desk) Record(ctx context.Context, name, value string) (string, error) {
	return k.store.Note(ctx, k.campaign.ID, name, value)
}

func (k *desk) ShareURL(to campaigns.Recipient) string {
	if len(k.campaign.Audience.Lists) == 0 {
		return ""
	}
	return k.links.ShareURL(link.Claims{Enrolment: to.EnrolmentID})
}

func (k *desk) Award(ctx context.Context, enrolment int64, field, value string) error {
	return k.store.Award(ctx, enrolment, field, value)
}

// previewDesk reads what is there and takes nothing: a preview must not use up a gift.
type previewDesk struct {
	*desk
	sample samples
}

func (previewDesk) Reserve(_ context.Context, _ campaigns.Recipient, expires time.Time) (campaigns.Code, error) {
	code := campaigns.Code{Code: sampleCode, State: "reserved"}
	if !expires.IsZero() {
		code.ExpiresAt = &expires
	}
	return code, nil
}

func (previewDesk) Secret(context.Context, string) ([]byte, error) { return make([]byte, 32), nil }

func (k previewDesk) Record(ctx context.Context, name, _ string) (string, error) {
	return k.desk.Record(ctx, name, "")
}

func (previewDesk) Award(context.Context, int64, string, string) error { return nil }
