package admin

import (
	"context"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/internal/store"
)

// calendar is a month of runs that were and moments that come.
type calendar struct {
	Month          time.Time // its first day
	Before, After  string    // the neighbours, 2006-01
	Weekdays       []string
	Weeks          [][]calendarDay
	None           bool
	Zone, ThisPage string
}

type calendarDay struct {
	Date      time.Time
	In, Today bool
	Marks     []calendarMark
	More      int
}

type calendarMark struct {
	At         time.Time
	Name, Icon string
	To, Note   string
	Tone       string // good, off or wait
}

const monthForm = "2006-01"

func (a *Admin) calendar(c *gin.Context) (*calendar, error) {
	w := a.words(c)
	month, err := time.ParseInLocation(monthForm, c.Query("month"), w.zone)
	if err != nil {
		now := w.now.In(w.zone)
		month = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, w.zone)
	}
	cal := &calendar{Month: month, Before: month.AddDate(0, -1, 0).Format(monthForm), After: month.AddDate(0, 1, 0).Format(monthForm), Zone: w.zone.String()}
	first := month.AddDate(0, 0, -(int(month.Weekday())+6)%7) // weeks begin on Monday
	last := month.AddDate(0, 1, 0)
	marks, err := a.marks(c.Request.Context(), w, first, last.AddDate(0, 0, 7))
	if err != nil {
		return nil, err
	}
	for i := range 7 {
		cal.Weekdays = append(cal.Weekdays, w.weekday(time.Weekday((i+1)%7)))
	}
	for day := first; day.Before(last); day = day.AddDate(0, 0, 7) {
		cal.Weeks = append(cal.Weeks, w.week(day, month, marks))
	}
	cal.None = len(marks) == 0
	return cal, nil
}

// mostMarks is how many moments a day shows; the rest is a number.
const mostMarks = 4

func (w words) week(day, month time.Time, marks map[string][]calendarMark) []calendarDay {
	week := make([]calendarDay, 7)
	for i := range week {
		d := day.AddDate(0, 0, i)
		key := d.Format(time.DateOnly)
		week[i] = calendarDay{Date: d, In: d.Month() == month.Month(), Today: key == w.now.In(w.zone).Format(time.DateOnly), Marks: marks[key]}
		if n := len(week[i].Marks); n > mostMarks {
			week[i].Marks, week[i].More = week[i].Marks[:mostMarks], n-mostMarks
		}
	}
	return week
}

// marks are the runs and the coming moments between two times, by day.
func (a *Admin) marks(ctx context.Context, w words, from, to time.Time) (map[string][]calendarMark, error) {
	runs, err := a.Store.RunsBetween(ctx, from, to)
	if err != nil {
		return nil, err
	}
	all := make([]calendarMark, 0, len(runs))
	for _, r := range runs {
		m := calendarMark{At: r.DueAt, Name: r.Name, Icon: iconOf(r.Kind), To: path(r.CampaignID, ""), Tone: "good", Note: w.N("%d letters", r.Planned)}
		if r.State == "skipped" {
			m.Tone, m.Note = "off", w.T("Skipped")+": "+w.T(r.Note)
		}
		all = append(all, m)
	}
	coming, err := a.coming(ctx, w, from, to)
	if err != nil {
		return nil, err
	}
	all = append(all, coming...)
	slices.SortStableFunc(all, func(a, b calendarMark) int { return a.At.Compare(b.At) })
	days := map[string][]calendarMark{}
	for _, m := range all {
		key := m.At.In(w.zone).Format(time.DateOnly)
		days[key] = append(days[key], m)
	}
	return days, nil
}

// coming are the moments of campaigns that wait for them.
func (a *Admin) coming(ctx context.Context, w words, from, to time.Time) (marks []calendarMark, err error) {
	waiting, _, err := a.Store.Campaigns(ctx, store.CampaignQuery{States: []string{campaigns.Scheduled, campaigns.Running}, Limit: 200})
	if err != nil {
		return nil, err
	}
	for _, c := range waiting {
		if c.NextRunAt == nil {
			continue
		}
		for at, n := *c.NextRunAt, 0; !at.IsZero() && at.Before(to) && n < 100; n++ {
			if !at.Before(from) {
				marks = append(marks, calendarMark{At: at, Name: c.Name, Icon: iconOf(c.Kind), To: path(c.ID, ""), Tone: "wait", Note: w.T("Planned")})
			}
			if at, err = c.Trigger.Next(at); err != nil {
				return nil, err
			}
		}
	}
	return marks, nil
}

func iconOf(kind string) string {
	if info, err := campaigns.KindInfo(kind); err == nil {
		return info.Icon
	}
	return "mail"
}
