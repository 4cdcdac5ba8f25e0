package admin

import (
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

type schedulePage struct {
	campaignView
	How      string // now, at, cron or on
	At       string // as the browser writes it
	Zone     string
	Zones    []string
	Plan     plan
	Weekdays []option
	On       string // of the offered events, or "other"
	Other    string
	Events   []option
	Coming   nextDates
}

// nextDates are the moments a schedule comes to, or why it cannot be read.
type nextDates struct {
	Dates []string
	Wrong string
}

// CampaignSchedule shows when a campaign goes out.
func (a *Admin) CampaignSchedule(c *gin.Context) error {
	v, err := a.open(c, "/schedule")
	if err != nil {
		return err
	}
	return a.Page(c, "admin/campaign-schedule", v.schedulePage(v.Trigger))
}

func (v campaignView) schedulePage(t campaigns.Trigger) schedulePage {
	w := v.words
	p := schedulePage{campaignView: v, How: "now", Zone: t.Zone, Zones: zones, On: "order.fulfilled"}
	if p.Zone == "" {
		p.Zone = w.shop.Location().String()
	}
	p.Plan, _ = parsePlan(t.Cron)
	switch {
	case t.At != nil:
		p.How, p.At = "at", t.At.In(locationOr(p.Zone, w.zone)).Format(localForm)
	case t.Cron != "":
		p.How, p.Coming = "cron", w.nextDates(t)
	case t.On != "":
		p.How, p.On = "on", t.On
	}
	p.offer()
	return p
}

func (p *schedulePage) offer() {
	known := false
	for _, e := range campaigns.Events {
		p.Events = append(p.Events, option{e, p.words.event(e), e == p.On})
		known = known || e == p.On
	}
	if !known {
		p.Other, p.On = p.On, "other"
	}
	p.Events = append(p.Events, option{"other", p.words.T("after another event of your shop"), p.On == "other"})
	p.Weekdays = p.words.weekdays(p.Plan.Weekday)
}

// weekdays are the days of the week to choose from, Monday first.
func (w words) weekdays(chosen int) (out []option) {
	for i := range 7 {
		day := time.Weekday((i + 1) % 7)
		out = append(out, option{strconv.Itoa(int(day)), w.weekday(day), int(day) == chosen})
	}
	return out
}

func locationOr(name string, other *time.Location) *time.Location {
	if loc, err := time.LoadLocation(name); err == nil {
		return loc
	}
	return other
}

// nextDates are the next five moments in the schedule's own zone.
func (w words) nextDates(t campaigns.Trigger) nextDates {
	five, err := t.NextFive(w.now)
	if err != nil {
		return nextDates{Wrong: w.cat.Fault(w.lang, err)}
	}
	if len(five) == 0 {
		return nextDates{Wrong: w.T("This schedule never fires.")}
	}
	loc := locationOr(t.Zone, time.UTC)
	var n nextDates
	for _, at := range five {
		n.Dates = append(n.Dates, w.weekday(at.In(loc).Weekday())+", "+w.cat.DateTime(w.lang, at, loc))
	}
	return n
}

// NextDates shows what a schedule that is not saved yet comes to.
func (a *Admin) NextDates(c *gin.Context) error {
	v, err := a.open(c, "/schedule")
	if err != nil {
		return err
	}
	p := v.schedulePage(v.Trigger)
	t, err := readPlan(c.Query)
	if err == nil {
		p.Coming = v.words.nextDates(t)
	} else {
		p.Coming = nextDates{Wrong: v.words.cat.Fault(v.words.lang, err)}
	}
	return a.Part(c, "admin/campaign-schedule", "next", p)
}

// SaveCampaignSchedule keeps when the campaign goes out. What was started keeps its schedule.
func (a *Admin) SaveCampaignSchedule(c *gin.Context) error {
	v, err := a.open(c, "/schedule")
	if err != nil {
		return err
	}
	if !v.Draft() {
		return fault.New(fault.Conflict, "A campaign that was started keeps its schedule. Duplicate it to choose another.")
	}
	t, err := v.readTrigger(c)
	if err != nil {
		p := v.schedulePage(t)
		p.How = c.PostForm("how")
		if p.How == "at" {
			p.At = c.PostForm("at")
		}
		return a.Again(c, "admin/campaign-schedule", p, err)
	}
	v.Trigger = t
	if err := a.Store.SaveCampaign(c.Request.Context(), &v.Campaign); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved."), "")
	if c.PostForm("next") != "" && v.Next().To != "" {
		return a.Redirect(c, "%s", v.Next().To)
	}
	return a.Redirect(c, "%s", path(v.ID, "/schedule"))
}

func (v campaignView) readTrigger(c *gin.Context) (campaigns.Trigger, error) {
	switch c.PostForm("how") {
	case "at":
		return v.readAt(c)
	case "cron":
		t, err := readPlan(c.PostForm)
		if err != nil {
			return t, err
		}
		return t, t.Validate()
	case "on":
		return readEvent(c)
	}
	return campaigns.Trigger{}, nil // now: the moment of starting
}

func (v campaignView) readAt(c *gin.Context) (campaigns.Trigger, error) {
	t := campaigns.Trigger{Zone: strings.TrimSpace(c.PostForm("at_zone"))}
	loc, err := time.LoadLocation(t.Zone)
	if err != nil || t.Zone == "" {
		return t, fault.Field("at_zone", "There is no time zone “%s”.", t.Zone)
	}
	at, err := time.ParseInLocation(localForm, c.PostForm("at"), loc)
	if err != nil {
		return t, fault.Field("at", "Write a date and a time.")
	}
	if !at.After(v.words.now) {
		return t, fault.Field("at", "This time has passed. Choose one that comes.")
	}
	at = at.UTC()
	t.At = &at
	return t, nil
}

// readPlan reads a recurring schedule from the form, or from the address.
func readPlan(get func(string) string) (campaigns.Trigger, error) {
	t := campaigns.Trigger{Zone: strings.TrimSpace(get("cron_zone"))}
	weekday, errDay := strconv.Atoi(get("weekday"))
	if errDay != nil || weekday < 0 || weekday > 6 {
		weekday = 1
	}
	day, _ := strconv.Atoi(get("day")) // no number is refused as 0
	expr, err := plan{Repeat: get("repeat"), Weekday: weekday, Day: day, Time: get("time"), Cron: get("cron")}.expression()
	t.Cron = expr
	if err == nil && expr == "" {
		err = fault.Field("cron", "Write a schedule, for example 0 10 * * 2.")
	}
	return t, err
}

func readEvent(c *gin.Context) (campaigns.Trigger, error) {
	name := c.PostForm("on")
	if name == "other" {
		name = strings.TrimSpace(c.PostForm("other"))
	}
	if !eventName.MatchString(name) {
		return campaigns.Trigger{On: name}, fault.Field("other", "An event's name has letters, digits and dots, for example: trial.started.")
	}
	return campaigns.Trigger{On: name}, nil
}
