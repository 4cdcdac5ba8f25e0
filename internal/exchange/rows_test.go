package exchange

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

var hostile = []string{"plain", "", "=1+1", "'=1", "''+2", "+359", "-1", "@x", "\tTab", "a\rb", "two\nlines", `"quoted"`, "a,b;c|d", "  spaces ", "00123", "Ана 👩‍👧", "＝wide", "<b>&amp;</b>", "_x000D_", "\x01\x1f", "null", "\ufeffbom", "]]>"}

func written(t *testing.T, e audience.Export, rows ...[][]byte) []byte {
	t.Helper()
	if err := e.Validate(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := NewRows(&out, e)
	for _, r := range rows {
		w.WriteRow(r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestJSONLinesSayWhatEachCellIs(t *testing.T) {
	e := audience.Export{What: "orders", Format: audience.JSONL, Fields: []string{"number", "total", "id", "items", "coupon", "placed_at"}, Names: map[string]string{"number": `No "1"`}}
	got := written(t, e, [][]byte{[]byte("=1\n"), []byte("19.99"), []byte("7"), []byte("[{\"sku\":\"a\",\n\"q\":1}]"), []byte(""), []byte("")}, [][]byte{nil, nil, nil, []byte("{broken"), nil, nil})
	want := `{"No \"1\"":"=1\n","total":"19.99","id":7,"items":[{"sku":"a","q":1}],"coupon":"","placed_at":null}` + "\n" + `{"items":"{broken"}` + "\n"
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, cell := range append(hostile, "\xff\xfebroken\xc3") {
		var back map[string]string
		line := written(t, audience.Export{Format: audience.JSONL, Fields: []string{"email"}}, [][]byte{[]byte(cell)})
		if err := json.Unmarshal(line, &back); err != nil || back["email"] != strings.ToValidUTF8(cell, "\ufffd") && !strings.Contains(cell, "\xff") || bytes.Count(line, []byte("\n")) != 1 {
			t.Errorf("%q was written as %s: %v", cell, line, err)
		}
	}
}

func TestGzipHoldsTheSameFile(t *testing.T) {
	e := audience.Export{Fields: []string{"email"}}
	plain := written(t, e, [][]byte{[]byte("a")})
	e.Gzip = true
	r, err := gzip.NewReader(bytes.NewReader(written(t, e, [][]byte{[]byte("a")})))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%q, %v", got, err)
	}
}

// sheetXML is a sheet as a reader of XLSX sees it.
type sheetXML struct {
	Rows []struct {
		R     int `xml:"r,attr"`
		Cells []struct {
			R    string `xml:"r,attr"`
			T    string `xml:"t,attr"`
			V    string `xml:"v"`
			Text string `xml:"is>t"`
		} `xml:"c"`
	} `xml:"sheetData>row"`
}

func sheets(t *testing.T, file []byte) (out []sheetXML) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; ; i++ {
		f, err := r.Open(fmt.Sprintf("xl/worksheets/sheet%d.xml", i))
		if err != nil {
			return out
		}
		var s sheetXML
		if err := xml.NewDecoder(f).Decode(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
}

func TestAWorkbookHoldsEveryCellAsText(t *testing.T) {
	var rows [][][]byte
	for _, cell := range hostile {
		rows = append(rows, [][]byte{[]byte(cell), []byte("12.50"), []byte("7")})
	}
	all := sheets(t, written(t, audience.Export{What: "orders", Format: audience.XLSX, Fields: []string{"number", "total", "id"}}, rows...))
	if len(all) != 1 || len(all[0].Rows) != len(hostile)+1 || all[0].Rows[0].Cells[0].Text != "number" {
		t.Fatalf("%d sheets: %+v", len(all), all)
	}
	coded := regexp.MustCompile(`_x([0-9A-F]{4})_`)
	for i, cell := range hostile {
		row := all[0].Rows[i+1]
		if cell == "" {
			continue
		}
		got := coded.ReplaceAllStringFunc(row.Cells[0].Text, func(s string) string {
			n, _ := strconv.ParseUint(s[2:6], 16, 16)
			return string(rune(n))
		})
		if unguard(got) != cell || row.Cells[0].T != "inlineStr" || row.Cells[0].R != fmt.Sprintf("A%d", i+2) {
			t.Errorf("%q became %+v", cell, row.Cells[0])
		}
		if row.Cells[1].V != "12.50" || row.Cells[2].V != "7" || row.Cells[1].T != "" {
			t.Errorf("numbers: %+v", row.Cells)
		}
	}
}

func TestAWorkbookTurnsToANewSheetWhenOneIsFull(t *testing.T) {
	var out bytes.Buffer
	e := audience.Export{Format: audience.XLSX, Fields: []string{"email"}}
	b := newXLSX(&out, e)
	b.most = 4 // the header and three rows
	for i := range 7 {
		b.WriteRow([][]byte{[]byte(fmt.Sprint(i))})
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	all := sheets(t, out.Bytes())
	if len(all) != 3 || len(all[0].Rows) != 4 || len(all[2].Rows) != 2 || all[2].Rows[0].Cells[0].Text != "email" || all[2].Rows[1].Cells[0].Text != "6" {
		t.Errorf("%+v", all)
	}
	if n := len(sheets(t, written(t, e))); n != 1 {
		t.Errorf("an empty workbook has %d sheets", n)
	}
}

func TestACellIsNoLongerThanExcelAllows(t *testing.T) {
	for _, cell := range []string{strings.Repeat("a", 40_000), strings.Repeat("я", 33_000), strings.Repeat("👩", 20_000), strings.Repeat("я", 30_000)} {
		got := short([]byte(cell))
		if n := len(utf16Of(string(got))); n > cellUnits || n < cellUnits-3 && len(got) != len(cell) || !strings.HasPrefix(cell, string(got)) {
			t.Errorf("%.4s…: %d units", cell, n)
		}
	}
}

func utf16Of(s string) (units []uint16) {
	for _, r := range s {
		for range utf16Len(r) {
			units = append(units, 0)
		}
	}
	return units
}

func TestLettersOfColumns(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := letters(i); got != want {
			t.Errorf("column %d is %s, not %s", i, got, want)
		}
	}
}

func TestFilesOfAnyLengthTakeTheSameMemory(t *testing.T) {
	for _, format := range audience.Formats {
		e := audience.Export{Format: format, Fields: []string{"email", "first_name", "last_name"}}
		if err := e.Validate(); err != nil {
			t.Fatal(err)
		}
		w := NewRows(io.Discard, e)
		row := [][]byte{[]byte("somebody@example.com"), []byte("Ана"), []byte("=Петрова")}
		var before, after runtime.MemStats
		for i := range 60_000 {
			if i == 10_000 {
				runtime.GC()
				runtime.ReadMemStats(&before)
			}
			w.WriteRow(row)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
			t.Errorf("%s holds %d bytes more after 50,000 rows", format, grown)
		}
	}
}
