package liquid

import "strings"

func (s *survey) body(b *body) {
	if b == nil {
		return
	}
	for _, n := range b.nodes {
		s.node(n)
	}
}

func (s *survey) node(n node) {
	switch x := n.(type) {
	case *outputNode:
		s.expr(x.expr, false)
	case *assignNode:
		s.assign(x)
	case *captureNode:
		s.body(x.body)
		s.names[x.name] = origin{}
	case *countNode:
		s.names[x.name] = origin{}
	case *ifNode:
		s.branches(x)
	case *caseNode:
		s.expr(x.subject, true)
		for _, w := range x.whens {
			for _, v := range w.values {
				s.expr(v, true)
			}
			s.body(w.body)
		}
	case *forNode:
		s.options(x.limit, x.from)
		s.loop(x.name, x.list, x.body, x.none != nil)
		s.body(x.none)
	case *rowNode:
		s.options(x.limit, x.from, x.cols)
		s.loop(x.name, x.list, x.body, false)
	case *cycleNode:
		s.options(x.group)
		for _, v := range x.values {
			s.expr(v, false)
		}
	case *changedNode:
		s.body(x.body)
	case *listNode:
		s.body(x.body)
	case *partialNode:
		s.options(x.name, x.with)
		for _, a := range x.args {
			s.expr(a.expr, true)
		}
	}
}

// options are read as numbers and names: without them the tag does as by default.
func (s *survey) options(list ...expr) {
	for _, e := range list {
		if e != nil {
			s.expr(e, true)
		}
	}
}

// assign follows name = path, so that the path is reported where the name is used.
func (s *survey) assign(n *assignNode) {
	input, fallback := n.expr, false
	if chain, ok := n.expr.(*pipeline); ok {
		input, fallback = chain.input, hasDefault(chain)
		for _, f := range chain.filters {
			s.args(f, false)
		}
	}
	if p, ok := input.(*path); ok {
		if o, ok := s.canon(p); ok {
			s.names[n.name] = origin{o.path, fallback || o.fallback, o.sure || s.isSure(o.path)}
			return
		}
	} else {
		s.expr(input, fallback)
	}
	s.names[n.name] = origin{}
}

func (s *survey) loop(name string, list expr, b *body, fallback bool) {
	s.expr(list, fallback)
	before, shadowed := s.names[name]
	s.names[name] = origin{}
	if p, ok := list.(*path); ok {
		if o, ok := s.canon(p); ok {
			s.names[name] = origin{path: o.path + "[]"}
		}
	}
	s.body(b)
	delete(s.names, name)
	if shadowed {
		s.names[name] = before
	}
}

// branches reads an if. Within a branch the paths its test asks for are there.
func (s *survey) branches(n *ifNode) {
	start := len(s.sure)
	for _, b := range n.branches {
		if b.test != nil {
			s.expr(b.test, true)
		}
		held := len(s.sure)
		s.sure = append(s.sure, s.given(b.test, !b.not)...)
		s.body(b.body)
		s.sure = append(s.sure[:held], s.given(b.test, b.not)...) // for the branches behind
	}
	s.sure = s.sure[:start]
}

// given lists the paths that are there when the test comes out as told. A bare {% if name %} gives
// nothing: an empty text passes it.
func (s *survey) given(test expr, outcome bool) []string {
	switch x := test.(type) {
	case *junction:
		if x.or != outcome { // all of an and that holds, none of an or that does not
			return append(s.given(x.l, outcome), s.given(x.r, outcome)...)
		}
	case *comparison:
		return s.compared(x, outcome)
	}
	return nil
}

func (s *survey) compared(x *comparison, outcome bool) []string {
	p, isPath := x.l.(*path)
	if !isPath {
		return nil
	}
	o, ok := s.canon(p)
	if !ok {
		return nil
	}
	l, isLiteral := x.r.(*literal)
	nothing := isLiteral && absent(l.value)
	same := x.op == "==" && outcome || (x.op == "!=" || x.op == "<>") && !outcome
	differs := x.op == "==" && !outcome || (x.op == "!=" || x.op == "<>") && outcome
	ordered := outcome && !same && !differs // <, contains: false when the value is absent
	if list, isSize := strings.CutSuffix(o.path, ".size"); isSize && isLiteral && outcome && atLeastOne(x.op, l.value) {
		return []string{o.path, list}
	}
	if nothing && differs || isLiteral && !nothing && (same || ordered) {
		return []string{o.path}
	}
	return nil
}

// atLeastOne tells whether a size that passes this test is more than 0.
func atLeastOne(op string, than any) bool {
	n, ok := than.(int64)
	return ok && (op == ">" && n >= 0 || op == ">=" && n >= 1 || (op == "!=" || op == "<>") && n == 0)
}
