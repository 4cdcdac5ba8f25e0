package dispatch

import (
	"context"
	"fmt"
	"html"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/mailer"
)

// SelfTest is a letter that goes out as a campaign's does, to find out how it arrives.
type SelfTest struct {
	ID   int64
	From string // the address; its name is the shop's
	To   string
	Lang string
}

// SendSelfTest sends one over the mail server and returns the server's words. Its
// unsubscribe link is of nobody's.
func (d *Dispatcher) SendSelfTest(ctx context.Context, t SelfTest) (string, error) {
	shop, err := d.store.Shop(ctx)
	if err != nil {
		return "", err
	}
	from := sender(campaigns.Sender{Email: t.From}, shop)
	data, err := d.selfTest(t, from)
	if err == nil {
		data, err = d.sign(from, data)
	}
	if err != nil {
		return "", fmt.Errorf("compose self-test %d: %w", t.ID, err)
	}
	env := mailer.Envelope{From: from.Email, To: t.To, Data: data}
	if d.o.BounceDomain != "" {
		env.From = d.links.ReturnPath(0, d.o.BounceDomain)
	}
	got, err := d.prompt(ctx, from.Email, env)
	if err != nil {
		return "", err
	}
	if got.State != mailer.Sent {
		return got.Reply, fault.New(fault.Away, "The test was not sent. The mail server said: %s", got.Reply)
	}
	return got.Reply, nil
}

func (d *Dispatcher) selfTest(t SelfTest, from mailer.Address) ([]byte, error) {
	title := d.catalog.T(t.Lang, "A test letter of Keepsake")
	text := d.catalog.T(t.Lang, "This letter was sent to see how letters arrive. Its headers are those of a campaign. Nothing has to be done.")
	letter := mailer.Letter{From: from, To: mailer.Address{Email: t.To}, Subject: title, Date: d.store.Now(),
		HTML: fmt.Sprintf(`<!DOCTYPE html><html lang="%s"><head><meta charset="utf-8"><title>%s</title></head><body><h1>%[2]s</h1><p>%s</p></body></html>`,
			t.Lang, html.EscapeString(title), html.EscapeString(text)), Text: title + "\n\n" + text + "\n"}
	for _, h := range d.links.OneClick(0, 0, 0, d.o.UnsubscribeMail) {
		letter.Headers = append(letter.Headers, mailer.Header(h))
	}
	letter.Headers = append(letter.Headers, mailer.Header{Name: "List-Post", Value: "NO"}, mailer.Header{Name: "Precedence", Value: "bulk"})
	return mailer.Compose(letter)
}
