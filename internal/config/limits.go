package config

import (
	"fmt"
	"strconv"
	"strings"

	"keepsake/campaigns/sending"
)

// Limit is the most letters to one domain, from one sender, or, without either, of all.
type Limit struct {
	Domain        string `yaml:"domain"`
	Sender        string `yaml:"sender"`
	sending.Rates `yaml:",inline"`
}

// UnmarshalText reads what a variable says: "domain=example.org per_minute=60".
func (l *Limit) UnmarshalText(b []byte) error {
	for word := range strings.FieldsSeq(string(b)) {
		name, value, _ := strings.Cut(word, "=")
		n, bad := strconv.ParseInt(value, 10, 64)
		switch name {
		case "domain":
			l.Domain, bad = value, nil
		case "sender":
			l.Sender, bad = value, nil
		case "per_second":
			l.PerSecond, bad = strconv.ParseFloat(value, 64)
		case "per_minute":
			l.PerMinute = n
		case "per_hour":
			l.PerHour = n
		case "per_day":
			l.PerDay = n
		default:
			bad = fmt.Errorf("%q is none of domain, sender, per_second, per_minute, per_hour, per_day", name)
		}
		if bad != nil {
			return fmt.Errorf("limit %q: %w", b, bad)
		}
	}
	return nil
}

// rule is the limit as senders keep it.
func (l Limit) rule() (sending.Rule, error) {
	r := sending.Rule{Scope: sending.ScopeAll, Rates: l.Rates, Fixed: true}
	switch {
	case l.Domain != "" && l.Sender != "":
		return r, fmt.Errorf("name a domain or a sender, not both")
	case l.Domain != "":
		r.Scope, r.Name = sending.ScopeDomain, l.Domain
	case l.Sender != "":
		r.Scope, r.Name = sending.ScopeSender, l.Sender
	}
	return r, r.Validate()
}

// Rules are the limits of the configuration, as Validate found them right.
func (c Config) Rules() []sending.Rule {
	rules := make([]sending.Rule, 0, len(c.Limits))
	for _, l := range c.Limits {
		if r, err := l.rule(); err == nil {
			rules = append(rules, r)
		}
	}
	return rules
}

func (c Config) checkLimits() error {
	seen := map[sending.Rule]bool{}
	for i, l := range c.Limits {
		r, err := l.rule()
		r.Rates = sending.Rates{}
		if err == nil && seen[r] {
			err = fmt.Errorf("there are two limits for the same letters")
		}
		if seen[r] = true; err != nil {
			return key(fmt.Sprintf("limits[%d]", i), err)
		}
	}
	return nil
}

// Transport is the mail server of the configuration, beside those made in the pages.
func (c Config) Transport() sending.Transport {
	s := c.SMTP
	return sending.Transport{ID: sending.Configured, Host: s.Host, Port: s.Port, TLS: s.TLS, Username: s.Username, HELO: s.HELO,
		Connections: s.Connections, PerConnection: s.PerConnection, TimeoutSeconds: s.TimeoutSeconds, Weight: s.Weight, Priority: s.Priority,
		Enabled: s.Host != "", Rates: sending.Rates{PerSecond: s.RatePerSecond}}
}
