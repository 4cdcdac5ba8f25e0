package campaigns

import (
	"context"
	"net/url"
	"time"

	"keepsake/campaigns/fault"
)

var (
	_ Preparer = (*Knowledge)(nil)
	_ Reporter = (*Knowledge)(nil)
)

// Knowledge sends what was written since the last time: articles of the shop's own and
// items of a feed.
type Knowledge struct {
	FeedURL string `json:"feed_url" label:"Feed address" help:"RSS or Atom. Leave empty to send only your own articles." input:"url"`
	Most    int    `json:"most" label:"Articles at most" help:"The newest of them. 0 stands for 5."`
	Least   int    `json:"least" label:"Articles at least" help:"A run with fewer new articles is skipped."`
}

// How many articles a letter has: usually, and at most.
const (
	mostUsual = 5
	mostItems = 50
)

// Validate checks the feed's address and the numbers.
func (k *Knowledge) Validate() error {
	if k.FeedURL != "" {
		u, err := url.Parse(k.FeedURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fault.Field("feed_url", "The feed's address starts with https://.")
		}
	}
	if k.Most < 0 || k.Most > mostItems {
		return fault.Field("most", "Between 1 and %d articles.", mostItems)
	}
	if k.Least < 0 || k.Least > k.most() {
		return fault.Field("least", "Between 1 and %d articles.", k.most())
	}
	return nil
}

func (k *Knowledge) most() int {
	if k.Most == 0 {
		return mostUsual
	}
	return k.Most
}

// Starter is one message, every Tuesday at ten.
func (*Knowledge) Starter() Starter {
	return Starter{Trigger: Trigger{Cron: "0 10 * * 2"}, Messages: []Message{{Name: "digest"}}}
}

// Feed is the address to collect from before a run; "" for none.
func (k *Knowledge) Feed() string { return k.FeedURL }

// Prepare skips a run with nothing new in it.
func (k *Knowledge) Prepare(ctx context.Context, d Desk, _ time.Time) error {
	items, err := d.Items(ctx)
	if err != nil {
		return err
	}
	if len(items) == 0 || len(items) < k.Least {
		return Skip("nothing new since the last run")
	}
	return nil
}

// Data is the new items, newest first.
func (k *Knowledge) Data(ctx context.Context, d Desk, _ Recipient) (any, error) {
	items, err := d.Items(ctx)
	if err != nil {
		return nil, err
	}
	if len(items) > k.most() {
		items = items[:k.most()]
	}
	return struct{ Items []Item }{items}, nil
}

// Figures has nothing beyond the clicks, which the report shows by link.
func (k *Knowledge) Figures(ctx context.Context, d Desk) ([]Figure, error) {
	items, err := d.Items(ctx)
	return []Figure{{Label: "Articles since the last run", Value: float64(len(items))}}, err
}
