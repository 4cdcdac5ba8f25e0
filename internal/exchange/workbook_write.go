package exchange

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/audience"
)

// What Excel allows: rows of a sheet, and characters (UTF-16 units) of a cell.
const (
	sheetRows = 1_048_576
	cellUnits = 32_767
)

// bookWriter writes an XLSX file (ECMA-376) as it comes, in constant memory: a sheet after the other, each with the
// header, because a sheet has an end. Text is inline text, which no spreadsheet ever runs as a formula; whole numbers
// and amounts of money are numbers.
type bookWriter struct {
	zip    *zip.Writer
	sheet  io.Writer
	buf    []byte
	header [][]byte
	types  []string
	refs   []string // the columns' letters
	most   int      // rows of a sheet
	row    int      // rows of this sheet so far
	sheets int
	err    error
}

func newXLSX(w io.Writer, e audience.Export) *bookWriter {
	b := &bookWriter{zip: zip.NewWriter(w), types: e.Types(), buf: make([]byte, 0, bufferSize+4<<10), most: sheetRows}
	b.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for i, name := range e.Header() {
		b.header, b.refs = append(b.header, []byte(name)), append(b.refs, letters(i))
	}
	return b
}

// letters are a column's name, A to Z, AA and so on.
func letters(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

func (b *bookWriter) WriteRow(cells [][]byte) {
	if b.sheets == 0 || b.row >= b.most {
		b.turn()
	}
	b.write(cells, b.types)
}

// turn ends a sheet and begins the next one.
func (b *bookWriter) turn() {
	b.end()
	b.sheets, b.row = b.sheets+1, 0
	if b.err == nil {
		b.sheet, b.err = b.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", b.sheets))
	}
	b.buf = append(b.buf, xmlHead+`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"`+
		`><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`...)
	b.write(b.header, make([]string, len(b.header)))
}

func (b *bookWriter) end() {
	if b.sheets > 0 {
		b.buf = append(b.buf, `</sheetData></worksheet>`...)
		b.flush()
	}
}

func (b *bookWriter) write(cells [][]byte, types []string) {
	b.row++
	row := strconv.Itoa(b.row)
	b.buf = append(append(append(b.buf, `<row r="`...), row...), `">`...)
	for i, cell := range cells {
		if len(cell) == 0 {
			continue
		}
		b.buf = append(append(append(append(b.buf, `<c r="`...), b.refs[i]...), row...), '"')
		if (types[i] == audience.IsNumber || types[i] == audience.IsMoney) && len(cell) <= 15 { // more digits than that Excel rounds
			b.buf = append(append(append(b.buf, `><v>`...), cell...), `</v></c>`...)
			continue
		}
		b.buf = append(b.buf, ` t="inlineStr"><is><t xml:space="preserve">`...)
		if cell[0] == '\'' && formula(bytes.TrimLeft(cell, "'")) { // a reader would take it for a guard
			b.buf = append(b.buf, '\'')
		}
		b.buf = append(appendXML(b.buf, short(cell)), `</t></is></c>`...)
	}
	if b.buf = append(b.buf, `</row>`...); len(b.buf) >= bufferSize {
		b.flush()
	}
}

// short cuts what is longer than a cell may be: Excel would call the file broken.
func short(cell []byte) []byte {
	if len(cell) < cellUnits {
		return cell
	}
	units := 1 // for the guard
	for i := 0; i < len(cell); {
		r, n := utf8.DecodeRune(cell[i:])
		if units += max(1, utf16Len(r)); units > cellUnits {
			return cell[:i]
		}
		i += n
	}
	return cell
}

func utf16Len(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

func (b *bookWriter) flush() {
	if b.err == nil {
		_, b.err = b.sheet.Write(b.buf)
	}
	b.buf = b.buf[:0]
}

// Close writes what names the sheets.
func (b *bookWriter) Close() error {
	if b.sheets == 0 {
		b.turn() // the header alone
	}
	b.end()
	var types, book, rels strings.Builder
	for i := 1; i <= b.sheets; i++ {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, i)
		fmt.Fprintf(&book, `<sheet name="Sheet%d" sheetId="%d" r:id="rId%d"/>`, i, i, i)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, i, i)
	}
	b.part("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`+
		`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>`+types.String()+`</Types>`)
	b.part("_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" `+
		`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`)
	b.part("xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>`+book.String()+`</sheets></workbook>`)
	b.part("xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`+rels.String()+`</Relationships>`)
	if b.err != nil {
		return b.err
	}
	return b.zip.Close()
}

func (b *bookWriter) part(name, text string) {
	if b.err == nil {
		b.sheet, b.err = b.zip.Create(name)
	}
	b.buf = append(append(b.buf, xmlHead...), text...)
	b.flush()
}

// appendXML writes text as an XLSX file has it: XML knows no control characters, which Excel writes as _x000D_, and
// what looks like that is written so that it stays what it is.
func appendXML(to, text []byte) []byte {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == '&':
			to = append(to, "&amp;"...)
		case r == '<':
			to = append(to, "&lt;"...)
		case r == '>':
			to = append(to, "&gt;"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff:
			to = fmt.Appendf(to, "_x%04X_", r)
		case r == '_' && looksEscaped(text[i:]):
			to = append(to, "_x005F_"...)
		case r == utf8.RuneError && n == 1:
			to = append(to, "\uFFFD"...)
		default:
			to = append(to, text[i:i+n]...)
		}
		i += n
	}
	return to
}

// looksEscaped reports whether text begins like _x000D_.
func looksEscaped(text []byte) bool {
	if len(text) < 7 || text[1] != 'x' || text[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return err == nil
}
