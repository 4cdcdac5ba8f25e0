package liquid

import (
	"slices"
	"strings"
)

// maxNesting bounds blocks, expressions and the walking of values, so that no template and no
// value can exhaust the stack.
const maxNesting = 100

type node interface {
	render(c *ctx) error
	at() int
	blank() bool // prints nothing whatever the values are
}

// offset is a node's place in the source.
type offset int

func (o offset) at() int { return int(o) }

// A body is what stands between a tag and its end.
type body struct {
	nodes []node
	blank bool // nothing in it prints, white space apart
}

func (b *body) render(c *ctx) error {
	if len(b.nodes) == 0 {
		return nil
	}
	if err := c.enter(b.nodes[0].at()); err != nil {
		return err
	}
	defer c.leave()
	for _, n := range b.nodes {
		if err := c.step(1, n.at()); err != nil {
			return err
		}
		if err := n.render(c); err != nil {
			return err
		}
		if c.signal != goOn {
			break
		}
	}
	return nil
}

// strip drops the white space between tags that print nothing, as Liquid does.
func (b *body) strip() {
	b.nodes = slices.DeleteFunc(b.nodes, func(n node) bool {
		_, isText := n.(*textNode)
		return isText
	})
}

func stripAll(bodies ...*body) (blank bool) {
	for _, b := range bodies {
		if b != nil && !b.blank {
			return false
		}
	}
	for _, b := range bodies {
		if b != nil {
			b.strip()
		}
	}
	return true
}

type textNode struct {
	offset
	Literal
}

// A Literal is a piece of a template that stands in what it writes as it is.
type Literal struct{ Text string }

// A Place is where a literal stands in what a template wrote.
type Place struct {
	At int // how much of the rest stands before it
	*Literal
}

// longLiteral is the shortest literal whose place is told.
const longLiteral = 100

func (n *textNode) render(c *ctx) error {
	if c.places != nil && len(n.Text) >= longLiteral {
		*c.places = append(*c.places, Place{len(c.out), &n.Literal})
	}
	return c.write(n.Text, n.at())
}

func (n *textNode) blank() bool { return strings.Trim(n.Text, space) == "" }

type parser struct {
	t     *Template
	src   string
	mode  Mode
	toks  []token
	i     int
	html  context
	depth int
}

func (p *parser) parse() error {
	toks, err := lex(p.t)
	if err != nil {
		return err
	}
	p.toks = toks
	b, end, err := p.body()
	if err != nil {
		return err
	}
	if end.name != "" {
		return p.t.errorAt(end.tag, "The tag “%s” does not belong here.", end.name)
	}
	if p.t.name != "" && p.mode == HTML && !p.html.isText() {
		return p.t.errorAt(len(p.src), "A partial must end outside of HTML tags.")
	}
	p.t.body = b
	return nil
}

// body reads up to one of the end tags, which it takes and returns; with none, to the end.
func (p *parser) body(ends ...string) (*body, token, error) {
	b := &body{blank: true}
	for p.i < len(p.toks) {
		tok := p.toks[p.i]
		p.i++
		if tok.kind == tagToken && slices.Contains(ends, tok.name) {
			return b, tok, nil
		}
		n, err := p.node(tok)
		if err != nil {
			return nil, token{}, err
		}
		if n != nil {
			b.nodes = append(b.nodes, n)
			b.blank = b.blank && n.blank()
		}
	}
	return b, token{}, nil
}

// block is body for a tag that must be closed; it guards the depth.
func (p *parser) block(tag token, ends ...string) (*body, token, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxNesting {
		return nil, token{}, p.t.errorAt(tag.tag, "Tags are nested deeper than %d.", maxNesting)
	}
	b, end, err := p.body(ends...)
	if err == nil && end.name == "" {
		err = p.t.errorAt(tag.tag, "The tag “%s” has no “%s”.", tag.name, "end"+tag.name)
	}
	return b, end, err
}

func (p *parser) node(tok token) (node, error) {
	switch tok.kind {
	case textToken, rawToken:
		if p.mode == HTML {
			p.html = p.html.after(tok.text)
		}
		return &textNode{offset(tok.tag), Literal{tok.text}}, nil
	case outputToken:
		return p.output(tok)
	}
	parse := tags[tok.name]
	if parse == nil {
		if tok.name == "" {
			return nil, p.t.errorAt(tok.tag, "This tag has no name.")
		}
		if strings.HasPrefix(tok.name, "end") || tok.name == "else" || tok.name == "elsif" || tok.name == "when" {
			return nil, p.t.errorAt(tok.tag, "The tag “%s” does not belong here.", tok.name)
		}
		return nil, p.t.errorAt(tok.tag, "There is no tag “%s”.", tok.name)
	}
	return parse(p, tok)
}

var tags map[string]func(*parser, token) (node, error)

func init() { // not in the declaration, which would be an initialisation cycle
	tags = map[string]func(*parser, token) (node, error){
		"assign": parseAssign, "break": parseBreak, "capture": parseCapture, "case": parseCase,
		"continue": parseContinue, "cycle": parseCycle, "decrement": parseDecrement, "echo": parseEcho,
		"for": parseFor, "if": parseIf, "ifchanged": parseIfChanged, "include": parseInclude,
		"increment": parseIncrement, "liquid": parseLiquid, "render": parseRender,
		"tablerow": parseTableRow, "unless": parseUnless, "#": parseNote,
	}
}

// outputNode is {{ … }} or echo.
type outputNode struct {
	offset
	expr expr
	how  escaping
}

func (p *parser) output(tok token) (node, error) {
	n := &outputNode{offset: offset(tok.tag), how: p.escaping()}
	s := p.scan(tok)
	if s.cur.kind == endPart && s.err == nil {
		return nil, nil
	}
	e, err := s.parsePipeline()
	if err == nil {
		err = s.done()
	}
	if err != nil {
		return nil, err
	}
	if isRaw(e) {
		n.how, p.t.raw = escaping{}, true
	}
	n.expr = e
	if p.mode == HTML {
		p.html = p.html.afterOutput()
	}
	return n, nil
}

// isRaw tells whether the marketer opted out of escaping.
func isRaw(e expr) bool {
	l, ok := e.(*pipeline)
	return ok && slices.ContainsFunc(l.filters, func(f filterCall) bool { return f.name == "raw" })
}

func (n *outputNode) render(c *ctx) error {
	v, err := n.expr.eval(c)
	if err != nil {
		return err
	}
	return c.print(v, n.how, n.at())
}

func (n *outputNode) blank() bool { return false }

func (c *ctx) print(v any, how escaping, off int) error {
	if s, ok := v.(string); ok && how.kind == noEscape {
		c.out = append(c.out, s...)
	} else {
		c.out = how.append(c.out, v)
	}
	return c.size(len(c.out), off)
}
