package liquid

import "strings"

// partialNode is render (its own scope) and include (the scope it stands in).
type partialNode struct {
	offset
	name    expr
	with    expr // nil without
	each    bool // for: once for each element
	alias   string
	args    []named
	include bool
}

func (n *partialNode) blank() bool { return false }

func (n *partialNode) render(c *ctx) error {
	v, err := n.name.eval(c)
	if err != nil {
		return err
	}
	name := str(v)
	t := c.t.partials[name]
	if t == nil {
		return c.t.errorAt(n.at(), "There is no partial “%s”.", name)
	}
	alias := n.alias
	if alias == "" {
		alias = name[strings.LastIndexByte(name, '/')+1:]
	}
	vars := make([]local, 0, len(n.args)+2)
	for _, a := range n.args {
		x, err := a.expr.eval(c)
		if err != nil {
			return err
		}
		vars = append(vars, local{a.name, x})
	}
	if err := c.enter(n.at()); err != nil {
		return err
	}
	defer c.leave()
	return n.run(c, t, alias, vars)
}

func (n *partialNode) run(c *ctx, t *Template, alias string, vars []local) error {
	if n.with == nil {
		return n.once(c, t, vars)
	}
	v, err := n.with.eval(c)
	if err != nil {
		return err
	}
	_, isList := v.([]any)
	_, isSpan := v.(span)
	if !(isList || isSpan) || !n.include && !n.each {
		return n.once(c, t, append(vars, local{alias, v}))
	}
	seq := sequenceOf(v)
	loop := &forLoop{length: seq.len(), name: alias}
	for i := 0; i < loop.length; i++ {
		if err := c.step(1, n.at()); err != nil {
			return err
		}
		loop.index = i
		turn := append(vars[:len(vars):len(vars)], local{alias, seq.item(i)})
		if !n.include {
			turn = append(turn, local{"forloop", loop})
		}
		if err := n.once(c, t, turn); err != nil || c.signal != goOn {
			return err
		}
	}
	return nil
}

func (n *partialNode) once(c *ctx, t *Template, vars []local) error {
	if n.include {
		depth, outer := len(c.locals), c.t
		c.locals = append(c.locals, vars...)
		c.t = t
		err := t.body.render(c)
		c.locals, c.t = c.locals[:depth], outer
		return err
	}
	inner := &ctx{budget: c.budget, t: t, html: c.html, out: c.out, missed: c.missed, places: c.places}
	for _, v := range vars {
		inner.assign(v.name, v.value)
	}
	err := t.body.render(inner)
	c.out = inner.out
	return err
}

func parseInclude(p *parser, tok token) (node, error) { return p.partial(tok, true) }
func parseRender(p *parser, tok token) (node, error)  { return p.partial(tok, false) }

func (p *parser) partial(tok token, include bool) (node, error) {
	n := &partialNode{offset: offset(tok.tag), include: include}
	if p.mode == HTML && !p.html.isText() {
		return nil, p.t.errorAt(tok.tag, "The tag “%s” must stand outside of HTML tags.", tok.name)
	}
	s := p.scan(tok)
	if !include && s.cur.kind != stringPart {
		return nil, s.fail("Say the name of the partial in quotes here.")
	}
	var err error
	if n.name, err = s.parseValue(); err != nil {
		return nil, err
	}
	if n.each = !s.colonNext() && s.keyword("for"); n.each || !s.colonNext() && s.keyword("with") {
		if n.with, err = s.parseValue(); err != nil {
			return nil, err
		}
		if s.keyword("as") {
			n.alias = s.next().text
		}
	}
	for s.err == nil && s.cur.kind != endPart {
		if s.sign(",") {
			continue
		}
		if s.cur.kind != namePart || !s.colonNext() {
			return nil, s.unexpected()
		}
		a := named{name: s.next().text}
		s.next()
		if a.expr, err = s.parseValue(); err != nil {
			return nil, err
		}
		n.args = append(n.args, a)
	}
	return n, s.done()
}
