package liquid

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

var _ = register(map[string]filter{"date": {min: 1, max: 2, run: date}})

// date formats a time by a strftime pattern: {{ order.placed_at | date: "%-d %B %Y, %H:%M" }}. A
// second argument names the zone ("Europe/Sofia") in place of the rendering's own. What is no time
// is printed as it is.
func date(v any, a *args) (any, error) {
	pattern := a.str(0)
	if pattern == "" || v == nil {
		return v, nil
	}
	zone := a.c.lim.Zone
	if a.len() > 1 {
		if zone = zoneNamed(a.str(1)); zone == nil {
			return nil, a.fail("There is no time zone “%s”.", a.str(1))
		}
	}
	t, ok := a.c.moment(v, zone)
	if !ok {
		return v, nil
	}
	if zone != nil {
		t = t.In(zone)
	}
	return a.strftime(pattern, t)
}

var zones sync.Map // name to *time.Location, of the zones that exist

func zoneNamed(name string) *time.Location {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil
	}
	zones.Store(name, z)
	return z
}

var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST",
	"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006/01/02", "02.01.2006 15:04", "02.01.2006",
	"January 2, 2006 15:04", "January 2, 2006", "Jan 2, 2006", "January 2 2006", "2 January 2006", "2 Jan 2006",
	time.RFC1123Z, time.RFC1123, time.RFC850, time.ANSIC, time.UnixDate,
}

// moment reads a time, a Unix time, "now", "today" or a written date; one without zone is in zone, or in UTC.
func (c *ctx) moment(v any, zone *time.Location) (time.Time, bool) {
	if zone == nil {
		zone = time.UTC
	}
	switch x := v.(type) {
	case time.Time:
		return x, true
	case int64:
		return time.Unix(x, 0).In(zone), true
	case float64:
		if math.Abs(x) < 1<<60 {
			return time.Unix(int64(x), 0).In(zone), true
		}
	case string:
		s := strings.TrimSpace(x)
		if s == "now" || s == "today" {
			return c.lim.Now().In(zone), true
		}
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && isDigit(s[0]) {
			return time.Unix(n, 0).In(zone), true
		}
		for _, layout := range layouts {
			if t, err := time.ParseInLocation(layout, s, zone); err == nil {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// strftime writes a time. Between the % and the letter may stand - (no padding), _ (spaces), 0,
// ^ (upper case), : (for %z) and a width.
func (a *args) strftime(pattern string, t time.Time) (any, error) {
	var b []byte
	genitive := strings.Contains(pattern, "%d") || strings.Contains(pattern, "%-d") || strings.Contains(pattern, "%e")
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' || i+1 == len(pattern) {
			b = append(b, pattern[i])
			continue
		}
		d := directive{t: t, lang: a.c.lim.Lang, genitive: genitive}
		start := i
		for i++; i < len(pattern)-1 && strings.IndexByte("-_0^:#", pattern[i]) >= 0; i++ {
			d.flags += string(pattern[i])
		}
		for ; i < len(pattern)-1 && isDigit(pattern[i]) && d.width < 100; i++ {
			d.width = d.width*10 + int(pattern[i]-'0')
		}
		d.letter = pattern[i]
		s, ok := d.write()
		if !ok {
			s = pattern[start : i+1]
		}
		b = append(b, s...)
		if err := a.c.size(len(b), a.off); err != nil {
			return nil, err
		}
	}
	return string(b), nil
}
