package render

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/liquid"
	"keepsake/internal/mjml"
)

// compiler is the process's one MJML machine: it costs memory, and gives it back when idle.
var compiler = mjml.New()

// mjmlSources compiles a letter written in MJML and then reads it as HTML. What stands in a
// place is named by its place in the MJML.
func mjmlSources(c campaigns.Content, o Options) (sources, error) {
	if err := placedLiquid(c.HTML); err != nil {
		return sources{}, err
	}
	compiled, _, err := fromMJML(c.HTML, o)
	if err != nil {
		return sources{}, err
	}
	t, err := liquid.Parse(compiled, liquid.HTML)
	if err != nil {
		return sources{}, liquidFault("html", err) // the source was fine: MJML tore a pair of tags apart
	}
	p := protect(compiled)
	return walked(&walker{p: p, frame: frameOf(c, o, t), o: o}, c)
}

// placedLiquid says where the Liquid of code cannot be read.
func placedLiquid(src string) error {
	_, err := liquid.Parse(src, liquid.HTML)
	if e, ok := errors.AsType[*liquid.Error](err); ok {
		return fault.Field(placed(e.Line, e.Column), e.Text, e.Args...)
	}
	return err
}

func placed(line, column int) string { return fmt.Sprintf("html:%d:%d", line, column) }

// fromMJML compiles MJML with its merge tags kept where they stand.
func fromMJML(src string, o Options) (string, []Warning, error) {
	m := &mjmlReader{p: protect(src)}
	if err := m.read(); err != nil {
		return "", nil, err
	}
	got, err := compiler.Compile(cmp.Or(o.Wait, context.Background()), m.out.String(), o.Send)
	if err != nil {
		return "", nil, err
	}
	warnings, err := m.judge(got.Problems)
	if err != nil {
		return "", nil, err
	}
	if err := m.kept(got.HTML); err != nil {
		return "", nil, err
	}
	return m.before + m.restore(got.HTML) + m.after, warnings, nil
}

// mjmlReader puts the marks of a protected source where MJML keeps them: between its tags
// they get an mj-raw of their own.
type mjmlReader struct {
	p             *protected
	out           strings.Builder
	open          []string // the MJML elements around, the innermost last
	before, after string   // what stands around the letter: assign and the like
	begun         bool     // its <mjml> was read
	ordered       []string // marks whose order the letter must keep
	needed        []string // marks that the letter must hold
	inside        string   // the element whose content is taken as it is, "" for none
	depth         int      // of elements of that name in it
	offset        int
	merged        []string // pieces of HTML tags that are one mark now
}

// verbatim elements' content is HTML, CSS or words: MJML does not look inside.
var verbatim = map[string]bool{"mj-accordion-text": true, "mj-accordion-title": true, "mj-button": true, "mj-preview": true, "mj-style": true, "mj-title": true,
	"mj-navbar-link": true, "mj-raw": true, "mj-social-element": true, "mj-table": true, "mj-text": true, "mj-carousel-image": true, "mj-breakpoint": true}

// raw is where an mj-raw may stand, and so a merge tag between elements.
var raw = map[string]bool{"mj-body": true, "mj-section": true, "mj-wrapper": true, "mj-column": true, "mj-group": true, "mj-hero": true, "mj-navbar": true,
	"mj-social": true, "mj-accordion": true, "mj-accordion-element": true}

// sizes are the attributes that MJML reckons with.
var sizes = map[string]bool{"width": true, "padding": true, "padding-left": true, "padding-right": true, "border": true, "border-left": true, "border-right": true,
	"inner-padding": true, "background-width": true, "background-height": true, "icon-size": true, "icon-width": true}

func (m *mjmlReader) read() error {
	z := html.NewTokenizer(strings.NewReader(m.p.src))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return nil
		}
		piece := string(z.Raw())
		if err := m.token(kind, z, piece); err != nil {
			return err
		}
		m.offset += len(piece)
	}
}

func (m *mjmlReader) token(kind html.TokenType, z *html.Tokenizer, piece string) error {
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		b, _ := z.TagName()
		return m.start(string(b), piece, kind == html.SelfClosingTagToken)
	case html.EndTagToken:
		b, _ := z.TagName()
		m.end(string(b))
	case html.TextToken:
		if m.inside == "" {
			return m.between(piece)
		}
		m.note(piece)
		m.follow(piece)
	}
	m.out.WriteString(piece)
	return nil
}

// note remembers the merge tags that must be in the letter: all but values in the head, where
// a class or a font may be of no use.
func (m *mjmlReader) note(piece string) {
	for _, mark := range marks.FindAllString(piece, -1) {
		if !slices.Contains(m.open, "mj-head") || strings.HasPrefix(m.p.restore(mark), "{%") && m.inside != "" {
			m.needed = append(m.needed, mark)
		}
	}
}

// follow remembers the tags that must come in this order.
func (m *mjmlReader) follow(piece string) {
	if slices.Contains(m.open, "mj-head") {
		return
	}
	for _, mark := range marks.FindAllString(piece, -1) {
		if strings.HasPrefix(m.p.restore(mark), "{%") {
			m.ordered = append(m.ordered, mark)
		}
	}
}

