package render

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
)

// event draws the day as a leaf of a calendar, beside it what, when and where.
func (w *writer) event(b *document.Event, at box) {
	starts, err := time.Parse(document.MomentForm, b.Starts)
	if err != nil {
		w.eventWords(b, at)
		return
	}
	w.f(table+` width="100%%"><tr><td width="72" valign="top" style="width:72px;padding-%s:20px">`, w.end())
	w.leaf(starts)
	w.WriteString(`</td><td valign="top">`)
	w.eventWords(b, box{width: at.width - 92, nested: at.nested})
	w.WriteString("</td></tr></table>")
}

// leaf repeats for the eye what stands in words beside it.
func (w *writer) leaf(day time.Time) {
	l := w.t.light
	w.f(table+` width="72" aria-hidden="true" class="k-line" style="width:72px;border:1px solid %s;border-radius:%dpx;border-collapse:separate;overflow:hidden">`, l.line, w.t.radius)
	w.f(`<tr><td class="k-btn" align="center" bgcolor="%s" style="background-color:%s;font-family:%s;font-size:14px;line-height:26px;font-weight:bold;letter-spacing:1px;text-transform:uppercase;color:%s">%s</td></tr>`,
		l.accent, l.accent, w.t.font, l.onAccent, esc(shortMonth(w.lang, day)))
	w.f(`<tr><td class="k-card k-t" align="center" bgcolor="%s" style="background-color:%s;font-family:%s;font-size:32px;line-height:48px;color:%s">%d</td></tr></table>`,
		l.card, l.card, w.t.heading, l.text, day.Day())
}

func (w *writer) eventWords(b *document.Event, at box) {
	ink, muted := w.ink(w.t.light.text), w.ink(w.t.light.muted)
	w.line("title", b.Title, "h2", "k-t", ink, 24, 0)
	w.line("", whenWords(w.lang, b), "div", "k-t", ink, 16, 8)
	w.line("place", b.Place, "div", "k-t", ink, 16, 4)
	w.line("host", b.Host, "div", "k-m", muted, 14, 4)
	if b.CTA != "" && b.Link != "" || w.marked() {
		w.WriteString(`<div style="margin:18px 0 0">`)
		w.cta(cta{label: cmp.Or(b.CTA, w.say("See more")), href: b.Link, width: at.width, field: "cta"})
		w.WriteString("</div>")
	} else if b.Link != "" {
		w.f(`<div style="margin:4px 0 0;font-family:%s;font-size:16px;line-height:1.5">%s</div>`, w.t.font, w.anchor(b.Link, esc(b.Link)))
	}
	if b.RSVP {
		w.line("", w.say("Will you come?"), "div", "k-t", ink, 16, 18)
		w.pills(w.align(""), []pill{{href: answer(b.ID, "yes"), label: w.say("Yes, I will come")}, {href: answer(b.ID, "no"), label: w.say("No, I cannot")}})
	}
	if b.Starts != "" {
		w.f(`<div style="margin:8px 0 0;font-family:%s;font-size:14px;line-height:20px">%s</div>`, w.t.font,
			strings.Replace(w.anchor(calendar(b.ID), esc(w.say("Add to calendar"))), `style="`, `style="display:inline-block;padding:12px 0;`, 1))
	}
}

// answer is the address behind which an answer to the block waits for its confirmation.
func answer(block, value string) string {
	return "{{ links.answer }}?block=" + block + "&value=" + value
}

func calendar(block string) string { return "{{ links.calendar }}?block=" + block }

// whenWords are the day and the time in words of the language, with their zone.
func whenWords(lang string, b *document.Event) string {
	zone, err := time.LoadLocation(b.Zone)
	if err != nil {
		zone = time.UTC
	}
	starts, err := time.ParseInLocation(document.MomentForm, b.Starts, zone)
	if err != nil {
		return ""
	}
	day := func(t time.Time) string {
		return weekday(lang, t) + ", " + date(lang, t, zone) + ", " + t.Format("15:04")
	}
	words := day(starts)
	ends, err := time.ParseInLocation(document.MomentForm, b.Ends, zone)
	switch {
	case err != nil || !ends.After(starts):
	case ends.YearDay() == starts.YearDay() && ends.Year() == starts.Year():
		words += "–" + ends.Format("15:04")
	default:
		words += " – " + day(ends)
	}
	return words + " (" + zoneWords(starts) + ")"
}

// zoneWords name the zone and how far it is from UTC then: "Europe/Sofia, UTC+2".
func zoneWords(t time.Time) string {
	name := t.Location().String()
	_, offset := t.Zone()
	if name == "UTC" {
		return name
	}
	if offset == 0 {
		return name + ", UTC"
	}
	sign := "+"
	if offset < 0 {
		sign, offset = "−", -offset
	}
	words := fmt.Sprintf("%s, UTC%s%d", name, sign, offset/3600)
	if minutes := offset % 3600 / 60; minutes > 0 {
		words += fmt.Sprintf(":%02d", minutes)
	}
	return words
}

var weekdays = map[string][7]string{
	"en": {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	"bg": {"неделя", "понеделник", "вторник", "сряда", "четвъртък", "петък", "събота"},
	"ru": {"воскресенье", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота"},
}

var shortMonths = map[string][12]string{
	"en": {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	"bg": {"яну", "фев", "март", "апр", "май", "юни", "юли", "авг", "сеп", "окт", "ное", "дек"},
	"ru": {"янв", "фев", "март", "апр", "май", "июнь", "июль", "авг", "сен", "окт", "ноя", "дек"},
}

func weekday(lang string, t time.Time) string { return weekdays[audience.Language(lang)][t.Weekday()] }

func shortMonth(lang string, t time.Time) string {
	return shortMonths[audience.Language(lang)][t.Month()-1]
}

// endWords are a day, or a day and a time, as the marketer wrote them, in words.
func endWords(lang, s string) string {
	if t, err := time.Parse(document.DayForm, s); err == nil {
		return date(lang, t, nil)
	}
	if t, err := time.Parse(document.MomentForm, s); err == nil {
		return dateTime(lang, t, nil)
	}
	return ""
}

func (p *plain) event(b *document.Event) {
	p.title(b.Title, false)
	for _, s := range []string{whenWords(p.w.lang, b), b.Place, b.Host} {
		if s != "" {
			p.line(s)
		}
	}
	p.line("")
	if b.Link != "" {
		p.line(bracket(cmp.Or(b.CTA, p.w.say("See more")), b.Link), "")
	}
	if b.RSVP {
		p.line(p.w.say("Will you come?"), fmt.Sprintf("1. %s: %s", p.w.say("Yes, I will come"), answer(b.ID, "yes")),
			fmt.Sprintf("2. %s: %s", p.w.say("No, I cannot"), answer(b.ID, "no")), "")
	}
	if b.Starts != "" {
		p.line(p.w.say("Add to calendar")+": "+calendar(b.ID), "")
	}
}
