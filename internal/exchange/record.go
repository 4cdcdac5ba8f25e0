package exchange

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"

	"keepsake/campaigns/audience"
)

// RecordWords are a reader's words for the readable form of a person's record.
type RecordWords struct {
	Lang   string
	Zone   *time.Location
	Say    func(text string) string
	Moment func(at time.Time) string
	Money  func(cents int64, currency string) string
	Label  func(attribute string) string
}

// A RecordReader hands over all that is on record of one person.
type RecordReader func(out audience.RecordWriter) error

// RecordZip writes a person's record as both record.json, for programs, and record.html, to be read and printed. Both
// are of the same moment.
func RecordZip(out io.Writer, at time.Time, words RecordWords, read RecordReader) error {
	z := zip.NewWriter(out)
	entry := func(name string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	}
	data, err := entry("record.json")
	if err != nil {
		return err
	}
	var pages bytes.Buffer
	j, h := newRecordJSON(data, at), newRecordHTML(&pages, at, words)
	if err := errors.Join(read(both{j, h}), j.end(), h.end()); err != nil {
		return err
	}
	page, err := entry("record.html")
	if err != nil {
		return err
	}
	_, err = pages.WriteTo(page)
	return errors.Join(err, z.Close())
}

// RecordJSON writes a person's record for programs: an object with a list for each section.
func RecordJSON(out io.Writer, at time.Time, read RecordReader) error {
	j := newRecordJSON(out, at)
	return errors.Join(read(j), j.end())
}

// both hands a record to two writers.
type both struct{ a, b audience.RecordWriter }

func (w both) Section(name string, columns []string) error {
	return errors.Join(w.a.Section(name, columns), w.b.Section(name, columns))
}

func (w both) Row(cells []any) error { return errors.Join(w.a.Row(cells), w.b.Row(cells)) }

// pen writes until something goes wrong, and says so at the end.
type pen struct {
	out io.Writer
	err error
}

func (p *pen) write(parts ...string) {
	for _, part := range parts {
		if p.err == nil {
			_, p.err = io.WriteString(p.out, part)
		}
	}
}

type recordJSON struct {
	pen
	columns []string
	rows    int
}

func newRecordJSON(out io.Writer, at time.Time) *recordJSON {
	j := &recordJSON{pen: pen{out: out}}
	j.write(`{"keepsake":"person 1","made_at":`, asJSON(at.UTC()))
	return j
}

func (j *recordJSON) Section(name string, columns []string) error {
	if j.columns != nil {
		j.write("]")
	}
	j.columns, j.rows = append([]string{}, columns...), 0
	j.write(",\n", asJSON(name), ":[")
	return j.err
}

func (j *recordJSON) Row(cells []any) error {
	j.write(map[bool]string{true: "\n", false: ",\n"}[j.rows == 0])
	j.rows++
	for i, cell := range cells {
		j.write(map[bool]string{true: "{", false: ","}[i == 0], asJSON(j.columns[i]), ":", asJSON(cell))
	}
	j.write("}")
	return j.err
}

func (j *recordJSON) end() error {
	if j.columns != nil {
		j.write("]")
	}
	j.write("}\n")
	return j.err
}

func asJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "null" // cells are strings, numbers, moments and JSON that was checked
	}
	return strings.TrimSuffix(b.String(), "\n")
}

type recordHTML struct {
	pen
	words   RecordWords
	open    bool
	rows    int
	head    string
	columns []string
}

const recordStyle = `body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1d1d1b;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #ddd;overflow-wrap:anywhere}
p.none,p.made{color:#5c5c57}div.wide{overflow-x:auto}@media print{body{margin:0}h2{break-after:avoid}tr{break-inside:avoid}}`

