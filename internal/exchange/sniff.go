package exchange

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Preview is what a file looks like before it is read: how it is written, its header and
// its first rows, and what its columns probably mean.
type Preview struct {
	Encoding  string     `json:"encoding"`
	Delimiter string     `json:"delimiter"`
	Sheet     string     `json:"sheet"`  // of a workbook
	Sheets    []string   `json:"sheets"` // which it has
	NoHeader  bool       `json:"no_header"`
	Header    []string   `json:"header"` // each name once; "#1" and so on where there is none
	Rows      [][]string `json:"rows"`   // five at most
	Mapping   []string   `json:"mapping"`
	Tool      string     `json:"tool"` // whose export it is, "" when nobody's we know
	Of        string     `json:"of"`   // what its lines are: people or orders
	// Types are those that the values of new attributes have, by key, where it is not text; Rules those of fields that are
	// best merged in another way than the rest.
	Types map[string]string `json:"types"`
	Rules map[string]string `json:"rules"`
	State audience.State    `json:"state"` // what the file says of all its people, "" for nothing
	// Leaving are the names of columns whose words say that people left, bounced or complained, whatever they are called.
	Leaving []string `json:"leaving"`
}

const (
	headSize  = 64 << 10
	headRows  = 200
	shownRows = 5
)

// Sniff looks at the beginning of a file. What of its source is given is not guessed.
func Sniff(f File, s Source) (Preview, error) {
	p := Preview{Encoding: s.Encoding, Delimiter: s.Delimiter, Sheet: s.Sheet, State: saidByName(s.Name)}
	if err := p.sniff(f, s.Name); err != nil {
		return p, err
	}
	return p, p.understand(s)
}

func (p *Preview) sniff(f File, called string) error {
	head, err := headOf(f)
	if err != nil {
		return err
	}
	name, err := kind(head)
	switch {
	case err != nil:
		return err
	case name == Workbook:
		return p.workbook(f)
	case isObjects(head, called):
		return p.objects(f)
	case isArray(head):
		return fault.Field("file", "This file is one JSON array. Save it as JSON Lines, with an object on each line: the program jq does it with “jq -c '.[]'”.")
	}
	return p.text(head)
}

// headOf is a file's beginning, unpacked.
func headOf(f File) ([]byte, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	r, err := unpacked(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, headSize))
}

func (p *Preview) text(head []byte) error {
	if p.Encoding == "" || p.Encoding == Workbook || p.Encoding == JSONLines {
		p.Encoding = guessEncoding(head)
	}
	if p.Delimiter == "" {
		p.Delimiter = guessDelimiter(head, p.Encoding)
	}
	rows, err := firstRows(head, p.Encoding, p.Delimiter, len(head) == headSize)
	if err != nil {
		return err
	}
	return p.look(rows)
}

func (p *Preview) workbook(f File) (err error) {
	if p.Sheets, err = Sheets(f); err != nil {
		return err
	}
	p.Encoding, p.Delimiter = Workbook, ""
	if p.Sheet == "" && len(p.Sheets) > 0 {
		p.Sheet = p.Sheets[0]
	}
	return p.rowsOf(f)
}

func (p *Preview) objects(f File) error {
	p.Encoding, p.Delimiter, p.Sheet = JSONLines, "", ""
	return p.rowsOf(f)
}

// rowsOf looks at the first rows of what is no text.
func (p *Preview) rowsOf(f File) error {
	t, err := open(f, Source{Encoding: p.Encoding, Sheet: p.Sheet})
	if err != nil {
		return err
	}
	defer t.Close()
	var rows []Record
	for len(rows) <= headRows {
		rec, err := t.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		rows = append(rows, rec)
	}
	return p.look(rows)
}

