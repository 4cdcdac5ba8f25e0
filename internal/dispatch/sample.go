package dispatch

import (
	"context"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/render"
)

// SamplePerson stands in where nobody real was chosen.
var SamplePerson = audience.Subscriber{Email: "maria@example.com", FirstName: "Maria", LastName: "Petrova", Attributes: map[string]string{}}

// samples are what a preview shows where there is nothing real, in the letter's language.
type samples struct {
	catalog *render.Catalog
	lang    string
}

func (d *Dispatcher) samples(lang string) samples { return samples{d.catalog, lang} }

func (s samples) person() audience.Subscriber {
	p := SamplePerson
	p.FirstName, p.LastName, p.Lang = s.catalog.T(s.lang, "Maria"), s.catalog.T(s.lang, "Petrova"), s.lang
	return p
}

func (s samples) order(now time.Time) audience.Order {
	return audience.Order{Number: "SAMPLE-1", State: "fulfilled", Currency: "EUR", TotalCents: 4990, PlacedAt: now.AddDate(0, 0, -7),
		Items: []audience.Item{{SKU: "sample", Name: s.catalog.T(s.lang, "Sample product"), Quantity: 1, PriceCents: 4990}}}
}

func (s samples) items() []campaigns.Item {
	return []campaigns.Item{
		{Title: s.catalog.T(s.lang, "A sample article"), Excerpt: s.catalog.T(s.lang, "This is where your next article will stand."), URL: "https://example.com/"},
		{Title: s.catalog.T(s.lang, "Another sample article"), Excerpt: s.catalog.T(s.lang, "And this is the one after it."), URL: "https://example.com/"},
	}
}

// Items are the real ones, or samples where there are none.
func (k previewDesk) Items(ctx context.Context) ([]campaigns.Item, error) {
	items, err := k.desk.Items(ctx)
	if err == nil && len(items) == 0 {
		items = k.sample.items()
	}
	return items, err
}

// Sample is whom and what a preview shows where nobody real was chosen.
type Sample struct {
	Person audience.Subscriber
	Event  *audience.Event // nil for a broadcast
	Data   any             // what the kind gives them; nil when it leaves them out
}

// Sample is what the message's letter would be filled with in that language. It takes nothing.
func (d *Dispatcher) Sample(ctx context.Context, c campaigns.Campaign, m campaigns.Message, lang string) (Sample, error) {
	s := Sample{Person: d.samples(lang).person()}
	opened, err := d.open(ctx, c)
	if err != nil {
		return s, err
	}
	w, err := d.sampleWork(ctx, Draft{Campaign: c, Message: m, Content: campaigns.Content{Lang: lang}, Person: s.Person})
	if err != nil {
		return s, err
	}
	s.Event = w.Event
	s.Data, err = opened.kind.Data(ctx, previewDesk{d.desk(c, 0), d.samples(lang)}, recipient(w, m.Name, d.store.Now()))
	if _, skipped := skipReason(err); skipped {
		s.Data, err = nil, nil
	}
	return s, err
}
