package dispatch

import (
	"context"
	"sync"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
)

// batch holds what the letters of one lease share.
type batch struct {
	shop      store.Shop
	mu        sync.Mutex
	campaigns map[int64]*campaign
	halted    sync.Map // campaigns that may no longer send
}

// stop says that a campaign was paused or cancelled since the lease; stopped asks.
func (b *batch) stop(campaign int64) { b.halted.Store(campaign, true) }

func (b *batch) stopped(campaign int64) bool {
	_, is := b.halted.Load(campaign)
	return is
}

// campaign is a campaign with its kind opened and a desk for each run.
type campaign struct {
	campaigns.Campaign
	kind  campaigns.Kind
	desks map[int64]*desk
	lists map[int64]audience.List
	fixed sync.Map // mailer.Fixed by fixedKey
	saved int64    // the revision of the saved blocks when it was opened
}

func (d *Dispatcher) newBatch(ctx context.Context) (*batch, error) {
	shop, err := d.store.Shop(ctx)
	return &batch{shop: shop, campaigns: map[int64]*campaign{}}, err
}

func (d *Dispatcher) campaign(ctx context.Context, b *batch, w ledger.Work) (*campaign, *desk, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.campaigns[w.CampaignID]
	if !ok {
		stored, err := d.store.Campaign(ctx, w.CampaignID)
		if err != nil {
			return nil, nil, err
		}
		if c, err = d.open(ctx, stored); err != nil {
			return nil, nil, err
		}
		b.campaigns[w.CampaignID] = c
	}
	k, ok := c.desks[w.RunID]
	if !ok {
		k = d.desk(c.Campaign, w.RunID)
		c.desks[w.RunID] = k
	}
	return c, k, nil
}

func (d *Dispatcher) open(ctx context.Context, stored campaigns.Campaign) (*campaign, error) {
	kind, err := stored.Open()
	if err != nil { // unlike a database that does not answer, which is no fault of the campaign's
		return nil, &brokenError{err}
	}
	c := &campaign{Campaign: stored, kind: kind, desks: map[int64]*desk{}, lists: map[int64]audience.List{}}
	if c.saved, err = d.store.SavedRevision(ctx); err != nil {
		return nil, err
	}
	for _, id := range stored.Audience.Lists {
		l, err := d.store.List(ctx, id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		c.lists[id] = l.List
	}
	return c, nil
}
