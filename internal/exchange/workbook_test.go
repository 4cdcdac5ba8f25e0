package exchange

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"keepsake/campaigns/audience"
)

// book is a workbook as Excel writes one: texts are shared, dates are numbers with a style.
type book struct {
	sheet, texts, styles, workbook string
	rels                           string
}

const styleDates = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm"/></numFmts>` +
	`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>`

func (b book) file(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range map[string]string{
		"[Content_Types].xml":        `<Types/>`,
		"xl/workbook.xml":            b.book(),
		"xl/_rels/workbook.xml.rels": b.related(),
		"xl/worksheets/sheet1.xml":   `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cols><col min="1"/></cols><sheetData>` + b.sheet + `</sheetData><pageMargins/></worksheet>`,
		"xl/sharedStrings.xml":       `<sst>` + b.texts + `</sst>`,
		"xl/styles.xml":              b.styles,
	} {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (b book) book() string {
	if b.workbook != "" {
		return b.workbook
	}
	return `<workbook><workbookPr/><sheets><sheet name="Hidden" sheetId="2" state="hidden" r:id="rId9"/><sheet name="Клиенти &amp; co" sheetId="1" r:id="rId1"/></sheets></workbook>`
}

func (b book) related() string {
	if b.rels != "" {
		return b.rels
	}
	return `<Relationships><Relationship Id="rId1" Type="worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
}

// rows reads a workbook whole.
func rows(t testing.TB, file []byte) (string, error) {
	t.Helper()
	tab, err := open(bytes.NewReader(file), Source{Encoding: Workbook})
	if err != nil {
		return "", err
	}
	defer tab.Close()
	var all []Record
	for {
		rec, err := tab.Read()
		if err == io.EOF {
			return show(all), nil
		}
		if err != nil {
			return show(all), err
		}
		all = append(all, rec)
	}
}

func TestAWorkbookIsReadAsItIsSeen(t *testing.T) {
	b := book{styles: styleDates,
		texts: `<si><t>Email</t></si><si><r><rPr><b/></rPr><t>Ана &lt;3</t></r><r><t xml:space="preserve"> &#x1F467;</t></r><rPh sb="0"><t>no</t></rPh></si><si><t>a_x000D_b_x00_</t></si><si><t/></si>`,
		sheet: `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>Name</t></is></c><c r="C1" t="str"><v>Birthday</v></c><c r="D1" t="str"><v>Points</v></c></row>` +
			`<row r="3" spans="1:4"><c r="A3" t="str"><f>CONCAT("a","@b.test")</f><v>a@b.test</v></c><c r="B3" t="s"><v>1</v></c><c r="C3" s="1"><v>32874</v></c><c r="D3"><v>19.989999999999998</v></c></row>` +
			`<row><c t="s"><v>2</v></c><c t="s"><v>3</v></c><c s="2"><v>45292.5</v></c><c><v>3.59888123456E11</v></c></row>` +
			`<row r="9"><c r="A9" t="b"><v>1</v></c><c r="D9" t="e"><v>#N/A</v></c></row><row r="10"><c r="B10" s="1"/></row>` +
			`<x:row r="11"><x:c r="B11"><x:v><![CDATA[<&]]></x:v></x:c><!-- a > comment ---></x:row>`}
	got, err := rows(t, b.file(t))
	want := "1[Email][Name][Birthday][Points] 3[a@b.test][Ана <3 👧][1990-01-01][19.99] 4[a\rb_x00_][][2024-01-01 12:00:00][359888123456] 9[yes][][][#N/A] 11[][<&][][]"
	if err != nil || got != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
	}
	p, err := Sniff(bytes.NewReader(b.file(t)), Source{})
	if err != nil || p.Encoding != Workbook || p.Sheet != "Клиенти & co" || !reflect.DeepEqual(p.Sheets, []string{"Клиенти & co"}) || !reflect.DeepEqual(p.Mapping, []string{"email", "name", "attributes.birthday", "attributes.points"}) {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestAnEmptyCellWithoutItsPlaceMovesNoOther(t *testing.T) {
	b := book{sheet: `<row><c t="str"><v>Email</v></c><c t="str"><v>Birthday</v></c><c t="str"><v>City</v></c></row>` +
		`<row><c t="str"><v>a@b.test</v></c><c/><c t="str"><v>Leeds</v></c></row><row><c r="B3"/><c t="str"><v>York</v></c></row>`}
	if got, err := rows(t, b.file(t)); err != nil || got != "1[Email][Birthday][City] 2[a@b.test][][Leeds] 3[][][York]" {
		t.Errorf("got %v, %s", err, got)
	}
}

func TestTheOldCalendarOfTheMac(t *testing.T) {
	got, err := rows(t, book{styles: styleDates, workbook: `<workbook><workbookPr date1904="1"/><sheets><sheet name="a" r:id="rId1"/></sheets></workbook>`,
		sheet: `<row><c s="1"><v>0.25</v></c><c s="1"><v>31412</v></c></row>`}.file(t))
	if want := "1[06:00:00][1990-01-01]"; err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestManySharedTextsWaitOnTheDisk(t *testing.T) {
	var b book
	var texts, sheet strings.Builder
	n := 5000
	r := rand.New(rand.NewPCG(1, 2))
	order := r.Perm(n)
	for i := range n {
		fmt.Fprintf(&texts, "<si><t>text %d</t></si>", i)
		fmt.Fprintf(&sheet, `<row><c t="s"><v>%d</v></c></row>`, order[i])
	}
	b.texts, b.sheet = texts.String(), sheet.String()
	got, err := rows(t, b.file(t))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, o := range order {
		want = append(want, fmt.Sprintf("%d[text %d]", i+1, o))
	}
	if got != strings.Join(want, " ") {
		t.Errorf("got %.300s", got)
	}
}

// zeros is a file of one character, as many times as wanted.
func packed(t testing.TB, name string, write func(io.Writer)) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	good := book{}
	for part, text := range map[string]string{"xl/workbook.xml": good.book(), "xl/_rels/workbook.xml.rels": good.related(),
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData><row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row></sheetData></worksheet>`, "xl/sharedStrings.xml": "", "xl/styles.xml": ""} {
		w, err := z.Create(part)
		if err != nil {
			t.Fatal(err)
		}
		if part == name {
			write(w)
		} else if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func repeat(w io.Writer, text string, mb int) {
	block := []byte(strings.Repeat(text, 1+(1<<20)/len(text)))
	for range mb {
		_, _ = w.Write(block)
	}
}

// allocated is how many octets f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAZipBombIsRefusedInLittleMemory(t *testing.T) {
	const sheet, texts = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
	for name, bomb := range map[string][]byte{
		"one cell":      packed(t, sheet, func(w io.Writer) { io.WriteString(w, "<worksheet><sheetData><row><c><v>"); repeat(w, "x", bombMB) }),
		"one tag":       packed(t, sheet, func(w io.Writer) { io.WriteString(w, "<worksheet "); repeat(w, "x", bombMB) }),
		"one attribute": packed(t, sheet, func(w io.Writer) { io.WriteString(w, `<worksheet a="`); repeat(w, "<", bombMB) }),
		"one literal": packed(t, sheet, func(w io.Writer) {
			io.WriteString(w, "<worksheet><sheetData><row><c><v><![CDATA[")
			repeat(w, "<", bombMB)
		}),
		"one row": packed(t, sheet, func(w io.Writer) {
			io.WriteString(w, "<worksheet><sheetData><row>")
			repeat(w, "<c><v>1</v></c>", bombMB)
		}),
		"a comment": packed(t, sheet, func(w io.Writer) { io.WriteString(w, "<worksheet><!--"); repeat(w, "<", bombMB) }),
		"one text":  packed(t, texts, func(w io.Writer) { io.WriteString(w, "<sst><si><t>"); repeat(w, "x", bombMB) }),
		"a document": packed(t, sheet, func(w io.Writer) {
			io.WriteString(w, `<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><worksheet>`)
		}),
		"an entity":      packed(t, sheet, func(w io.Writer) { io.WriteString(w, "<worksheet><sheetData><row><c><v>&lol;</v></c></row>") }),
		"no end":         packed(t, sheet, func(w io.Writer) { io.WriteString(w, "<worksheet><sheetData><row><c><v>1</v></c>") }),
		"a missing text": packed(t, texts, func(w io.Writer) { io.WriteString(w, "<sst><si><t>a</t></si></sst>") }),
	} {
		var err error
		if used := allocated(func() { err = Whole(bytes.NewReader(bomb), audience.Import{Encoding: Workbook}) }); used > bombMemory {
			t.Errorf("%s: %d MB were allocated", name, used>>20)
		}
		if err == nil {
			t.Errorf("%s was taken for whole", name)
		}
	}
}

func TestAWorkbookUnpacksToSoMuchAndNoMore(t *testing.T) {
	r := &bounded{r: &endless{4 * huge}, left: maxUnpacked, wrong: errDamaged}
	var err error
	used := allocated(func() { _, err = io.Copy(io.Discard, struct{ io.Reader }{r}) })
	if err != errBomb || used > 1<<20 {
		t.Errorf("%v after %d bytes", err, used)
	}
}

func TestATableOfContentsIsNoBomb(t *testing.T) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := range 60_000 {
		name := fmt.Sprintf("a/very/long/name/of/a/part/that/is/not/there/%d.xml", i)
		if _, err := z.CreateHeader(&zip.FileHeader{Name: name}); err != nil { // stored: a compressor for each takes a minute
			t.Fatal(err)
		}
	}
	z.Close()
	var err error
	if used := allocated(func() { _, err = Sniff(bytes.NewReader(out.Bytes()), Source{}) }); err == nil || used > 30<<20 {
		t.Errorf("%v, %d MB", err, used>>20)
	}
}

func TestAFileThatEndsInTheMiddleIsRefusedWhole(t *testing.T) {
	var sheet strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&sheet, `<row><c t="inlineStr"><is><t>p%d@shop.test %x</t></is></c></row>`, i, rand.Uint64())
	}
	file := book{sheet: sheet.String()}.file(t)
	if err := Whole(bytes.NewReader(file), audience.Import{Encoding: Workbook}); err != nil && !strings.Contains(err.Error(), "email") {
		t.Errorf("whole: %v", err)
	}
	for _, n := range []int{10, len(file) / 2, len(file) - 30} {
		if _, err := Sniff(bytes.NewReader(file[:n]), Source{}); err == nil {
			t.Errorf("%d of %d octets: no fault", n, len(file))
		}
	}
	broken := bytes.Clone(file)
	for i := len(file) / 3; i < len(file)/3+40; i++ {
		broken[i] ^= 0x55
	}
	if err := Whole(bytes.NewReader(broken), audience.Import{Encoding: Workbook}); err == nil {
		t.Error("a broken workbook is whole")
	}
}

