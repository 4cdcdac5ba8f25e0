package exchange

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"keepsake/campaigns/audience"
)

func read(t *testing.T, text, encoding, delimiter string) []Record {
	t.Helper()
	r, err := NewReader(strings.NewReader(text), encoding, delimiter)
	if err != nil {
		t.Fatal(err)
	}
	var all []Record
	for {
		rec, err := r.Read()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rec)
	}
}

func show(all []Record) string {
	var b strings.Builder
	for _, r := range all {
		fmt.Fprintf(&b, "%d", r.Line)
		if r.Fault != nil {
			fmt.Fprintf(&b, "!%s", r.Fault)
		}
		for _, f := range r.Fields {
			fmt.Fprintf(&b, "[%s]", f)
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

func TestReaderReadsWhatIsSoldAsCSV(t *testing.T) {
	const open = "A quotation mark is opened and not closed."
	for name, c := range map[string]struct{ in, want string }{
		"LF":                    {"a,b\nc,d\n", "1[a][b] 2[c][d]"},
		"CRLF, no last":         {"a,b\r\nc,d", "1[a][b] 2[c][d]"},
		"CR":                    {"a,b\rc,d\r", "1[a][b] 2[c][d]"},
		"blank lines":           {"\na,b\n\r\n\r\nc,d\n\n", "2[a][b] 5[c][d]"},
		"quoted":                {`"a, b","say ""hi"""` + "\n", `1[a, b][say "hi"]`},
		"quoted line breaks":    {"\"a\r\nb\",c\nd,e\n", "1[a\r\nb][c] 3[d][e]"},
		"bare quotes":           {"5\" pipe,b\n", `1[5" pipe][b]`},
		"empty cells":           {",,\n\"\",\n", "1[][][] 2[][]"},
		"BOM":                   {"\xef\xbb\xbfa,b\n", "1[a][b]"},
		"open to the end":       {"a,\"b\nc,d\ne,f\n", "1!" + open + " 2[c][d] 3[e][f]"},
		"open, closed wrongly":  {"a,\"b\nc,\"d\"\ne,f", "1!" + open + " 2[c][d] 3[e][f]"},
		"text behind the quote": {"\"a\"b,c\nd,e\n", "1!" + open + " 2[d][e]"},
		"no UTF-8":              {"a,\xff\nb,c\n", "1!The line is not written in the file's encoding. 2[b][c]"},
		"NUL":                   {"a\x00,b\n", "1[a\x00][b]"},
		"nothing":               {"", ""},
	} {
		if got := show(read(t, c.in, "UTF-8", ",")); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestLongLineIsOneFault(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	for name, in := range map[string]string{
		"bare":   "a,b\n" + long + ",c\nd,e\n",
		"quoted": "a,b\n\"" + long + ",c\nd,e\n",
		"CRLF":   "a,b\r\n" + long + ",c\r\nd,e\r\n",
	} {
		got := show(read(t, in, "UTF-8", ","))
		if want := "1[a][b] 2!The line is longer than 1 MB. 3[d][e]"; got != want {
			t.Errorf("%s: got %.200q, want %q", name, got, want)
		}
	}
}

// endless is a file of one line that never ends.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left -= len(p); e.left < 0 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestLongLineTakesLittleMemory(t *testing.T) {
	r, err := NewReader(&endless{min(huge, 200<<20)}, "UTF-8", ",")
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rec, err := r.Read()
	runtime.ReadMemStats(&after)
	if err != nil || rec.Fault == nil {
		t.Errorf("got %v, %v", rec, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

func TestSniff(t *testing.T) {
	cyrillic, _ := charmap.Windows1251.NewEncoder().String("Имейл;Име\nana@shop.test;Ана\n")
	western, _ := charmap.Windows1252.NewEncoder().String("Email|First name\nana@shop.test|Zoé\nb@shop.test|José\n")
	utf16, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("Email\tИме\r\nana@shop.test\tАна\r\n")
	bare, _ := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String("Email,Name\nana@shop.test,Ana\n")
	for name, c := range map[string]struct {
		in   string
		want Preview
	}{
		"plain":    {"email,first_name\nana@shop.test,Ana\n", Preview{Encoding: "UTF-8", Delimiter: ",", NoHeader: false, Header: []string{"email", "first_name"}, Rows: [][]string{{"ana@shop.test", "Ana"}}, Mapping: []string{"email", "first_name"}}},
		"1251":     {cyrillic, Preview{Encoding: "windows-1251", Delimiter: ";", NoHeader: false, Header: []string{"Имейл", "Име"}, Rows: [][]string{{"ana@shop.test", "Ана"}}, Mapping: []string{"email", "first_name"}}},
		"1252":     {western, Preview{Encoding: "windows-1252", Delimiter: "|", NoHeader: false, Header: []string{"Email", "First name"}, Rows: [][]string{{"ana@shop.test", "Zoé"}, {"b@shop.test", "José"}}, Mapping: []string{"email", "first_name"}}},
		"UTF-16":   {utf16, Preview{Encoding: "UTF-16LE", Delimiter: "\t", NoHeader: false, Header: []string{"Email", "Име"}, Rows: [][]string{{"ana@shop.test", "Ана"}}, Mapping: []string{"email", "first_name"}}},
		"no BOM":   {bare, Preview{Encoding: "UTF-16BE", Delimiter: ",", NoHeader: false, Header: []string{"Email", "Name"}, Rows: [][]string{{"ana@shop.test", "Ana"}}, Mapping: []string{"email", "name"}}},
		"headless": {"ana@shop.test\nb@shop.test\n", Preview{Encoding: "UTF-8", Delimiter: ",", NoHeader: true, Header: []string{"#1"}, Rows: [][]string{{"ana@shop.test"}, {"b@shop.test"}}, Mapping: []string{"email"}}},
		"twice":    {"Email,email\na@shop.test,b@shop.test\n", Preview{Encoding: "UTF-8", Delimiter: ",", NoHeader: false, Header: []string{"Email", "email (2)"}, Rows: [][]string{{"a@shop.test", "b@shop.test"}}, Mapping: []string{"email", "attributes.email_2"}}},
	} {
		got, err := Sniff(strings.NewReader(c.in), Source{})
		if got.Of != audience.OfPeople || got.Tool != "" || len(got.Rules) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
		got.Of, got.Types, got.Rules = "", nil, nil
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, %v\nwant %+v", name, got, err, c.want)
		}
	}
	for _, in := range []string{"", "\n\n", strings.Repeat("x", 1<<20)} {
		if p, err := Sniff(strings.NewReader(in), Source{}); err == nil {
			t.Errorf("%.20q: got %+v", in, p)
		}
	}
}

func TestHeadersOfKnownTools(t *testing.T) {
	for name, c := range map[string]struct{ header, row, want string }{
		"Mailchimp":   {"Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,LEID,TAGS", "a@b.test,A,B,2,2024-01-01,1,", "email,first_name,last_name,,,,attributes.tags"},
		"Klaviyo":     {"Email,Klaviyo ID,First Name,Last Name,Email Marketing Consent,Phone Number", "a@b.test,01H,A,B,SUBSCRIBED,+359", "email,,first_name,last_name,state,attributes.phone_number"},
		"listmonk":    {"uuid,email,name,attributes,status,created_at,updated_at", `x,a@b.test,A B,{},enabled,1,2`, "email:1,name:2,attributes:3,state:4"},
		"Shopify":     {"Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Total Spent,State", "1,A,B,a@b.test,yes,10.00,Sofia", ",first_name,last_name,email,state,attributes.total_spent,attributes.state"},
		"Brevo":       {"CONTACT ID,EMAIL,FIRSTNAME,LASTNAME,ADDED_TIME", "1,a@b.test,A,B,1", ",email,first_name,last_name,"},
		"WooCommerce": {"Billing First Name,Billing Last Name,Billing Email,Order Total", "A,B,a@b.test,1", "first_name,last_name,email,attributes.order_total"},
		"Russian":     {"Электронная почта,Имя,Фамилия,Статус", "a@b.test,А,Б,подписан", "email,first_name,last_name,state"},
	} {
		got := strings.Join(suggest(strings.Split(c.header, ","), [][]string{strings.Split(c.row, ",")}, shapeOf(strings.Split(c.header, ","), ""), nil), ",")
		if name == "listmonk" {
			c.want = ",email,name,attributes,state,,"
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestEachLineIsAPersonOrAReason(t *testing.T) {
	const in = "Email,Name,Status,Size\n" +
		"ana@shop.test,Ana Petrova,yes,38\n" +
		"no address,B,,\n" +
		"c@shop.test,C\n" +
		"d@shop.test,D,maybe,\n" +
		",E,,\n" +
		"f@shop.test,F\x00,,\n" +
		"g@shop.test,<script>\u202e,unsubscribed,'=1+1,,\n" +
		",,,\n"
	im := audience.Import{Encoding: "UTF-8", Delimiter: ",", Mapping: []string{"email", "name", "state", "attributes.size"}}
	var got []string
	for row, err := range People(strings.NewReader(in), im) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Fault != nil {
			got = append(got, fmt.Sprintf("%d %s", row.Line, row.Fault))
			continue
		}
		p := row.Subscriber
		got = append(got, fmt.Sprintf("%d %s|%s|%s|%s|%v", row.Line, p.Email, p.FirstName, p.LastName, row.State, p.Attributes))
	}
	want := []string{
		"2 ana@shop.test|Ana|Petrova|confirmed|map[size:38]",
		"3 “no address” is not an email address.",
		"4 The line has 2 cells, the header has 4.",
		"5 “maybe” is no status we know.",
		"6 The address is missing.",
		"7 A cell holds a NUL character.",
		"8 g@shop.test|<script>||unsubscribed|map[size:=1+1]",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// naughty are cells that have broken other programs.
var naughty = []string{"", "=", "'=", "''=", "'", "''", "'a", "+359 88", "-", "@x", "\t", "\r", "\n", "\r\n", "\x00", "'\x00", "＝1", "'＋", "＠", "\"", "\"\"",
	"a\"b", ",", ";", "|", " ", "\ufeff", "\ufeffa", "=HYPERLINK(\"http://x\",\"y\")", "<script>", "\u202eabc", "'\t=", "Ω≈ç√", "👩‍👩‍👧", "null", "0x0"}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for _, form := range []string{audience.Spreadsheet, audience.Raw} {
		rapid.Check(t, func(t *rapid.T) {
			cell := rapid.OneOf(rapid.SampledFrom(naughty), rapid.String(), rapid.StringMatching("['=+\"\r\n,]{0,5}"))
			n := rapid.IntRange(1, 4).Draw(t, "columns")
			rows := rapid.SliceOfN(rapid.SliceOfN(cell, n, n), 1, 6).Draw(t, "rows")
			first := write(form, rows)
			back := readBack(t, first)
			if !reflect.DeepEqual(back, rows) {
				t.Fatalf("%s: wrote %q, read %q", form, rows, back)
			}
			if again := write(form, back); !bytes.Equal(first, again) {
				t.Fatalf("%s: %q then %q", form, first, again)
			}
		})
	}
}

func write(form string, rows [][]string) []byte {
	var b bytes.Buffer
	w := NewWriter(&b, form)
	for _, r := range rows {
		w.Write(r)
	}
	w.Flush()
	return b.Bytes()
}

func readBack(t *rapid.T, file []byte) [][]string {
	r, err := NewReader(bytes.NewReader(file), "UTF-8", ",")
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for {
		rec, err := r.Read()
		if err == io.EOF {
			return out
		}
		if err != nil || rec.Fault != nil {
			t.Fatalf("%q: %v %v", file, err, rec.Fault)
		}
		out = append(out, unguarded(rec.Fields))
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, cell := range naughty {
		out := strings.TrimPrefix(string(write(audience.Spreadsheet, [][]string{{cell}})), "\ufeff")
		if out[0] != '"' || formula(out[1:]) {
			t.Errorf("%q is written as %q", cell, out)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("a,b\n\"c\r\n\",d"), "UTF-8", ",")
	f.Add([]byte("\xff\xfea\x00;\x00"), "UTF-16LE", ";")
	f.Fuzz(func(t *testing.T, file []byte, encoding, delimiter string) {
		r, err := NewReader(bytes.NewReader(file), encoding, delimiter)
		if err != nil {
			return
		}
		for last := 0; ; {
			rec, err := r.Read()
			if err != nil {
				if err != io.EOF {
					t.Fatal(err)
				}
				break
			}
			if rec.Line <= last {
				t.Fatalf("line %d after line %d", rec.Line, last)
			}
			last = rec.Line
		}
		_, _ = Sniff(bytes.NewReader(file), Source{})
	})
}

func BenchmarkPeople(b *testing.B) {
	var file bytes.Buffer
	w := NewWriter(&file, audience.Raw)
	w.Write([]string{"email", "first_name", "last_name", "city", "size"})
	for i := range 100000 {
		w.Write([]string{fmt.Sprintf("person%d@shop.test", i), "Ana", "Petrova", "Sofia", "38"})
	}
	w.Flush()
	im := audience.Import{Encoding: "UTF-8", Delimiter: ",", Mapping: []string{"email", "first_name", "last_name", "attributes.city", "attributes.size"}}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		for range People(bytes.NewReader(file.Bytes()), im) {
		}
	}
}
