// Package preflight looks over a finished letter before it is sent and says what its readers would stumble over.
package preflight

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// How grave a finding is.
const (
	Pass = "pass"
	Warn = "warn"
	Fail = "fail"
)

// Finding is one line of a check: what was found, why it matters, and where to put it right.
type Finding struct {
	Level   string
	About   string // which check: "subject", "links", "contrast" …
	Format  string // English, a catalogue id
	Args    []any
	Because string // why it matters, a catalogue id, or ""
	Block   string // the block's id, or ""
	Field   string // subject, preheader, html, or a field of the block
	Line    int    // in the HTML, 0 where there is none
}

// Letter is a letter as one person would get it, with what its writer typed.
type Letter struct {
	Lang      string // of the letter
	Subject   string
	Preheader string
	HTML      string // as it is sent
	Canvas    string // the same with each block marked (data-block); "" where there are no blocks
	Text      string
	Code      []Code // HTML that was written by hand
}

// Code is HTML that was written by hand, merge tags inside.
type Code struct {
	Block  string // the block that holds it; "" is the whole letter
	Source string
}

// Look makes all checks of what can be read off the letter itself.
func Look(l Letter) []Finding {
	all := slices.Concat(Subject(l.Subject), Preheader(l.Preheader), Spam(l), Alts(l.Code), Sources(l.Code))
	if !Readable(l) {
		return append(append(all, Finding{Level: Warn, About: "letter", Format: "The HTML is nested too deep to be looked through: contrast, words and links were not looked at.",
			Because: "Mail programs may not show all of it either. Close each tag where it ends."}), Clients(l.Code)...)
	}
	return slices.Concat(all, Contrast(l), TextPart(l), Clients(l.Code))
}

// Readable reports whether the letter's HTML can be looked through: it is not nested too deep.
func Readable(l Letter) bool {
	_, err := html.Parse(strings.NewReader(l.HTML))
	return err == nil
}

func pass(about, format string, args ...any) []Finding {
	return []Finding{{Level: Pass, About: about, Format: format, Args: args}}
}
