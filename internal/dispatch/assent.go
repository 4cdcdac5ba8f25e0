package dispatch

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/trial"
	"keepsake/internal/link"
	"keepsake/internal/store"
)

// Sent says what a letter was made of when it left. It stands in the letter's own link to be seen
// in the browser, so the ledger keeps nothing of it; the zero Sent is a letter of before that.
type Sent struct {
	Version int    // of the content
	Lang    string // of the content
	Look    string // names the shop's settings then
	Variant string // of the content, "a" or another; "" in the links of before it was in them
	Blocks  string // names what its saved blocks were; "" for a letter that shows none
}

// sentOf is what the letter is made of now.
func sentOf(l letterOf, letter *readyLetter) Sent {
	return Sent{l.text.Version, l.text.Lang, lookName(l.shop), trial.Shown(l.text.Variant), letter.shows}
}

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
	return link.Claims{Delivery: w.ID, Link: int64(s.Version), Extra: strings.Join([]string{s.Lang, s.Look, s.Variant, s.Blocks}, " ")}
}

// SentOf reads the claims of that link.
func SentOf(c link.Claims) Sent {
	said := strings.Split(c.Extra, " ")
	switch {
	case c.Link == 0 || len(said) != 2 && len(said) != 4:
		return Sent{}
	case len(said) == 2: // of before letters said more
		return Sent{Version: int(c.Link), Lang: said[0], Look: said[1]}
	}
	return Sent{int(c.Link), said[0], said[1], said[2], said[3]}
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

// keptBlocks are saved blocks that a campaign has sent letters with.
type keptBlocks struct {
	campaign int64
	name     string
}

// keepBlocks has the saved blocks that the letter shows kept with the campaign.
func (d *Dispatcher) keepBlocks(ctx context.Context, l letterOf, letter *readyLetter) error {
	key := keptBlocks{l.c.ID, letter.shows}
	if _, ok := d.kept.Load(key); ok || letter.shows == "" {
		return nil
	}
	err := d.store.KeepBlocks(ctx, l.c.ID, letter.shows, letter.saved)
	if err == nil {
		d.kept.Store(key, true)
	}
	return err
}

// savedOnce finds each saved block of a letter once and writes down what it was, "" for one that
// is gone: as kept for a letter that left, or as it is now when kept is nil.
func (d *Dispatcher) savedOnce(ctx context.Context, kept, found map[int64]string) func(ref int64) (document.Blocks, error) {
	return func(ref int64) (document.Blocks, error) {
		block, ok := found[ref]
		if !ok && kept != nil {
			block = kept[ref]
		} else if !ok {
			var err error
			if block, err = d.savedBlock(ctx, ref); err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
		}
		if found[ref] = block; block == "" {
			return nil, noSaved()
		}
		return document.ParseSaved(block)
	}
}

// blocksName is short: it tells the saved blocks of one campaign's letters apart.
func blocksName(saved map[int64]string) string {
	if len(saved) == 0 {
		return ""
	}
	text, _ := json.Marshal(saved) // in the order of the numbers, and always possible
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// asSent puts what the letter was made of in the place of what it would be made of today, as far
// as that is kept.
func (d *Dispatcher) asSent(ctx context.Context, l letterOf, as Sent) (letterOf, error) {
	if as.Version == 0 {
		return l, nil
	}
	variant := l.text.Variant
	if as.Variant != "" { // the one it left with may be gone
		variant = trial.Stored(as.Variant)
	}
	v, err := d.store.SentVersion(ctx, store.Letter{Message: l.m.ID, Variant: variant, Lang: as.Lang}, as.Version)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return l, err
	}
	if err == nil {
		l.text = campaigns.Content{Variant: variant, SenderName: l.text.SenderName, Lang: v.Lang, Mode: v.Mode, Subject: v.Subject,
			Preheader: v.Preheader, Document: v.Document, HTML: v.HTML, Version: v.Version, UpdatedAt: v.UpdatedAt}
	}
	shop, ok, err := d.store.KeptLook(ctx, l.c.ID, as.Look)
	if ok {
		l.shop = shop
	}
	if err != nil || as.Blocks == "" {
		return l, err
	}
	l.saved, err = d.store.KeptBlocks(ctx, l.c.ID, as.Blocks)
	return l, err
}