func (p *Preview) look(rows []Record) error {
	switch {
	case len(rows) == 0:
		return fault.Field("file", "The file is empty.")
	case rows[0].Fault != nil:
		return fault.Field("file", "The first line cannot be read as a table.")
	case len(rows[0].Fields) > MaxColumns:
		return fault.Field("file", "The file has %d columns; up to %d can be read. Leave out those that tell nothing of people.", len(rows[0].Fields), MaxColumns)
	}
	p.Header = rows[0].Fields
	p.NoHeader = p.Encoding != JSONLines && hasAddress(p.Header)
	if p.NoHeader {
		p.Header = make([]string, len(rows[0].Fields))
	} else {
		rows = rows[1:]
	}
	p.Header = distinct(p.Header)
	for _, rec := range rows {
		if rec.Fault == nil {
			p.Rows = append(p.Rows, unguarded(rec.Fields))
		}
	}
	return nil
}

// understand says what the columns probably mean, and keeps as many rows as are shown.
func (p *Preview) understand(from Source) error {
	s, known := shapeOf(p.Header, from.Of), from.Attributes
	p.Tool, p.Of = s.tool, cmp.Or(s.of, audience.OfPeople)
	p.State = cmp.Or(p.State, s.says)
	p.Mapping = placed(p.Header, suggest(p.Header, p.Rows, s, known), p.Of, from.Lists)
	p.Types, p.Rules = guessTypes(p.Header, p.Mapping, p.Rows, known)
	for i, name := range p.Header {
		if tellsLeaving(column(p.Rows, i)) {
			p.Leaving = append(p.Leaving, name)
		}
	}
	p.Rows = p.Rows[:min(len(p.Rows), shownRows)]
	return nil
}

func hasAddress(cells []string) bool {
	for _, c := range cells {
		if isAddress(c) {
			return true
		}
	}
	return false
}

// isAddress is a quick look: the real check is audience.CleanEmail's.
func isAddress(s string) bool {
	local, domain, ok := strings.Cut(strings.TrimSpace(s), "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(s, " <>\n")
}

// distinct names columns so that no two have the same name.
func distinct(header []string) []string {
	seen := map[string]bool{}
	out := make([]string, len(header))
	for i, name := range header {
		name = strings.TrimSpace(name)
		if name == "" {
			name = fmt.Sprintf("#%d", i+1)
		}
		base := name
		for n := 2; seen[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s (%d)", base, n)
		}
		seen[strings.ToLower(name)] = true
		out[i] = name
	}
	return out
}

func unguarded(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = unguard(c)
	}
	return out
}

// guessDelimiter takes the one that parts the first lines into the same number of cells, the
// more cells the better.
func guessDelimiter(head []byte, encoding string) string {
	best, most := ",", 0
	for _, d := range delimiters {
		rows, err := firstRows(head, encoding, string(d), true)
		if err != nil || len(rows) == 0 {
			continue
		}
		cells, alike := len(rows[0].Fields), 0
		for _, rec := range rows {
			if rec.Fault == nil && len(rec.Fields) == cells {
				alike++
			}
		}
		if score := (cells - 1) * alike * 100 / len(rows); score > most {
			best, most = string(d), score
		}
	}
	return best
}

// firstRows parses the beginning of a file; the last record of it may be cut and is left out.
func firstRows(head []byte, encoding, delimiter string, cut bool) ([]Record, error) {
	r, err := NewReader(bytes.NewReader(head), encoding, delimiter)
	if err != nil {
		return nil, err
	}
	var rows []Record
	for len(rows) <= headRows {
		rec, err := r.Read()
		if err == io.EOF {
			if n := len(rows); n > 1 && cut {
				rows = rows[:n-1]
			}
			break
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, rec)
	}
	if cut && len(rows) == 1 && !bytes.ContainsAny(head, "\r\n") {
		return nil, fault.Field("file", "The first line is longer than %d KB: this is no table.", headSize>>10)
	}
	return rows, nil
}

// valid reports whether a cell can be kept: text without NUL.
func valid(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
