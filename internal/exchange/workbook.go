package exchange

import (
	"archive/zip"
	"errors"
	"io"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// workbook is an Excel file: a zip of XML files.
type workbook struct {
	parts  map[string]*zip.File
	sheets []sheetOf
	since  float64 // days between the workbook's day 0 and 1899-12-30
	dates  []bool  // by style: whether a number is a moment
}

type sheetOf struct {
	name, part string
	hidden     bool
}

// readAtMost is a file of which only so much is read: the table of contents of a zip is held in memory whole.
type readAtMost struct {
	io.ReaderAt
	left int64
}

func (r *readAtMost) ReadAt(p []byte, at int64) (int, error) {
	if r.left -= int64(len(p)); r.left < 0 {
		return 0, errDamaged
	}
	return r.ReaderAt.ReadAt(p, at)
}

const maxContents = 2 << 20

func contents(f File) (map[string]*zip.File, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	r := &readAtMost{f, maxContents}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, errDamaged
	}
	r.left = math.MaxInt64
	parts := map[string]*zip.File{}
	for _, p := range z.File {
		parts[strings.TrimPrefix(p.Name, "/")] = p
	}
	return parts, nil
}

// newWorkbook reads what a workbook says of itself.
func newWorkbook(f File) (*workbook, error) {
	parts, err := contents(f)
	if err != nil {
		return nil, err
	}
	w := &workbook{parts: parts}
	main := w.find("xl/workbook.xml")
	if main == "" {
		return nil, fault.Field("file", "This zip is no workbook. Unpack it and upload the table in it.")
	}
	targets := map[string]string{}
	rels := path.Dir(main) + "/_rels/" + path.Base(main) + ".rels"
	if err := w.scan(rels, func(m *markup) error {
		if m.tag == "Relationship" {
			targets[m.attr("Id")] = m.attr("Target")
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if err := w.scan(main, func(m *markup) error { w.learn(m, path.Dir(main), targets); return nil }); err != nil {
		return nil, err
	}
	if len(w.sheets) == 0 {
		return nil, errDamaged
	}
	return w, w.styles(path.Dir(main) + "/styles.xml")
}

// find is the part's name as it is written in this workbook.
func (w *workbook) find(name string) string {
	if w.parts[name] != nil {
		return name
	}
	for other := range w.parts {
		if strings.EqualFold(other, name) {
			return other
		}
	}
	return ""
}

const maxSheets = 1000

func (w *workbook) learn(m *markup, dir string, targets map[string]string) {
	switch {
	case m.tag == "workbookPr" && slices.Contains([]string{"1", "true"}, m.attr("date1904")):
		w.since = 1462
	case m.tag == "sheet" && len(w.sheets) < maxSheets:
		target := targets[m.attr("r:id")]
		if !strings.HasPrefix(target, "/") {
			target = dir + "/" + target
		}
		state := m.attr("state")
		w.sheets = append(w.sheets, sheetOf{m.attr("name"), w.find(strings.TrimPrefix(path.Clean(target), "/")), state == "hidden" || state == "veryHidden"})
	}
}

// maxPart is more octets than a workbook says of itself: the styles of the worst that people have are 20 MB.
const maxPart = 64 << 20

// scan goes through a part of the workbook, tag by tag; a part that is not there has none.
func (w *workbook) scan(name string, see func(*markup) error) error {
	r, err := w.open(name)
	if err != nil || r == nil {
		return err
	}
	defer r.Close()
	m := newMarkup(&bounded{r, maxPart, errDamaged})
	for {
		err := m.next()
		if err == nil {
			err = see(m)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errBomb):
			return errDamaged
		case err != nil:
			return err
		}
	}
}

// open opens a part; nil when there is none.
func (w *workbook) open(name string) (io.ReadCloser, error) {
	part := w.parts[w.find(name)]
	if part == nil {
		return nil, nil
	}
	r, err := part.Open()
	if err != nil {
		return nil, errDamaged
	}
	return r, nil
}

const maxStyles = 1 << 16

// styles learns which styles show a number as a date.
func (w *workbook) styles(name string) error {
	custom := map[string]bool{}
	inside := false
	return w.scan(name, func(m *markup) error {
		switch m.tag {
		case "numFmt":
			if len(custom) < maxStyles && isDateFormat(m.attr("formatCode")) {
				custom[m.attr("numFmtId")] = true
			}
		case "cellXfs", "/cellXfs":
			inside = m.tag == "cellXfs"
		case "xf":
			if inside && len(w.dates) < maxStyles {
				id := m.attr("numFmtId")
				w.dates = append(w.dates, custom[id] || builtInDate(id))
			}
		}
		return nil
	})
}

// builtInDate tells the formats of ECMA-376, 18.8.30, that are dates or times.
func builtInDate(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && (n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58)
}

// isDateFormat looks for a year, a month, a day or an hour outside of quotation marks and brackets.
func isDateFormat(code string) bool {
	inside := rune(0)
	for _, c := range code {
		switch {
		case inside == '\\':
			inside = 0
		case inside != 0:
			if c == inside {
				inside = 0
			}
		case c == '"' || c == '\\':
			inside = c
		case c == '[':
			inside = ']'
		case strings.ContainsRune("ymdhsYMDHS", c):
			return true
		}
	}
	return false
}

// Sheets are the names of a workbook's sheets that are shown.
func Sheets(f File) ([]string, error) {
	w, err := newWorkbook(f)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range w.sheets {
		if !s.hidden {
			names = append(names, s.name)
		}
	}
	return names, nil
}

// sheet is the part of a sheet by its name; "" is the first one that is shown.
func (w *workbook) sheet(name string) (string, error) {
	for _, s := range w.sheets {
		if s.part != "" && (s.name == name || name == "" && !s.hidden) {
			return s.part, nil
		}
	}
	return "", fault.Field("sheet", "The workbook has no sheet “%s”.", audience.CleanName(name))
}