func TestPackedTextIsRead(t *testing.T) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	io.WriteString(z, "email,name\nana@shop.test,Ana\n")
	z.Close()
	p, err := Sniff(bytes.NewReader(out.Bytes()), Source{})
	if err != nil || len(p.Rows) != 1 || p.Rows[0][1] != "Ana" {
		t.Errorf("%+v, %v", p, err)
	}
	if err := Whole(bytes.NewReader(out.Bytes()[:out.Len()-6]), audience.Import{Encoding: "UTF-8", Delimiter: ","}); err != errPacked {
		t.Errorf("cut: %v", err)
	}
}

func TestWhatIsNoTableIsSaid(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"old Excel":     {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "This is a workbook of an old Excel, or one with a password. Save it as .xlsx without a password, or as CSV."},
		"PDF":           {"%PDF-1.7\n", "This is no table. Save the people as CSV or as .xlsx."},
		"zip":           {"PK\x05\x06" + strings.Repeat("\x00", 18), "This zip is no workbook. Unpack it and upload the table in it."},
		"half a zip":    {"PK\x03\x04....", "The workbook is damaged or not whole. Save it again and try once more."},
		"many columns":  {strings.Repeat("a,", 9999) + "email\n", "The file has 10000 columns; up to 1000 can be read. Leave out those that tell nothing of people."},
		"one long line": {strings.Repeat("x", 1<<20), "The first line is longer than 64 KB: this is no table."},
	} {
		if _, err := Sniff(strings.NewReader(c.in), Source{}); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A line of 2 GB, whether it is bare or quoted or has 2 GB of cells, is one fault and takes little memory.
func TestALineOfTwoGigabytesTakesLittleMemory(t *testing.T) {
	for name, begin := range map[string]string{"bare": "x", "quoted": `"`} {
		r, err := NewReader(io.MultiReader(strings.NewReader("email\n"+begin), &endless{huge}), "UTF-8", ",")
		if err != nil {
			t.Fatal(err)
		}
		faults := 0
		used := allocated(func() {
			for {
				rec, err := r.Read()
				if err != nil {
					break
				}
				if rec.Fault != nil {
					faults++
				}
			}
		})
		if faults != 1 || used > 8<<20 {
			t.Errorf("%s: %d faults, %d MB", name, faults, used>>20)
		}
	}
}

func TestAFileThatCannotBeReadFurtherIsAnError(t *testing.T) {
	r, err := NewReader(io.MultiReader(strings.NewReader("email\na@b.test\n"), iotest.ErrReader(io.ErrClosedPipe)), "UTF-8", ",")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, err = r.Read()
	}
	if err != io.ErrClosedPipe {
		t.Errorf("got %v", err)
	}
}

