package campaigns_test

import (
	"errors"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

func wantFault(t *testing.T, name string, err error) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || len(f.Fields) == 0 || f.Fields[0].Field == "" {
		t.Errorf("%s: %v; want a fault about a field", name, err)
	}
}

// The nights on which clocks move: at 2 o'clock, at midnight, by half an hour, at one, at three.
var clocks = []struct {
	zone string
	year int
}{{"America/New_York", 2026}, {"America/Sao_Paulo", 2018}, {"Australia/Lord_Howe", 2026}, {"Europe/London", 2026}, {"Europe/Sofia", 2026}}

func TestADailyScheduleFiresOnceOnEachDay(t *testing.T) {
	for _, c := range clocks {
		zone := load(t, c.zone)
		for _, cron := range []string{"0 0 * * *", "15 0 * * *", "30 0 * * *", "0 1 * * *", "30 1 * * *", "45 1 * * *", "0 2 * * *", "15 2 * * *", "30 2 * * *", "0 3 * * *", "30 3 * * *", "59 23 * * *"} {
			days := map[string]int{}
			trigger := campaigns.Trigger{Cron: cron, Zone: c.zone}
			at := time.Date(c.year, 1, 1, 0, 0, 0, 0, zone).Add(-time.Second)
			for {
				next, err := trigger.Next(at)
				if err != nil || !next.After(at) {
					t.Fatalf("%s %s after %v: %v, %v", c.zone, cron, at, next, err)
				}
				if next.In(zone).Year() > c.year {
					break
				}
				days[next.In(zone).Format(time.DateOnly)]++
				at = next
			}
			if len(days) != 365 {
				t.Errorf("%s %s: fired on %d days; want 365", c.zone, cron, len(days))
			}
			for day, n := range days {
				if n != 1 {
					t.Errorf("%s %s: fired %d times on %s", c.zone, cron, n, day)
				}
			}
		}
	}
}

func TestASkippedHourFiresAtTheNextInstant(t *testing.T) {
	for _, tc := range []struct{ zone, cron, after, want string }{
		{"Europe/Sofia", "30 3 * * *", "2026-03-29T00:00:00Z", "2026-03-29T04:30:00+03:00"},
		{"America/New_York", "30 2 * * *", "2026-03-08T05:00:00Z", "2026-03-08T03:30:00-04:00"},
		{"America/Sao_Paulo", "30 0 * * *", "2018-11-04T02:00:00Z", "2018-11-04T01:30:00-02:00"},
		{"Australia/Lord_Howe", "15 2 * * *", "2026-10-03T14:00:00Z", "2026-10-04T02:45:00+11:00"},
	} {
		after, _ := time.Parse(time.RFC3339, tc.after)
		got, err := campaigns.Trigger{Cron: tc.cron, Zone: tc.zone}.Next(after)
		if s := got.In(load(t, tc.zone)).Format(time.RFC3339); err != nil || s != tc.want {
			t.Errorf("%s %s: %s, %v; want %s", tc.zone, tc.cron, s, err, tc.want)
		}
	}
}

func TestAnHourlyScheduleCountsTheHoursOfANightThatMoves(t *testing.T) {
	for day, want := range map[string]int{"2026-03-28": 24, "2026-03-29": 23, "2026-10-25": 25} {
		zone := load(t, "Europe/Sofia")
		start, _ := time.ParseInLocation(time.DateOnly, day, zone)
		n, at := 0, start.Add(-time.Second)
		for {
			next, err := campaigns.Trigger{Cron: "0 * * * *", Zone: "Europe/Sofia"}.Next(at)
			if err != nil {
				t.Fatal(err)
			}
			if next.In(zone).Format(time.DateOnly) != day {
				break
			}
			n, at = n+1, next
		}
		if n != want {
			t.Errorf("%s: %d hours; want %d", day, n, want)
		}
	}
}

func TestNextFive(t *testing.T) {
	at := time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)
	five, err := campaigns.Trigger{Cron: "0 10 * * 2", Zone: "Europe/Sofia"}.NextFive(at)
	if err != nil || len(five) != 5 {
		t.Fatalf("%v, %v", five, err)
	}
	for i, next := range five {
		local := next.In(load(t, "Europe/Sofia"))
		if local.Weekday() != time.Tuesday || local.Format("15:04") != "10:00" || i > 0 && next.Sub(five[i-1]) != 7*24*time.Hour {
			t.Errorf("%v is no Tuesday at ten, a week after the one before", local)
		}
	}
	later := at.Add(time.Hour)
	if once, err := (campaigns.Trigger{At: &later}).NextFive(at); err != nil || len(once) != 1 {
		t.Errorf("a moment happens %d times, %v", len(once), err)
	}
	if never, err := (campaigns.Trigger{Cron: "0 0 30 2 *"}).NextFive(at); err != nil || len(never) != 0 {
		t.Errorf("the 30th of February: %v, %v", never, err)
	}
}

