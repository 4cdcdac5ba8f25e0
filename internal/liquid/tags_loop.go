package liquid

import (
	"math"
	"strconv"
)

// A forLoop is the forloop object of a running loop.
type forLoop struct {
	name   string
	length int
	index  int // from 0
	parent *forLoop
}

var forLoopKeys = []string{"first", "index", "index0", "last", "length", "name", "parentloop", "rindex", "rindex0"}

func (f *forLoop) Keys() []string { return forLoopKeys }

func (f *forLoop) Get(key string) (any, bool) {
	switch key {
	case "index":
		return int64(f.index + 1), true
	case "index0":
		return int64(f.index), true
	case "rindex":
		return int64(f.length - f.index), true
	case "rindex0":
		return int64(f.length - f.index - 1), true
	case "first":
		return f.index == 0, true
	case "last":
		return f.index == f.length-1, true
	case "length":
		return int64(f.length), true
	case "name":
		return f.name, true
	case "parentloop":
		if f.parent == nil {
			return nil, true
		}
		return f.parent, true
	}
	return nil, false
}

// forNode is a for loop.
type forNode struct {
	offset
	name     string // of the variable
	label    string // variable-collection: what offset: continue remembers
	list     expr
	limit    expr
	from     expr
	resume   bool // offset: continue
	reversed bool
	body     *body
	none     *body // else; nil without
	empty    bool
}

func (n *forNode) blank() bool { return n.empty }

// window gives the part of a list of this length that the loop walks: [from, from+count).
func (n *forNode) window(c *ctx, length int) (from, count int, err error) {
	if n.resume {
		from = c.offsets[n.label]
	} else if from, err = c.whole(n.from, 0, n.at()); err != nil {
		return 0, 0, err
	}
	limit, err := c.whole(n.limit, math.MaxInt, n.at())
	if err != nil {
		return 0, 0, err
	}
	from = min(max(from, 0), length)
	count = max(min(length-from, limit), 0)
	if c.offsets == nil {
		c.offsets = make(map[string]int)
	}
	c.offsets[n.label] = from + count
	return from, count, nil
}

// whole evaluates a whole number; nil gives the default, anything else is an error.
func (c *ctx) whole(e expr, otherwise, off int) (int, error) {
	if e == nil {
		return otherwise, nil
	}
	v, err := e.eval(c)
	if err != nil {
		return 0, err
	}
	if v == nil {
		return otherwise, nil
	}
	n, ok := strictInt(v)
	if !ok {
		return 0, c.t.errorAt(off, "%s is not a whole number.", brief(v))
	}
	return int(n), nil
}

func strictInt(v any) (int64, bool) {
	switch x := v.(type) {
	case int64:
		return x, true
	case string:
		n, err := strconv.ParseInt(x, 10, 64)
		return n, err == nil
	}
	return 0, false
}

// A sequence is what a loop walks, without being built when it is a range.
type sequence struct {
	list []any
	span span
}

func (s sequence) len() int {
	if s.list != nil {
		return len(s.list)
	}
	return s.span.size()
}

func (s sequence) item(i int) any {
	if s.list != nil {
		return normal(s.list[i])
	}
	return s.span.lo + int64(i)
}

func sequenceOf(v any) sequence {
	none := sequence{span: span{1, 0}}
	switch x := v.(type) {
	case []any:
		return sequence{list: x, span: none.span}
	case span:
		return sequence{span: x}
	case string, safe:
		if str(v) != "" {
			return sequence{list: []any{v}}
		}
	default:
		if o := object(v); o != nil {
			return sequence{list: pairs(o), span: none.span}
		}
	}
	return none
}

func pairs(o Object) []any {
	keys := o.Keys()
	list := make([]any, len(keys))
	for i, k := range keys {
		v, _ := o.Get(k)
		list[i] = []any{k, normal(v)}
	}
	return list
}

func (n *forNode) render(c *ctx) error {
	v, err := n.list.eval(c)
	if err != nil {
		return err
	}
	seq := sequenceOf(v)
	from, count, err := n.window(c, seq.len())
	if err != nil {
		return err
	}
	if count == 0 {
		if n.none != nil {
			return n.none.render(c)
		}
		return nil
	}
	loop := &forLoop{name: n.label, length: count, parent: c.loop}
	c.loop = loop
	depth := len(c.locals)
	c.locals = append(c.locals, local{"forloop", loop}, local{n.name, nil})
	for i := 0; i < count; i++ {
		loop.index = i
		at := from + i
		if n.reversed {
			at = from + count - 1 - i
		}
		c.locals[depth+1].value = seq.item(at)
		if err = n.turn(c); err != nil || c.signal == breakLoop {
			break
		}
		c.signal = goOn
	}
	c.signal = goOn
	c.locals = c.locals[:depth]
	c.loop = loop.parent
	return err
}

func (n *forNode) turn(c *ctx) error {
	if err := c.step(1, n.at()); err != nil {
		return err
	}
	return n.body.render(c)
}

func parseFor(p *parser, tok token) (node, error) {
	n := &forNode{offset: offset(tok.tag)}
	if err := n.parseHead(p, tok); err != nil {
		return nil, err
	}
	fork := p.fork()
	b, end, err := p.block(tok, "else", "endfor")
	if err != nil {
		return nil, err
	}
	n.body = b
	fork.branch(p)
	for end.name == "else" {
		if n.none, end, err = p.block(tok, "else", "endfor"); err != nil {
			return nil, err
		}
		fork.branch(p)
	}
	n.empty = stripAll(n.body, n.none)
	return n, fork.join(p, tok, true)
}

func (n *forNode) parseHead(p *parser, tok token) error {
	s := p.scan(tok)
	name := s.next()
	if name.kind != namePart || !s.keyword("in") {
		return p.t.errorAt(name.off, "Write “for … in …” here.")
	}
	n.name = name.text
	start := s.cur.off
	list, err := s.parseValue()
	if err != nil {
		return err
	}
	n.list = list
	n.label = name.text + "-" + trimSpace(p.src[start:s.cur.off])
	n.reversed = s.keyword("reversed")
	for s.err == nil && s.cur.kind != endPart {
		if err := n.option(s); err != nil {
			return err
		}
	}
	return s.done()
}

func (n *forNode) option(s *scanner) (err error) {
	if s.sign(",") {
		return s.err
	}
	switch {
	case s.keyword("reversed"):
		n.reversed = true
	case s.colonNext() && s.keyword("limit"):
		s.next()
		n.limit, err = s.parseValue()
	case s.colonNext() && s.keyword("offset"):
		s.next()
		if n.resume = s.keyword("continue"); !n.resume {
			n.from, err = s.parseValue()
		}
	default:
		return s.unexpected()
	}
	return err
}
