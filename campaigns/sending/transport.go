package sending

import (
	"strconv"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Configured is the number of the transport of the configuration file.
const Configured int64 = 0

// PasswordUse is the use under which a transport's password is sealed.
const PasswordUse = "transport"

// Transport is one mail server that takes our letters, and how it is used.
type Transport struct {
	ID             int64
	Name           string
	Host           string
	Port           int
	TLS            string // as internal/mailer names it
	Username       string
	Password       string // sealed; never shown
	HELO           string
	Connections    int // open at once, at most
	PerConnection  int // letters before one is renewed
	TimeoutSeconds int // for one letter
	Weight         int // its share among transports of the same priority
	Priority       int // the lowest number goes first
	Enabled        bool
	Rates
	WarmUp   string // most letters by day, from FirstDay on: a Plan
	FirstDay string // 2026-11-22, in the shop's zone
}

// Validate tidies the fields and says which to correct.
func (t *Transport) Validate() error {
	t.Name, t.Host, t.HELO = audience.CleanName(t.Name), strings.TrimSpace(t.Host), strings.TrimSpace(t.HELO)
	t.Username = strings.TrimSpace(t.Username)
	var errs []error
	if t.Name == "" {
		errs = append(errs, fault.Field("name", "Give the mail server a name you know it by."))
	}
	if t.Host == "" || strings.ContainsAny(t.Host, " /@<>") {
		errs = append(errs, fault.Field("host", "Give the server's name, such as smtp.example.org."))
	}
	switch t.TLS {
	case "none", "starttls", "tls":
	default:
		errs = append(errs, fault.Field("tls", "Choose how the connection is encrypted."))
	}
	plan, err := ParsePlan(t.WarmUp)
	if t.WarmUp = plan.String(); len(plan) > 0 {
		if _, err := time.Parse(time.DateOnly, t.FirstDay); err != nil {
			errs = append(errs, fault.Field("first_day", "Give the first day of the warm-up."))
		}
	}
	for _, f := range []struct {
		name      string
		n         int
		low, high int
	}{{"port", t.Port, 1, 65535}, {"connections", t.Connections, 1, 1000}, {"per_connection", t.PerConnection, 1, 1_000_000},
		{"timeout_seconds", t.TimeoutSeconds, 1, 300}, {"weight", t.Weight, 1, 1000}, {"priority", t.Priority, 1, 100}} {
		if f.n < f.low || f.n > f.high {
			errs = append(errs, fault.Field(f.name, "A number between %d and %d, please.", f.low, f.high))
		}
	}
	return fault.Join(append(errs, err, t.Rates.Validate())...)
}

// Most limits accepted: a million a second is no limit.
const (
	mostPerSecond = 1_000_000
	mostCounted   = 1_000_000_000
)

// Validate says which limit makes no sense.
func (r Rates) Validate() error {
	var errs []error
	if !(r.PerSecond >= 0 && r.PerSecond <= mostPerSecond) || r.PerSecond > 0 && r.PerSecond < 0.0001 {
		errs = append(errs, fault.Field("per_second", "A number between %d and %d, please.", 0, mostPerSecond))
	}
	for _, f := range []struct {
		name string
		n    int64
	}{{"per_minute", r.PerMinute}, {"per_hour", r.PerHour}, {"per_day", r.PerDay}} {
		if f.n < 0 || f.n > mostCounted {
			errs = append(errs, fault.Field(f.name, "A number between %d and %d, please.", 0, mostCounted))
		}
	}
	return fault.Join(errs...)
}

// Plan is a warm-up: the most letters on its first day, its second and so on. After its
// last day it limits nothing.
type Plan []int64

// ParsePlan reads numbers apart from each other by anything.
func ParsePlan(s string) (Plan, error) {
	var p Plan
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil || n < 1 || n > mostCounted || len(p) == mostPlan {
			return nil, fault.Field("warm_up", "Give up to %d numbers, one for each day.", mostPlan)
		}
		p = append(p, n)
	}
	return p, nil
}

// mostPlan is how many days a warm-up may take.
const mostPlan = 120

// String is the plan as ParsePlan reads it.
func (p Plan) String() string {
	words := make([]string, len(p))
	for i, n := range p {
		words[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(words, " ")
}

// Today is the day of the plan, from 1, and its most letters; ok says whether the plan
// limits that day at all. Before its first day nothing may go: the day is 0.
func (t Transport) Today(now time.Time, zone *time.Location) (day int, most int64, ok bool) {
	first, err := time.ParseInLocation(time.DateOnly, t.FirstDay, zone)
	plan, bad := ParsePlan(t.WarmUp)
	if err != nil || bad != nil || len(plan) == 0 {
		return 0, 0, false
	}
	today := midnight(now.In(zone))
	if today.Before(first) {
		return 0, 0, true
	}
	day = int(today.Sub(first).Hours()+1)/24 + 1 // an hour for the night of summer time
	if day > len(plan) {
		return day, 0, false
	}
	return day, plan[day-1], true
}

// Tomorrow is when the plan's day ends.
func Tomorrow(now time.Time, zone *time.Location) time.Time {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, zone).UTC()
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// The scopes of a Rule.
const (
	ScopeAll    = "all"    // all letters together
	ScopeDomain = "domain" // those to one domain of recipients
	ScopeSender = "sender" // those from one sender address
)

// Rule is a limit on some of the letters, over all transports together.
type Rule struct {
	ID    int64
	Scope string
	Name  string // the domain in A-labels, or the address, lower case; empty for all
	Rates
	Fixed bool // of the configuration file
}

// Validate tidies the rule and says what to correct.
func (r *Rule) Validate() error {
	name := strings.ToLower(strings.TrimSpace(r.Name))
	var err error
	switch r.Scope {
	case ScopeAll:
		name = ""
	case ScopeDomain:
		email, bad := audience.CleanEmail("x@" + strings.TrimPrefix(name, "@"))
		switch {
		case name == "":
			err = fault.Field("name", "Name a domain, such as example.org.")
		case bad != nil:
			err = fault.Field("name", "“%s” is not a domain, such as example.org.", name)
		}
		name = audience.Domain(email)
	case ScopeSender:
		email, bad := audience.CleanEmail(name)
		if bad != nil {
			err = fault.Field("name", "“%s” is not an email address.", name)
		}
		name = audience.NormEmail(email)
	default:
		err = fault.Field("scope", "Choose what is limited.")
	}
	if err == nil {
		r.Name = name
	}
	if err == nil && r.Rates.None() {
		err = fault.Field("per_minute", "Give at least one number.")
	}
	return fault.Join(err, r.Rates.Validate())
}
