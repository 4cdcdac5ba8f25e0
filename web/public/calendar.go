package public

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"keepsake/campaigns/document"
)

// calendarTime is a moment in UTC (RFC 5545, section 3.3.5).
const calendarTime = "20060102T150405Z"

// calendar is an event as an iCalendar file (RFC 5545). uid is the same each time the event is asked for, so that a
// calendar changes the entry it has. An event without an end lasts an hour.
func calendar(e *document.Event, uid string, now time.Time) (string, error) {
	zone, err := time.LoadLocation(e.Zone)
	if err != nil {
		zone = time.UTC
	}
	starts, err := time.ParseInLocation(document.MomentForm, e.Starts, zone)
	if err != nil {
		return "", fmt.Errorf("event %s: %w", e.ID, err)
	}
	ends, err := time.ParseInLocation(document.MomentForm, e.Ends, zone)
	if err != nil {
		ends = starts.Add(time.Hour)
	}
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Keepsake//EN", "METHOD:PUBLISH", "BEGIN:VEVENT", "UID:" + calendarText(uid),
		"DTSTAMP:" + now.UTC().Format(calendarTime), "DTSTART:" + starts.UTC().Format(calendarTime), "DTEND:" + ends.UTC().Format(calendarTime),
		"SUMMARY:" + calendarText(e.Title)}
	if e.Place != "" {
		lines = append(lines, "LOCATION:"+calendarText(e.Place))
	}
	if href, ok := document.Href(e.Link); ok && strings.HasPrefix(href, "http") {
		lines = append(lines, "URL:"+strings.Map(visible, href))
	}
	if e.Host != "" {
		lines = append(lines, "DESCRIPTION:"+calendarText(e.Host))
	}
	var b strings.Builder
	for _, line := range append(lines, "END:VEVENT", "END:VCALENDAR") {
		fold(&b, line)
	}
	return b.String(), nil
}

// visible drops what would end a line.
func visible(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

// calendarText escapes a text (RFC 5545, section 3.3.11).
func calendarText(s string) string {
	s = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`).Replace(s)
	return strings.Map(visible, s)
}

// fold writes a line in pieces of at most 75 octets (RFC 5545, section 3.1), never inside a character.
func fold(b *strings.Builder, line string) {
	for room := 75; len(line) > room; room = 74 { // the space that begins a piece counts
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut] + "\r\n ")
		line = line[cut:]
	}
	b.WriteString(line + "\r\n")
}
