package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/render"
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
			return nil, nil, &brokenError{err}
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
	if err != nil {
		return nil, err
	}
	c := &campaign{Campaign: stored, kind: kind, desks: map[int64]*desk{}, lists: map[int64]audience.List{}}
	for _, id := range stored.Audience.Lists {
		l, err := d.store.List(ctx, id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		c.lists[id] = l.List
	}
	return c, nil
}

// writeSafely is write for any letter: one that makes it panic leaves its reader out, not
// everybody.
func (d *Dispatcher) writeSafely(ctx context.Context, b *batch, w ledger.Work, buf []byte) (env mailer.Envelope, out *ledger.Outcome, err error) {
	defer func() {
		if v := recover(); v != nil {
			slog.Error("panic while a letter was written", "delivery", w.ID, "panic", v, "stack", string(debug.Stack()))
			env, out, err = mailer.Envelope{}, skip(w, "the letter cannot be made", ""), nil
		}
	}()
	return d.write(ctx, b, w, buf)
}

// write makes the letter of a leased delivery, or says with an outcome why there is none.
// An error is not this letter's fault. Its bytes are appended to buf.
func (d *Dispatcher) write(ctx context.Context, b *batch, w ledger.Work, buf []byte) (mailer.Envelope, *ledger.Outcome, error) {
	if w.Refusal != "" {
		return mailer.Envelope{}, skip(w, w.Refusal, ""), nil
	}
	c, k, err := d.campaign(ctx, b, w)
	if err != nil {
		return mailer.Envelope{}, nil, err
	}
	m, err := c.MessageByID(w.MessageID)
	if err != nil {
		return mailer.Envelope{}, skip(w, "the message was deleted", ""), nil
	}
	if w.Done && m.On == "" {
		return mailer.Envelope{}, skip(w, "goal reached", ""), nil
	}
	if !holds(m, w) {
		return mailer.Envelope{}, skip(w, "the message's condition does not hold", ""), nil
	}
	out, err := d.render(ctx, letterOf{b.shop, c, m, w, k, d.store.Now()})
	if reason, ok := skipReason(err); ok {
		return mailer.Envelope{}, skip(w, string(reason), skipDetail(err)), nil
	}
	if err != nil {
		return mailer.Envelope{}, nil, err
	}
	env, err := d.compose(buf, b.shop, c, w, out)
	if err != nil { // an address or a header that cannot be written: this recipient only
		return env, &ledger.Outcome{DeliveryID: w.ID, State: ledger.Failed, Reason: "the letter could not be composed", Reply: err.Error()}, nil
	}
	env.Data, err = d.sign(sender(c.Sender, b.shop), env.Data)
	return env, nil, err
}

// sign puts our DKIM signature on a finished letter where we sign for its sender's domain.
func (d *Dispatcher) sign(from mailer.Address, letter []byte) ([]byte, error) {
	if d.o.Sign == nil {
		return letter, nil
	}
	return d.o.Sign(audience.Domain(from.Email), letter)
}

func skip(w ledger.Work, reason, detail string) *ledger.Outcome {
	return &ledger.Outcome{DeliveryID: w.ID, State: ledger.Skipped, Reason: reason, Reply: detail}
}

func holds(m campaigns.Message, w ledger.Work) bool {
	if m.If == "" {
		return true
	}
	c, err := campaigns.ParseCondition(m.If)
	return err == nil && c.Holds(w.Responses)
}

// skipReason tells what concerns one recipient from what concerns all; skipDetail adds to
// the reason what no catalogue knows.
func skipReason(err error) (reason fault.Word, ok bool) {
	if _, broken := errors.AsType[*brokenError](err); broken {
		return "", false
	}
	if s, ok := errors.AsType[campaigns.Skip](err); ok {
		return fault.Word(s), true
	}
	if _, ok := errors.AsType[*render.MissingError](err); ok {
		reason = "a value is missing"
		return reason, true
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return "", false
	}
	reason = "the letter cannot be made"
	if len(f.Args) == 0 {
		reason = fault.Word(f.Format)
	}
	return reason, true
}

func skipDetail(err error) string {
	if m, ok := errors.AsType[*render.MissingError](err); ok {
		return strings.Join(m.Paths, ", ")
	}
	if f, ok := errors.AsType[*fault.Error](err); ok && len(f.Args) > 0 {
		return f.Error()
	}
	return ""
}

