package render

import (
	"html"
	"regexp"
	"strconv"
	"strings"
)

// nextTag finds the first merge tag {{ … }} or {% … %} of s; start is -1 when there is none.
// A tag without its end reaches to the end of s, where the Liquid parser names it.
func nextTag(s string) (start, end int) {
	for i := 0; i+1 < len(s); i++ {
		if s[i] != '{' || s[i+1] != '{' && s[i+1] != '%' {
			continue
		}
		closing := "}}"
		if s[i+1] == '%' {
			closing = "%}"
		}
		n := tagEnd(s[i+2:], closing)
		if n < 0 {
			return i, len(s)
		}
		end := i + 2 + n
		if m := verbatimTag.FindStringSubmatch(s[i:end]); m != nil {
			end += verbatimEnd(s[end:], m[1])
		}
		return i, end
	}
	return -1, -1
}

// verbatimTag begins what Liquid does not look into; it is one tag up to its end.
var verbatimTag = regexp.MustCompile(`^\{%-?\s*(raw|comment|doc)\s*-?%\}$`)

// verbatimEnd is the offset behind the tag that ends a raw, a comment or a doc; the end of s without one.
func verbatimEnd(s, name string) int {
	at := regexp.MustCompile(`\{%-?\s*end` + name + `\s*-?%\}`).FindStringIndex(s)
	if at == nil {
		return len(s)
	}
	return at[1]
}

// tagEnd is the offset behind the closing mark.
func tagEnd(s, closing string) int {
	if i := strings.Index(s, closing); i >= 0 {
		return i + len(closing)
	}
	return -1
}

// outside applies f to what stands between merge tags, and leaves the tags as they are: an
// entity inside one would break it.
func outside(s string, f func(string) string) string {
	var b strings.Builder
	for {
		start, end := nextTag(s)
		if start < 0 {
			b.WriteString(f(s))
			return b.String()
		}
		b.WriteString(f(s[:start]))
		b.WriteString(s[start:end])
		s = s[end:]
	}
}

// esc makes plain text with merge tags fit for HTML text and for "-quoted attributes.
func esc(s string) string {
	return outside(s, func(s string) string { return html.EscapeString(unmarked.Replace(s)) })
}

// unmarked takes our own marks out of people's words.
var unmarked = strings.NewReplacer(markStart, "", markEnd, "")

// hasTag reports whether s holds a merge tag.
func hasTag(s string) bool {
	start, _ := nextTag(s)
	return start >= 0
}

// withoutTags is s as long as it will at least be.
func withoutTags(s string) string {
	var b strings.Builder
	for {
		start, end := nextTag(s)
		if start < 0 {
			return b.String() + s
		}
		b.WriteString(s[:start])
		s = s[end:]
	}
}

// protected is HTML whose merge tags are replaced by marks that no tokenizer stumbles over.
type protected struct {
	src  string
	tags []string
}

// The marks are private-use characters around the tag's number.
const markLeft, markRight = "\ue000", "\ue001"

func protect(src string) *protected {
	p := &protected{}
	src = strings.NewReplacer(markLeft, "", markRight, "", markStart, "", markEnd, "").Replace(src)
	var b strings.Builder
	for {
		start, end := nextTag(src)
		if start < 0 {
			p.src = b.String() + src
			return p
		}
		b.WriteString(src[:start] + markLeft + strconv.Itoa(len(p.tags)) + markRight)
		p.tags = append(p.tags, src[start:end])
		src = src[end:]
	}
}

func (p *protected) restore(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, markLeft)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i+len(markLeft):]
		number, rest, ok := strings.Cut(s, markRight)
		if n, err := strconv.Atoi(number); ok && err == nil && n < len(p.tags) {
			b.WriteString(p.tags[n])
			s = rest
		}
	}
}

// beforeTags is s without the {% tags %} it ends in.
func (p *protected) beforeTags(s string) string {
	for strings.HasSuffix(s, markRight) {
		i := strings.LastIndex(s, markLeft)
		n, err := strconv.Atoi(s[i+len(markLeft) : len(s)-len(markRight)])
		if i < 0 || err != nil || n >= len(p.tags) || !strings.HasPrefix(p.tags[n], "{%") {
			return s
		}
		s = s[:i]
	}
	return s
}

// place is the line and the column in what the person wrote.
func (p *protected) place(offset int) (line, column int) {
	before := p.restore(p.src[:min(offset, len(p.src))])
	last := strings.LastIndexByte(before, '\n')
	return strings.Count(before, "\n") + 1, len([]rune(before[last+1:])) + 1
}
