package liquid

// ifNode is if and unless: the first branch whose test holds. A branch without test is an else.
type ifNode struct {
	offset
	branches []branch
	empty    bool
}

type branch struct {
	test expr
	not  bool
	body *body
}

func (n *ifNode) blank() bool { return n.empty }

func (n *ifNode) render(c *ctx) error {
	for i := range n.branches {
		b := &n.branches[i]
		if b.test != nil {
			v, err := b.test.eval(c)
			if err != nil {
				return err
			}
			if c.holds(v) == b.not {
				continue
			}
		}
		return b.body.render(c)
	}
	return nil
}

func parseIf(p *parser, tok token) (node, error)     { return p.branches(tok, false) }
func parseUnless(p *parser, tok token) (node, error) { return p.branches(tok, true) }

func (p *parser) branches(tok token, not bool) (node, error) {
	n := &ifNode{offset: offset(tok.tag)}
	fork := p.fork()
	hasElse := false
	for end := tok; end.name != "end"+tok.name; {
		br := branch{not: not && end.tag == tok.tag}
		if end.name == "else" {
			hasElse = true
		} else {
			s := p.scan(end)
			e, err := s.parseCondition()
			if err == nil {
				err = s.done()
			}
			if err != nil {
				return nil, err
			}
			br.test = e
		}
		b, next, err := p.block(tok, "elsif", "else", "end"+tok.name)
		if err != nil {
			return nil, err
		}
		br.body = b
		n.branches = append(n.branches, br)
		fork.branch(p)
		end = next
	}
	bodies := make([]*body, 0, len(n.branches))
	for _, b := range n.branches {
		bodies = append(bodies, b.body)
	}
	n.empty = stripAll(bodies...)
	return n, fork.join(p, tok, !hasElse)
}

// caseNode renders a when's body once for each of its values that matches, and an else's when
// nothing before it did, as Liquid does.
type caseNode struct {
	offset
	subject expr
	whens   []when
	empty   bool
}

type when struct {
	values []expr // nil for else
	body   *body
}

func (n *caseNode) blank() bool { return n.empty }

func (n *caseNode) render(c *ctx) error {
	subject, err := n.subject.eval(c)
	if err != nil {
		return err
	}
	matched := false
	for _, w := range n.whens {
		if w.values == nil && !matched {
			if err := w.body.render(c); err != nil || c.signal != goOn {
				return err
			}
		}
		for _, e := range w.values {
			v, err := e.eval(c)
			if err != nil {
				return err
			}
			if !equal(subject, v) {
				continue
			}
			matched = true
			if err := w.body.render(c); err != nil || c.signal != goOn {
				return err
			}
		}
	}
	return nil
}

func parseCase(p *parser, tok token) (node, error) {
	s := p.scan(tok)
	subject, err := s.parseValue()
	if err == nil {
		err = s.done()
	}
	if err != nil {
		return nil, err
	}
	n := &caseNode{offset: offset(tok.tag), subject: subject}
	before := p.html
	_, end, err := p.block(tok, "when", "else", "endcase") // what stands before the first when is dropped
	if err != nil {
		return nil, err
	}
	p.html = before
	fork := p.fork()
	hasElse := false
	for end.name != "endcase" {
		w := when{}
		if end.name == "when" {
			if w.values, err = p.whenValues(end); err != nil {
				return nil, err
			}
		} else {
			hasElse = true
		}
		if w.body, end, err = p.block(tok, "when", "else", "endcase"); err != nil {
			return nil, err
		}
		n.whens = append(n.whens, w)
		fork.branch(p)
	}
	bodies := make([]*body, 0, len(n.whens))
	for _, w := range n.whens {
		bodies = append(bodies, w.body)
	}
	n.empty = stripAll(bodies...)
	return n, fork.join(p, tok, !hasElse)
}

func (p *parser) whenValues(tok token) ([]expr, error) {
	s := p.scan(tok)
	var values []expr
	for {
		e, err := s.parseValue()
		if err != nil {
			return nil, err
		}
		values = append(values, e)
		if !s.sign(",") && !s.keyword("or") {
			return values, s.done()
		}
	}
}

type captureNode struct {
	offset
	name string
	body *body
}

func (n *captureNode) blank() bool { return true }

func (n *captureNode) render(c *ctx) error {
	mark := len(c.out)
	if err := n.body.render(c); err != nil {
		return err
	}
	s, err := c.take(mark, n.at())
	if c.html {
		c.assign(n.name, safe(s))
	} else {
		c.assign(n.name, s)
	}
	return err
}

func parseCapture(p *parser, tok token) (node, error) {
	s := p.scan(tok)
	name := s.next()
	if name.kind != namePart && name.kind != intPart && name.kind != stringPart {
		return nil, p.t.errorAt(name.off, "Say the name of the variable here.")
	}
	if err := s.done(); err != nil {
		return nil, err
	}
	before := p.html
	p.html = context{}
	b, _, err := p.block(tok, "endcapture")
	if err == nil && p.mode == HTML && !p.html.isText() {
		err = p.t.errorAt(tok.tag, "What is captured must end outside of HTML tags.")
	}
	p.html = before
	return &captureNode{offset(tok.tag), name.text, b}, err
}

// changedNode is ifchanged: its body, when that is not what the last ifchanged wrote.
type changedNode struct {
	offset
	body *body
}

func (n *changedNode) blank() bool { return false }

func (n *changedNode) render(c *ctx) error {
	mark := len(c.out)
	if err := n.body.render(c); err != nil {
		return err
	}
	s := string(c.out[mark:])
	if c.changed != nil && *c.changed == s {
		c.cut(mark)
	}
	c.changed = &s
	return nil
}

func parseIfChanged(p *parser, tok token) (node, error) {
	fork := p.fork()
	b, _, err := p.block(tok, "endifchanged")
	if err != nil {
		return nil, err
	}
	fork.branch(p)
	return &changedNode{offset(tok.tag), b}, fork.join(p, tok, true)
}
