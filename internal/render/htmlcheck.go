package render

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"keepsake/campaigns/fault"
)

// unfit are elements no letter can hold, with what to say.
const (
	noScripts = "A letter cannot hold scripts: mail programs remove them, and the letter may land in spam."
	noFrames  = "A letter cannot hold <%s>: mail programs remove it, and the letter may land in spam."
	noForms   = "A letter cannot send a form: mail programs warn of it. Link to a page with the form."
	noNames   = "A merge tag cannot stand in the name of an HTML tag, but for a number at its end, and none behind “<”: write &lt; for the sign."
	noActs    = "A letter cannot hold event attributes or addresses that run code: mail programs remove them, and the letter may land in spam."
	noDepth   = "Comments, noscript and styles are nested too deep here. Take some of them out."
	noMarked  = "A drawing (SVG) cannot hold CDATA or a tag that is cut in two. Upload it as a picture."
	noRefresh = "A letter cannot lead on to another page by itself. Give it a link."
)

var (
	unfit       = namesOf(`base iframe frame frameset object embed applet animate set animatetransform animatemotion animatecolor discard handler listener`)
	unfitTag    = regexp.MustCompile(`(?i)<(script|base|iframe|frame|frameset|object|embed|applet|animate|set|animatetransform|animatemotion|animatecolor|discard|handler|listener)[\s/>]`)
	numbered    = regexp.MustCompile(`^[a-z][a-z0-9]*` + markLeft + `\d+` + markRight + `$`)
	tagBehind   = regexp.MustCompile(`</?` + markLeft)
	actsInside  = regexp.MustCompile(`(?i)<[a-z][^>]*[\s/"']on[a-z]+\s*=|(?:java|vb|live)script:`)
	rawInside   = regexp.MustCompile(`(?s)^\{%-?\s*raw\s*-?%\}`)
	refreshForm = regexp.MustCompile(`^\s*refresh\s*$`)
)

// unfitText says what of a text, or of what a merge tag prints, would be a tag no letter can
// hold, and where: behind a sign that a merge tag parts from its name, or in a style within SVG.
func unfitText(raw string) (at int, err error) {
	if m := tagBehind.FindStringIndex(raw); m != nil {
		return m[0], fault.New(fault.Invalid, noNames)
	}
	if m := unfitTag.FindStringSubmatchIndex(raw + " "); m != nil {
		return m[0], unfitElement(strings.ToLower(raw[m[2]:m[3]]))
	}
	return 0, nil
}

// unfitMerge looks at the merge tags of a token: what they print as it is.
func (w *walker) unfitMerge(raw string) (at int, err error) {
	for rest := raw; ; {
		_, after, ok := strings.Cut(rest, markLeft)
		if !ok {
			return 0, nil
		}
		number, behind, _ := strings.Cut(after, markRight)
		tag := w.p.restore(markLeft + number + markRight)
		if rawInside.MatchString(tag) || rawFilter.MatchString(tag) {
			at := len(raw) - len(after) - len(markLeft)
			if m := unfitTag.FindStringSubmatch(tag); m != nil {
				return at, unfitElement(strings.ToLower(m[1]))
			}
			if actsInside.MatchString(tag) {
				return at, fault.New(fault.Invalid, noActs)
			}
		}
		rest = behind
	}
}

var rawFilter = regexp.MustCompile(`\|\s*raw\b`)

func unfitElement(name string) error {
	if name == "script" {
		return fault.New(fault.Invalid, noScripts)
	}
	return fault.New(fault.Invalid, noFrames, name)
}

// unfitOpen says what of a start tag no letter can hold.
func unfitOpen(name, raw string) error {
	switch {
	case strings.Contains(name, markLeft) && !numbered.MatchString(name):
		return fault.New(fault.Invalid, noNames)
	case name == "script" || unfit[name]:
		return unfitElement(name)
	case name == "meta":
		for _, a := range attributes(raw) {
			if value := strings.ToLower(html.UnescapeString(a.value)); a.name == "http-equiv" && (strings.Contains(value, markLeft) || refreshForm.MatchString(value)) {
				return fault.New(fault.Invalid, noRefresh)
			}
		}
	}
	for _, a := range attributes(raw) {
		if a.name == "formaction" || a.name == "action" && name == "form" {
			return fault.New(fault.Invalid, noForms)
		}
	}
	return nil
}
