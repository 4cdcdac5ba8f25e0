package liquid

import (
	"strconv"
	"strings"
)

// parsePipeline reads value | filter: args | …
func (s *scanner) parsePipeline() (expr, error) {
	input, err := s.parseValue()
	if err != nil {
		return nil, err
	}
	if s.cur.kind != signPart || s.cur.text != "|" {
		return input, nil
	}
	p := &pipeline{input: input}
	for s.sign("|") {
		f, err := s.parseFilter()
		if err != nil {
			return nil, err
		}
		p.filters = append(p.filters, f)
	}
	return p, s.err
}

func (s *scanner) parseFilter() (filterCall, error) {
	call := filterCall{off: s.cur.off, name: s.cur.text}
	if s.cur.kind != namePart {
		return call, s.unexpected()
	}
	call.f = filters[call.name]
	if call.f == nil {
		return call, s.fail("There is no filter “%s”.", call.name)
	}
	s.next()
	if s.sign(":") {
		if err := s.parseArgs(&call); err != nil {
			return call, err
		}
	}
	if n := len(call.args); n < call.f.min || n > call.f.max {
		return call, s.t.errorAt(call.off, "The filter “%s” cannot take %d arguments.", call.name, n)
	}
	return call, s.err
}

func (s *scanner) parseArgs(call *filterCall) error {
	for {
		if s.cur.kind == namePart && s.colonNext() {
			n := named{name: s.next().text}
			s.next()
			e, err := s.parseValue()
			if err != nil {
				return err
			}
			n.expr = e
			call.named = append(call.named, n)
		} else {
			e, err := s.parseValue()
			if err != nil {
				return err
			}
			call.args = append(call.args, e)
		}
		if !s.sign(",") {
			return s.err
		}
	}
}

// parseValue reads a literal, a range or a path.
func (s *scanner) parseValue() (expr, error) {
	if s.err != nil {
		return nil, s.err
	}
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > maxNesting {
		return nil, s.fail("Tags are nested deeper than %d.", maxNesting)
	}
	switch s.cur.kind {
	case stringPart:
		return &literal{s.next().text}, s.err
	case intPart, floatPart:
		return s.parseNumber()
	case namePart:
		return s.parsePath()
	case signPart:
		if s.cur.text == "(" {
			return s.parseRange()
		}
		if s.cur.text == "[" {
			return s.parsePath()
		}
	}
	return nil, s.unexpected()
}

func (s *scanner) parseNumber() (expr, error) {
	p := s.next()
	if p.kind == intPart {
		if n, err := strconv.ParseInt(p.text, 10, 64); err == nil {
			return &literal{n}, s.err
		}
	}
	f, _ := strconv.ParseFloat(p.text, 64) // of digits it can only overflow, to infinity
	return &literal{f}, s.err
}

func (s *scanner) parseRange() (expr, error) {
	s.next()
	lo, err := s.parseValue()
	if err != nil {
		return nil, err
	}
	if !s.sign("..") {
		return nil, s.unexpected()
	}
	hi, err := s.parseValue()
	if err != nil {
		return nil, err
	}
	if !s.sign(")") {
		return nil, s.unexpected()
	}
	return &rangeExpr{lo, hi}, s.err
}

var words = map[string]any{
	"nil": nil, "null": nil, "true": true, "false": false, "blank": blank, "empty": empty,
}

func (s *scanner) parsePath() (expr, error) {
	p := &path{off: s.cur.off}
	if s.cur.kind == namePart {
		p.name = s.next().text
	} else {
		s.next()
		e, err := s.parseIndex()
		if err != nil {
			return nil, err
		}
		p.root = e
		if l, ok := e.(*literal); ok {
			p.name, p.root = str(l.value), nil
		}
	}
	for s.err == nil {
		seg := segment{}
		if s.sign(".") {
			if s.cur.kind != namePart {
				return nil, s.unexpected()
			}
			seg.name = s.next().text
		} else if s.sign("[") {
			e, err := s.parseIndex()
			if err != nil {
				return nil, err
			}
			seg.expr = e
		} else {
			break
		}
		p.segs = append(p.segs, seg)
	}
	if v, ok := words[p.name]; ok && len(p.segs) == 0 && strings.HasPrefix(s.t.src[p.off:], p.name) {
		return &literal{v}, s.err
	}
	return p, s.err
}

func (s *scanner) parseIndex() (expr, error) {
	e, err := s.parseValue()
	if err != nil {
		return nil, err
	}
	if !s.sign("]") {
		return nil, s.unexpected()
	}
	return e, nil
}
