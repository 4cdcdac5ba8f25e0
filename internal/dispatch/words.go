package dispatch

import (
	"context"
	"sync"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/render"
)

// Words is what fills the merge tags of a letter's lines for the one who got the delivery, for the
// pages behind its links. It takes nothing, and looks up nothing unless a line has tags. A line
// whose values are gone is "".
func (d *Dispatcher) Words(ctx context.Context, w ledger.Work, lang string) func(line string) (string, error) {
	values := sync.OnceValues(func() (render.Values, error) { return d.valuesOf(ctx, w) })
	return func(line string) (string, error) {
		if !render.Tagged(line) {
			return line, nil
		}
		v, err := values()
		if err != nil {
			return "", err
		}
		said, err := render.Words(line, lang, v, render.Options{BaseURL: d.o.BaseURL})
		if fault.Is(err, fault.Invalid) {
			return "", nil
		}
		return said, err
	}
}

// valuesOf are the values of a delivery's letter, as its page shows them. What the kind has no more is left out.
func (d *Dispatcher) valuesOf(ctx context.Context, w ledger.Work) (render.Values, error) {
	b, err := d.newBatch(ctx)
	if err != nil {
		return render.Values{}, err
	}
	c, k, err := d.campaign(ctx, b, w)
	if err != nil {
		return render.Values{}, err
	}
	l := letterOf{shop: b.shop, c: c, w: w, desk: readingDesk{k}, at: d.store.Now()}
	l.m, _ = c.MessageByID(w.MessageID) // a message that is gone has no name
	data, err := c.kind.Data(ctx, l.desk, recipient(w, l.m.Name, l.at))
	if _, gone := skipReason(err); err != nil && !gone {
		return render.Values{}, err
	}
	v := d.values(l, data)
	if err := d.lastOrder(ctx, &v); err != nil {
		return v, err
	}
	v.Bestsellers, err = d.goods.get(ctx, d)
	return v, err
}
