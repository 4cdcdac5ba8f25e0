package exchange

import (
	"bytes"
	"io"
	"strings"

	"keepsake/campaigns/audience"
)

// Writer writes CSV as RFC 4180 has it, in one of two forms. For spreadsheets every cell is
// quoted and one that a spreadsheet would run as a formula begins with an apostrophe
// (CWE-1236), and the file has a byte order mark, without which Excel reads Cyrillic
// wrongly. Raw cells are as they are; only an apostrophe that a reader would take for that
// guard is doubled, so that reading either form gives what was written.
type Writer struct {
	w     io.Writer
	buf   []byte
	err   error
	sheet bool
	begun bool
}

// bufferSize is how much is written at once.
const bufferSize = 64 << 10

// NewWriter writes in a form of audience.Spreadsheet or audience.Raw.
func NewWriter(w io.Writer, form string) *Writer {
	return &Writer{w: w, buf: make([]byte, 0, bufferSize+4<<10), sheet: form == audience.Spreadsheet}
}

// Continue says that the file has a beginning already, and with it its byte order mark.
func (w *Writer) Continue() { w.begun = true }

// Write writes one line. Errors wait for Flush.
func (w *Writer) Write(cells []string) {
	w.begin()
	for i, cell := range cells {
		w.next(i)
		w.cell([]byte(cell), len(cells) == 1)
	}
	w.end()
}

// WriteRow is Write for cells that are no strings yet; it keeps none of them.
func (w *Writer) WriteRow(cells [][]byte) {
	w.begin()
	for i, cell := range cells {
		w.next(i)
		w.cell(cell, len(cells) == 1)
	}
	w.end()
}

func (w *Writer) begin() {
	if !w.begun && w.sheet {
		w.buf = append(w.buf, bom...)
	}
	w.begun = true
}

func (w *Writer) next(i int) {
	if i > 0 {
		w.buf = append(w.buf, ',')
	}
}

func (w *Writer) end() {
	if w.buf = append(w.buf, '\r', '\n'); len(w.buf) >= bufferSize {
		_ = w.Flush() // its error is kept
	}
}

// special are the bytes that make quotation marks necessary.
var special = [256]bool{'"': true, ',': true, ';': true, '\t': true, '|': true, '\r': true, '\n': true}

func (w *Writer) cell(cell []byte, only bool) {
	guard := len(cell) > 0 && (w.sheet && formula(cell) || cell[0] == '\'' && formula(bytes.TrimLeft(cell, "'")))
	if !w.sheet && !guard && w.bare(cell, only) {
		return
	}
	if !w.sheet && !needsQuotes(cell) && !(len(cell) == 0 && only) {
		w.buf = append(append(w.buf, '\''), cell...)
		return
	}
	w.buf = append(w.buf, '"')
	if guard {
		w.buf = append(w.buf, '\'')
	}
	for {
		i := bytes.IndexByte(cell, '"')
		if i < 0 {
			break
		}
		w.buf = append(append(w.buf, cell[:i+1]...), '"')
		cell = cell[i+1:]
	}
	w.buf = append(append(w.buf, cell...), '"')
}

// bare writes a cell as it is, where it can stand so.
func (w *Writer) bare(cell []byte, only bool) bool {
	if len(cell) == 0 {
		return !only
	}
	if needsQuotes(cell) {
		return false
	}
	w.buf = append(w.buf, cell...)
	return true
}

func needsQuotes(cell []byte) bool {
	for _, b := range cell {
		if special[b] {
			return true
		}
	}
	return bytes.HasPrefix(cell, bom)
}

// Flush hands over what is buffered and tells what went wrong since the beginning.
func (w *Writer) Flush() error {
	if len(w.buf) > 0 && w.err == nil {
		_, w.err = w.w.Write(w.buf)
	}
	w.buf = w.buf[:0]
	return w.err
}

// formula reports whether a spreadsheet may run the cell.
func formula[T string | []byte](cell T) bool {
	if len(cell) == 0 {
		return false
	}
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r', 0:
		return true
	case 0xef: // ＝ ＋ － ＠ in full width
		return len(cell) > 2 && wide[string(cell[:3])]
	}
	return false
}

var wide = map[string]bool{"＝": true, "＋": true, "－": true, "＠": true}

// unguard takes off the apostrophe that Writer put before a formula.
func unguard(cell string) string {
	if strings.HasPrefix(cell, "'") && formula(strings.TrimLeft(cell, "'")) {
		return cell[1:]
	}
	return cell
}
