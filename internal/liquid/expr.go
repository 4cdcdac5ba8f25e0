package liquid

type expr interface {
	eval(c *ctx) (any, error)
}

type literal struct{ value any }

func (l *literal) eval(*ctx) (any, error) { return l.value, nil }

// A path is a variable and the properties taken of it: a.b[0]["c"].
type path struct {
	off      int
	name     string
	root     expr // for [name]; then name is ""
	segs     []segment
	canon    string // what pre-flight calls it; "" for what the template made itself
	fallback bool   // its absence is provided for
}

type segment struct {
	name string
	expr expr // for [ … ]
}

func (p *path) eval(c *ctx) (any, error) {
	name := p.name
	if p.root != nil {
		v, err := p.root.eval(c)
		if err != nil {
			return nil, err
		}
		name = str(v)
	}
	v := c.lookup(name)
	for i := range p.segs {
		next, err := p.segs[i].of(c, v)
		if err != nil {
			return nil, err
		}
		if v = next; v == nil {
			break
		}
	}
	if c.missed != nil && p.canon != "" && !p.fallback && absent(v) {
		c.missed(p.canon)
	}
	return v, nil
}

func (s *segment) of(c *ctx, v any) (any, error) {
	if s.expr == nil {
		return property(v, s.name), nil
	}
	key, err := s.expr.eval(c)
	if err != nil {
		return nil, err
	}
	return element(v, key), nil
}

type rangeExpr struct{ lo, hi expr }

func (r *rangeExpr) eval(c *ctx) (any, error) {
	lo, err := r.lo.eval(c)
	if err != nil {
		return nil, err
	}
	hi, err := r.hi.eval(c)
	if err != nil {
		return nil, err
	}
	return span{toInt(lo), toInt(hi)}, nil
}

type named struct {
	name string
	expr expr
}

type filterCall struct {
	off   int
	name  string
	f     *filter
	args  []expr
	named []named
}

// A pipeline is a value sent through filters.
type pipeline struct {
	input   expr
	filters []filterCall
}

func (p *pipeline) eval(c *ctx) (any, error) {
	v, err := p.input.eval(c)
	for i := range p.filters {
		if err != nil {
			return nil, err
		}
		v, err = p.filters[i].apply(c, v)
	}
	return v, err
}

func (f *filterCall) apply(c *ctx, v any) (any, error) {
	a := args{c: c, off: f.off, list: make([]any, 0, 3)}
	for _, e := range f.args {
		x, err := e.eval(c)
		if err != nil {
			return nil, err
		}
		a.list = append(a.list, x)
	}
	for _, n := range f.named {
		x, err := n.expr.eval(c)
		if err != nil {
			return nil, err
		}
		a.named = append(a.named, local{n.name, x})
	}
	if err := c.step(1+weight(v), f.off); err != nil {
		return nil, err
	}
	if s, ok := v.(safe); ok && !f.f.keepsSafe {
		v = s.plain()
	}
	out, err := f.f.run(v, &a)
	if err != nil {
		return nil, err
	}
	return out, a.charge(out)
}
