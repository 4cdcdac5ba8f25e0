package exchange

import (
	"net/netip"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// stand is what a word of a file says of somebody's place.
type stand struct {
	state audience.State  // "" says nothing: the import's own state counts
	never audience.Reason // when set, the address must not be written to at all
}

// stands are the words by which files say where somebody stands. What does not say that somebody agreed is never a yes:
// "enabled" is listmonk's word for a person who is not blocked, whatever became of the confirmation.
var stands = func() map[string]stand {
	out := map[string]stand{}
	for what, text := range map[stand]string{
		{state: audience.Confirmed}: `confirmed|subscribed|active|yes|y|true|1|opted in|opt in|granted|explicit|double opt in|да|активен|активна|абониран|абонирана|записан|
			записана|подписан|подписана|активный|активная|потвърден|потвърдена|подтвержден|подтверждён|подтверждена`,
		{state: audience.Pending}: `pending|unconfirmed|not confirmed|waiting|awaiting confirmation|confirmation pending|чака|непотвърден|непотвърдена|ожидает|
			неподтвержден|неподтверждён|не подтвержден|не подтверждён`,
		{state: audience.Nowhere}:  `never subscribed|non subscribed|nonsubscribed|transactional|none|unknown|new`,
		{state: audience.Declined}: `no|n|false|0|not subscribed|disabled|inactive|не|нет|неактивен|неактивна|неактивный|неактивная`,
		{state: audience.Unsubscribed}: `unsubscribed|unsubscribe|unsub|opted out|opt out|cancelled|canceled|archived|deleted|redacted|blocklisted|blacklisted|blocked|suppressed|
			user suppressed|global unsubscribe|отписан|отписана|отписался|отписалась|удален|удалён`,
		{audience.Unsubscribed, audience.HardBounce}: `cleaned|bounced|bounce|hard bounce|hard bounced|hardbounced|invalid|invalid email|undeliverable|не доставляется|недоставим|върнат`,
		{audience.Unsubscribed, audience.Complaint}:  `complained|complaint|spam|spam complaint|spam complained|marked as spam|reported spam|junk|abuse|спам|жалоба|оплакване`,
		{}: `enabled|soft bounce|soft bounced`,
	} {
		for w := range words(text) {
			out[w] = what
		}
	}
	return out
}()

// standing reads a status cell. What it does not know is a fault, never a yes.
func standing(cell string) (stand, error) {
	p := plain(cell)
	if p == "" { // the file has the column, and says nothing of this person
		return stand{state: audience.Nowhere}, nil
	}
	if s, known := stands[p]; known {
		return s, nil
	}
	return stand{}, fault.Field("state", "“%s” is no status we know.", audience.CleanName(cell))
}

// saysLeft reports whether a word means by itself that somebody left, whatever the column is called.
func saysLeft(cell string) bool { return stands[plain(cell)].state == audience.Unsubscribed }

// saysNo reports whether a cell says that something is not, or never was.
func saysNo(p string) bool {
	return p == "" || stands[p].state == audience.Declined || p == "none" || p == "never" || p == "n a" || p == "null"
}

// blocking reads a cell that says whether, or why, somebody must not be written to: Klaviyo writes reasons, Brevo a yes.
func blocking(cell string) stand {
	p := plain(cell)
	switch {
	case saysNo(p): // nothing is said against it
		return stand{}
	case strings.Contains(p, "spam") || strings.Contains(p, "complain"):
		return stand{audience.Unsubscribed, audience.Complaint}
	case strings.Contains(p, "bounce") || strings.Contains(p, "invalid"):
		return stand{audience.Unsubscribed, audience.HardBounce}
	}
	return stand{state: audience.Unsubscribed}
}

// take keeps the more cautious of what the file says of a person's place.
func (s stand) take(row *audience.ImportRow) {
	row.State = audience.Cautious(row.State, s.state)
	if row.Never != audience.Complaint && s.never != "" {
		row.Never = s.never
	}
}

// moments are the ways to write a moment that mean one alone.
var moments = []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST", time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly,
	"02.01.2006 15:04:05", "02.01.2006 15:04", "02.01.2006", "2 Jan 2006 15:04:05", "2 Jan 2006", "Jan 2, 2006 15:04:05", "Jan 2, 2006, 3:04 PM", "Jan 2, 2006 3:04 PM", "January 2, 2006 3:04 PM", "Jan 2, 2006", "January 2, 2006"}

// momentOf reads a moment; without a zone it is UTC.
func momentOf(cell string) (time.Time, bool) { return momentIn(cell, time.UTC) }

func momentIn(cell string, zone *time.Location) (time.Time, bool) {
	cell = strings.TrimSpace(cell)
	for _, layout := range moments {
		if at, err := time.ParseInLocation(layout, cell, zone); err == nil && at.Year() > 1970 {
			return at.UTC(), true
		}
	}
	at, ok := slashed(cell)
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, zone).UTC(), ok
}

// slashed reads 31/12/2024 and 12/31/2024; 3/4/2024 may be two days, and is none.
func slashed(cell string) (time.Time, bool) {
	for i, layout := range []string{"2/1/2006", "1/2/2006"} { // clear where one of the two is above twelve
		day, rest, _ := strings.Cut(cell, " ")
		at, err := time.Parse(layout, day)
		_, other := time.Parse([]string{"1/2/2006", "2/1/2006"}[i], day)
		if err != nil || other == nil {
			continue
		}
		for _, clock := range []string{"15:04:05", "15:04", "3:04 PM", "3:04:05 PM"} {
			if c, err := time.Parse(clock, rest); err == nil {
				return at.Add(time.Duration(c.Hour())*time.Hour + time.Duration(c.Minute())*time.Minute + time.Duration(c.Second())*time.Second), true
			}
		}
		return at, rest == ""
	}
	return time.Time{}, false
}

// tell keeps what a cell says of how somebody agreed. What is neither a moment nor an address of the network is kept in words.
func tell(row *audience.ImportRow, field, cell string) {
	cell = audience.CleanName(cell)
	if cell == "" {
		return
	}
	if row.Told == nil {
		row.Told = &audience.Told{}
	}
	switch field {
	case "consent_at":
		if at, ok := momentOf(cell); ok {
			row.Told.At = at
			return
		}
	case "consent_ip":
		if _, err := netip.ParseAddr(cell); err == nil {
			row.Told.Address = cell
			return
		}
	}
	if row.Told.More != "" {
		row.Told.More += " · "
	}
	row.Told.More += cell
}
