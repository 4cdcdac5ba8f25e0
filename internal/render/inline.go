package render

import (
	"regexp"
	"slices"
	"strings"
)

// cssRule is one selector with its declarations. Only what mail programs need inside the
// tag is moved there: type, class and id selectors, alone or joined (td.wide). All else stays in <style>.
type cssRule struct {
	tag, id      string
	classes      []string
	weight       int // specificity: ids, classes, tags
	declarations []declaration
}

type declaration struct {
	property, value string
	important       bool
}

var (
	styleElement = regexp.MustCompile(`(?is)<style\b[^>]*>(.*?)</style\s*>`)
	cssComment   = regexp.MustCompile(`(?s)/\*.*?\*/`)
	simple       = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9]*|\*)?((?:[.#][A-Za-z_][A-Za-z0-9_-]*)*)$`)
	selectorPart = regexp.MustCompile(`[.#][A-Za-z_][A-Za-z0-9_-]*`)
)

// sheet is what the <style> elements say: the rules that can stand in a tag, and the
// properties that others set, which must not: in a tag they would win over those.
type sheet struct {
	rules []cssRule
	by    map[string][]int // the rules by what a tag must have: "#id", ".class", its name, or "*"
	kept  map[string]bool  // families of properties
	room  int              // octets that may still be put into tags
}

// mostInlined is how much is put into tags. What comes after has its rules in <style> only,
// where they stand anyway.
const mostInlined = 2 << 20

// key is what a tag must have for the rule to fit.
func (r cssRule) key() string {
	switch {
	case r.id != "":
		return "#" + r.id
	case len(r.classes) > 0:
		return "." + r.classes[0]
	case r.tag != "":
		return r.tag
	}
	return "*"
}

// fitting are the rules for a tag, the weakest first.
func (s *sheet) fitting(tag, id string, classes []string) (all []cssRule) {
	at := slices.Concat(s.by["*"], s.by[tag], s.by["#"+id])
	for i, class := range classes {
		if !slices.Contains(classes[:i], class) {
			at = append(at, s.by["."+class]...)
		}
	}
	slices.Sort(at)
	for _, i := range at {
		if s.rules[i].fits(tag, id, classes) {
			all = append(all, s.rules[i])
		}
	}
	return all
}

// readStyles reads all <style> elements. The elements stay as they are; programs that read
// them show the letter as if nothing had been moved.
func readStyles(src string) sheet {
	s := sheet{kept: map[string]bool{}, by: map[string][]int{}, room: mostInlined}
	for _, m := range styleElement.FindAllStringSubmatch(src, -1) {
		css := cssComment.ReplaceAllString(m[1], "")
		if strings.Contains(strings.ToLower(m[0][:strings.IndexByte(m[0], '>')]), "media") {
			s.keep(css)
			continue
		}
		s.read(css)
	}
	slices.SortStableFunc(s.rules, func(a, b cssRule) int { return a.weight - b.weight })
	for i, r := range s.rules {
		s.by[r.key()] = append(s.by[r.key()], i)
	}
	return s
}

func (s *sheet) read(css string) {
	for {
		open := strings.IndexByte(css, '{')
		if open < 0 {
			return
		}
		head := strings.TrimSpace(css[:open])
		if i := strings.LastIndexByte(head, ';'); i >= 0 { // @import and the like
			head = strings.TrimSpace(head[i+1:])
		}
		body, rest := block(css[open+1:])
		css = rest
		if strings.HasPrefix(head, "@") || strings.Contains(body, "{") || strings.Contains(head+body, markLeft) {
			s.keep(body)
			continue
		}
		decls := declarations(body)
		for selector := range strings.SplitSeq(head, ",") {
			if r, ok := selectorRule(strings.TrimSpace(selector)); ok {
				r.declarations = decls
				s.rules = append(s.rules, r)
			} else {
				s.keep(body)
			}
		}
	}
}

var property = regexp.MustCompile(`([a-zA-Z-]+)\s*:`)

func (s *sheet) keep(css string) {
	for _, m := range property.FindAllStringSubmatch(css, -1) {
		s.kept[family(m[1])] = true
	}
}

// family is what a property has in common with its shorthand: padding-left and padding.
func family(property string) string {
	property = strings.ToLower(property)
	if strings.HasPrefix(property, "-") || strings.HasPrefix(property, "mso-") {
		return property
	}
	first, _, _ := strings.Cut(property, "-")
	return first
}

// block is what stands before the closing brace, and what follows it.
func block(css string) (inside, rest string) {
	depth := 1
	for i := range len(css) {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return css[:i], css[i+1:]
			}
		}
	}
	return css, ""
}

func selectorRule(s string) (cssRule, bool) {
	m := simple.FindStringSubmatch(s)
	if m == nil || s == "" || s == "*" {
		return cssRule{}, false
	}
	r := cssRule{tag: strings.ToLower(m[1])}
	if r.tag != "" && r.tag != "*" {
		r.weight = 1
	}
	for _, part := range selectorPart.FindAllString(m[2], -1) {
		if part[0] == '#' {
			r.id, r.weight = part[1:], r.weight+100
		} else {
			r.classes, r.weight = append(r.classes, part[1:]), r.weight+10
		}
	}
	return r, true
}

func declarations(body string) []declaration {
	var all []declaration
	for part := range strings.SplitSeq(body, ";") {
		property, value, ok := strings.Cut(part, ":")
		if !ok {
			continue
		}
		d := declaration{property: strings.ToLower(strings.TrimSpace(property)), value: strings.TrimSpace(value)}
		if v, found := strings.CutSuffix(strings.ToLower(d.value), "!important"); found {
			d.important, d.value = true, strings.TrimSpace(d.value[:len(v)])
		}
		if d.property != "" && d.value != "" && !strings.ContainsAny(d.value, "<>") {
			all = append(all, d)
		}
	}
	return all
}

func (r cssRule) fits(tag, id string, classes []string) bool {
	if r.tag != "" && r.tag != "*" && r.tag != tag || r.id != "" && r.id != id {
		return false
	}
	for _, c := range r.classes {
		if !slices.Contains(classes, c) {
			return false
		}
	}
	return true
}

// unstyled elements show nothing of their own.
var unstyled = map[string]bool{"html": true, "head": true, "meta": true, "title": true, "link": true, "style": true, "base": true}

// styled adds the rules that fit to the tag's style attribute; what the tag says itself comes
// last and so wins. What is !important stays in <style>, where it wins as before.
func (w *walker) styled(tag, raw string) string {
	if len(w.css.rules) == 0 || w.css.room <= 0 || unstyled[tag] {
		return raw
	}
	attrs := attributes(raw)
	own := find(attrs, "style")
	var parts []string
	for _, r := range w.css.fitting(tag, find(attrs, "id").value, strings.Fields(find(attrs, "class").value)) {
		for _, d := range r.declarations {
			if !d.important && !w.css.kept[family(d.property)] {
				parts = append(parts, d.property+":"+strings.ReplaceAll(d.value, `"`, "'"))
			}
		}
	}
	if len(parts) == 0 {
		return raw
	}
	style := strings.Join(parts, ";")
	if w.css.room -= len(style); w.css.room < 0 {
		return raw
	}
	if own.to > 0 {
		value := strings.ReplaceAll(own.value, `"`, "&quot;")
		return raw[:own.from] + `"` + style + ";" + value + `"` + raw[own.to:]
	}
	at := 1 + len(tag)
	return raw[:at] + ` style="` + style + `"` + raw[at:]
}

func find(attrs []attribute, name string) attribute {
	for _, a := range attrs {
		if a.name == name {
			return a
		}
	}
	return attribute{}
}
