package exchange

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
)

func objectsOf(t testing.TB, text string) (all []Record) {
	t.Helper()
	o, err := open(strings.NewReader(text), Source{Encoding: JSONLines})
	if err != nil {
		t.Fatal(err)
	}
	for {
		rec, err := o.Read()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rec)
	}
}

func TestJSONLinesAreReadAsATable(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"as it is":             {`{"email":"a@b.test","n":12.50,"id":12345678901234567890,"yes":true,"no":null}`, "0[email][n][id][yes][no] 1[a@b.test][12.50][12345678901234567890][true][]"},
		"a name that is later": {"{\"a\":1}\n{\"b\":2,\"a\":3}", "0[a][b] 1[1][] 2[3][2]"},
		"escapes and a mark":   {"\ufeff" + `{"a":"\u0410\n\"x\" \ud83d\ude00"}`, "0[a] 1[А\n\"x\" 😀]"},
		"lists and the nested": {`{"tags":["a","b",null],"items":[{"sku": "x", "q":[1, 2]}],"at":{"city": "Sofia"},"none":[]}`, `0[tags][items][at][none] 1[a; b][[{"sku":"x","q":[1,2]}]][{"city":"Sofia"}][]`},
		"attributes":           {`{"attributes":{"size":38,"tags":["a","b"]}}` + "\r\n\r\n" + `{"attributes":{}}`, "0[attributes.size][attributes.tags][attributes] 1[38][a; b][] 3[][][]"},
		"a guard of ours":      {`{"a":"'=1","b":"=1","c":"'tis"}`, "0[a][b][c] 1[''=1][=1]['tis]"},
		"broken":               {"{\"a\":1}\n{\"a\":\n}\n[1]\n{\"a\":2", "0[a] 1[1] 2!The line is no JSON object. 3!The line is no JSON object. 4!The line is no JSON object. 5!The line is no JSON object."},
		"twice":                {`{"a":1,"a":1}` + "\n" + `{"a":1,"a":2}`, "0[a] 1[1] 2!The line says “a” twice."},
		"no UTF-8":             {"{\"a\":1}\n{\"a\":\"\xff\"}", "0[a] 1[1] 2!The line is not written in the file's encoding."},
		"nothing":              {"\n \n", ""},
		"no object at all":     {"7\n{", "1!The line is no JSON object. 2!The line is no JSON object."},
		"empty objects":        {"{}\n{ }", "0 1 2"},
	} {
		if name == "no object at all" || name == "empty objects" {
			objectsOf(t, c.in) // it need only end
			continue
		}
		if got := show(objectsOf(t, c.in)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestALineThatIsTooLongOrTooDeepIsOneWrongLine(t *testing.T) {
	deep := strings.Repeat(`[`, 400_000)
	for name, line := range map[string]string{
		"long": `{"a":"` + strings.Repeat("x", 3<<20) + `"}`,
		"deep": `{"a":` + deep + strings.Repeat(`]`, 400_000) + `}`,
		"open": `{"a":` + deep,
	} {
		all := objectsOf(t, `{"a":1}`+"\n"+line+"\n"+`{"a":2}`+"\n")
		if len(all) != 4 || all[2].Fault == nil || all[2].Line != 2 || all[3].Line != 3 || all[3].Fields[0] != "2" {
			t.Errorf("%s: %d records, %.200s", name, len(all), show(all))
		}
	}
}

// TestANameThatComesTooLateIsAWrongLine: nothing is lost in silence. In attributes it needs no column.
func TestANameThatComesTooLateIsAWrongLine(t *testing.T) {
	var b strings.Builder
	for range sampledLines {
		b.WriteString(`{"email":"a@b.test","attributes":{"size":"38"}}` + "\n")
	}
	b.WriteString(`{"email":"c@d.test","late":"x"}` + "\n" + `{"email":"e@f.test","late":null,"attributes":{"size":"39","shade":"<red>","tags":["a","b"]}}` + "\n")
	all := objectsOf(t, b.String())
	last := all[len(all)-2:]
	if last[0].Fault == nil || !strings.Contains(last[0].Fault.Error(), "“late”") || last[0].Line != sampledLines+1 {
		t.Errorf("%s", show(last[:1]))
	}
	p := people(t, b.String(), audience.Import{})
	if got := fmt.Sprint(p[len(p)-1].Subscriber.Attributes); got != "map[shade:<red> size:39 tags:a; b]" {
		t.Error(got)
	}
}

func people(t testing.TB, text string, im audience.Import) (rows []audience.ImportRow) {
	t.Helper()
	p, err := Sniff(strings.NewReader(text), Source{})
	if err != nil {
		t.Fatal(err)
	}
	im.Encoding, im.Mapping = p.Encoding, p.Mapping
	for row, err := range People(strings.NewReader(text), im) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestJSONLinesAreKnownByTheirContentOrName(t *testing.T) {
	line := `{"Email":"a@b.test","First name":"Ana","Points":7}` + "\n"
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(line))
	_ = z.Close()
	for name, text := range map[string]string{"people": line, "people.gz": packed.String(), "a.jsonl": "broken\n" + line, "b.NDJSON": "\xef\xbb\xbf{\n" + line} {
		p, err := Sniff(strings.NewReader(text), Source{Name: name})
		if err != nil || p.Encoding != JSONLines || p.NoHeader || fmt.Sprint(p.Mapping) != "[email first_name attributes.points]" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	for _, text := range []string{"{email},name\na@b.test,Ana\n", "email\n{\"a\":1}\n"} {
		if p, err := Sniff(strings.NewReader(text), Source{Name: "people.csv"}); err != nil || p.Encoding != "UTF-8" {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
	}
	if _, err := Sniff(strings.NewReader("[\n {\"email\":\"a@b.test\"}]"), Source{}); err == nil || !strings.Contains(err.Error(), "array") {
		t.Errorf("an array: %v", err)
	}
	if _, err := Sniff(strings.NewReader("no\nJSON\n"), Source{Name: "a.jsonl"}); err == nil {
		t.Error("a file without one readable line is a table")
	}
}

func TestOrdersOfJSONLinesAreOrders(t *testing.T) {
	text := `{"number":"#1","email":"a@b.test","state":"paid","currency":"EUR","total":"12.50","placed_at":"2026-11-01T10:00:00Z","items":[{"sku":"tea","name":"Tea","quantity":1,"price_cents":1250}]}`
	p, err := Sniff(strings.NewReader(text), Source{})
	if err != nil || p.Of != audience.OfOrders {
		t.Fatalf("%+v, %v", p, err)
	}
	for row, err := range Orders(strings.NewReader(text), audience.Import{Of: p.Of, Encoding: p.Encoding, Mapping: p.Mapping}, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)) {
		if err != nil || row.Fault != nil || row.Order.TotalCents != 1250 || len(row.Order.Items) != 1 || row.Order.Items[0].SKU != "tea" {
			t.Errorf("%+v, %v, %v", row.Order, row.Fault, err)
		}
	}
}

// millionLines is a file that is never held.
type millionLines struct {
	left int
	rest []byte
}

func (m *millionLines) Read(p []byte) (int, error) {
	if len(m.rest) == 0 && m.left == 0 {
		return 0, io.EOF
	}
	if len(m.rest) == 0 {
		m.left--
		m.rest = bytes.Repeat([]byte(`{"email":"a@b.test","first_name":"Ana","attributes":{"size":"38"}}`+"\n"), 100)
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

func TestJSONLinesAreReadInConstantMemory(t *testing.T) {
	o, err := openObjects(&millionLines{left: 5000})
	if err != nil {
		t.Fatal(err)
	}
	most := uint64(0)
	n := 0
	for ; ; n++ {
		if _, err := o.Read(); err != nil {
			break
		}
		if n%100_000 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	if n != 500_001 || most > 40<<20 {
		t.Errorf("%d lines, %d MB", n, most>>20)
	}
}

// FuzzObjects: whatever the bytes, reading ends, each line is told once, and what is read is what JSON says.
func FuzzObjects(f *testing.F) {
	for _, s := range []string{`{"a":1}`, "{\"a\":\"\\u0000\"}\n{\"b\":[1,{}]}", `{"attributes":{"x":["y"]}}`, "{\"a\":\xff}", `{"":""}`, `{"a" : { } , "b":[ ] }`, `{"a":1e400,"a":-0}`, "\ufeff{}", "[{}]", `{"a":"\ud800"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := objectsOf(t, text)
		line := 0
		for i, rec := range all {
			if i > 0 && rec.Line <= line {
				t.Fatalf("line %d comes after line %d", rec.Line, line)
			}
			line = rec.Line
			if rec.Fault == nil && len(all[0].Fields) != len(rec.Fields) {
				t.Fatalf("line %d has %d cells, the header %d", rec.Line, len(rec.Fields), len(all[0].Fields))
			}
		}
		var object map[string]json.RawMessage
		b := []byte(strings.TrimSpace(text))
		if len(b) == 0 || !isObject(b) || json.Unmarshal(b, &object) != nil {
			return
		}
		seen := map[string][]byte{}
		for name, raw := range members(b) {
			seen[name] = raw
		}
		if len(seen) != len(object) {
			t.Fatalf("%d names, JSON says %d", len(seen), len(object))
		}
		for name, raw := range object {
			if !bytes.Equal(bytes.TrimSpace(raw), seen[name]) {
				t.Fatalf("%q is %q, not %q", name, seen[name], raw)
			}
		}
	})
}
