package admin

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// words says what campaigns are and do, in one reader's language and zone.
type words struct {
	cat  *render.Catalog
	lang string
	zone *time.Location
	shop store.Shop
	now  time.Time
}

func (a *Admin) words(c *gin.Context) words {
	return words{a.Catalog, a.Lang(c), a.Zone(c), a.Shop(c), a.Now()}
}

// T says a sentence.
func (w words) T(id string, args ...any) string { return w.cat.T(w.lang, id, args...) }

// N says a count, its digits grouped.
func (w words) N(id string, n int64) string {
	return strings.Replace(w.cat.N(w.lang, id, int(n)), strconv.FormatInt(n, 10), w.cat.Number(w.lang, n), 1)
}

// grouped groups the digits of the numbers that were put into a sentence.
func (w words) grouped(text string, args []any) string {
	for _, a := range args {
		switch n := a.(type) {
		case int, int64:
			text = strings.Replace(text, fmt.Sprint(n), w.cat.Number(w.lang, n), 1)
		}
	}
	return text
}

// word is a word with the colour it is shown in: off, wait, good, warn or bad.
type word struct{ Text, Tone string }

// state is where a campaign stands.
func (w words) state(c campaigns.Campaign) word {
	switch c.State {
	case campaigns.Scheduled:
		return word{w.T("Scheduled"), "wait"}
	case campaigns.Running:
		return w.running(c)
	case campaigns.Paused:
		return word{w.T("Paused"), "warn"}
	case campaigns.Finished:
		return word{w.T("Finished"), "good"}
	case campaigns.Cancelled:
		return word{w.T("Cancelled"), "bad"}
	}
	return word{w.T("Draft"), "off"}
}

func (w words) running(c campaigns.Campaign) word {
	switch {
	case c.Automation():
		return word{w.T("Listening"), "good"}
	case c.Trigger.Cron != "":
		return word{w.T("On schedule"), "good"}
	}
	return word{w.T("Sending"), "good"}
}

// delivery is where a delivery stands.
func (w words) delivery(s ledger.State) word {
	switch s {
	case ledger.Planned:
		return word{w.T("Planned"), "wait"}
	case ledger.Queued:
		return word{w.T("In the queue"), "wait"}
	case ledger.Leased, ledger.Sending:
		return word{w.T("Sending"), "good"}
	case ledger.Sent:
		return word{w.T("Sent"), "good"}
	case ledger.Skipped:
		return word{w.T("Left out"), "off"}
	case ledger.Failed:
		return word{w.T("Failed"), "bad"}
	case ledger.Unsure:
		return word{w.T("Unsure"), "warn"}
	}
	return word{w.T("Cancelled"), "bad"}
}

// run is what became of a run.
func (w words) run(r ledger.Run) word {
	switch r.State {
	case ledger.RunSkipped:
		return word{w.T("Skipped"), "off"}
	case ledger.RunCancelled:
		return word{w.T("Cancelled"), "bad"}
	case ledger.Finished:
		return word{w.T("Finished"), "good"}
	}
	return word{w.T("Running"), "good"}
}

// when is a campaign's trigger in words.
func (w words) when(t campaigns.Trigger) string {
	switch {
	case t.On != "":
		return w.event(t.On)
	case t.Cron != "":
		return w.cron(t)
	case t.At != nil:
		return w.moment(*t.At, t.Zone)
	}
	return w.T("at once, when you start it")
}

// moment is a time with its zone: the trigger's own, else the reader's.
func (w words) moment(at time.Time, zone string) string {
	loc := w.zone
	if l, err := time.LoadLocation(zone); err == nil && zone != "" {
		loc = l
	}
	return w.cat.DateTime(w.lang, at, loc) + " (" + loc.String() + ")"
}

// event is an event as a moment.
func (w words) event(name string) string {
	switch name {
	case "order.placed":
		return w.T("after an order is placed")
	case "order.paid":
		return w.T("after an order is paid")
	case "order.fulfilled":
		return w.T("after an order is fulfilled")
	case "subscribed":
		return w.T("after somebody subscribes")
	}
	return w.T("after the event “%s”", name)
}