func newRecordHTML(out io.Writer, at time.Time, words RecordWords) *recordHTML {
	h := &recordHTML{pen: pen{out: out}, words: words}
	title := html.EscapeString(words.Say("All that is on record of one person"))
	h.write("<!doctype html>\n<html lang=\"", html.EscapeString(words.Lang), "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>", title,
		"</title><style>", recordStyle, "</style></head><body>\n<h1>", title, "</h1>\n<p class=\"made\">", html.EscapeString(words.Moment(at)+", "+words.Zone.String()), "</p>\n")
	return h
}

func (h *recordHTML) Section(name string, columns []string) error {
	h.close()
	h.open, h.rows, h.columns = true, 0, slices.Clone(columns)
	h.write("<h2>", html.EscapeString(h.words.Say(label(recordSections, name))), "</h2>\n")
	var head strings.Builder
	head.WriteString("<div class=\"wide\"><table><thead><tr>")
	for _, c := range columns {
		head.WriteString("<th scope=\"col\">" + html.EscapeString(h.words.Say(label(recordColumns, c))) + "</th>")
	}
	h.head = head.String() + "</tr></thead><tbody>\n"
	return h.err
}

func (h *recordHTML) Row(cells []any) error {
	if h.rows == 0 {
		h.write(h.head)
	}
	h.rows++
	h.write("<tr>")
	for i, cell := range cells {
		h.write("<td>", h.cell(h.columns[i], cell, h.currency(cells)), "</td>")
	}
	h.write("</tr>\n")
	return h.err
}

// currency is that of a row's amounts, "" where it has none.
func (h *recordHTML) currency(cells []any) string {
	at := slices.Index(h.columns, "currency")
	if at < 0 {
		return ""
	}
	code, _ := cells[at].(string)
	return code
}

// cell is a cell as HTML.
func (h *recordHTML) cell(column string, cell any, currency string) string {
	switch c := cell.(type) {
	case json.RawMessage:
		return h.pairs(column, c)
	case int64:
		if strings.HasSuffix(column, "_cents") && currency != "" {
			return html.EscapeString(h.words.Money(c, currency))
		}
	}
	return html.EscapeString(h.text(cell))
}

func (h *recordHTML) text(cell any) string {
	switch c := cell.(type) {
	case nil:
		return ""
	case time.Time:
		return h.words.Moment(c)
	case bool:
		return h.words.Say(map[bool]string{true: "yes", false: "no"}[c])
	}
	return fmt.Sprint(cell)
}

// pairs is an object as a table of its own, each value beside its label.
func (h *recordHTML) pairs(column string, object json.RawMessage) string {
	var all map[string]json.RawMessage
	if json.Unmarshal(object, &all) != nil {
		return html.EscapeString(string(object))
	}
	keys := make([]string, 0, len(all))
	for key := range all {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var out strings.Builder
	for _, key := range keys {
		out.WriteString("<tr><th scope=\"row\">" + html.EscapeString(h.key(column, key)) + "</th><td>" + h.inner(key, all[key]) + "</td></tr>")
	}
	if out.Len() == 0 {
		return ""
	}
	return "<table>" + out.String() + "</table>"
}

func (h *recordHTML) key(column, key string) string {
	if column == "attributes" {
		return h.words.Label(key)
	}
	return h.words.Say(label(recordColumns, key))
}

// inner is a value of an object, which may be an object again.
func (h *recordHTML) inner(key string, value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return html.EscapeString(text)
	}
	return h.pairs(key, value)
}

func (h *recordHTML) close() {
	switch {
	case !h.open:
	case h.rows == 0:
		h.write("<p class=\"none\">", html.EscapeString(h.words.Say("Nothing is on record.")), "</p>\n")
	default:
		h.write("</tbody></table></div>\n")
	}
}

func (h *recordHTML) end() error {
	h.close()
	h.write("</body></html>\n")
	return h.err
}

// label is what a section or a column is called; one that has no name yet is called as it is.
func label(names []labelled, name string) string {
	for _, n := range names {
		if n.Name == name {
			return n.Label
		}
	}
	return cmp.Or(strings.ReplaceAll(name, "_", " "), name)
}

type labelled struct{ Name, Label string }
