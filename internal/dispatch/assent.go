package dispatch

import (
	"context"
	"encoding/base64"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/internal/store"
)

// Sent says what a letter was made of when it left. It stands in the letter's own link to be seen
// in the browser, so the ledger keeps nothing of it; the zero Sent is a letter of before that.
type Sent struct {
	Version int    // of the content
	Lang    string // of the content
	Look    string // names the shop's settings then
}

// sentOf is what the letter is made of now.
func sentOf(l letterOf) Sent { return Sent{l.text.Version, l.text.Lang, lookName(l.shop)} }

// lookName is short: it tells the looks of one campaign apart.
func lookName(shop store.Shop) string {
	if look := shop.Look(); look != (store.Look{}) {
		return base64.RawURLEncoding.EncodeToString(look[:6])
	}
	return ""
}

// claims are those of the link to see the letter in the browser.
func (s Sent) claims(w ledger.Work) link.Claims {
	if s.Version == 0 {
		return link.Claims{Delivery: w.ID}
	}
	return link.Claims{Delivery: w.ID, Link: int64(s.Version), Extra: s.Lang + " " + s.Look}
}

// SentOf reads the claims of that link.
func SentOf(c link.Claims) Sent {
	lang, look, ok := strings.Cut(c.Extra, " ")
	if !ok || c.Link == 0 {
		return Sent{}
	}
	return Sent{int(c.Link), lang, look}
}

// keptLook is a look that a campaign has sent letters in.
type keptLook struct {
	campaign int64
	look     store.Look
}

// keepLook has the shop's settings kept with the campaign, for those who look at the letter later.
func (d *Dispatcher) keepLook(ctx context.Context, l letterOf) error {
	key, name := keptLook{l.c.ID, l.shop.Look()}, lookName(l.shop)
	if _, ok := d.kept.Load(key); ok || name == "" {
		return nil
	}
	err := d.store.KeepLook(ctx, l.c.ID, name, l.shop)
	if err == nil {
		d.kept.Store(key, true)
	}
	return err
}

// asSent puts what the letter was made of in the place of what it would be made of today, as far
// as that is kept.
func (d *Dispatcher) asSent(ctx context.Context, l letterOf, as Sent) (letterOf, error) {
	if as.Version == 0 {
		return l, nil
	}
	v, err := d.store.SentVersion(ctx, store.Letter{Message: l.m.ID, Variant: l.text.Variant, Lang: as.Lang}, as.Version)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return l, err
	}
	if err == nil {
		l.text = campaigns.Content{Variant: l.text.Variant, SenderName: l.text.SenderName, Lang: v.Lang, Mode: v.Mode, Subject: v.Subject,
			Preheader: v.Preheader, Document: v.Document, HTML: v.HTML, Version: v.Version, UpdatedAt: v.UpdatedAt}
	}
	shop, ok, err := d.store.KeptLook(ctx, l.c.ID, as.Look)
	if ok {
		l.shop = shop
	}
	return l, err
}