// cron is a schedule in words, where it has a common form.
func (w words) cron(t campaigns.Trigger) string {
	p, ok := parsePlan(t.Cron)
	if !ok {
		return w.T("by the schedule %s", t.Cron)
	}
	switch p.Repeat {
	case "daily":
		return w.T("every day at %s", p.Time)
	case "weekdays":
		return w.T("on working days at %s", p.Time)
	case "monthly":
		return w.T("on day %d of every month at %s", p.Day, p.Time)
	}
	return w.weekly(p.Weekday, p.Time)
}

func (w words) weekly(day int, clock string) string {
	switch time.Weekday(day) {
	case time.Monday:
		return w.T("every Monday at %s", clock)
	case time.Tuesday:
		return w.T("every Tuesday at %s", clock)
	case time.Wednesday:
		return w.T("every Wednesday at %s", clock)
	case time.Thursday:
		return w.T("every Thursday at %s", clock)
	case time.Friday:
		return w.T("every Friday at %s", clock)
	case time.Saturday:
		return w.T("every Saturday at %s", clock)
	}
	return w.T("every Sunday at %s", clock)
}

// weekday is a day's name on its own.
func (w words) weekday(day time.Weekday) string {
	switch day {
	case time.Monday:
		return w.T("Monday")
	case time.Tuesday:
		return w.T("Tuesday")
	case time.Wednesday:
		return w.T("Wednesday")
	case time.Thursday:
		return w.T("Thursday")
	case time.Friday:
		return w.T("Friday")
	case time.Saturday:
		return w.T("Saturday")
	}
	return w.T("Sunday")
}

// span is a wait in its largest whole unit.
func (w words) span(d time.Duration) string {
	switch {
	case d >= 24*time.Hour && d%(24*time.Hour) == 0:
		return w.N("%d days", int64(d/(24*time.Hour)))
	case d >= time.Hour && d%time.Hour == 0:
		return w.N("%d hours", int64(d/time.Hour))
	}
	return w.N("%d minutes", int64(d/time.Minute))
}

// due is when a message of the campaign goes out, in words.
func (w words) due(c campaigns.Campaign, m campaigns.Message) string {
	text := w.T("at once")
	if m.Wait > 0 {
		text = w.T("after %s", w.span(m.Wait))
	}
	if m.LocalTime != "" {
		text += ", " + w.T("at %s in the reader's time zone", m.LocalTime)
	}
	return text
}

// condition is a message's "only if" in words.
func (w words) condition(s string) string {
	cond, err := campaigns.ParseCondition(s)
	switch {
	case s == "":
		return ""
	case err != nil:
		return w.T("only if %s", s)
	case cond.Op != "":
		return w.T("only if “%s” is %s", w.field(cond.Field), cond.Op+" "+cond.Value)
	case cond.Not:
		return w.T("only if there is no “%s” yet", w.field(cond.Field))
	}
	return w.T("only if there is a “%s”", w.field(cond.Field))
}

// field is the name of a response in words.
func (w words) field(name string) string {
	switch name {
	case "rating":
		return w.T("rating")
	case "comment":
		return w.T("comment")
	case "redeemed":
		return w.T("redemption")
	case "entry":
		return w.T("entry")
	case "friend_of":
		return w.T("entry by a friend's link, of enrolment")
	case "won":
		return w.T("prize won")
	}
	return name
}

// languageOf is a language as its speakers call it.
func languageOf(code string) string {
	return map[string]string{"en": "English", "bg": "Български", "ru": "Русский"}[code]
}

// percentOf is a share in whole percent, for bars.
func percentOf(part, whole int64) int {
	if whole <= 0 {
		return 0
	}
	return int(min(100, max(0, part*100/whole)))
}

// path is an address of a campaign's page.
func path(id int64, more string) string { return fmt.Sprintf("/campaigns/%d%s", id, more) }
