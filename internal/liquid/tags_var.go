package liquid

import "strings"

type assignNode struct {
	offset
	name string
	expr expr
}

func (n *assignNode) blank() bool { return true }

func (n *assignNode) render(c *ctx) error {
	v, err := n.expr.eval(c)
	if err == nil {
		c.assign(n.name, v)
	}
	return err
}

func parseAssign(p *parser, tok token) (node, error) {
	s := p.scan(tok)
	name := s.next()
	if name.kind != namePart && name.kind != intPart || strings.HasSuffix(name.text, "?") || !s.sign("=") {
		return nil, p.t.errorAt(name.off, "Write “assign name = value” here.")
	}
	e, err := s.parsePipeline()
	if err == nil {
		err = s.done()
	}
	return &assignNode{offset(tok.tag), name.text, e}, err
}

// countNode is increment (by 1, printed before) and decrement (by -1, printed after).
type countNode struct {
	offset
	name string
	by   int64
}

func (n *countNode) blank() bool { return false }

func (n *countNode) render(c *ctx) error {
	now, _ := c.counters[n.name].(int64)
	if c.counters == nil {
		c.counters = make(map[string]any)
	}
	c.counters[n.name] = now + n.by
	if n.by < 0 {
		now += n.by
	}
	return c.write(str(now), n.at())
}

func parseIncrement(p *parser, tok token) (node, error) { return p.counter(tok, 1) }
func parseDecrement(p *parser, tok token) (node, error) { return p.counter(tok, -1) }

func (p *parser) counter(tok token, by int64) (node, error) {
	s := p.scan(tok)
	name := s.next()
	if name.kind != namePart {
		return nil, p.t.errorAt(name.off, "Say the name of the variable here.")
	}
	if p.mode == HTML {
		p.html = p.html.afterOutput()
	}
	return &countNode{offset(tok.tag), name.text, by}, s.done()
}

// cycleNode prints the next of its values each time it is met.
type cycleNode struct {
	offset
	group  expr // nil without a name
	label  string
	values []expr
	how    escaping
}

func (n *cycleNode) blank() bool { return false }

func (n *cycleNode) render(c *ctx) error {
	key := n.label
	if n.group != nil {
		v, err := n.group.eval(c)
		if err != nil {
			return err
		}
		key = "\x00" + str(v)
	}
	if c.cycles == nil {
		c.cycles = make(map[string]int)
	}
	i := c.cycles[key]
	next := i + 1
	if next >= len(n.values) {
		next = 0
	}
	c.cycles[key] = next
	if i >= len(n.values) {
		return nil
	}
	v, err := n.values[i].eval(c)
	if err != nil {
		return err
	}
	return c.print(v, n.how, n.at())
}

func parseCycle(p *parser, tok token) (node, error) {
	n := &cycleNode{offset: offset(tok.tag), label: strings.TrimSpace(tok.text), how: p.escaping()}
	s := p.scan(tok)
	first, err := s.parseValue()
	if err != nil {
		return nil, err
	}
	if s.sign(":") {
		n.group = first
	} else {
		n.values = append(n.values, first)
		s.sign(",")
	}
	for s.err == nil && s.cur.kind != endPart {
		e, err := s.parseValue()
		if err != nil {
			return nil, err
		}
		n.values = append(n.values, e)
		if !s.sign(",") {
			break
		}
	}
	if p.mode == HTML {
		p.html = p.html.afterOutput()
	}
	return n, s.done()
}

func parseEcho(p *parser, tok token) (node, error) {
	n, err := p.output(tok)
	if n == nil || err != nil {
		return nil, err
	}
	return n, nil
}

// signalNode is break and continue.
type signalNode struct {
	offset
	signal signal
}

func (n *signalNode) blank() bool         { return false }
func (n *signalNode) render(c *ctx) error { c.signal = n.signal; return nil }

func parseBreak(p *parser, tok token) (node, error)    { return p.jump(tok, breakLoop) }
func parseContinue(p *parser, tok token) (node, error) { return p.jump(tok, continueLoop) }

func (p *parser) jump(tok token, s signal) (node, error) {
	return &signalNode{offset(tok.tag), s}, p.scan(tok).done()
}

// parseNote is the inline comment: each of its lines begins with #.
func parseNote(p *parser, tok token) (node, error) {
	lines := strings.Split(tok.text, "\n")
	for _, line := range lines[1:] {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return nil, p.t.errorAt(tok.tag, "Each line of this comment must begin with #.")
		}
	}
	return nil, nil
}

// listNode is the tags of a liquid tag.
type listNode struct {
	offset
	body *body
}

func (n *listNode) blank() bool         { return n.body.blank }
func (n *listNode) render(c *ctx) error { return n.body.render(c) }

// parseLiquid reads one tag a line. Blocks must close inside the tag.
func parseLiquid(p *parser, tok token) (node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxNesting {
		return nil, p.t.errorAt(tok.tag, "Tags are nested deeper than %d.", maxNesting)
	}
	toks, err := p.lines(tok)
	if err != nil {
		return nil, err
	}
	outer, at := p.toks, p.i
	p.toks, p.i = toks, 0
	b, _, err := p.body()
	p.toks, p.i = outer, at
	if err != nil || len(b.nodes) == 0 {
		return nil, err
	}
	return &listNode{offset(tok.tag), b}, nil
}

func (p *parser) lines(tok token) ([]token, error) {
	var toks []token
	off, comments, open := tok.off, 0, 0
	for line := range strings.SplitSeq(tok.text, "\n") {
		t := tagOf(line, off)
		off += len(line) + 1
		switch {
		case t.name == "comment":
			if comments == 0 {
				open = t.tag
			}
			comments++
		case comments > 0 && t.name == "endcomment":
			comments--
		case comments > 0 || strings.Trim(line, space) == "":
		default:
			toks = append(toks, t)
		}
	}
	if comments > 0 {
		return nil, p.t.errorAt(open, "The tag “%s” has no “%s”.", "comment", "endcomment")
	}
	return toks, nil
}
