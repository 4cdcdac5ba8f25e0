package preflight

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"

	"keepsake/internal/render"
)

// What WCAG 2.2 asks for, and from which size on text counts as large, in px.
const (
	contrastText  = 4.5
	contrastLarge = 3.0
	largeText     = 24.0
	largeBold     = 18.66
)

const whyContrast = "Readers with weaker eyes, on a phone in the sun or with a dimmed screen cannot make it out. WCAG 2.2 asks for 4.5 to 1, for large text 3 to 1."

// Contrast looks at every word on its ground, in the light and in the dark scheme.
func Contrast(l Letter) []Finding {
	src := cmp.Or(l.Canvas, l.HTML)
	doc := parse(src)
	var all []Finding
	for _, scheme := range []string{"light", "dark"} {
		e := &eye{dark: scheme == "dark", worst: map[string]faint{}, work: mostWork}
		if e.dark {
			if e.night = indexed(nightRules(doc)); len(e.night) == 0 {
				continue // each program darkens such a letter as it likes
			}
		}
		e.look(doc, sight{ink: named["black"], ground: named["white"], inked: true, grounded: true, size: 16})
		all = append(all, e.findings()...)
	}
	if len(all) == 0 {
		return pass("contrast", "Every word stands out from its ground.")
	}
	return all[:min(len(all), 8)]
}

// sight is how text looks at one place of the letter.
type sight struct {
	ink, ground     rgb
	inked, grounded bool // the colour is known
	size            float64
	bold            bool
	block           string
}

// faint is the least readable text of a block.
type faint struct {
	text  string
	ratio float64
	order int
}

type eye struct {
	dark  bool
	night nightIndex
	worst map[string]faint
	work  int // comparisons of a rule with an element that are left
}

// mostWork is how many such comparisons one look may take; what comes after in a letter that
// takes more is judged without the dark scheme's rules.
const mostWork = 300_000

// nightIndex are the rules by what the element itself must have: a class (".x"), else a tag,
// else nothing (""). The weakest come first.
type nightIndex map[string][]nightRule

func indexed(rules []nightRule) nightIndex {
	index := nightIndex{}
	for i, r := range rules {
		key := r.selector[0].tag
		if classes := r.selector[0].classes; len(classes) > 0 {
			key = "." + classes[0]
		}
		r.order = i
		index[key] = append(index[key], r)
	}
	return index
}

// of are the rules that may fit the element.
func (index nightIndex) of(n *html.Node) []nightRule {
	all := slices.Concat(index[""], index[n.Data])
	classes := classesOf(n)
	for i, class := range classes {
		if !slices.Contains(classes[:i], class) {
			all = append(all, index["."+class]...)
		}
	}
	slices.SortFunc(all, func(a, b nightRule) int { return a.order - b.order })
	return all
}

// nightRule is a rule of the dark scheme.
type nightRule struct {
	selector selector
	declaration
	order int
}