func FuzzWorkbook(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="ZZZ9" s="1"><v>1e5</v></c></row>`, `<si><t>a&amp;b</t></si>`, styleDates)
	f.Add(`<row><c t="b"><v>1</v></c></row><row r="99999999999"><c><is><t>_x0041_</t></is></c></row>`, `<si/>`, `<cellXfs><xf/>`)
	f.Fuzz(func(t *testing.T, sheet, texts, styles string) {
		file := book{sheet: sheet, texts: texts, styles: styles}.file(t)
		last := 0
		tab, err := open(bytes.NewReader(file), Source{Encoding: Workbook})
		for err == nil {
			var rec Record
			if rec, err = tab.Read(); err == nil && rec.Line <= last {
				t.Fatalf("line %d after line %d", rec.Line, last)
			}
			last = rec.Line
			if len(rec.Fields) > MaxColumns {
				t.Fatalf("%d cells", len(rec.Fields))
			}
		}
		_, _ = Sniff(bytes.NewReader(file), Source{})
	})
}

func BenchmarkWorkbook(b *testing.B) {
	var sheet, texts strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&texts, "<si><t>person%d@shop.test</t></si>", i)
		fmt.Fprintf(&sheet, `<row r="%d" spans="1:12">`, i+1)
		for c := range 12 {
			fmt.Fprintf(&sheet, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+c, i+1, max(0, i-c))
		}
		sheet.WriteString("</row>")
	}
	file := book{sheet: sheet.String(), texts: texts.String()}.file(b)
	for b.Loop() {
		t, err := open(bytes.NewReader(file), Source{Encoding: Workbook})
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = t.Read()
		}
		t.Close()
	}
	b.ReportMetric(20000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// meter counts what is read of a file.
type meter struct {
	store
	read int
}

func (m *meter) ReadAt(p []byte, at int64) (int, error) {
	m.read += len(p)
	return m.store.ReadAt(p, at)
}

func TestACellPaysForItsOwnTextAlone(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "texts")
	if err != nil {
		t.Fatal(err)
	}
	m := &meter{store: f}
	shared := &texts{file: m}
	long := strings.Repeat("long", maxShared/4)
	for n := range 3 * blockTexts {
		text := fmt.Sprint(n)
		if n < blockTexts && n%2 == 0 {
			text = long
		}
		if err := shared.keep(text); err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 {
		for _, n := range []int{blockTexts - 1, blockTexts, 2*blockTexts + 1} {
			if got, err := shared.text(n); err != nil || got != fmt.Sprint(n) {
				t.Fatalf("text %d: %.20q, %v", n, got, err)
			}
		}
	}
	if got, err := shared.text(0); err != nil || got != long {
		t.Errorf("a long text: %d octets, %v", len(got), err)
	}
	if m.read > 1<<20 {
		t.Errorf("3000 small texts took %d octets of the file", m.read)
	}
}
