package admin

import (
	"cmp"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/internal/config"
	"keepsake/internal/store"
)

type bouncesPage struct {
	Ways     []wayRow // that are set up
	Off      []string // those that are not
	Reports  []reportRow
	Unproven []reportRow // that carry no token of ours
	Guard    config.Guard
}

// wayRow is one way by which reports come.
type wayRow struct {
	store.Intake
	By    string // the provider's name, or the source
	Where string // what it listens at or looks into; for a webhook, the address to give the provider
	Hook  bool
}

// reportRow is a report with the name of what brought it.
type reportRow struct {
	store.ReportRow
	By string
}

// providers are the names of those who tell by webhook.
var providers = map[string]string{"ses": "Amazon SES", "sendgrid": "SendGrid", "postmark": "Postmark", "mailgun": "Mailgun", "brevo": "Brevo"}

// State is how a way fares: "trouble", "waits" while nothing came yet, or "well".
func (w wayRow) State() string {
	switch {
	case !w.Well():
		return "trouble"
	case w.HeardAt == nil && w.ReportAt == nil:
		return "waits"
	}
	return "well"
}

// mostReports is how many of the last reports are shown.
const mostReports = 50

// Bounces shows by which ways reports come, whether they do, and the last of them.
func (a *Admin) Bounces(c *gin.Context) error {
	p := bouncesPage{Guard: a.Config.Guard}
	heard, err := a.Store.Intakes(c.Request.Context())
	if err != nil {
		return err
	}
	for _, w := range a.ways() {
		if w.Where == "" {
			p.Off = append(p.Off, w.By)
			continue
		}
		w.Intake = heard[w.Source]
		p.Ways = append(p.Ways, w)
	}
	last, err := a.Store.LastReports(c.Request.Context(), mostReports)
	if err != nil {
		return err
	}
	unproven, err := a.Store.UnprovenReports(c.Request.Context(), mostReports)
	if err != nil {
		return err
	}
	p.Reports, p.Unproven = named(last), named(unproven)
	return a.Page(c, "admin/bounces", p)
}

func named(rows []store.ReportRow) []reportRow {
	all := make([]reportRow, len(rows))
	for i, r := range rows {
		all[i] = reportRow{r, cmp.Or(providers[r.Source], r.Source)}
	}
	return all
}

// ways are all that there are; one without Where is not set up.
func (a *Admin) ways() []wayRow {
	b, h := a.Config.Bounces, a.Config.Hooks
	pipe := ""
	if b.Pipe {
		pipe = "keepsake bounce"
	}
	box := strings.TrimSuffix(strings.Join([]string{b.Mailbox.Username, b.Mailbox.Host}, " · "), " · ")
	if b.Mailbox.Protocol == "" {
		box = ""
	}
	all := []wayRow{way("mailbox", box), way("receiver", b.Listen), way("pipe", pipe)}
	for _, hook := range []struct {
		source string
		on     bool
	}{{"ses", len(h.SES.Topics) > 0}, {"sendgrid", h.SendGrid.PublicKey != ""}, {"postmark", h.Postmark.Password != ""},
		{"mailgun", h.Mailgun.SigningKey != ""}, {"brevo", h.Brevo.Secret != ""}} {
		w := way(hook.source, "")
		if w.Hook = true; hook.on {
			w.Where = a.Config.Base() + "/hooks/" + hook.source
		}
		all = append(all, w)
	}
	return all
}

func way(source, where string) wayRow {
	return wayRow{Intake: store.Intake{Source: source}, By: cmp.Or(providers[source], source), Where: where}
}
