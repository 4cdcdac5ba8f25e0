package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/mailer"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

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
	content, err := m.Letter(w.Variant, w.Subscriber.Lang, c.Lang)
	if err != nil {
		return mailer.Envelope{}, skip(w, "the letter cannot be made", err.Error()), nil
	}
	out, err := d.render(ctx, letterOf{shop: b.shop, c: c, m: m, text: content, w: w, desk: k, at: d.store.Now()})
	if reason, ok := skipReason(err); ok {
		return mailer.Envelope{}, skip(w, string(reason), skipDetail(err)), nil
	}
	if err != nil {
		return mailer.Envelope{}, nil, err
	}
	from := sender(c.SenderOf(content), b.shop)
	env, err := d.compose(buf, from, b.shop, c, w, out)
	if err != nil { // an address or a header that cannot be written: this recipient only
		return env, &ledger.Outcome{DeliveryID: w.ID, State: ledger.Failed, Reason: "the letter could not be composed", Reply: err.Error()}, nil
	}
	env.Data, err = d.sign(from, env.Data)
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

// ValueMissing is the reason of a letter that lacks a value without a fallback; what it lacks
// stands beside it as paths with commas between them.
const ValueMissing = "a value is missing"

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
		return ValueMissing, true
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
	text campaigns.Content // of the message, in the reader's variant and language
	w    ledger.Work
	desk campaigns.Desk
	at   time.Time

	saved map[int64]string // the saved blocks it left with; nil: as they are now
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
	letter, err := d.letter(ctx, l, l.text)
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return render.Output{}, &brokenError{f}
	}
	if err != nil {
		return render.Output{}, err
	}
	if err := d.keepSent(ctx, l, letter); err != nil {
		return render.Output{}, err
	}
	data, err := l.c.kind.Data(ctx, l.desk, recipient(l.w, l.m.Name, l.at))
	if err != nil {
		return render.Output{}, err
	}
	v := d.values(l, data)
	v.Links = d.linksOf(l.w, letter.Holds, sentOf(l, letter))
	v.Hop = d.hop(l.w, letter.Holds("to"))
	if err := d.lookUp(ctx, &v, letter.Letter); err != nil {
		return render.Output{}, err
	}
	return letter.Parts(v)
}

func (d *Dispatcher) values(l letterOf, data any) render.Values {
	v := render.Values{Subscriber: l.w.Subscriber, Shop: BrandOf(l.shop), Data: data, Campaign: l.c.Name,
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

// BrandOf is the shop as its letters show it.
func BrandOf(s store.Shop) render.Brand {
	return render.Brand{Name: s.Name, Address: s.Address, URL: s.URL, Logo: s.Logo, Accent: s.Accent, LogoDark: s.LogoDark,
		Light: s.Light, Dark: s.Dark, Font: s.Font, HeadingFont: s.HeadingFont, Radius: s.Radius, Social: s.Social}
}
