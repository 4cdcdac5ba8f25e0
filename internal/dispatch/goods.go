package dispatch

import (
	"context"
	"fmt"
	"sync"
	"time"

	"keepsake/campaigns/document"
	"keepsake/internal/render"
)

// lookUp fills the values that cost a query, for the letters that read them.
func (d *Dispatcher) lookUp(ctx context.Context, v *render.Values, letter *render.Letter) error {
	if letter.Reads(render.LastOrder) {
		if err := d.lastOrder(ctx, v); err != nil {
			return fmt.Errorf("last order: %w", err)
		}
	}
	if letter.Reads(render.OfWorth) {
		if err := d.worth(ctx, v); err != nil {
			return fmt.Errorf("value: %w", err)
		}
	}
	if !letter.Reads(render.Bestsellers) {
		return nil
	}
	best, err := d.goods.get(ctx, d)
	v.Bestsellers = best
	return err
}

// lastOrder is the person's own; who is made up has a made up one.
func (d *Dispatcher) lastOrder(ctx context.Context, v *render.Values) error {
	if v.Subscriber.ID == 0 {
		if v.Preview {
			o := d.samples(v.Subscriber.Lang).order(v.Now)
			v.LastOrder = &o
		}
		return nil
	}
	o, ok, err := d.store.LastOrder(ctx, v.Subscriber.ID)
	if ok {
		v.LastOrder = &o
	}
	return err
}

// worth is what the person is worth; who is made up is worth what a sample order brings.
func (d *Dispatcher) worth(ctx context.Context, v *render.Values) error {
	if v.Subscriber.ID == 0 {
		if v.Preview {
			o := d.samples(v.Subscriber.Lang).order(v.Now)
			v.Worth = &render.Worth{Currency: o.Currency, LTVCents: 3 * o.TotalCents, SpentCents: 3 * o.TotalCents, AverageCents: o.TotalCents, Orders: 3, FirstOrderAt: o.PlacedAt.AddDate(0, -6, 0),
				LastOrderAt: o.PlacedAt, NextOrderAt: o.PlacedAt.AddDate(0, 3, 0), Recency: 5, Frequency: 3, Money: 3, Rhythm: "keeping"}
			v.Worth.Amounts()
		}
		return nil
	}
	w, ok, err := d.store.WorthOf(ctx, v.Subscriber.ID)
	if !ok || err != nil {
		return err
	}
	v.Worth = &render.Worth{Currency: w.Currency, LTVCents: w.LTVCents, SpentCents: w.NetCents, AverageCents: w.Average(), Orders: w.Orders, FirstOrderAt: w.First, LastOrderAt: w.Last,
		Recency: w.Recency, Frequency: w.Frequency, Money: w.Money, Rhythm: w.Keeps(), Mood: w.MoodWord()}
	if w.Rhythm != nil {
		v.Worth.NextOrderAt = w.Rhythm.Next
	}
	v.Worth.Amounts()
	return nil
}

// goods are the bestsellers, counted anew after goodFor: they are the same for everybody
// and change slowly.
type goods struct {
	mu   sync.Mutex
	list []render.Bestseller
	at   time.Time
}

const goodFor = 10 * time.Minute

func (g *goods) get(ctx context.Context, d *Dispatcher) ([]render.Bestseller, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := d.store.Now()
	if !g.at.IsZero() && now.Sub(g.at) < goodFor {
		return g.list, nil
	}
	items, currency, err := d.store.Bestsellers(ctx, document.MaxProducts)
	if err != nil {
		return nil, err
	}
	list := make([]render.Bestseller, len(items))
	for i, item := range items {
		list[i] = render.Bestseller{Item: item, Currency: currency}
	}
	g.list, g.at = list, now
	return list, nil
}
