package admin

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"keepsake/campaigns/fault"
)

// plan is a recurring schedule as the form offers it; Cron is what it comes to.
type plan struct {
	Repeat  string // daily, weekdays, weekly, monthly or custom
	Weekday int    // of weekly, Sunday is 0
	Day     int    // of monthly
	Time    string // 15:04
	Cron    string
}

// parsePlan reads a cron expression of one of the common forms.
func parsePlan(cron string) (p plan, ok bool) {
	p = plan{Repeat: "custom", Weekday: 2, Day: 1, Time: "10:00", Cron: cron}
	f := strings.Fields(cron)
	if len(f) != 5 || f[3] != "*" {
		return p, false
	}
	minute, errM := strconv.Atoi(f[0])
	hour, errH := strconv.Atoi(f[1])
	if errM != nil || errH != nil {
		return p, false
	}
	p.Time = fmt.Sprintf("%02d:%02d", hour, minute)
	switch {
	case f[2] == "*" && f[4] == "*":
		p.Repeat = "daily"
	case f[2] == "*" && f[4] == "1-5":
		p.Repeat = "weekdays"
	case f[2] == "*":
		p.Repeat = "weekly"
		day, err := strconv.Atoi(f[4])
		p.Weekday = day % 7
		return p.orCustom(err == nil && day >= 0 && day <= 7)
	case f[4] == "*":
		p.Repeat = "monthly"
		day, err := strconv.Atoi(f[2])
		p.Day = day
		return p.orCustom(err == nil)
	default:
		p.Repeat = "custom"
		return p, false
	}
	return p, true
}

func (p plan) orCustom(ok bool) (plan, bool) {
	if !ok {
		return plan{Repeat: "custom", Weekday: 2, Day: 1, Time: p.Time, Cron: p.Cron}, false
	}
	return p, true
}

// expression is the plan as cron reads it.
func (p plan) expression() (string, error) {
	if p.Repeat == "custom" {
		return strings.TrimSpace(p.Cron), nil
	}
	at, err := time.Parse("15:04", p.Time)
	if err != nil {
		return "", fault.Field("time", "Write a time of day, for example 10:00.")
	}
	clock := fmt.Sprintf("%d %d ", at.Minute(), at.Hour())
	switch p.Repeat {
	case "daily":
		return clock + "* * *", nil
	case "weekdays":
		return clock + "* * 1-5", nil
	case "monthly":
		if p.Day < 1 || p.Day > 31 {
			return "", fault.Field("day", "Between 1 and 31.")
		}
		return clock + fmt.Sprintf("%d * *", p.Day), nil
	}
	return clock + fmt.Sprintf("* * %d", p.Weekday), nil
}
