package liquid

import "strings"

// A comparison is one test of a condition.
type comparison struct {
	off  int
	op   string
	l, r expr
}

func (x *comparison) eval(c *ctx) (any, error) {
	l, err := x.l.eval(c)
	if err != nil {
		return nil, err
	}
	r, err := x.r.eval(c)
	if err != nil {
		return nil, err
	}
	switch x.op {
	case "==":
		return equal(l, r), nil
	case "!=", "<>":
		return !equal(l, r), nil
	case "contains":
		return contains(c, l, r), nil
	}
	order, ok, err := compare(l, r)
	if err != nil {
		return nil, c.t.errorAt(x.off, "%s and %s cannot be compared.", brief(l), brief(r))
	}
	if !ok {
		return false, nil
	}
	switch x.op {
	case "<":
		return order < 0, nil
	case "<=":
		return order <= 0, nil
	case ">":
		return order > 0, nil
	}
	return order >= 0, nil
}

// A junction joins two conditions. Liquid reads them from the right, without precedence.
type junction struct {
	or   bool
	l, r expr
}

func (x *junction) eval(c *ctx) (any, error) {
	l, err := x.l.eval(c)
	if err != nil {
		return nil, err
	}
	if c.holds(l) == x.or {
		return x.or, nil
	}
	r, err := x.r.eval(c)
	return c.holds(r), err
}

func (s *scanner) parseCondition() (expr, error) {
	s.depth++
	defer func() { s.depth-- }()
	l, err := s.parseComparison()
	if err != nil {
		return nil, err
	}
	or := s.keyword("or")
	if !or && !s.keyword("and") {
		return l, s.err
	}
	r, err := s.parseCondition()
	return &junction{or, l, r}, err
}

func (s *scanner) parseComparison() (expr, error) {
	l, err := s.parseValue()
	if err != nil {
		return nil, err
	}
	op := s.cur
	switch {
	case op.kind == signPart && strings.Contains("== != <> < <= > >=", op.text) && op.text != "=":
	case op.kind == namePart && op.text == "contains":
	default:
		return l, nil
	}
	s.next()
	r, err := s.parseValue()
	return &comparison{op.off, op.text, l, r}, err
}

func contains(c *ctx, l, r any) bool {
	if !truthy(l) || !truthy(r) {
		return false
	}
	switch x := l.(type) {
	case string:
		return strings.Contains(x, plain(r))
	case safe:
		return strings.Contains(x.plain(), plain(r))
	case []any:
		for _, v := range x {
			if equal(normal(v), r) {
				return true
			}
		}
	case span:
		n, ok := r.(int64)
		return ok && n >= x.lo && n <= x.hi
	}
	if o := object(l); o != nil {
		_, ok := o.Get(str(r))
		return ok
	}
	return false
}
