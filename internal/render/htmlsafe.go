package render

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"keepsake/internal/liquid"
)

// inQuotes makes a value fit for double quotes, and keeps a piece of it that is printed elsewhere from being a tag.
var inQuotes = strings.NewReplacer(`"`, "&quot;", "<", "&lt;", ">", "&gt;")

// rebuilt writes a start tag anew, with those of its attributes that do no harm.
func (s *sanitizer) rebuilt(name, raw string) string {
	var b strings.Builder
	b.WriteString("<" + name)
	seen := map[string]bool{}
	for _, a := range attributes(raw) {
		if !safeAttrs[a.name] || seen[a.name] || !s.harmless(a) {
			continue
		}
		seen[a.name] = true
		value := inQuotes.Replace(a.value)
		if a.name == "href" {
			value = s.link(a)
		}
		b.WriteString(" " + a.name + `="` + value + `"`)
	}
	if name == "img" && !seen["alt"] {
		b.WriteString(` alt=""`)
	}
	return b.String() + ">"
}

// link makes web addresses count, as everywhere in the letter.
func (s *sanitizer) link(a attribute) string {
	address := strings.TrimSpace(html.UnescapeString(a.value))
	if s.w.links.off || hasTag(address) { // an entity made a tag that never was one
		return inQuotes.Replace(a.value)
	}
	if marker, ok := s.w.links.countable(s.w.o.ofShop(s.p.restore(address))); ok {
		return marker
	}
	return inQuotes.Replace(a.value)
}

// harmless refuses what would run code, and styles that lay the block over the letter. Where
// merge tags stand in a value, all that they can leave of it is looked at.
func (s *sanitizer) harmless(a attribute) bool {
	if strings.Contains(a.value, markLeft) && !s.whole(a.value) {
		return false
	}
	switch a.name {
	case "href", "src", "background", "cite":
		return safeAddress(s.p, a.value)
	case "style":
		return safeStyle(s.p, a.value)
	}
	return true
}

// whole reports whether the Liquid in a value begins and ends there.
func (s *sanitizer) whole(value string) bool {
	_, err := liquid.Parse(s.p.restore(value), liquid.Text)
	if err != nil {
		s.refuse("The branches of this “%s” end in different places of the HTML. Open and close HTML tags and quotes in the same branch.", "if")
	}
	return err == nil
}

// pieces are what stands between the merge tags of a value, decoded and without what browsers
// skip, and those tags; ok is false where a tag splits an entity or does other than print or choose.
func pieces(p *protected, value string) (words, tags []string, ok bool) {
	for {
		before, rest, more := strings.Cut(value, markLeft)
		if more && openEntity.MatchString(before) {
			return nil, nil, false
		}
		words = append(words, bare(before))
		if !more {
			return words, tags, true
		}
		number, after, _ := strings.Cut(rest, markRight)
		tag := p.restore(markLeft + number + markRight)
		if m := tagWord.FindStringSubmatch(tag); strings.HasPrefix(tag, "{%") && (m == nil || !choosing[m[1]]) {
			return nil, nil, false
		}
		tags, value = append(tags, tag), after
	}
}

var (
	openEntity = regexp.MustCompile(`&[#A-Za-z0-9]*$`)
	choosing   = namesOf(`if elsif else endif unless endunless case when endcase comment`)
)

// bare is a piece of a value as browsers read it.
func bare(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f {
			return -1
		}
		return r
	}, html.UnescapeString(s)))
}

var (
	schemeForm = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
	safeScheme = regexp.MustCompile(`^(?:https?|mailto|tel|sms):`)
)

// safeAddress reports whether an address leads to the web, to mail or to a telephone, whatever
// its merge tags print: they are behind its scheme, or nothing beside them makes one.
func safeAddress(p *protected, value string) bool {
	words, tags, ok := pieces(p, value)
	if !ok {
		return false
	}
	if len(tags) == 0 {
		return schemeForm.FindString(words[0]) == "" || safeScheme.MatchString(words[0])
	}
	if safeScheme.MatchString(words[0]) || strings.HasPrefix(words[0], "/") {
		return true
	}
	for _, w := range words {
		if i := strings.IndexAny(w, ":/?#"); i >= 0 && w[i] == ':' && !safeScheme.MatchString(w) {
			return false
		}
	}
	return true
}

// badStyles run code in old programs, take the block out of its place, or hide what follows from this look.
var badStyles = []string{"expression(", "javascript:", "vbscript:", "behavior:", "-moz-binding", "position:", "@import", `\`, "/*"}

func safeStyle(p *protected, value string) bool {
	words, tags, ok := pieces(p, value)
	if !ok || !printsValues(words, tags) {
		return false
	}
	for _, bad := range badStyles {
		if spells(words, bad) {
			return false
		}
	}
	return true
}

// printsValues reports whether merge tags print only values of styles, never a property.
func printsValues(words, tags []string) bool {
	inValue := false
	for i, tag := range tags {
		if j := strings.LastIndexAny(words[i], ":;"); j >= 0 {
			inValue = words[i][j] == ':'
		}
		if strings.HasPrefix(tag, "{%") {
			inValue = false
		} else if !inValue {
			return false
		}
	}
	return true
}

// spells reports whether any choice of the pieces, in any order, holds the word.
func spells(pieces []string, word string) bool {
	reached := map[int]bool{0: true} // how much of the word may stand at the end of what was chosen
	for grown := true; grown; {
		grown = false
		for _, piece := range pieces {
			if strings.Contains(piece, word) {
				return true
			}
			for n := range word {
				if n > 0 && reached[n] && strings.HasPrefix(piece, word[n:]) {
					return true
				}
				for from := range reached {
					if from > n || reached[n] || n == 0 {
						continue
					}
					ends := from > 0 && word[from:n] == piece || from == 0 && strings.HasSuffix(piece, word[:n])
					reached[n] = ends
					grown = grown || ends
				}
			}
		}
	}
	return false
}