// nightRules are the dark scheme's rules that concern colours, the weakest first.
func nightRules(doc *html.Node) (all []nightRule) {
	for _, css := range sheets(doc) {
		for _, r := range rules(css, 1) {
			if !strings.HasPrefix(r.head, "@media") || !strings.Contains(strings.ReplaceAll(r.head, " ", ""), "prefers-color-scheme:dark") {
				continue
			}
			for _, inner := range rules(r.body, 1) {
				all = append(all, colourRules(inner)...)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b nightRule) int { return a.selector.weight() - b.selector.weight() })
	return all
}

func colourRules(r rule) (all []nightRule) {
	for one := range strings.SplitSeq(r.head, ",") {
		sel := readSelector(one)
		if sel == nil {
			continue
		}
		for _, d := range declarations(r.body) {
			if d.property == "color" || d.property == "background-color" || d.property == "background" {
				all = append(all, nightRule{sel, d, 0})
			}
		}
	}
	return all
}

func sheets(n *html.Node) (all []string) {
	if n.Type == html.ElementNode && n.Data == "style" && n.FirstChild != nil {
		return []string{n.FirstChild.Data}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		all = append(all, sheets(c)...)
	}
	return all
}

// look walks the letter; s is how text looks where n stands.
func (e *eye) look(n *html.Node, s sight) {
	switch {
	case n.Type == html.CommentNode, n.Type == html.ElementNode && (silent[n.Data] || hiddenStyle(attr(n, "style"))):
		return
	case n.Type == html.TextNode:
		e.read(n.Data, s)
		return
	case n.Type == html.ElementNode:
		s = e.dress(n, s)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		e.look(c, s)
	}
}

// dress is how text looks inside the element.
func (e *eye) dress(n *html.Node, s sight) sight {
	if id := attr(n, "data-block"); id != "" {
		s.block = id
	}
	if n.Data == "b" || n.Data == "strong" || n.Data == "h1" || n.Data == "h2" || n.Data == "h3" {
		s.bold = true
	}
	if bg := attr(n, "bgcolor"); bg != "" {
		s.ground, s.grounded = colour(bg)
	}
	own := declarations(attr(n, "style"))
	for _, d := range own {
		s.wear(d)
	}
	if e.work <= 0 {
		return s
	}
	for _, r := range e.night.of(n) {
		if e.work <= 0 || !r.selector.fits(n, &e.work) || !r.important && slices.ContainsFunc(own, func(d declaration) bool { return d.property == r.property }) {
			continue
		}
		s.wear(r.declaration)
	}
	return s
}

// wear changes the look as the declaration says.
func (s *sight) wear(d declaration) {
	switch d.property {
	case "color":
		if d.value != "inherit" {
			s.ink, s.inked = colour(d.value)
		}
	case "background-color", "background":
		if d.value != "transparent" && d.value != "none" && d.value != "inherit" {
			s.ground, s.grounded = colour(d.value)
		}
	case "background-image":
		s.grounded = s.grounded && d.value == "none"
	case "font-size":
		if px, ok := strings.CutSuffix(d.value, "px"); ok {
			if n, err := strconv.ParseFloat(px, 64); err == nil {
				s.size = n
			}
		}
	case "font-weight":
		n, err := strconv.Atoi(d.value)
		s.bold = d.value == "bold" || d.value == "bolder" || err == nil && n >= 600
	}
}

// read judges one piece of text.
func (e *eye) read(text string, s sight) {
	text = strings.Join(strings.Fields(text), " ")
	if !s.inked || !s.grounded || s.size < 2 || strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return
	}
	needed := contrastText
	if s.size >= largeText || s.bold && s.size >= largeBold {
		needed = contrastLarge
	}
	ratio := render.Contrast(s.ink, s.ground)
	was, found := e.worst[s.block]
	if ratio >= needed-0.005 || found && was.ratio <= ratio {
		return
	}
	e.worst[s.block] = faint{text, ratio, len(e.worst)}
}

func (e *eye) findings() (all []Finding) {
	blocks := make([]string, 0, len(e.worst))
	for block := range e.worst {
		blocks = append(blocks, block)
	}
	slices.SortFunc(blocks, func(a, b string) int { return cmp.Compare(e.worst[a].order, e.worst[b].order) })
	for _, block := range blocks {
		w := e.worst[block]
		one := Finding{Level: Warn, About: "contrast", Format: "“%s” is hard to read in light colours: contrast %s to 1.", Args: []any{short(w.text, 40), fmt.Sprintf("%.1f", w.ratio)},
			Because: whyContrast, Block: block, Field: "style.bg"}
		if e.dark {
			one.Format = "“%s” is hard to read in dark colours: contrast %s to 1."
		}
		if block == "" {
			one.Field = "html"
		}
		all = append(all, one)
	}
	return all
}

// short is the text, cut after n characters.
func short(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n-1])) + "…"
	}
	return s
}
