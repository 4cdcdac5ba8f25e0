package letterfile

import (
	"errors"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"keepsake/internal/render"
)

// cleaner copies code token by token, without what no mail program would show, and with the
// pictures' new addresses. Liquid stays where it is.
type cleaner struct {
	m      render.Markup
	out    strings.Builder
	have   files
	keep   Keep
	urls   map[string]string // what was taken over, by its old address; "" could not be
	count  map[string]int    // of each kind of change
	skip   string            // the element that is being left out
	depth  int
	titled bool
	style  bool
	plain  bool // in a textarea, whose words are no tags
	title  string
	mjml   bool
}

func newCleaner(src string, have files, keep Keep) *cleaner {
	return &cleaner{m: render.NewMarkup(tagsOfOthers(src)).Tame(), have: have, keep: keep, urls: map[string]string{}, count: map[string]int{}}
}

func (c *cleaner) clean() error {
	z := html.NewTokenizer(strings.NewReader(c.m.Source()))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if errors.Is(z.Err(), io.EOF) {
				return nil
			}
			return z.Err()
		}
		raw := string(z.Raw())
		b, _ := z.TagName()
		name := string(b)
		if transparent[name] && kind != html.TextToken {
			z.NextIsNotRawText() // what is in it is cleaned like the rest
			c.count["frame"]++
			continue
		}
		if err := c.token(kind, name, raw); err != nil {
			return err
		}
	}
}

func (c *cleaner) token(kind html.TokenType, name, raw string) error {
	if c.skip != "" {
		c.skipped(kind, name)
		return nil
	}
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		return c.open(name, raw, kind == html.SelfClosingTagToken)
	case html.EndTagToken:
		if dropped[name] || render.Parted(name) {
			return nil
		}
		c.titled, c.style, c.plain = false, false, false
	case html.TextToken:
		if c.titled {
			c.title += html.UnescapeString(c.m.Restore(raw))
		}
		if c.style {
			var err error
			raw, err = c.css(raw)
			c.out.WriteString(raw)
			return err
		}
		if !c.titled && !c.plain {
			raw = strings.ReplaceAll(raw, "<", "&lt;") // no tag here: nor is it when what follows goes
		}
	}
	c.out.WriteString(raw)
	return nil
}

func (c *cleaner) skipped(kind html.TokenType, name string) {
	if name != c.skip {
		return
	}
	switch kind {
	case html.StartTagToken:
		c.depth++
	case html.EndTagToken:
		if c.depth--; c.depth < 0 {
			c.skip = ""
		}
	}
}

// dropped elements go with all that is in them; lonely ones have nothing in them.
var (
	dropped = map[string]bool{"script": true, "iframe": true, "object": true, "embed": true, "applet": true, "frame": true, "frameset": true, "base": true,
		"svg": true, "math": true, "xmp": true, "plaintext": true}
	// transparent elements go, but not what is in them: mail programs show it.
	transparent = map[string]bool{"noscript": true, "noembed": true, "noframes": true}
	lonely      = map[string]bool{"embed": true, "frame": true, "base": true}
)

func (c *cleaner) open(name, raw string, closed bool) error {
	switch {
	case render.Parted(name):
		c.count["script"]++
		return nil
	case dropped[name]:
		c.count[cmpKind(name)]++
		if !closed && !lonely[name] {
			c.skip, c.depth = name, 0
		}
		return nil
	case name == "link" && strings.Contains(strings.ToLower(value(raw, "rel")), "stylesheet"):
		return c.sheet(value(raw, "href"))
	case name == "meta" && (render.Marked(value(raw, "http-equiv")) || strings.EqualFold(strings.TrimSpace(value(raw, "http-equiv")), "refresh")):
		c.count["frame"]++
		return nil
	case name == "meta" && (value(raw, "charset") != "" || strings.EqualFold(value(raw, "http-equiv"), "content-type")):
		raw = `<meta charset="utf-8">`
	}
	c.mjml = c.mjml || name == "mjml"
	c.titled = (name == "title" || name == "mj-title") && !closed
	c.style = (name == "style" || name == "mj-style") && !closed
	c.plain = name == "textarea"
	raw, err := c.attributes(raw)
	c.out.WriteString(raw)
	return err
}

