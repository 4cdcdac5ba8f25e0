package render

import (
	"strings"

	"golang.org/x/net/html"
)

// htmlText is the words of HTML: titles underlined, links in brackets, pictures by their alt.
func htmlText(p *protected) string {
	t := &texter{p: p, z: html.NewTokenizer(strings.NewReader(p.src))}
	for {
		switch t.z.Next() {
		case html.ErrorToken:
			return t.String()
		case html.TextToken:
			t.words(string(t.z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			t.open()
		case html.EndTagToken:
			name, _ := t.z.TagName()
			t.close(string(name))
		}
	}
}

type texter struct {
	strings.Builder
	p      *protected
	z      *html.Tokenizer
	hidden string   // the element whose words are not read
	depth  int      // of elements of that name inside it
	hrefs  []string // of the links that are open
	label  int      // where the innermost link's words begin
}

// unread elements hold no words for people.
var unread = map[string]bool{"head": true, "style": true, "title": true, "noscript": true, "template": true, "svg": true}

// lines tells how many line ends an element stands between.
var lines = map[string]int{"p": 2, "div": 1, "table": 2, "tr": 1, "ul": 2, "ol": 2, "li": 1, "blockquote": 2, "h1": 2, "h2": 2, "h3": 2, "h4": 2,
	"h5": 2, "h6": 2, "section": 1, "article": 1, "header": 1, "footer": 1, "center": 1, "pre": 2, "td": 0}

// notLiquid keeps braces that were written as entities from becoming merge tags.
var notLiquid = strings.NewReplacer("{{", "{ {", "{%", "{ %")

func (t *texter) words(s string) {
	if t.hidden != "" {
		return
	}
	fields := strings.Fields(s)
	if len(fields) == 0 {
		if s != "" {
			t.space()
		}
		return
	}
	if strings.TrimLeft(s, " \t\r\n\f") != s {
		t.space()
	}
	t.WriteString(notLiquid.Replace(strings.Join(fields, " ")))
	if strings.TrimRight(s, " \t\r\n\f") != s {
		t.space()
	}
}

func (t *texter) space() {
	if s := t.p.beforeTags(t.String()); s != "" && s[len(s)-1] != ' ' && s[len(s)-1] != '\n' {
		t.WriteByte(' ')
	}
}

func (t *texter) open() {
	b, _ := t.z.TagName()
	name := string(b)
	attrs := map[string]string{}
	for {
		k, v, more := t.z.TagAttr()
		attrs[string(k)] = string(v)
		if !more {
			break
		}
	}
	if t.hidden != "" {
		if name == t.hidden {
			t.depth++
		}
		return
	}
	if unread[name] || strings.Contains(strings.ReplaceAll(attrs["style"], " ", ""), "display:none") && name == "div" {
		t.hidden = name
		return
	}
	t.breaks(lines[name])
	switch name {
	case "br":
		t.WriteByte('\n')
	case "hr":
		t.WriteString("\n\n" + strings.Repeat("-", 24) + "\n\n")
	case "li":
		t.WriteString("- ")
	case "td", "th":
		t.space()
	case "img":
		t.words(attrs["alt"])
	case "a":
		t.hrefs, t.label = append(t.hrefs, strings.TrimSpace(attrs["href"])), t.Len()
	}
}

// breaks ends the line, n times in all. Tags that print nothing stand between line ends
// without being a line.
func (t *texter) breaks(n int) {
	s := t.p.beforeTags(t.String())
	has := len(s) - len(strings.TrimRight(s, "\n"))
	if s != "" && n > has {
		t.WriteString(strings.Repeat("\n", n-has))
	}
}

func (t *texter) close(name string) {
	if t.hidden != "" {
		if t.hidden == name {
			t.depth--
		}
		if t.depth < 0 {
			t.hidden, t.depth = "", 0
		}
		return
	}
	switch name {
	case "a":
		t.address()
	case "h1":
		t.WriteString("\n" + doubleLine)
	case "h2", "h3":
		t.WriteString("\n" + singleLine)
	}
	t.breaks(lines[name])
}

// address writes where the link goes, unless its words say it or it goes nowhere.
func (t *texter) address() {
	if len(t.hrefs) == 0 {
		return
	}
	href := t.hrefs[len(t.hrefs)-1]
	t.hrefs = t.hrefs[:len(t.hrefs)-1]
	label := strings.TrimSpace(t.String()[min(t.label, t.Len()):])
	if href == "" || strings.HasPrefix(href, "#") || label == href || "mailto:"+label == href {
		return
	}
	t.space()
	t.WriteString("[" + notLiquid.Replace(href) + "]")
}
