package dispatch

import (
	"fmt"
	"strconv"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/mailer"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// compose makes the finished bytes with every header of STANDARDS 1, 2 and 4.
func (d *Dispatcher) compose(buf []byte, from mailer.Address, shop store.Shop, c *campaign, w ledger.Work, out render.Output) (mailer.Envelope, error) {
	domain := from.Email[strings.LastIndexByte(from.Email, '@')+1:]
	fixed, err := d.fixed(shop, c, w.List, from, domain)
	if err != nil {
		return mailer.Envelope{}, err
	}
	html, constant := d.body(out)
	data, err := mailer.Append(buf, mailer.Letter{From: from, To: mailer.Address{Name: w.Subscriber.Name(), Email: w.Subscriber.Email}, Subject: out.Subject, HTML: html, Text: out.Text, Constant: constant,
		MessageID: d.links.MessageID(w.ID, domain), Date: d.store.Now(), Headers: d.oneClick(w), Fixed: fixed})
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

// oneClick are the headers that are this recipient's.
func (d *Dispatcher) oneClick(w ledger.Work) []mailer.Header {
	own := d.links.OneClick(w.SubscriberID, w.List, w.ID, d.o.UnsubscribeMail)
	hs := make([]mailer.Header, len(own))
	for i, h := range own {
		hs[i] = mailer.Header(h)
	}
	return hs
}

// fixedKey is what the fixed headers depend on within a campaign.
type fixedKey struct {
	list int64
	name string // of the sender: a variant may have its own
}

// fixed are the headers that a campaign's letters to one list have in common.
func (d *Dispatcher) fixed(shop store.Shop, c *campaign, list int64, from mailer.Address, domain string) (mailer.Fixed, error) {
	key := fixedKey{list, from.Name}
	if f, ok := c.fixed.Load(key); ok {
		return f.(mailer.Fixed), nil
	}
	f, err := mailer.Fix(from, mailer.Address{Email: first(c.Sender.ReplyTo, shop.ReplyTo)}, headers(c, list, domain))
	if err == nil {
		c.fixed.Store(key, f)
	}
	return f, err
}

func headers(c *campaign, list int64, domain string) []mailer.Header {
	l := c.lists[list]
	if l.Label == "" { // an automation without a list: the shop's own letters
		l = audience.List{Name: c.Name, Label: "campaign-" + strconv.FormatInt(c.ID, 10)}
	}
	hs := append(make([]mailer.Header, 0, 4),
		mailer.Header{Name: "List-ID", Value: fmt.Sprintf("%s <%s.%s>", l.Name, l.Label, domain)},
		mailer.Header{Name: "List-Post", Value: "NO"},
		mailer.Header{Name: "Feedback-ID", Value: fmt.Sprintf("c%d:l%d:%s:keepsake", c.ID, list, c.Kind)})
	if c.Automation() {
		return append(hs, mailer.Header{Name: "Auto-Submitted", Value: "auto-generated"})
	}
	return append(hs, mailer.Header{Name: "Precedence", Value: "bulk"})
}
