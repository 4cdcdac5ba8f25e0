package preflight

import (
	"strings"

	"golang.org/x/net/html"
)

// blank makes merge tags as long a row of x, so that the places of what stands around them
// stay and no quote inside one ends an attribute.
func blank(src string) string {
	b := []byte(src)
	for i := 0; i+1 < len(b); i++ {
		if b[i] != '{' || b[i+1] != '{' && b[i+1] != '%' {
			continue
		}
		closing := "}}"
		if b[i+1] == '%' {
			closing = "%}"
		}
		end := len(b)
		if n := strings.Index(src[i:], closing); n >= 0 {
			end = i + n + len(closing)
		}
		for ; i < end; i++ {
			if b[i] != '\n' {
				b[i] = 'x'
			}
		}
		i--
	}
	return string(b)
}

// A tag is one start tag of somebody's HTML.
type tag struct {
	name  string
	attrs map[string]string
	line  int
	style string // what stands in a <style> element
}

// tags are the start tags of the source, each with its line.
func tags(src string) (all []tag) {
	z := html.NewTokenizer(strings.NewReader(blank(src)))
	line := 1
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return all
		}
		raw := z.Raw()
		began := line
		line += strings.Count(string(raw), "\n")
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			all = append(all, readTag(z, began))
		case html.TextToken:
			if n := len(all); n > 0 && (all[n-1].name == "style" || all[n-1].name == "mj-style") {
				all[n-1].style, all[n-1].line = string(raw), began
			}
		}
	}
}

func readTag(z *html.Tokenizer, line int) tag {
	name, more := z.TagName()
	t := tag{name: string(name), attrs: map[string]string{}, line: line}
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		if _, twice := t.attrs[string(k)]; !twice { // the first counts
			t.attrs[string(k)] = string(v)
		}
	}
	return t
}

// Alts looks for pictures without words in hand-written HTML. Of blocks the document says it itself.
func Alts(code []Code) (all []Finding) {
	pictures := 0
	for _, c := range code {
		for _, t := range tags(c.Source) {
			if t.name != "img" {
				continue
			}
			pictures++
			if _, has := t.attrs["alt"]; !has {
				all = append(all, Finding{Level: Warn, About: "alt", Format: "The picture in line %d has no alternative text.", Args: []any{t.line},
					Because: "It is read aloud to those who do not see the picture, and shown where pictures are off. A decoration has alt=\"\".", Block: c.Block, Field: "html", Line: t.line})
			}
		}
	}
	if pictures > 0 && len(all) == 0 {
		return pass("alt", "Every picture has its words.")
	}
	return all
}
