package liquid

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Path is a value a template reads. Of a loop over order.items, {{ item.title }} is the path
// order.items[].title; what the template assigned is traced to where it came from.
type Path struct {
	Name         string
	Line, Column int
	HasFallback  bool // piped to default, only tested, or read where a comparison says it is there
}

// Paths lists the values the template reads, in the order they stand in it; partials are not looked into.
func (t *Template) Paths() []Path { return slices.Clone(t.paths) }

// Missing lists, once each, the paths that would print nothing for these values, for want of a
// value or of a fallback. Only what is really reached counts: the other branch of an if does not.
// What a limit or an error cuts off is not found.
func (t *Template) Missing(vars map[string]any) []string {
	return t.MissingWithin(vars, Limits{})
}

// MissingWithin is Missing for a rendering with these limits.
func (t *Template) MissingWithin(vars map[string]any, lim Limits) []string {
	seen := map[string]bool{}
	var names []string
	_, _ = t.run(nil, vars, lim, func(path string) { // an error shows in Render
		if !seen[path] {
			seen[path] = true
			names = append(names, path)
		}
	}, nil)
	return names
}

// A survey walks a template once after parsing and gives each path its name.
type survey struct {
	t     *Template
	paths []Path
	at    mark              // the place last asked for
	names map[string]origin // of what the template makes itself
	sure  []string          // paths a test says are there
}

// An origin is the path a variable stands for; "" for something of the template's own.
type origin struct {
	path     string
	fallback bool
	sure     bool
}

func analyse(t *Template) []Path {
	s := &survey{t: t, at: mark{line: 1, column: 1}, names: map[string]origin{"forloop": {}, "tablerowloop": {}}}
	s.body(t.body)
	slices.SortStableFunc(s.paths, func(a, b Path) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return s.paths
}

// canon names a path; ok is false for a variable of the template's own.
func (s *survey) canon(p *path) (o origin, ok bool) {
	var b strings.Builder
	if p.root != nil {
		b.WriteString("[]")
	} else if made, isMade := s.names[p.name]; isMade {
		if made.path == "" {
			return origin{}, false
		}
		b.WriteString(made.path)
		o = made
	} else {
		b.WriteString(p.name)
	}
	for _, seg := range p.segs {
		if seg.expr == nil {
			b.WriteString("." + seg.name)
			continue
		}
		l, isLiteral := seg.expr.(*literal)
		if !isLiteral {
			b.WriteString("[]")
		} else if n, isInt := l.value.(int64); isInt {
			b.WriteString("[" + strconv.FormatInt(n, 10) + "]")
		} else {
			b.WriteString("." + str(l.value))
		}
	}
	o.path = b.String()
	return o, true
}

func (s *survey) read(p *path, fallback bool) {
	if p.root != nil {
		s.expr(p.root, false)
	}
	for _, seg := range p.segs {
		if seg.expr != nil {
			s.expr(seg.expr, false)
		}
	}
	o, ok := s.canon(p)
	if !ok {
		return
	}
	// A test does not count for Missing: it sees what is really reached, and that "" passes an if.
	p.canon, p.fallback = o.path, fallback || o.fallback
	s.at = s.at.move(s.t.src, p.off)
	s.paths = append(s.paths, Path{p.canon, s.at.line, s.at.column, p.fallback || o.sure || s.isSure(o.path)})
}

// A mark is a place in the source. Moving on from it reads only what lies between.
type mark struct{ off, line, column int }

func (m mark) move(src string, off int) mark {
	if off < m.off {
		m = mark{0, 1, 1}
	}
	between := src[m.off:off]
	m.off = off
	if n := strings.Count(between, "\n"); n > 0 {
		m.line += n
		m.column = 1
		between = between[strings.LastIndexByte(between, '\n')+1:]
	}
	m.column += utf8.RuneCountInString(between)
	return m
}

func (s *survey) isSure(path string) bool { return slices.Contains(s.sure, path) }

// expr reads what an expression reads; fallback tells that its absence is provided for.
func (s *survey) expr(e expr, fallback bool) {
	switch x := e.(type) {
	case *path:
		s.read(x, fallback)
	case *rangeExpr:
		s.expr(x.lo, fallback)
		s.expr(x.hi, fallback)
	case *comparison:
		s.expr(x.l, true)
		s.expr(x.r, true)
	case *junction:
		s.expr(x.l, true)
		s.expr(x.r, true)
	case *pipeline:
		s.expr(x.input, fallback || hasDefault(x))
		for _, f := range x.filters {
			s.args(f, fallback)
		}
	}
}

func (s *survey) args(f filterCall, fallback bool) {
	for _, a := range f.args {
		s.expr(a, fallback)
	}
	for _, n := range f.named {
		s.expr(n.expr, fallback)
	}
}

// hasDefault tells whether the chain provides for an absent value; so do size, which is then 0, and meets.
func hasDefault(p *pipeline) bool {
	return slices.ContainsFunc(p.filters, func(f filterCall) bool {
		return f.name == "default" || f.name == "size" || f.name == "meets"
	})
}
