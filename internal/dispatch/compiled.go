package dispatch

import (
	"context"
	"errors"
	"strconv"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// Links are the addresses a delivery's letter may hold.
func (d *Dispatcher) Links(w ledger.Work) map[string]string {
	return d.linksOf(w, func(string) bool { return true }, Sent{})
}

// linksOf are those of the links that are needed, for a letter made of that.
func (d *Dispatcher) linksOf(w ledger.Work, needed func(string) bool, of Sent) map[string]string {
	links := map[string]string{}
	set := func(name string, url func(link.Claims) string, c link.Claims) {
		if needed(name) {
			links[name] = url(c)
		}
	}
	set("unsubscribe", d.links.UnsubscribeURL, link.Claims{Subscriber: w.SubscriberID, List: w.List, Delivery: w.ID})
	set("preferences", d.links.PreferencesURL, link.Claims{Subscriber: w.SubscriberID, Delivery: w.ID})
	set("view", d.links.ViewURL, of.claims(w))
	set("respond", d.links.RespondURL, link.Claims{Delivery: w.ID, Enrolment: w.EnrolmentID})
	set("answer", d.links.AnswerURL, link.Claims{Delivery: w.ID})
	set("calendar", d.links.CalendarURL, link.Claims{Delivery: w.ID})
	set("qr", d.links.CodeURL, link.Claims{Delivery: w.ID})
	set("public", func(link.Claims) string { return d.PublicURL(w.CampaignID) }, link.Claims{})
	if d.o.TrackOpens {
		set("open", d.links.OpenURL, link.Claims{Delivery: w.ID})
	}
	if d.o.TrackClicks {
		set("click", d.links.ClickURL, link.Claims{Delivery: w.ID, Message: w.MessageID})
	}
	return links
}

// hop makes the addresses that count clicks where a letter leads its reader by a value of their
// own; nil when none is needed.
func (d *Dispatcher) hop(w ledger.Work, needed bool) render.Hop {
	if !needed || !d.o.TrackClicks {
		return nil
	}
	return func(place int64, target string) string {
		return first(d.links.HopURL(link.Claims{Delivery: w.ID, Message: w.MessageID, Link: place, Extra: target}), target)
	}
}

// PublicURL is the page of a campaign for everybody.
func (d *Dispatcher) PublicURL(campaign int64) string {
	return d.o.BaseURL + "/public/" + strconv.FormatInt(campaign, 10)
}

// letterKey names a compiled letter; what changes it changes the key.
type letterKey struct {
	message int64
	variant string
	lang    string
	version int
	shop    store.Look
	saved   int64  // the revision of the saved blocks
	shows   string // names the saved blocks of a letter that left; "" for those of today
}

// readyLetter is a compiled letter with the saved blocks it shows.
type readyLetter struct {
	*render.Letter
	saved map[int64]string // what they were, by number
	shows string           // names them; "" where there are none
}

// body is a letter's HTML with what of it was made ready for the wire before.
func (d *Dispatcher) body(out render.Output) (html string, constant []mailer.Constant) {
	html, constant = out.HTML, make([]mailer.Constant, 0, len(out.Constant))
	more := 0 // the octets of literals that went back into the rest
	for _, place := range out.Constant {
		at := place.At + more
		if q := d.quote(place); q != nil {
			constant = append(constant, mailer.Constant{At: at, Quoted: q})
			continue
		}
		html, more = html[:at]+place.Text+html[at:], more+len(place.Text)
	}
	return html, constant
}

// quote is a literal ready for the wire; nil for one that must be written with what is around it.
func (d *Dispatcher) quote(c render.Constant) *mailer.Quoted {
	q, ok := d.quoted.Load(c.Literal)
	if !ok {
		q, _ = d.quoted.LoadOrStore(c.Literal, mailer.Quote(c.Text))
	}
	return q.(*mailer.Quoted)
}

// mostLetters is how many compiled letters are kept.
const mostLetters = 200

// making is a letter that is being compiled now; done is closed when it is.
type making struct {
	done   chan struct{}
	letter *readyLetter
	err    error
}

// letter compiles a content once. Whoever wants the same meanwhile waits for it; others do not.
func (d *Dispatcher) letter(ctx context.Context, l letterOf, content campaigns.Content) (*readyLetter, error) {
	key := letterKey{l.m.ID, content.Variant, content.Lang, content.Version, l.shop.Look(), l.c.saved, blocksName(l.saved)}
	for {
		d.mu.Lock()
		if known, ok := d.letters[key]; ok {
			d.mu.Unlock()
			return known, nil
		}
		m, others := d.makes[key]
		if !others {
			m = &making{done: make(chan struct{})}
			d.makes[key] = m
		}
		d.mu.Unlock()
		if !others {
			d.make(ctx, key, m, l, content)
			return m.letter, m.err
		}
		select {
		case <-m.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if !errors.Is(m.err, context.Canceled) && !errors.Is(m.err, context.DeadlineExceeded) {
			return m.letter, m.err
		}
		// whoever made it went away: it is our turn
	}
}

// make compiles a letter while d.mu is free: MJML may take seconds.
func (d *Dispatcher) make(ctx context.Context, key letterKey, m *making, l letterOf, content campaigns.Content) {
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.makes, key)
		if m.err == nil && m.letter != nil {
			d.keepLetter(key, m.letter)
		}
		close(m.done)
	}()
	o := d.options(ctx, l.shop)
	o.Send = true
	o.LinkIDs = func(urls []string) ([]int64, error) { return d.store.LinkIDs(ctx, l.m.ID, urls) }
	found := map[int64]string{}
	o.Saved = d.savedOnce(ctx, l.saved, found)
	var letter *render.Letter
	if letter, m.err = d.compile(content, o); m.err == nil {
		m.letter = &readyLetter{letter, found, blocksName(found)}
	}
}