func TestMisfires(t *testing.T) {
	daily := campaigns.Trigger{Cron: "0 10 * * *"}
	last := time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)
	for days, want := range map[int]int{-3: 0, 0: 0, 1: 1, 5: 5} {
		latest, n, err := daily.Misfires(last, last.AddDate(0, 0, days))
		if err != nil || n != want || n > 0 && !latest.Equal(last.AddDate(0, 0, days)) {
			t.Errorf("%d days later: %d misfires, the latest at %v, %v", days, n, latest, err)
		}
	}
}

func TestATriggerIsExactlyOneThing(t *testing.T) {
	at := time.Now()
	for name, bad := range map[string]campaigns.Trigger{
		"nothing": {}, "two": {At: &at, Cron: "@daily"}, "three": {At: &at, Cron: "@daily", On: "order.paid"},
		"a zone that is none": {Cron: "@daily", Zone: "Mars/Base"}, "a path for a zone": {Cron: "@daily", Zone: "../etc/passwd"},
		"six fields": {Cron: "0 0 10 * * *"}, "words": {Cron: "every Tuesday"}, "each second": {Cron: "@every 1s"},
		"a zone in the schedule": {Cron: "TZ=UTC 0 10 * * *"}, "only a zone": {Cron: "CRON_TZ="}, "minute 60": {Cron: "60 * * * *"},
	} {
		wantFault(t, name, bad.Validate())
	}
	for _, good := range []campaigns.Trigger{{At: &at}, {Cron: "@daily"}, {Cron: "0 10 * * 2", Zone: "Europe/Sofia"}, {On: "order.paid"}, {Cron: " */5 * * * * "}} {
		if err := good.Validate(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
}

func FuzzCron(f *testing.F) {
	for _, s := range []string{"0 10 * * 2", "@daily", "@every 1h", "TZ=", "CRON_TZ=UTC", "*/0 * * * *", "1-2-3 * * * *", "0 0 31 2 *", "@every 99999999999h", "", " ", "?", "* * * * SUN-SAT", "0 0 * * 7"} {
		f.Add(s, "Europe/Sofia")
	}
	f.Add("0 10 * * *", "\x00")
	start := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, cron, zone string) {
		trigger := campaigns.Trigger{Cron: cron, Zone: zone}
		if err := trigger.Validate(); err != nil {
			if _, ok := errors.AsType[*fault.Error](err); !ok {
				t.Errorf("%q in %q: %v is no fault", cron, zone, err)
			}
			return
		}
		next, err := trigger.Next(start)
		if err != nil || !next.IsZero() && !next.After(start) {
			t.Errorf("%q in %q is good, and next at %v, %v", cron, zone, next, err)
		}
	})
}

func TestDueInTheReadersZone(t *testing.T) {
	at := time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		m    campaigns.Message
		zone string
		want string
	}{
		"at once":                       {campaigns.Message{}, "Europe/Sofia", "2026-11-17T10:00:00Z"},
		"after a wait":                  {campaigns.Message{Wait: 90 * time.Minute}, "Europe/Sofia", "2026-11-17T11:30:00Z"},
		"later that day":                {campaigns.Message{LocalTime: "18:00"}, "Europe/Sofia", "2026-11-17T16:00:00Z"},
		"ten has passed in Sofia":       {campaigns.Message{LocalTime: "10:00"}, "Europe/Sofia", "2026-11-18T08:00:00Z"},
		"just now":                      {campaigns.Message{LocalTime: "12:00"}, "Europe/Sofia", "2026-11-17T10:00:00Z"},
		"it is still night in New York": {campaigns.Message{LocalTime: "10:00"}, "America/New_York", "2026-11-17T15:00:00Z"},
		"a day ahead in Auckland":       {campaigns.Message{Wait: 3 * 24 * time.Hour, LocalTime: "10:00"}, "Pacific/Auckland", "2026-11-20T21:00:00Z"},
		"a zone that is none":           {campaigns.Message{LocalTime: "18:00"}, "Mars/Base", "2026-11-17T18:00:00Z"},
		"a time that is none":           {campaigns.Message{LocalTime: "25:00"}, "Europe/Sofia", "2026-11-17T10:00:00Z"},
		"over the night clocks move":    {campaigns.Message{Wait: 132 * 24 * time.Hour, LocalTime: "03:30"}, "Europe/Sofia", "2026-03-29T01:30:00Z"},
	} {
		from := at
		if name == "over the night clocks move" {
			from = time.Date(2025, 11, 16, 12, 0, 0, 0, time.UTC)
		}
		if got := tc.m.Due(from, tc.zone).Format(time.RFC3339); got != tc.want {
			t.Errorf("%s: %s; want %s", name, got, tc.want)
		}
	}
}

func load(t *testing.T, zone string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}
