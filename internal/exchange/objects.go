package exchange

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// JSONLines is the encoding of a file that holds a JSON object on each line (jsonlines.org), not a table.
const JSONLines = "JSON Lines"

// How much of a file's beginning says which columns it has: whichever comes first.
const (
	sampledBytes = 4 << 20
	sampledLines = 10_000
)

// nestedColumns is up to how many columns what is nested in attributes makes more of them.
const nestedColumns = 200

// nested is the object whose names are columns of their own, "attributes.size".
const nested = "attributes"

// isObjects tells JSON Lines by what a file begins with, or else by its name.
func isObjects(head []byte, name string) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n")
	if rest, is := bytes.CutPrefix(head, []byte("{")); is {
		if rest = bytes.TrimLeft(rest, " \t"); len(rest) > 0 && (rest[0] == '"' || rest[0] == '}') {
			return true
		}
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	return strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson")
}

func isArray(head []byte) bool {
	rest, is := bytes.CutPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n"), []byte("["))
	return is && bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("{"))
}

// objects reads JSON Lines as a table. Its header are the names of the first lines' values, in the order in which they come;
// a later line with another one is wrong, and says so. What of "attributes" no column is of stands as JSON in the last.
type objects struct {
	src    *bufio.Reader
	buf    []byte
	line   int
	header []string
	at     map[string]int // of each column
	begun  bool
}

func openObjects(r io.Reader) (*objects, error) {
	r, err := withoutBOM(r)
	if err != nil {
		return nil, err
	}
	sample, err := io.ReadAll(io.LimitReader(r, sampledBytes))
	if err != nil {
		return nil, err
	}
	o := &objects{src: bufio.NewReaderSize(bytes.NewReader(sample), bufferSize), at: map[string]int{}}
	if err := o.learn(); err != nil {
		return nil, err
	}
	o.src, o.line = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(sample), r), bufferSize), 0
	return o, nil
}

// learn takes the header from the first lines. The last of them may be cut, and is none then.
func (o *objects) learn() error {
	whole := false
	for range sampledLines {
		b, wrong, err := o.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if wrong != nil || !isObject(b) {
			continue
		}
		for name, raw := range members(b) {
			if name == nested && raw[0] == '{' {
				whole = true
				for key := range members(raw) {
					if len(o.header) < nestedColumns {
						o.column(nested + "." + key)
					}
				}
				continue
			}
			o.column(name)
		}
		if len(o.header) > MaxColumns {
			return nil // it is refused
		}
	}
	if whole {
		o.column(nested)
	}
	return nil
}

func (o *objects) column(name string) {
	if _, is := o.at[name]; !is {
		o.at[name] = len(o.header)
		o.header = append(o.header, name)
	}
}

// Close does nothing: objects hold nothing.
func (o *objects) Close() error { return nil }

// Read returns the header first, then the lines.
func (o *objects) Read() (Record, error) {
	if !o.begun {
		o.begun = true
		if len(o.header) == 0 {
			return o.headless()
		}
		return Record{Fields: o.header}, nil
	}
	b, wrong, err := o.next()
	if err != nil {
		return Record{}, err
	}
	rec := Record{Line: o.line, Fault: wrong}
	if wrong == nil {
		rec.Fields, rec.Fault = o.cells(b)
	}
	return rec, nil
}

// headless is a file none of whose first lines can be read: what is wrong with the first one says why.
func (o *objects) headless() (Record, error) {
	b, wrong, err := o.next()
	if err == nil && wrong == nil {
		_, wrong = o.cells(b)
	}
	return Record{Line: o.line, Fault: wrong}, err
}

// next is the next line that is not blank, without its end.
func (o *objects) next() (line []byte, wrong *fault.Error, err error) {
	for {
		o.buf, o.line = o.buf[:0], o.line+1
		long, err := o.readLine()
		if err != nil {
			return nil, nil, err
		}
		switch b := bytes.TrimSpace(o.buf); {
		case long:
			return nil, fault.New(fault.Invalid, "The line is longer than %d MB.", MaxLine>>20), nil
		case len(b) > 0:
			return b, nil, nil
		}
	}
}

// readLine reads up to MaxLine of a line; the rest of a longer one is thrown away.
func (o *objects) readLine() (long bool, err error) {
	for n := 0; ; n++ {
		part, err := o.src.ReadSlice('\n')
		if long = long || len(o.buf)+len(part) > MaxLine+len("\r\n"); !long {
			o.buf = append(o.buf, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && (n > 0 || len(part) > 0):
			return long, nil
		}
		return long, err
	}
}

func isObject(b []byte) bool { return b[0] == '{' && utf8.Valid(b) && json.Valid(b) }

// cells are what a table would have in the columns.
func (o *objects) cells(b []byte) ([]string, *fault.Error) {
	switch {
	case !utf8.Valid(b):
		return nil, fault.New(fault.Invalid, "The line is not written in the file's encoding.")
	case !isObject(b):
		return nil, fault.New(fault.Invalid, "The line is no JSON object.")
	}
	l := objectLine{o: o, cells: make([]string, len(o.header)), told: make([]bool, len(o.header))}
	for name, raw := range members(b) {
		if name == nested && raw[0] == '{' {
			l.nest(raw)
			continue
		}
		l.put(name, cellOf(raw))
	}
	if l.wrong != nil {
		return nil, l.wrong
	}
	return l.cells, nil
}

// objectLine is a line whose cells are being read.
type objectLine struct {
	o     *objects
	cells []string
	told  []bool
	wrong *fault.Error
}

func (l *objectLine) put(name, cell string) {
	i, is := l.o.at[name]
	switch {
	case l.wrong != nil:
	case !is && cell != "":
		l.wrong = fault.New(fault.Invalid, "None of the first lines has “%s”, so there is no column of it. Write it into the first line, as null, and import the file again.", audience.CleanName(name))
	case is && l.told[i] && l.cells[i] != guarded(cell):
		l.wrong = fault.New(fault.Invalid, "The line says “%s” twice.", audience.CleanName(name))
	case is:
		l.cells[i], l.told[i] = guarded(cell), true
	}
}

// nest reads the attributes: those without a column stand together in one.
func (l *objectLine) nest(raw []byte) {
	rest := map[string]string{}
	for key, raw := range members(raw) {
		name, cell := nested+"."+key, cellOf(raw)
		if _, is := l.o.at[name]; is {
			l.put(name, cell)
			continue
		}
		if _, twice := rest[key]; twice && l.wrong == nil {
			l.wrong = fault.New(fault.Invalid, "The line says “%s” twice.", audience.CleanName(name))
		}
		if strings.IndexByte(cell, 0) >= 0 && l.wrong == nil {
			l.wrong = fault.New(fault.Invalid, "A cell holds a NUL character.")
		}
		if cell != "" {
			rest[key] = cell
		}
	}
	if len(rest) == 0 {
		return
	}
	b, _ := json.Marshal(rest) // texts always marshal
	l.put(nested, string(b))
}

// guarded is a cell that unguard makes what it was.
func guarded(cell string) string {
	if strings.HasPrefix(cell, "'") && formula(strings.TrimLeft(cell, "'")) {
		return "'" + cell
	}
	return cell
}
