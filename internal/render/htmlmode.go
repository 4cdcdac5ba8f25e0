package render

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/liquid"
)

// htmlSources reads a letter written as HTML. It walks the tokens and copies them as they
// are: parsing and writing HTML anew would move merge tags out of tables (COMPOSER.md, trap 1).
func htmlSources(c campaigns.Content, o Options) (sources, error) {
	if len(c.HTML) > document.MaxBytes {
		return sources{}, fault.New(fault.TooLarge, "This letter is larger than 1 MB. Use pictures by upload, not inside the text.")
	}
	if err := placedLiquid(c.HTML); err != nil {
		return sources{}, err
	}
	t, err := liquid.Parse(c.HTML, liquid.HTML)
	if err != nil {
		return sources{}, err
	}
	p := protect(c.HTML)
	return walked(&walker{p: p, frame: frameOf(c, o, t), o: o, css: readStyles(p.src)}, c)
}

// Code is a letter as HTML with its merge tags, to be gone on with by hand: without what
// every letter in HTML gets by itself when it is sent.
func Code(c campaigns.Content, o Options) (string, error) {
	if c.Mode == "mjml" {
		code, _, err := fromMJML(c.HTML, o)
		return code, err
	}
	c.Preheader, o.LinkIDs = "", nil
	src, err := sourcesOf(c, o)
	if err != nil {
		return "", err
	}
	return strings.Replace(src.links.fill(src.html, nil), pixel, "", 1), nil
}

// walked is the letter a walker makes of its tokens.
func walked(w *walker, c campaigns.Content) (sources, error) {
	if err := w.walk(); err != nil {
		return sources{}, err
	}
	body := mediaURL.ReplaceAllString(w.finish(), "${1}"+w.o.BaseURL+"/media/")
	text := w.p.restore(htmlText(w.p)) + w.frame.textFooter
	return sources{subject: c.Subject, preheader: c.Preheader, html: w.p.restore(body), text: text, links: w.links}, nil
}

// htmlFrame is what every letter has and this one may lack.
type htmlFrame struct {
	lang, preheader, footer, textFooter string
}

func frameOf(c campaigns.Content, o Options, t *liquid.Template) htmlFrame {
	w := &writer{o: o, t: resolve(document.Theme{}, o), lang: cmp.Or(c.Lang, audience.Languages[0])}
	w.preheader(c.Preheader)
	f := htmlFrame{lang: w.lang, preheader: w.String()}
	if leaves(t, o) {
		return f
	}
	w.Reset()
	w.footer(&document.Footer{})
	p := &plain{w: w}
	p.footer(&document.Footer{})
	f.footer, f.textFooter = "\n"+w.String(), "\n"+p.String()
	return f
}

// mediaURL is a picture of the shop's by its path alone: mail programs need the whole address.
var mediaURL = regexp.MustCompile(`(?i)((?:src|background|poster)\s*=\s*["']?|url\(\s*(?:["']|&quot;)?)/media/`)

// walker copies tokens; it marks static links and remembers where the body begins and ends.
type walker struct {
	p          *protected
	frame      htmlFrame
	o          Options
	css        sheet
	out        strings.Builder
	links      links
	start, end int // of the body's content in out; -1 when its tag was not there
	html, head bool
}

func (w *walker) walk() error {
	w.start, w.end = -1, -1
	z := html.NewTokenizer(strings.NewReader(w.p.src))
	offset := 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if errors.Is(z.Err(), io.EOF) {
				return nil
			}
			return fmt.Errorf("read HTML: %w", z.Err())
		}
		raw := string(z.Raw())
		if err := w.token(kind, z, raw, offset); err != nil {
			return err
		}
		offset += len(raw)
	}
}

func (w *walker) token(kind html.TokenType, z *html.Tokenizer, raw string, offset int) error {
	if at, err := w.fit(kind, raw); err != nil {
		return w.placed(err, offset+at)
	}
	d := &disarmer{p: w.p}
	if raw = d.token(kind, raw, offset); d.fault != nil {
		return w.placed(d.fault, offset)
	}
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		return w.open(z, raw, offset)
	case html.EndTagToken:
		if name, _ := z.TagName(); string(name) == "body" || string(name) == "html" {
			if w.start < 0 && !w.html {
				return nil // of a tag that was never opened
			}
			if string(name) == "body" || w.end < 0 {
				w.end = w.out.Len()
			}
		}
	}
	w.out.WriteString(raw)
	return nil
}

