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
func (d *Dispatcher) compose(buf []byte, shop store.Shop, c *campaign, w ledger.Work, out render.Output) (mailer.Envelope, error) {
	from := sender(c.Sender, shop)
	domain := from.Email[strings.LastIndexByte(from.Email, '@')+1:]
	html, constant := d.body(out)
	data, err := mailer.Append(buf, mailer.Letter{From: from, To: mailer.Address{Name: w.Subscriber.Name(), Email: w.Subscriber.Email},
		ReplyTo: mailer.Address{Email: first(c.Sender.ReplyTo, shop.ReplyTo)}, Subject: out.Subject, HTML: html, Text: out.Text, Constant: constant,
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
