package liquid

import (
	"html"
	"regexp"
	"strings"
)

var _ = register(map[string]filter{
	"escape":        {run: escape, keepsSafe: true},
	"escape_once":   {run: escapeOnce, keepsSafe: true},
	"raw":           {run: func(v any, a *args) (any, error) { return v, nil }, keepsSafe: true},
	"newline_to_br": {run: newlineToBreak, keepsSafe: true},
	"strip_html":    keep(stripHTML),
	"default":       {max: 1, run: orDefault, keepsSafe: true},
})

func escaped(v any) safe {
	if s, ok := v.(safe); ok {
		return s
	}
	return safe(appendEscaped(nil, str(v), ""))
}

// marked is escaped HTML: in HTML mode the engine knows it is, and does not escape it again.
func (a *args) marked(s safe) any {
	if a.c.html {
		return s
	}
	return string(s)
}

func escape(v any, a *args) (any, error) { return a.marked(escaped(v)), nil }

func escapeOnce(v any, a *args) (any, error) {
	if s, ok := v.(safe); ok {
		return s, nil
	}
	return a.marked(escaped(html.UnescapeString(str(v)))), nil
}

// newlineToBreak writes <br /> before each line end; in HTML mode the rest is escaped.
func newlineToBreak(v any, a *args) (any, error) {
	s := str(v)
	if a.c.html {
		s = string(escaped(v))
	}
	n := strings.Count(s, "\n")
	if err := a.room(len(s) + 6*n); err != nil {
		return nil, err
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "<br />\n")
	return a.marked(safe(s)), nil
}

var (
	htmlBlocks = regexp.MustCompile(`(?is)<script.*?</script>|<!--.*?-->|<style.*?</style>`)
	htmlTags   = regexp.MustCompile(`(?s)<.*?>`)
)

func stripHTML(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	return htmlTags.ReplaceAllString(htmlBlocks.ReplaceAllString(s, ""), "")
}

func orDefault(v any, a *args) (any, error) {
	if v == false && truthy(a.option("allow_false")) {
		return v, nil
	}
	if !truthy(v) || empty.matches(v) {
		return a.at(0), nil
	}
	return v, nil
}
