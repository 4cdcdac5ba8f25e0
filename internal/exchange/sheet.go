package exchange

import (
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"keepsake/campaigns/fault"
)

// sheet reads the rows of a workbook's sheet. It holds one row, and a little of the texts that rows share.
type sheet struct {
	w     *workbook
	part  io.Closer
	m     *markup
	texts *texts
	width int // of the first row: of the others, cells that are empty at the end are left out
	line  int
	size  int // of the row at hand
	next  int // the column of its next cell, where that does not say its place
}

func openWorkbook(f File, name string) (table, error) {
	w, err := newWorkbook(f)
	if err != nil {
		return nil, err
	}
	part, err := w.sheet(name)
	if err != nil {
		return nil, err
	}
	r, err := w.open(part)
	if err != nil {
		return nil, err
	}
	return &sheet{w: w, part: r, m: newMarkup(&bounded{r, maxUnpacked, errDamaged}), texts: &texts{w: w}}, nil
}

func (s *sheet) Close() error {
	s.texts.close()
	return s.part.Close()
}

// Read returns the next row that is not blank. What is wrong with one row is its fault alone; a workbook that is damaged is
// an error.
func (s *sheet) Read() (Record, error) {
	for {
		err := s.m.next()
		switch {
		case err == io.EOF: // before the end of the rows
			return Record{}, errDamaged
		case err != nil:
			return Record{}, err
		case s.m.tag == "/sheetData" || s.m.tag == "/worksheet":
			return Record{}, io.EOF
		case s.m.tag != "row":
			continue
		}
		rec, err := s.row()
		if err != nil {
			return rec, err
		}
		if rec.Fault != nil || !blank(rec.Fields) {
			return rec, nil
		}
	}
}

func (s *sheet) row() (Record, error) {
	s.line++
	if n, err := strconv.Atoi(s.m.attr("r")); err == nil && n > s.line {
		s.line = n
	}
	rec := Record{Line: s.line, Fields: make([]string, 0, s.width)}
	s.size, s.next = 0, 0
	for {
		if err := s.m.next(); err != nil {
			return rec, damaged(err)
		}
		switch s.m.tag {
		case "/row":
			return s.whole(rec), nil
		case "c":
			if rec.Fault != nil { // the rest of it is passed over
				continue
			}
			if err := s.cell(&rec); err != nil {
				return rec, err
			}
		}
	}
}

// whole completes a row to the width of the first.
func (s *sheet) whole(rec Record) Record {
	if rec.Fault != nil {
		rec.Fields = nil
		return rec
	}
	if s.width == 0 {
		s.width = len(rec.Fields)
	}
	for len(rec.Fields) < s.width {
		rec.Fields = append(rec.Fields, "")
	}
	return rec
}

// cell reads one cell and puts it where it belongs.
func (s *sheet) cell(rec *Record) error {
	at := columnOf(s.m.attr("r"), s.next)
	s.next = at + 1
	kind, style := s.m.attr("t"), s.m.attr("s")
	text, err := s.content()
	if err != nil || text == "" {
		return err
	}
	if text, err = s.value(kind, style, text); err != nil {
		return err
	}
	if s.size += len(text); s.size > MaxLine {
		rec.Fault = fault.New(fault.Invalid, "The line is longer than %d MB.", MaxLine>>20)
		return nil
	}
	if at >= MaxColumns {
		rec.Fault = fault.New(fault.Invalid, "The line has more than %d cells.", MaxColumns)
		return nil
	}
	for len(rec.Fields) <= at {
		rec.Fields = append(rec.Fields, "")
	}
	rec.Fields[at] = text
	return nil
}

// content gathers the cell's text: of its value, or of the texts written into it. A formula is passed over: only what it
// gave when the workbook was saved is read.
func (s *sheet) content() (string, error) {
	var b []byte
	take, aside := false, false
	for {
		if err := s.m.next(); err != nil {
			return "", damaged(err)
		}
		switch s.m.tag {
		case "/c":
			return string(b), nil
		case "v", "/v", "t", "/t":
			take = !aside && s.m.tag[0] != '/'
		case "rPh", "/rPh": // how a text is pronounced
			aside = s.m.tag == "rPh"
		case "":
			if take && len(b)+len(s.m.text) <= maxToken {
				b = append(b, s.m.text...)
			} else if take {
				return "", errCell
			}
		}
	}
}

// value is what a cell shows.
func (s *sheet) value(kind, style, text string) (string, error) {
	switch kind {
	case "s":
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return "", errDamaged
		}
		return s.texts.text(n)
	case "b":
		if text == "1" {
			return "yes", nil
		}
		return "no", nil
	case "", "n":
		return s.number(style, text), nil
	}
	return plainText(text), nil
}

func (s *sheet) number(style, text string) string {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return plainText(text)
	}
	if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(s.w.dates) && s.w.dates[n] {
		if d, ok := moment(f, s.w.since); ok {
			return d
		}
	}
	if len(text) < 16 && !strings.ContainsAny(text, "eE") {
		return text
	}
	f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64) // Excel itself keeps fifteen digits
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// moment is the day, or the day with its time, of a number of days.
func moment(days, since float64) (string, bool) {
	if days < 0 || days+since > 2958465 { // 9999-12-31
		return "", false
	}
	seconds := int64(math.Round(days * 86400))
	t := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(since)+int(seconds/86400)).Add(time.Duration(seconds%86400) * time.Second)
	switch {
	case days < 1:
		return t.Format(time.TimeOnly), true
	case seconds%86400 == 0:
		return t.Format(time.DateOnly), true
	}
	return t.Format(time.DateTime), true
}

// columnOf reads "AB12" as the column's number from 0; next is the one that a cell without a place has.
func columnOf(place string, next int) int {
	n := 0
	for _, c := range place {
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > MaxColumns {
			return MaxColumns
		}
	}
	if n == 0 {
		return next
	}
	return n - 1
}

// plainText resolves Excel's way of writing what XML cannot hold: _x000D_ is a carriage return.
func plainText(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || len(s) < i+7 {
			return b.String() + s
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || s[i+6] != '_' || !utf8.ValidRune(rune(n)) {
			b.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		b.WriteRune(rune(n))
		s = s[i+7:]
	}
}