// letterOf is what one letter is made of.
type letterOf struct {
	shop store.Shop
	c    *campaign
	m    campaigns.Message
	w    ledger.Work
	desk campaigns.Desk
	at   time.Time
}

// recipient is the person as the kind sees them.
func recipient(w ledger.Work, message string, at time.Time) campaigns.Recipient {
	return campaigns.Recipient{EnrolmentID: w.EnrolmentID, Message: message, Subscriber: w.Subscriber, Event: w.Event, Responses: w.Responses, At: at}
}

// Recipient is the person of a delivery as the kind's pages see them.
func (d *Dispatcher) Recipient(c campaigns.Campaign, w ledger.Work) campaigns.Recipient {
	m, _ := c.MessageByID(w.MessageID) // a message that is gone has no name
	return recipient(w, m.Name, d.store.Now())
}

func (d *Dispatcher) render(ctx context.Context, l letterOf) (render.Output, error) {
	content, err := l.m.Content(l.w.Subscriber.Lang, l.c.Lang)
	if err != nil {
		return render.Output{}, err
	}
	letter, err := d.letter(ctx, l.shop, l.m.ID, content)
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return render.Output{}, &brokenError{f}
	}
	if err != nil {
		return render.Output{}, err
	}
	data, err := l.c.kind.Data(ctx, l.desk, recipient(l.w, l.m.Name, l.at))
	if err != nil {
		return render.Output{}, err
	}
	v := d.values(l, data)
	v.Links = d.linksOf(l.w, letter.Holds)
	return letter.Render(v)
}

func (d *Dispatcher) values(l letterOf, data any) render.Values {
	v := render.Values{Subscriber: l.w.Subscriber, Shop: d.brand(l.shop), Data: data, Campaign: l.c.Name,
		Now: l.at, Zone: zone(l.w.Subscriber, l.shop)}
	if l.w.Event != nil {
		v.Order = l.w.Event.Order
	}
	return v
}

func zone(p audience.Subscriber, shop store.Shop) *time.Location {
	if loc := location(p.Zone); loc != nil {
		return loc
	}
	if loc := location(shop.Zone); loc != nil {
		return loc
	}
	return time.UTC
}

// locations are the time zones asked for so far: loading one reads a file.
var locations sync.Map

// location is a time zone by name; nil for what is none.
func location(name string) *time.Location {
	if loc, ok := locations.Load(name); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" {
		return nil
	}
	locations.Store(name, loc)
	return loc
}

func (d *Dispatcher) brand(s store.Shop) render.Brand {
	return render.Brand{Name: s.Name, Address: s.Address, URL: s.URL, Logo: s.Logo, Accent: s.Accent}
}

// Links are the addresses a delivery's letter may hold.
func (d *Dispatcher) Links(w ledger.Work) map[string]string {
	return d.linksOf(w, func(string) bool { return true })
}

// linksOf are those of the links that are needed.
func (d *Dispatcher) linksOf(w ledger.Work, needed func(string) bool) map[string]string {
	links := map[string]string{}
	set := func(name string, url func(link.Claims) string, c link.Claims) {
		if needed(name) {
			links[name] = url(c)
		}
	}
	set("unsubscribe", d.links.UnsubscribeURL, link.Claims{Subscriber: w.SubscriberID, List: w.List, Delivery: w.ID})
	set("preferences", d.links.PreferencesURL, link.Claims{Subscriber: w.SubscriberID, Delivery: w.ID})
	set("view", d.links.ViewURL, link.Claims{Delivery: w.ID})
	set("respond", d.links.RespondURL, link.Claims{Delivery: w.ID, Enrolment: w.EnrolmentID})
	set("public", func(link.Claims) string { return d.PublicURL(w.CampaignID) }, link.Claims{})
	if d.o.TrackOpens {
		set("open", d.links.OpenURL, link.Claims{Delivery: w.ID})
	}
	if d.o.TrackClicks {
		set("click", d.links.ClickURL, link.Claims{Delivery: w.ID, Message: w.MessageID})
	}
	return links
}

// PublicURL is the page of a campaign for everybody.
func (d *Dispatcher) PublicURL(campaign int64) string {
	return d.o.BaseURL + "/public/" + strconv.FormatInt(campaign, 10)
}