// fit refuses what no letter can hold, however it is written.
func (w *walker) fit(kind html.TokenType, raw string) (at int, err error) {
	if kind == html.TextToken {
		if at, err = unfitText(raw); err != nil {
			return at, err
		}
	}
	return w.unfitMerge(raw)
}

// placed names the line and the column of a fault.
func (w *walker) placed(err error, offset int) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	line, column := w.p.place(offset)
	return fault.Field(placed(line, column), f.Format, f.Args...)
}

func (w *walker) open(z *html.Tokenizer, raw string, offset int) error {
	b, _ := z.TagName()
	name := string(b)
	if err := unfitOpen(name, raw); err != nil {
		return w.placed(err, offset)
	}
	switch name {
	case "html":
		w.html = true
	case "head":
		w.head = true
	case "a", "area":
		raw = w.link(raw)
	}
	w.out.WriteString(w.styled(name, raw))
	if name == "body" {
		w.start = w.out.Len()
	}
	return nil
}

// link replaces the tag's href by a marker when clicks on it can be counted.
func (w *walker) link(raw string) string {
	for _, a := range attributes(raw) {
		if a.name != "href" {
			continue
		}
		address := strings.TrimSpace(html.UnescapeString(a.value))
		if hasTag(address) { // an entity made a tag that never was one
			return raw
		}
		if marker, ok := w.links.countable(w.o.ofShop(w.p.restore(address))); ok {
			return raw[:a.from] + `"` + marker + `"` + raw[a.to:]
		}
		return raw
	}
	return raw
}

// attribute is one of a tag, with the place of its value, quotes included, in the tag.
type attribute struct {
	name, value string
	start, end  int // of the name
	from, to    int // 0 where there is no value
}

const blanks = " \t\r\n\f/"

// attributes reads a start tag as the tokenizer does, and keeps the places.
func attributes(raw string) []attribute {
	var all []attribute
	i := strings.IndexAny(raw, blanks+">")
	for i >= 0 && i < len(raw) {
		i += len(raw[i:]) - len(strings.TrimLeft(raw[i:], blanks))
		if i >= len(raw) || raw[i] == '>' {
			return all
		}
		end := i + 1 // a name may begin with =
		for end < len(raw) && !strings.ContainsRune(blanks+">=", rune(raw[end])) {
			end++
		}
		a := attribute{name: strings.ToLower(raw[i:end]), start: i, end: end}
		i = end + len(raw[end:]) - len(strings.TrimLeft(raw[end:], " \t\r\n\f"))
		if i < len(raw) && raw[i] == '=' {
			i++
			i += len(raw[i:]) - len(strings.TrimLeft(raw[i:], " \t\r\n\f"))
			a.value, a.from, a.to = attributeValue(raw, i)
			i = a.to
		}
		all = append(all, a)
	}
	return all
}

func attributeValue(raw string, i int) (value string, from, to int) {
	if i >= len(raw) {
		return "", i, i
	}
	if q := raw[i]; q == '"' || q == '\'' {
		n := strings.IndexByte(raw[i+1:], q)
		if n < 0 {
			return raw[i+1:], i, len(raw)
		}
		return raw[i+1 : i+1+n], i, i + n + 2
	}
	n := strings.IndexAny(raw[i:], " \t\r\n\f>")
	if n < 0 {
		n = len(raw) - i
	}
	return raw[i : i+n], i, i + n
}

// finish puts the preheader first and the footer and the pixel last, and makes a piece of
// HTML a whole document.
func (w *walker) finish() string {
	out := w.out.String()
	if w.end < max(w.start, 0) {
		w.end = len(out)
	}
	if w.start < 0 && w.html {
		w.start = afterHead(out, w.end)
	}
	if w.start >= 0 {
		return out[:w.start] + "\n" + w.frame.preheader + out[w.start:w.end] + w.frame.footer + pixel + out[w.end:]
	}
	return `<!DOCTYPE html>
<html lang="` + esc(w.frame.lang) + `">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{{ message.subject }}</title>
</head>
<body>
` + w.frame.preheader + out[:w.end] + w.frame.footer + pixel + out[w.end:] + "</body>\n</html>\n"
}

// afterHead is where the content begins in a document without a body tag.
func afterHead(out string, end int) int {
	lower := strings.ToLower(out[:end])
	for _, tag := range []string{"</head>", "<html"} {
		if i := strings.Index(lower, tag); i >= 0 {
			if j := strings.IndexByte(lower[i:], '>'); j >= 0 {
				return i + j + 1
			}
		}
	}
	return 0
}
