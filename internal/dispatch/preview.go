package dispatch

import (
	"context"
	"errors"
	"fmt"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// Preview is a letter as one person would get it, with what is missing for them.
type Preview struct {
	render.Output
	Missing []string         // merge tags that are empty for this person, without a fallback
	Unknown []render.Unknown // merge tags that nobody could ever fill
	Skip    campaigns.Skip   // why the kind would leave everybody out now; the letter is shown all the same

	unsubscribe string // the address behind its link
}

// Draft is a content that is being written: it may differ from what is stored.
type Draft struct {
	Campaign campaigns.Campaign
	Message  campaigns.Message
	Content  campaigns.Content
	Person   audience.Subscriber // zero: SamplePerson in the content's language
	Canvas   bool                // with the composer's marks
	Again    bool                // of a pre-flight: links that were opened are opened once more
	Shop     *store.Shop         // whose brand it wears; nil is the shop as it is stored
}

// Preview renders a draft. It takes nothing: no code, no secret, no delivery.
func (d *Dispatcher) Preview(ctx context.Context, p Draft) (Preview, error) {
	if p.Person.Email == "" {
		p.Person = d.samples(p.Content.Lang).person()
	}
	shop, err := d.shopOf(ctx, p)
	if err != nil {
		return Preview{}, err
	}
	c, err := d.open(ctx, p.Campaign)
	if err != nil {
		return Preview{}, err
	}
	w, err := d.sampleWork(ctx, p)
	if err != nil {
		return Preview{}, err
	}
	k := previewDesk{d.desk(p.Campaign, 0), d.samples(p.Content.Lang)}
	data, err := c.kind.Data(ctx, k, recipient(w, p.Message.Name, d.store.Now()))
	skip, skipped := errors.AsType[campaigns.Skip](err)
	if err != nil && !skipped {
		return Preview{}, err
	}
	o := d.options(ctx, shop)
	o.Canvas, o.Data = p.Canvas, data
	letter, err := render.Compile(p.Content, o)
	if err != nil {
		return Preview{}, err
	}
	v := d.values(letterOf{shop: shop, c: c, m: p.Message, w: w, at: d.store.Now()}, data)
	v.Links = d.testLinks(ctx, p)
	v.Preview = true
	if err := d.lookUp(ctx, &v, letter); err != nil {
		return Preview{}, err
	}
	out, err := letter.Render(v)
	return Preview{Output: out, Missing: letter.Missing(v), Unknown: letter.Unknown(), Skip: skip, unsubscribe: v.Links["unsubscribe"]}, err
}

// testLinks are the links of a letter that is tried: they lead to a page that says what they do
// for readers, and change nothing. All others lead where they lead, uncounted.
func (d *Dispatcher) testLinks(ctx context.Context, p Draft) map[string]string {
	c := link.Test(p.Content.Lang)
	links := map[string]string{"unsubscribe": d.links.UnsubscribeURL(c), "preferences": d.links.PreferencesURL(c), "view": d.links.ViewURL(c),
		"respond": d.links.RespondURL(c), "answer": d.links.AnswerURL(c), "calendar": d.links.CalendarURL(c), "qr": d.sampleCodes(ctx, p.Content),
		"public": d.PublicURL(p.Campaign.ID)}
	if p.Campaign.ID == 0 || p.Campaign.State == campaigns.Draft { // nobody but us sees that page yet
		links["public"] = links["respond"]
	}
	return links
}

func (d *Dispatcher) shopOf(ctx context.Context, p Draft) (store.Shop, error) {
	if p.Shop != nil {
		return *p.Shop, nil
	}
	return d.store.Shop(ctx)
}

// Code is a draft as HTML with its merge tags still in it.
func (d *Dispatcher) Code(ctx context.Context, p Draft) (string, error) {
	shop, err := d.store.Shop(ctx)
	if err != nil {
		return "", err
	}
	return render.Code(p.Content, d.options(ctx, shop))
}

// sampleWork is a delivery that does not exist; its links lead to nobody's record. For an
// automation it carries the person's last order, or a sample one.
func (d *Dispatcher) sampleWork(ctx context.Context, p Draft) (ledger.Work, error) {
	w := ledger.Work{Subscriber: p.Person, Responses: map[string]string{}}
	if p.Campaign.Trigger.On == "" {
		return w, nil
	}
	order := d.samples(p.Content.Lang).order(d.store.Now())
	if p.Person.ID != 0 {
		orders, err := d.store.Orders(ctx, p.Person.ID, 1)
		if err != nil {
			return w, err
		}
		if len(orders) > 0 {
			order = orders[0]
		}
	}
	w.Event = &audience.Event{Name: p.Campaign.Trigger.On, Order: &order, At: d.store.Now()}
	return w, nil
}

// Test sends a draft to one address, marked as a test, outside the ledger: it is no
// campaign's letter. It returns the server's words.
func (d *Dispatcher) Test(ctx context.Context, p Draft, to string) (string, error) {
	email, err := audience.CleanEmail(to)
	if err != nil {
		return "", err
	}
	out, err := d.Preview(ctx, p)
	if err != nil {
		return "", err
	}
	shop, err := d.store.Shop(ctx)
	if err != nil {
		return "", err
	}
	from := sender(p.Campaign.SenderOf(p.Content), shop)
	data, err := mailer.Compose(mailer.Letter{From: from, To: mailer.Address{Email: email}, Subject: d.catalog.T(p.Content.Lang, "[Test]") + " " + out.Subject,
		HTML: out.HTML, Text: out.Text, Date: d.store.Now()})
	if err == nil {
		data, err = d.sign(from, data)
	}
	if err != nil {
		return "", fmt.Errorf("compose test: %w", err)
	}
	got, err := d.prompt(ctx, from.Email, mailer.Envelope{From: from.Email, To: email, Data: data})
	if err != nil {
		return "", err
	}
	if got.State != mailer.Sent {
		return got.Reply, fault.New(fault.Away, "The test was not sent. The mail server said: %s", got.Reply)
	}
	return got.Reply, nil
}

// Content is what a delivery's message says in its reader's language.
func (d *Dispatcher) Content(c campaigns.Campaign, w ledger.Work) (campaigns.Content, error) {
	m, err := c.MessageByID(w.MessageID)
	if err != nil {
		return campaigns.Content{}, err
	}
	return m.Letter(w.Variant, w.Subscriber.Lang, c.Lang)
}

// Document is a content's document with its saved blocks put in. One that is not written in blocks is a NotFound.
func (d *Dispatcher) Document(ctx context.Context, content campaigns.Content) (document.Document, error) {
	if content.Mode != "blocks" {
		return document.Document{}, fault.New(fault.NotFound, "This letter is not written in blocks.")
	}
	doc, err := document.Parse(content.Document)
	if err != nil {
		return doc, err
	}
	return doc, doc.Resolve(func(ref int64) (document.Blocks, error) { return d.savedBlocks(ctx, ref) })
}

// View is the letter of a delivery as it was sent, for "view in browser": what is shown
// is rendered again from the ledger, of what the letter's own link says it was made of, and takes nothing.
func (d *Dispatcher) View(ctx context.Context, delivery int64, as Sent) (render.Output, error) {
	w, err := d.store.Work(ctx, delivery)
	if err != nil {
		return render.Output{}, err
	}
	if w.State != ledger.Sent && w.State != ledger.Unsure && w.State != ledger.Sending {
		return render.Output{}, fault.New(fault.NotFound, "This letter is no longer on record.")
	}
	b, err := d.newBatch(ctx)
	if err != nil {
		return render.Output{}, err
	}
	c, k, err := d.campaign(ctx, b, w)
	if err != nil {
		return render.Output{}, err
	}
	m, err := c.MessageByID(w.MessageID)
	if err != nil {
		return render.Output{}, err
	}
	at := d.store.Now()
	if w.SentAt != nil {
		at = *w.SentAt
	}
	content, err := m.Letter(w.Variant, w.Subscriber.Lang, c.Lang)
	if err != nil {
		return render.Output{}, err
	}
	l, err := d.asSent(ctx, letterOf{shop: b.shop, c: c, m: m, text: content, w: w, desk: readingDesk{k}, at: at}, as)
	if err != nil {
		return render.Output{}, err
	}
	out, err := d.render(ctx, l)
	if reason, ok := skipReason(err); ok {
		return out, fault.New(fault.NotFound, "This letter cannot be shown any more: %s.", reason)
	}
	return out.Whole(), err
}
