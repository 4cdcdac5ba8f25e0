package dispatch

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/mailer"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// Confirm writes to somebody who signed up for a list and asks whether it was them. It is
// no campaign's letter: without advertising, outside the ledger, without List-Unsubscribe
// (they are on no list yet), but within the limits. An Away fault says that it could not be
// sent.
func (d *Dispatcher) Confirm(ctx context.Context, p audience.Subscriber, l audience.List, url string) error {
	shop, err := d.store.Shop(ctx)
	if err != nil {
		return err
	}
	from := sender(campaigns.Sender{}, shop)
	env := mailer.Envelope{From: from.Email, To: p.Email}
	if env.Data, err = d.confirmation(shop, p, l, url); err != nil {
		return away(fmt.Errorf("confirmation for subscriber %d: %w", p.ID, err))
	}
	got, err := d.prompt(ctx, from.Email, env)
	if err != nil {
		slog.Warn("not sent", "subscriber", p.ID, "error", err)
		return err
	}
	if got.State != mailer.Sent && got.State != mailer.Unsure {
		return away(fmt.Errorf("confirmation for subscriber %d: %s", p.ID, got))
	}
	return nil
}

// away logs why a confirmation did not leave, and says so to the person who waits for it.
func away(err error) error {
	slog.Warn("not sent", "error", err)
	return fault.New(fault.Away, "We cannot send you the letter right now. Please try again in a few minutes.")
}

func (d *Dispatcher) confirmation(shop store.Shop, p audience.Subscriber, l audience.List, url string) ([]byte, error) {
	say := func(id string, args ...any) string { return d.catalog.T(p.Lang, id, args...) }
	accent, on := render.Accent(shop.Accent, "#ffffff")
	v := confirmationWords{Lang: audience.Language(p.Lang), Shop: shop.Name, Address: shop.Address, URL: url,
		Accent: template.CSS(accent), On: template.CSS(on), // made by us of three numbers
		Title:  say("One more step"),
		Ask:    say("Somebody, hopefully you, asked that we write to this address about “%s”. Please confirm that it was you.", l.Name),
		Button: say("Yes, it was me"),
		Ignore: say("It was not you? Then do nothing: without your confirmation we will not write again.")}
	var html, text strings.Builder
	if err := confirmationHTML.Execute(&html, v); err != nil {
		return nil, err
	}
	fmt.Fprintf(&text, "%s\n\n%s\n\n%s:\n%s\n\n%s\n\n-- \n%s\n%s\n", v.Title, v.Ask, v.Button, v.URL, v.Ignore, v.Shop, v.Address)
	data, err := mailer.Compose(mailer.Letter{From: sender(campaigns.Sender{}, shop), To: mailer.Address{Name: p.Name(), Email: p.Email},
		ReplyTo: mailer.Address{Email: shop.ReplyTo}, Subject: say("Please confirm: %s", l.Name), HTML: html.String(), Text: text.String(),
		Date: d.store.Now(), Headers: []mailer.Header{{Name: "Auto-Submitted", Value: "auto-generated"}}}) // RFC 3834 §5
	if err != nil {
		return nil, err
	}
	return d.sign(sender(campaigns.Sender{}, shop), data)
}

type confirmationWords struct {
	Lang, Shop, Address, URL, Title, Ask, Button, Ignore string
	Accent, On                                           template.CSS
}

var confirmationHTML = template.Must(template.New("confirmation").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{{.Title}}</title></head>
<body style="margin:0;padding:0">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center" style="padding:32px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:520px"><tr>
<td style="font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:17px;line-height:1.6">
<h1 style="margin:0 0 16px;font-size:26px;line-height:1.25">{{.Title}}</h1>
<p style="margin:0 0 24px">{{.Ask}}</p>
<p style="margin:0 0 24px"><a href="{{.URL}}" style="display:inline-block;padding:14px 26px;border-radius:8px;background-color:{{.Accent}};color:{{.On}};font-weight:600;text-decoration:none">{{.Button}}</a></p>
<p style="margin:0 0 24px">{{.Ignore}}</p>
<p style="margin:0;font-size:14px">{{.Shop}}<br>{{.Address}}</p>
</td></tr></table>
</td></tr></table>
</body></html>
`))