// keepLetter remembers a letter; the caller holds d.mu.
func (d *Dispatcher) keepLetter(key letterKey, made *readyLetter) {
	if len(d.letters) >= mostLetters {
		clear(d.letters)
		d.quoted.Clear()
		d.kept.Clear()
	}
	d.letters[key] = made
}

func (d *Dispatcher) options(ctx context.Context, shop store.Shop) render.Options {
	return render.Options{BaseURL: d.o.BaseURL, Brand: BrandOf(shop), Catalog: d.catalog, Wait: ctx, Sized: d.sized(ctx), Saved: func(ref int64) (document.Blocks, error) { return d.savedBlocks(ctx, ref) }}
}

// savedBlocks are the blocks that a saved block stands for now.
func (d *Dispatcher) savedBlocks(ctx context.Context, ref int64) (document.Blocks, error) {
	block, err := d.savedBlock(ctx, ref)
	if err != nil {
		return nil, err
	}
	return document.ParseSaved(block)
}

func (d *Dispatcher) savedBlock(ctx context.Context, ref int64) (string, error) {
	b, err := d.store.SavedBlock(ctx, ref)
	if err == nil && b.Archived {
		err = noSaved()
	}
	if err != nil {
		return "", err
	}
	return b.Block, nil
}

func noSaved() error { return fault.New(fault.NotFound, "There is no saved block with that number.") }

// sentVersion is a version of a letter that was sent.
type sentVersion struct {
	letter  store.Letter
	version int
}

// keepSent has the version that a letter is made of kept for good. A letter that is only
// looked at again makes no version a sent one.
func (d *Dispatcher) keepSent(ctx context.Context, l letterOf, letter *readyLetter) error {
	content := l.text
	key := sentVersion{store.Letter{Message: l.m.ID, Variant: content.Variant, Lang: content.Lang}, content.Version}
	if _, looked := l.desk.(readingDesk); looked {
		return nil
	}
	if err := errors.Join(d.keepLook(ctx, l), d.keepBlocks(ctx, l, letter)); err != nil {
		return err
	}
	if _, ok := d.kept.Load(key); ok {
		return nil
	}
	err := d.store.KeepSent(ctx, key.letter, content)
	if err == nil {
		d.kept.Store(key, true)
	}
	return err
}
