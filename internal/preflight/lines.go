package preflight

import (
	"strings"
	"unicode"
)

// How many characters an inbox shows of the lines, and what a preheader needs to say something.
const (
	subjectPhone = 40
	subjectMost  = 60
	headLeast    = 40
	headMost     = 90
)

const (
	whySubject = "Phones show about 40 characters of a subject, computers about 60. What matters belongs in front."
	whyHead    = "Inboxes show the preheader after the subject. Where there is none they show the letter's first words, often “View in browser”."
)

// Subject looks at the length of the subject.
func Subject(s string) []Finding {
	one := Finding{Level: Warn, About: "subject", Because: whySubject, Field: "subject"}
	switch n := Shown(s); {
	case strings.TrimSpace(s) == "":
		one.Level, one.Format = Fail, "The letter has no subject."
	case n > subjectMost:
		one.Format, one.Args = "The subject has %d characters: inboxes cut it near %d.", []any{n, subjectMost}
	case n > subjectPhone:
		one.Level, one.Format, one.Args = Pass, "The subject has %d characters: a phone shows the first %d.", []any{n, subjectPhone}
	default:
		one.Level, one.Format, one.Args = Pass, "The subject fits a phone: %d characters.", []any{n}
	}
	return []Finding{one}
}

// Preheader looks at the length of the line after the subject.
func Preheader(s string) []Finding {
	one := Finding{Level: Warn, About: "preheader", Because: whyHead, Field: "preheader"}
	switch n := Shown(s); {
	case strings.TrimSpace(s) == "":
		one.Format = "The letter has no preheader: mailboxes show its first words instead."
	case n < headLeast:
		one.Format, one.Args = "The preheader has %d characters: from %d it fills the line.", []any{n, headLeast}
	case n > headMost:
		one.Format, one.Args = "The preheader has %d characters: inboxes cut it near %d.", []any{n, headMost}
	default:
		one.Level, one.Format, one.Args = Pass, "The preheader has %d characters.", []any{n}
	}
	return []Finding{one}
}

const (
	joiner       = '\u200d'
	flagA        = '\U0001F1E6' // regional indicators: two are one flag
	flagZ        = '\U0001F1FF'
	skinLightest = '\U0001F3FB'
	skinDarkest  = '\U0001F3FF'
)

// Shown counts the characters one sees: a letter with its accents, a flag and a family of
// emoji are one each (the cases of UAX 29 that occur in subjects).
func Shown(s string) (n int) {
	joined, flag := false, false
	for _, r := range s {
		switch {
		case r == joiner:
			joined = true
			continue
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf), r >= skinLightest && r <= skinDarkest:
			continue
		case r >= flagA && r <= flagZ && flag:
			flag = false
			continue
		case joined:
			joined = false
			continue
		}
		flag = r >= flagA && r <= flagZ
		n++
	}
	return n
}
