package render

import (
	"regexp"
	"slices"
	"strings"
)

// bindings are the names a letter's Liquid gives to values, each with all it may stand for; "" is
// what cannot be told.
type bindings map[string][]string

var (
	// naming finds the tags that give a name, also the lines of {% liquid %}.
	naming   = regexp.MustCompile(`\b(assign|capture|increment|decrement|for|tablerow)[^\w%}]+([A-Za-z_][\w-]*)`)
	assigned = regexp.MustCompile(`^\s*=\s*([A-Za-z_][\w.\[\]-]*)\s*(?:\|\s*default:\s*(?:""|'')\s*)?(?:-?%\}|$)`)
	goneOver = regexp.MustCompile(`^\s+in\s+([A-Za-z_][\w.\[\]-]*)\s*(?:-?%\}|\n|$|limit\b|offset\b|reversed\b)`)
)

func bindingsOf(src string) bindings {
	b := bindings{}
	for {
		start, end := nextTag(src)
		if start < 0 {
			return b
		}
		if tag := src[start:end]; strings.HasPrefix(tag, "{%") {
			b.tag(tag)
		}
		src = src[end:]
	}
}

func (b bindings) tag(tag string) {
	for _, m := range naming.FindAllStringSubmatchIndex(tag, -1) {
		word, name, rest := tag[m[2]:m[3]], tag[m[4]:m[5]], tag[m[1]:]
		var from []string
		switch word {
		case "assign":
			from = assigned.FindStringSubmatch(rest)
		case "for", "tablerow":
			from = goneOver.FindStringSubmatch(rest)
		}
		if from == nil {
			from = []string{"", ""}
		}
		b[name] = append(b[name], from[1])
	}
}

// mostSteps is how far a name is followed to what it stands for.
const mostSteps = 8

// shops are values of the shop and of the campaign; written are those of them that readers wrote.
var (
	shops   = []string{"data.", "order.", "shop.", "subscriber.last_order."}
	written = regexp.MustCompile(`^data\.(?:answer|comment)\b`)
	steps   = regexp.MustCompile(`^[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[\d+\])*$`)
)

// ours reports whether a value is the shop's own, whatever name the letter gave it.
func (b bindings) ours(path string) bool { return b.follow(path, mostSteps) }

func (b bindings) follow(path string, left int) bool {
	if left == 0 || !steps.MatchString(path) {
		return false
	}
	root := path
	if i := strings.IndexAny(path, ".["); i >= 0 {
		root = path[:i]
	}
	if made, ok := b[root]; ok {
		return !slices.ContainsFunc(made, func(from string) bool { return !b.follow(from, left-1) })
	}
	return !written.MatchString(path) && slices.ContainsFunc(shops, func(s string) bool { return strings.HasPrefix(path, s) })
}