// letterKey names a compiled letter; what changes it changes the key.
type letterKey struct {
	message int64
	lang    string
	version int
	shop    store.Shop
}

// constant are the parts of a letter that were made ready for the wire before.
func (d *Dispatcher) constant(out render.Output) []mailer.Constant {
	all := make([]mailer.Constant, 0, len(out.Constant))
	for _, place := range out.Constant {
		q, ok := d.quoted.Load(place.Literal)
		if !ok {
			q, _ = d.quoted.LoadOrStore(place.Literal, mailer.Quote(place.Text))
		}
		if q := q.(*mailer.Quoted); q != nil {
			all = append(all, mailer.Constant{At: place.At, Quoted: q})
		}
	}
	return all
}

// mostLetters is how many compiled letters are kept.
const mostLetters = 200

func (d *Dispatcher) letter(ctx context.Context, shop store.Shop, message int64, content campaigns.Content) (*render.Letter, error) {
	key := letterKey{message, content.Lang, content.Version, shop}
	d.mu.Lock()
	defer d.mu.Unlock()
	if l, ok := d.letters[key]; ok {
		return l, nil
	}
	o := d.options(shop)
	o.LinkIDs = func(urls []string) ([]int64, error) { return d.store.LinkIDs(ctx, message, urls) }
	l, err := render.Compile(content, o)
	if err != nil {
		return nil, err
	}
	if len(d.letters) >= mostLetters {
		clear(d.letters)
		d.quoted.Clear()
	}
	d.letters[key] = l
	return l, nil
}

func (d *Dispatcher) options(shop store.Shop) render.Options {
	return render.Options{BaseURL: d.o.BaseURL, Brand: d.brand(shop), Catalog: d.catalog}
}

// compose makes the finished bytes with every header of STANDARDS 1, 2 and 4.
func (d *Dispatcher) compose(buf []byte, shop store.Shop, c *campaign, w ledger.Work, out render.Output) (mailer.Envelope, error) {
	from := sender(c.Sender, shop)
	domain := from.Email[strings.LastIndexByte(from.Email, '@')+1:]
	data, err := mailer.Append(buf, mailer.Letter{From: from, To: mailer.Address{Name: w.Subscriber.Name(), Email: w.Subscriber.Email},
		ReplyTo: mailer.Address{Email: first(c.Sender.ReplyTo, shop.ReplyTo)}, Subject: out.Subject, HTML: out.HTML, Text: out.Text, Constant: d.constant(out),
		MessageID: d.links.MessageID(w.ID, domain), Date: d.store.Now(), Headers: d.headers(c, w, domain)})
	env := mailer.Envelope{From: from.Email, To: w.Subscriber.Email, Data: data, Composed: true}
	if d.o.BounceDomain != "" {
		env.From = d.links.ReturnPath(w.ID, d.o.BounceDomain)
	}
	return env, err
}

func sender(s campaigns.Sender, shop store.Shop) mailer.Address {
	return mailer.Address{Name: first(s.Name, shop.SenderName, shop.Name), Email: first(s.Email, shop.SenderEmail)}
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func (d *Dispatcher) headers(c *campaign, w ledger.Work, domain string) []mailer.Header {
	var hs []mailer.Header
	for _, h := range d.links.OneClick(w.SubscriberID, w.List, w.ID, d.o.UnsubscribeMail) {
		hs = append(hs, mailer.Header(h))
	}
	l := c.lists[w.List]
	if l.Label == "" { // an automation without a list: the shop's own letters
		l = audience.List{Name: c.Name, Label: "campaign-" + strconv.FormatInt(c.ID, 10)}
	}
	hs = append(hs,
		mailer.Header{Name: "List-ID", Value: fmt.Sprintf("%s <%s.%s>", l.Name, l.Label, domain)},
		mailer.Header{Name: "List-Post", Value: "NO"},
		mailer.Header{Name: "Feedback-ID", Value: fmt.Sprintf("c%d:l%d:%s:keepsake", c.ID, w.List, c.Kind)})
	if c.Automation() {
		return append(hs, mailer.Header{Name: "Auto-Submitted", Value: "auto-generated"})
	}
	return append(hs, mailer.Header{Name: "Precedence", Value: "bulk"})
}
