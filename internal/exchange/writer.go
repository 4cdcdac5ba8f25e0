package exchange

import (
	"bufio"
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
	w     *bufio.Writer
	sheet bool
	begun bool
}

// NewWriter writes in a form of audience.Spreadsheet or audience.Raw.
func NewWriter(w io.Writer, form string) *Writer {
	return &Writer{w: bufio.NewWriterSize(w, 64<<10), sheet: form == audience.Spreadsheet}
}

// Continue says that the file has a beginning already, and with it its byte order mark.
func (w *Writer) Continue() { w.begun = true }

// Write writes one line. Errors wait for Flush, as bufio's do.
func (w *Writer) Write(cells []string) {
	if !w.begun && w.sheet {
		w.w.Write(bom)
	}
	w.begun = true
	for i, cell := range cells {
		if i > 0 {
			w.w.WriteByte(',')
		}
		w.cell(cell, len(cells) == 1)
	}
	w.w.WriteString("\r\n")
}

func (w *Writer) cell(cell string, only bool) {
	guard := w.sheet && formula(cell) || cell != "" && cell[0] == '\'' && formula(strings.TrimLeft(cell, "'"))
	if guard {
		cell = "'" + cell
	}
	if !w.sheet && !strings.ContainsAny(cell, "\",;\t|\r\n") && !(cell == "" && only) && !strings.HasPrefix(cell, "\ufeff") {
		w.w.WriteString(cell)
		return
	}
	w.w.WriteByte('"')
	for {
		i := strings.IndexByte(cell, '"')
		if i < 0 {
			break
		}
		w.w.WriteString(cell[:i+1])
		w.w.WriteByte('"')
		cell = cell[i+1:]
	}
	w.w.WriteString(cell)
	w.w.WriteByte('"')
}

// Flush hands over what is buffered and tells what went wrong since the beginning.
func (w *Writer) Flush() error { return w.w.Flush() }

// formula reports whether a spreadsheet may run the cell.
func formula(cell string) bool {
	if cell == "" {
		return false
	}
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r', 0:
		return true
	}
	for _, wide := range []string{"＝", "＋", "－", "＠"} {
		if strings.HasPrefix(cell, wide) {
			return true
		}
	}
	return false
}

// unguard takes off the apostrophe that Writer put before a formula.
func unguard(cell string) string {
	if strings.HasPrefix(cell, "'") && formula(strings.TrimLeft(cell, "'")) {
		return cell[1:]
	}
	return cell
}