func (m *mjmlReader) start(name, piece string, closed bool) error {
	switch {
	case name == "mj-include":
		return m.fault("Keepsake reads no other files, so mj-include cannot be used: paste the part itself in its place.")
	case name == "script":
		return m.fault("A letter cannot hold scripts: mail programs remove them, and the letter may land in spam.")
	case m.inside != "":
		if name == m.inside && !closed {
			m.depth++
		}
		m.out.WriteString(m.merge(piece))
		m.note(piece)
		return nil
	}
	if looseMark(piece) >= 0 {
		return m.fault("In an MJML tag, Liquid can stand only inside the quotes of an attribute: color=\"{{ … }}\".")
	}
	for _, a := range attributes(piece) {
		if sizes[a.name] && strings.Contains(a.value, markLeft) {
			return m.fault("MJML reckons with “%s” before the letter is sent: write a plain size here, without Liquid.", a.name)
		}
	}
	m.out.WriteString(piece)
	m.note(piece)
	m.begun = m.begun || name == "mjml"
	if verbatim[name] && !closed {
		m.inside, m.depth = name, 0
	} else if !closed {
		m.open = append(m.open, name)
	}
	return nil
}

func (m *mjmlReader) end(name string) {
	if m.inside != "" {
		if name == m.inside {
			if m.depth--; m.depth < 0 {
				m.inside = ""
			}
		}
		return
	}
	for i := len(m.open) - 1; i >= 0; i-- {
		if m.open[i] == name {
			m.open = m.open[:i]
			return
		}
	}
}

var marks = regexp.MustCompile(markLeft + `\d+` + markRight)

// between keeps the merge tags that stand between MJML's elements.
func (m *mjmlReader) between(text string) error {
	if !strings.Contains(text, markLeft) {
		m.out.WriteString(text)
		return nil
	}
	parent := ""
	if len(m.open) > 0 {
		parent = m.open[len(m.open)-1]
	}
	switch {
	case parent == "" && !m.begun:
		m.before += m.p.restore(text)
		m.out.WriteString(strings.Repeat("\n", strings.Count(text, "\n")))
	case parent == "":
		m.after += m.p.restore(text)
	case parent == "mjml", parent == "mj-head":
		return m.assigned(text, parent)
	case raw[parent]:
		m.note(text)
		m.follow(text)
		m.out.WriteString(marks.ReplaceAllString(text, "<mj-raw>$0</mj-raw>"))
	default:
		return m.fault("Liquid cannot stand directly inside <%s>: put it round the whole of it, or into its text.", parent)
	}
	return nil
}

var plainTag = regexp.MustCompile(`^\{%-?\s*(assign|comment|endcomment|increment|decrement|capture|endcapture)\b`)

// assigned moves values that are set in the head before the letter. A condition there would
// stand round nothing.
func (m *mjmlReader) assigned(text, parent string) error {
	for _, mark := range marks.FindAllString(text, -1) {
		if tag := m.p.restore(mark); !plainTag.MatchString(tag) {
			return m.fault("Liquid cannot stand directly inside <%s>: put it round the whole of it, or into its text.", parent)
		}
	}
	m.before += m.p.restore(text)
	m.out.WriteString(strings.Repeat("\n", strings.Count(text, "\n")))
	return nil
}

// fault is about the token at hand.
func (m *mjmlReader) fault(text string, args ...any) error {
	return fault.Field(placed(m.p.place(m.offset)), text, args...)
}

// looseMark is where the first mark of a start tag stands that is no part of a value; -1 for none.
func looseMark(tag string) int {
	quote := byte(0)
	for i := 0; i < len(tag); i++ {
		switch {
		case quote != 0:
			if tag[i] == quote {
				quote = 0
			}
		case (tag[i] == '"' || tag[i] == '\'') && strings.HasSuffix(strings.TrimRight(tag[:i], " \t\r\n\f"), "="):
			quote = tag[i]
		case strings.HasPrefix(tag[i:], markLeft) && !valueBegan(tag[:i]):
			return i
		}
	}
	return -1
}

// valueBegan reports whether an unquoted value stands at the end of s.
func valueBegan(s string) bool {
	word := s[strings.LastIndexAny(s, " \t\r\n\f")+1:]
	return strings.Contains(word, "=") || word == "" && strings.HasSuffix(strings.TrimRight(s, " \t\r\n\f"), "=")
}

// merge makes one mark of a tag's attributes from the first loose merge tag to the last: two
// sides of a condition may hold the same attribute, and a parser would drop the second.
func (m *mjmlReader) merge(tag string) string {
	from := looseMark(tag)
	if from < 0 {
		return tag
	}
	to := strings.LastIndex(tag, markRight) + len(markRight)
	m.merged = append(m.merged, tag[from:to])
	return tag[:from] + mergedMark(len(m.merged)-1) + tag[to:]
}

// mergedMark is a mark that is also an attribute's name.
func mergedMark(n int) string { return markLeft + "-" + strconv.Itoa(n) + markRight }

var mergedName = regexp.MustCompile(markLeft + `-(\d+)` + markRight + `(?:="")?`)

func (m *mjmlReader) restore(s string) string { return m.p.restore(m.spread(s)) }

// spread puts the pieces of tags back that were merged.
func (m *mjmlReader) spread(s string) string {
	return mergedName.ReplaceAllStringFunc(s, func(mark string) string {
		n, err := strconv.Atoi(mergedName.FindStringSubmatch(mark)[1])
		if err != nil || n >= len(m.merged) {
			return ""
		}
		return m.merged[n]
	})
}

// kept refuses a letter of which the compiler dropped a merge tag, or moved one before another.
func (m *mjmlReader) kept(compiled string) error {
	compiled = m.spread(compiled)
	for _, mark := range m.needed {
		if !strings.Contains(compiled, mark) {
			return m.lost(mark)
		}
	}
	last := 0
	for _, mark := range m.ordered {
		at := strings.Index(compiled, mark)
		if at < last {
			return m.lost(mark)
		}
		last = at
	}
	return nil
}

func (m *mjmlReader) lost(mark string) error {
	line, column := m.p.place(strings.Index(m.p.src, mark))
	return fault.Field(placed(line, column), "MJML drops or moves “%s” here. Put it round whole tags, or into a text.", m.p.restore(mark))
}
