package liquid

import (
	"math"
	"strconv"
	"strings"
)

func trimSpace(s string) string { return strings.Trim(s, space+",") }

// rowNode is tablerow: a loop that writes table rows and cells.
type rowNode struct {
	offset
	name        string
	list        expr
	limit, from expr
	cols        expr
	body        *body
}

func (n *rowNode) blank() bool { return false }

// A rowLoop is the tablerowloop object.
type rowLoop struct {
	forLoop
	cols int
}

func (r *rowLoop) col() int { return r.index % r.cols }

func (r *rowLoop) Get(key string) (any, bool) {
	switch key {
	case "col":
		return int64(r.col() + 1), true
	case "col0":
		return int64(r.col()), true
	case "col_first":
		return r.col() == 0, true
	case "col_last":
		return r.col() == r.cols-1, true
	case "row":
		return int64(r.index/r.cols + 1), true
	case "name", "parentloop":
		return nil, false
	}
	return r.forLoop.Get(key)
}

func (n *rowNode) measure(c *ctx, length int) (from, count, cols int, err error) {
	if from, err = c.whole(n.from, 0, n.at()); err != nil {
		return
	}
	limit, err := c.whole(n.limit, math.MaxInt, n.at())
	if err != nil {
		return
	}
	from = min(max(from, 0), length)
	count = max(min(length-from, limit), 0)
	cols = count
	if n.cols != nil {
		v, err := n.cols.eval(c)
		if err != nil {
			return 0, 0, 0, err
		}
		cols = int(toInt(v))
	}
	return from, count, max(cols, 1), nil
}

func (n *rowNode) render(c *ctx) error {
	v, err := n.list.eval(c)
	if err != nil || v == nil {
		return err
	}
	seq := sequenceOf(v)
	from, count, cols, err := n.measure(c, seq.len())
	if err != nil {
		return err
	}
	loop := &rowLoop{forLoop{length: count}, cols}
	depth := len(c.locals)
	c.locals = append(c.locals, local{"tablerowloop", loop}, local{n.name, nil})
	c.out = append(c.out, "<tr class=\"row1\">\n"...)
	for i := 0; i < count && err == nil; i++ {
		loop.index = i
		c.locals[depth+1].value = seq.item(from + i)
		stop := false
		if stop, err = n.cell(c, loop); stop {
			break
		}
	}
	c.out = append(c.out, "</tr>\n"...)
	c.locals = c.locals[:depth]
	return err
}

func (n *rowNode) cell(c *ctx, loop *rowLoop) (stop bool, err error) {
	if err := c.step(1, n.at()); err != nil {
		return true, err
	}
	c.out = append(c.out, `<td class="col`...)
	c.out = strconv.AppendInt(c.out, int64(loop.col()+1), 10)
	c.out = append(c.out, `">`...)
	if err := n.body.render(c); err != nil {
		return true, err
	}
	c.out = append(c.out, "</td>"...)
	stop = c.signal == breakLoop
	c.signal = goOn
	if !stop && loop.col() == loop.cols-1 && loop.index < loop.length-1 {
		c.out = append(c.out, "</tr>\n<tr class=\"row"...)
		c.out = strconv.AppendInt(c.out, int64(loop.index/loop.cols+2), 10)
		c.out = append(c.out, `">`...)
	}
	return stop, c.size(len(c.out), n.at())
}

func parseTableRow(p *parser, tok token) (node, error) {
	n := &rowNode{offset: offset(tok.tag)}
	s := p.scan(tok)
	name := s.next()
	if name.kind != namePart || !s.keyword("in") {
		return nil, p.t.errorAt(name.off, "Write “for … in …” here.")
	}
	n.name = name.text
	var err error
	if n.list, err = s.parseValue(); err != nil {
		return nil, err
	}
	for s.err == nil && s.cur.kind != endPart {
		if err := n.option(s); err != nil {
			return nil, err
		}
	}
	if err := s.done(); err != nil {
		return nil, err
	}
	if p.mode == HTML && !p.html.isText() {
		return nil, p.t.errorAt(tok.tag, "The tag “%s” must stand outside of HTML tags.", tok.name)
	}
	b, _, err := p.block(tok, "endtablerow")
	if err == nil && p.mode == HTML && !p.html.isText() {
		err = p.t.errorAt(tok.tag, "A table cell must end outside of HTML tags.")
	}
	n.body = b
	return n, err
}

func (n *rowNode) option(s *scanner) (err error) {
	if s.sign(",") {
		return s.err
	}
	if !s.colonNext() || s.cur.kind != namePart {
		return s.unexpected()
	}
	name := s.next()
	s.next()
	e, err := s.parseValue()
	switch name.text {
	case "cols":
		n.cols = e
	case "limit":
		n.limit = e
	case "offset":
		n.from = e
	default:
		return s.t.errorAt(name.off, "“%s” is not expected here.", name.text)
	}
	return err
}
