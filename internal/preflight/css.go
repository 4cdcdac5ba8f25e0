package preflight

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// declaration is one property with its value.
type declaration struct {
	property, value string
	important       bool
}

// declarations are those of a style attribute or of a rule's body.
func declarations(body string) (all []declaration) {
	for _, part := range splitOutside(body, ';') {
		name, value, ok := strings.Cut(part, ":")
		if !ok {
			continue
		}
		d := declaration{property: strings.ToLower(strings.TrimSpace(name)), value: strings.ToLower(strings.TrimSpace(value))}
		if i := strings.LastIndexByte(d.value, '!'); i >= 0 && strings.TrimSpace(d.value[i+1:]) == "important" {
			d.value, d.important = strings.TrimSpace(d.value[:i]), true
		}
		all = append(all, d)
	}
	return all
}

// splitOutside splits at a mark that stands outside of brackets and quotes.
func splitOutside(s string, mark byte) (parts []string) {
	depth, from := 0, 0
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == mark && depth == 0:
			parts, from = append(parts, s[from:i]), i+1
		}
	}
	return append(parts, s[from:])
}

// rule is a selector list or an at-rule with what stands in its braces.
type rule struct {
	head, body string
	line       int // of the head
}

var comments = regexp.MustCompile(`(?s)/\*.*?\*/`)

// rules are the outermost rules of a style sheet that begins in that line.
func rules(css string, line int) (all []rule) {
	css = comments.ReplaceAllStringFunc(css, func(c string) string { return strings.Repeat("\n", strings.Count(c, "\n")) })
	for {
		open := strings.IndexByte(css, '{')
		if open < 0 {
			for _, at := range strings.SplitAfter(css, ";") {
				if s := strings.TrimSpace(at); strings.HasPrefix(s, "@") {
					all = append(all, rule{head: s, line: line})
				}
			}
			return all
		}
		head := css[:open]
		end := closing(css, open)
		body := css[open+1 : end]
		for {
			semi := strings.IndexByte(head, ';')
			if semi < 0 {
				break
			}
			all = append(all, rule{head: strings.TrimSpace(head[:semi]), line: line}) // @import and the like
			line += strings.Count(head[:semi+1], "\n")
			head = head[semi+1:]
		}
		blankLines := strings.Count(head[:len(head)-len(strings.TrimLeft(head, " \t\r\n\f"))], "\n")
		all = append(all, rule{head: strings.TrimSpace(head), body: body, line: line + blankLines})
		line += strings.Count(head, "\n") + strings.Count(body, "\n")
		css = css[min(end+1, len(css)):]
	}
}

// closing is where the brace that opens at that place is closed.
func closing(css string, open int) int {
	depth := 0
	for i := open; i < len(css); i++ {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(css)
}

// compound is one step of a selector: td.wide.
type compound struct {
	tag     string
	classes []string
}

// selector is compounds with blanks between them, the last one first; nil for any other kind.
type selector []compound

var plainStep = regexp.MustCompile(`^([a-z][a-z0-9]*|\*)?((?:\.[a-z_][a-z0-9_-]*)*)$`)

func readSelector(s string) (sel selector) {
	for step := range strings.FieldsSeq(strings.ToLower(s)) {
		m := plainStep.FindStringSubmatch(step)
		if m == nil || step == "" {
			return nil
		}
		c := compound{tag: strings.TrimPrefix(m[1], "*")}
		if m[2] != "" {
			c.classes = strings.Split(m[2][1:], ".")
		}
		sel = append(sel, c)
	}
	slices.Reverse(sel)
	return sel
}

// fits reports whether the element is one the selector means. Each step takes one of work;
// without any left nothing fits.
func (s selector) fits(n *html.Node, work *int) bool {
	*work--
	if len(s) == 0 || !s[0].fits(n) {
		return false
	}
	rest := s[1:]
	for p := n.Parent; p != nil && len(rest) > 0 && *work > 0; p = p.Parent {
		*work--
		if rest[0].fits(p) {
			rest = rest[1:]
		}
	}
	return len(rest) == 0
}

func (c compound) fits(n *html.Node) bool {
	if n.Type != html.ElementNode || c.tag != "" && c.tag != n.Data {
		return false
	}
	own := classesOf(n)
	return !slices.ContainsFunc(c.classes, func(class string) bool { return !slices.Contains(own, class) })
}

// mostClasses is how many classes of an element are looked at.
const mostClasses = 32

func classesOf(n *html.Node) []string {
	class := attr(n, "class")
	all := strings.Fields(strings.ToLower(class[:min(len(class), 40*mostClasses)]))
	return all[:min(len(all), mostClasses)]
}

func (s selector) weight() (n int) {
	for _, c := range s {
		n += 10 * len(c.classes)
		if c.tag != "" {
			n++
		}
	}
	return n
}
