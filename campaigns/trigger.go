package campaigns

import (
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"keepsake/campaigns/fault"
)

// Trigger says when: exactly one of At, Cron and On. At is also "now": the moment of starting.
type Trigger struct {
	At   *time.Time `json:"at,omitempty"`   // UTC
	Cron string     `json:"cron,omitempty"` // five fields, or @daily and the like
	On   string     `json:"on,omitempty"`   // an event: "order.fulfilled"
	Zone string     `json:"zone,omitempty"` // IANA name in which Cron is read; "" is UTC
}

// Events a campaign may wait for, besides those the shop's developer invents.
var Events = []string{"order.placed", "order.paid", "order.fulfilled", "subscribed"}

// Ends maps an event to what takes its reason away: a refunded order wants no rating.
var Ends = []string{"order.refunded", "order.cancelled"}

// Validate checks that there is one trigger and that it can be read.
func (t Trigger) Validate() error {
	n := 0
	for _, set := range []bool{t.At != nil, t.Cron != "", t.On != ""} {
		if set {
			n++
		}
	}
	if n != 1 {
		return fault.Field("trigger", "Choose one: a time, a schedule or an event.")
	}
	if _, err := location(t.Zone); err != nil {
		return err
	}
	if t.Cron != "" {
		_, err := parseCron(t.Cron)
		return err
	}
	return nil
}

// Next is the first moment after the given one, UTC; zero when there is none. A wall-clock
// schedule fires once on each of its days: on the hour that is skipped in spring it fires
// at the next valid instant, on the hour that comes twice in autumn it fires once.
func (t Trigger) Next(after time.Time) (time.Time, error) {
	switch {
	case t.At != nil:
		if t.At.After(after) {
			return t.At.UTC(), nil
		}
		return time.Time{}, nil
	case t.Cron == "":
		return time.Time{}, nil
	}
	zone, err := location(t.Zone)
	if err != nil {
		return time.Time{}, err
	}
	schedule, err := parseCron(t.Cron)
	if err != nil {
		return time.Time{}, err
	}
	return nextWall(schedule, zone, after), nil
}

// NextFive lists the next moments, for "next five dates".
func (t Trigger) NextFive(after time.Time) ([]time.Time, error) {
	var all []time.Time
	for len(all) < 5 {
		next, err := t.Next(after)
		if err != nil || next.IsZero() {
			return all, err
		}
		all, after = append(all, next), next
	}
	return all, nil
}

// Misfires counts the moments in (last, now] and returns the latest: missed runs are caught up once.
func (t Trigger) Misfires(last, now time.Time) (latest time.Time, n int, err error) {
	for at := last; n < 10000; n++ {
		next, err := t.Next(at)
		if err != nil || next.IsZero() || next.After(now) {
			return latest, n, err
		}
		latest, at = next, next
	}
	return latest, n, nil
}

func nextWall(schedule cron.Schedule, zone *time.Location, after time.Time) time.Time {
	spec, ok := schedule.(*cron.SpecSchedule)
	if !ok { // @every: a span, no wall clock
		return schedule.Next(after.UTC()).UTC()
	}
	s := *spec
	if everyHour(s) { // hours are absolute: 23 or 25 of them on the nights the clock moves
		s.Location = zone
		return utcOrZero(s.Next(after.In(zone)))
	}
	s.Location = time.UTC
	wall := asUTC(after.In(zone))
	for range 10000 {
		wall = s.Next(wall)
		if wall.IsZero() {
			return time.Time{}
		}
		if at := inZone(wall, zone); at.After(after) {
			return at.UTC()
		}
	}
	return time.Time{}
}

func everyHour(s cron.SpecSchedule) bool {
	const all = 1<<24 - 1
	return s.Hour&all == all
}

func utcOrZero(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

func asUTC(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// inZone is the moment at which the clocks of the zone show the wall time. One that they skip
// is as much later as they jump: 02:30 becomes 03:30, never 01:30 or a moment of the day before.
func inZone(wall time.Time, zone *time.Location) time.Time {
	at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	if at.Hour() == wall.Hour() && at.Minute() == wall.Minute() {
		return at
	}
	_, before := at.Add(-12 * time.Hour).Zone() // seconds east of UTC, as before the jump
	return wall.Add(-time.Duration(before) * time.Second).In(zone)
}

// parseCron guards the parser: it panics on a zone without fields, and a zone is ours to say.
func parseCron(expr string) (cron.Schedule, error) {
	if strings.Contains(expr, "TZ=") || len(expr) > 200 {
		return nil, badCron(expr)
	}
	s, err := cron.ParseStandard(strings.TrimSpace(expr))
	if err != nil {
		return nil, badCron(expr)
	}
	if e, ok := s.(cron.ConstantDelaySchedule); ok && e.Delay < time.Minute {
		return nil, fault.Field("cron", "A schedule may fire once a minute at most.")
	}
	return s, nil
}

func badCron(expr string) error {
	return fault.Field("cron", "“%s” is not a schedule. Five fields: minute, hour, day, month, weekday (Sunday is 0); for example 0 10 * * 2.", expr)
}

func location(zone string) (*time.Location, error) {
	if zone == "" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fault.Field("zone", "There is no time zone “%s”.", zone)
	}
	return loc, nil
}

// Due is when a message that was set off at the given moment is owed: after its wait, and
// at its local time in the reader's zone when it has one.
func (m Message) Due(at time.Time, zone string) time.Time {
	due := at.Add(m.Wait).UTC()
	clock, err := time.Parse("15:04", m.LocalTime)
	if m.LocalTime == "" || err != nil {
		return due
	}
	loc, err := location(zone)
	if err != nil {
		loc = time.UTC
	}
	local := due.In(loc)
	wall := time.Date(local.Year(), local.Month(), local.Day(), clock.Hour(), clock.Minute(), 0, 0, time.UTC)
	day := inZone(wall, loc)
	if day.Before(local) {
		day = inZone(wall.AddDate(0, 0, 1), loc)
	}
	return day.UTC()
}

// IsEnd reports whether the event takes away the reason of what the same order set off.
func IsEnd(event string) bool { return slices.Contains(Ends, event) }