func cmpKind(name string) string {
	if name == "script" {
		return name
	}
	return "frame"
}

func value(raw, name string) string {
	for _, a := range render.Attributes(raw) {
		if a.Name == name {
			return html.UnescapeString(a.Value)
		}
	}
	return ""
}

// pictures are the attributes that name one.
var pictures = []string{"src", "background", "background-url", "poster"}

var (
	// sending attributes have forms sent, or hold a page.
	sending = map[string]bool{"action": true, "formaction": true, "srcdoc": true}
	// addresses are the attributes that lead elsewhere.
	addresses = map[string]bool{"href": true, "src": true, "background": true, "background-url": true, "poster": true, "cite": true}
)

// attributes takes scripts out of a start tag and gives its pictures their new addresses,
// from the last to the first, so that places stay true.
func (c *cleaner) attributes(raw string) (string, error) {
	all := render.Attributes(raw)
	for i := len(all) - 1; i >= 0; i-- {
		a := all[i]
		end := max(a.To, a.Start+len(a.Name))
		text := strings.TrimSpace(html.UnescapeString(a.Value))
		switch {
		case strings.HasPrefix(a.Name, "on") && len(a.Name) > 3, sending[a.Name]:
			c.count["script"]++
			raw = raw[:a.Start] + " " + raw[end:]
		case a.To > 0 && (scripted(text) || addresses[a.Name] && render.Marked(a.Value) && !c.m.Address(a.Value)):
			c.count["script"]++
			raw = raw[:a.From] + `"#"` + raw[a.To:]
		case a.To > 0 && (slices.Contains(pictures, a.Name) || a.Name == "style"):
			next, err := c.referring(a.Name, text)
			if err != nil {
				return "", err
			}
			if next != text {
				raw = raw[:a.From] + `"` + attributeText.Replace(next) + `"` + raw[a.To:]
			}
		}
	}
	return raw, nil
}

var attributeText = strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;")

func (c *cleaner) referring(attribute, text string) (string, error) {
	if attribute == "style" {
		return c.css(text)
	}
	return c.picture(text)
}

var spaces = regexp.MustCompile(`[\x00-\x20]+`)

// scripted reports whether an address would run something.
func scripted(address string) bool {
	address = strings.ToLower(spaces.ReplaceAllString(address, ""))
	return strings.HasPrefix(address, "javascript:") || strings.HasPrefix(address, "vbscript:") || strings.HasPrefix(address, "data:text")
}

var cssURL = regexp.MustCompile(`(?i)url\(\s*(["']?)([^"')]*)(["']?)\s*\)`)

// css gives the pictures of styles their new addresses.
func (c *cleaner) css(css string) (string, error) {
	var failed error
	css = cssURL.ReplaceAllStringFunc(css, func(found string) string {
		m := cssURL.FindStringSubmatch(found)
		next, err := c.picture(strings.TrimSpace(m[2]))
		if err != nil {
			failed = err
		}
		if next == strings.TrimSpace(m[2]) {
			return found
		}
		return "url(" + m[1] + next + m[3] + ")"
	})
	return css, failed
}

// sheet puts a style sheet of the zip into the letter; one elsewhere is not loaded.
func (c *cleaner) sheet(href string) error {
	name, ok := c.have.find(pathOf(href))
	if !ok || ending(name) != ".css" || strings.Contains(href, "//") {
		c.count["sheet"]++
		return nil
	}
	data, err := c.have.read(name)
	if err != nil {
		return err
	}
	css := strings.ReplaceAll(string(text(data)), "</", `<\/`)
	if css, err = c.css(css); err == nil {
		c.count["css"]++
		c.out.WriteString("<style>\n" + css + "\n</style>")
	}
	return err
}

func pathOf(ref string) string {
	if u, err := url.PathUnescape(strings.SplitN(strings.SplitN(ref, "?", 2)[0], "#", 2)[0]); err == nil {
		return u
	}
	return ref
}

func (c *cleaner) result() string { return c.m.Restore(c.out.String()) }
