package jobs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// naughty are values that files, spreadsheets, XML and SQL have stumbled over.
var naughty = []string{"=1+1", "+359 88", "-1", "@SUM(A1)", "'", "''", "'=1", "''+2", "＝1+1", "\tTab", "a\rb", "a\r\nb", "a\nb", `"`, `""`, `say "hi", she`, ",", ";", "|", "a,b;c|d\te", "00123", "1e5", "1.0", "TRUE", "null", "NULL", "0",
	"Ана", "Ёлка", "👩‍👧", "e\u0301", "\ufeffbom", "\u202eright to left", "_x000D_", "_x005F_x000D_", "<b>&amp;</b>", "]]>", `\`, `\n`, `{"a":1}`, "\u00a0", "\u2028", "a  b", "%s", "'; DROP TABLE subscribers; --", "\x1f", "\x1e", "\x01", strings.Repeat("long ", 300)}

func value() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(naughty), rapid.SampledFrom(naughty), rapid.Just(""), rapid.StringOf(rapid.RuneFrom([]rune(`abc'"=+-@,;| `+"\t\r\nяЖ_x0D&<>\\"))))
}

// typed are attributes with a value of each type.
var typed = map[string][]string{"number": {"0", "-1234.5", "7"}, "money": {"12.34 EUR", "100 JPY"}, "date": {"2026-11-22"}, "yes_no": {"yes", "no"}, "choice": {"red", "=blue"}, "list": {"a", "a; b"}}

// invented is a list of people with everything that a file can carry.
func invented(t *rapid.T, st *store.Store, list int64) {
	ctx := t.Context()
	for i := range rapid.IntRange(1, 12).Draw(t, "people") {
		p := audience.Subscriber{Email: fmt.Sprintf("%sp%d-%d@shop.test", rapid.SampledFrom([]string{"", "=", "+", "-", "'="}).Draw(t, "address"), list, i), FirstName: value().Draw(t, "first"), LastName: value().Draw(t, "last"),
			Lang: rapid.SampledFrom(audience.Languages).Draw(t, "lang"), Zone: rapid.SampledFrom([]string{"", "Europe/Sofia"}).Draw(t, "zone"), Source: "test", Attributes: map[string]string{}}
		for _, key := range []string{"note", "=x", "Имя, \"a\"", "first_name"} {
			if v := value().Draw(t, key); v != "" && !strings.Contains(v, "\x00") {
				p.Attributes[key] = v
			}
		}
		for _, kind := range slices.Sorted(maps.Keys(typed)) {
			values := typed[kind]
			if v := rapid.SampledFrom(append(values, "")).Draw(t, kind); v != "" {
				p.Attributes["a "+kind] = v
			}
		}
		check(t, p.Validate())
		check(t, st.SaveSubscriber(ctx, &p))
		state := rapid.SampledFrom([]audience.State{audience.Confirmed, audience.Pending}).Draw(t, "state")
		check(t, st.Subscribe(ctx, p.ID, list, state, audience.Consent{Source: "form", Wording: "Yes", Address: "192.0.2.7"}))
		if rapid.IntRange(0, 3).Draw(t, "left") == 0 {
			check(t, st.Unsubscribe(ctx, store.Leave{Subscriber: p.ID, List: list, Source: "page"}))
		}
	}
}

func check(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// books is an empty database with a list and the attributes.
func books(t *testing.T, st *store.Store) {
	storetest.People(t, st, 0)
	for kind := range typed {
		a := audience.Attribute{Key: "a " + kind, Type: kind}
		if kind == "choice" {
			a.Choices = typed[kind]
		}
		must(t, a.Validate())
		must(t, st.SaveAttribute(t.Context(), &a))
	}
}

func exported(t *rapid.T, st *store.Store, e audience.Export) []byte {
	var out bytes.Buffer
	_, err := runner(st, "").Write(t.Context(), e, &out, func(jobs.Report) error { return nil })
	check(t, err)
	return out.Bytes()
}

// imported reads a file into empty books as somebody would who changes nothing of what is suggested.
func imported(t *rapid.T, st *store.Store, file []byte, im audience.Import) jobs.Report {
	dir, err := os.MkdirTemp("", "roundtrip")
	check(t, err)
	defer os.RemoveAll(dir)
	r := runner(st, dir)
	f, err := os.Create(filepath.Join(dir, "file"))
	check(t, err)
	defer f.Close()
	_, err = f.Write(file)
	check(t, err)
	look, err := exchange.Sniff(f, exchange.Source{})
	check(t, err)
	im.Of, im.Encoding, im.Delimiter, im.Sheet, im.Mapping = look.Of, look.Encoding, look.Delimiter, look.Sheet, look.Mapping
	check(t, im.Validate())
	name, err := r.Upload(bytes.NewReader(file))
	check(t, err)
	j, err := newImport(t, st, name, im)
	check(t, err)
	check(t, r.Drain(t.Context(), ledger.ImportJob))
	j, err = st.Job(t.Context(), j.ID)
	check(t, err)
	rep, err := jobs.ReportOf(j)
	check(t, err)
	if rep.Wrong > 0 || j.State != ledger.JobFinished {
		why, _ := r.Reasons(j)
		said, _ := io.ReadAll(why)
		t.Fatalf("%s %s %+v, mapped %q\n%s\nthe file:\n%s", j.State, j.Error, rep.ImportCounts, im.Mapping, said, file)
	}
	return rep
}

// TestWhatKeepsakeExportsItImportsWithNothingChanged: export, import elsewhere, export: the same bytes.
func TestWhatKeepsakeExportsItImportsWithNothingChanged(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	t.Run("sqlite", func(t *testing.T) { roundTrips(t, storetest.SQLite(t, clock), storetest.SQLite(t, clock)) })
	if dsn := os.Getenv("KEEPSAKE_TEST_POSTGRES"); dsn != "" {
		t.Run("postgres", func(t *testing.T) {
			roundTrips(t, storetest.Postgres(t, dsn, clock), storetest.Postgres(t, dsn, clock))
		})
	}
}

func roundTrips(t *testing.T, here, there *store.Store) {
	books(t, here)
	books(t, there)
	fields := []string{"email", "first_name", "last_name", "lang", "zone", "state", "attributes.note", "attributes.=x", "attributes.Имя, \"a\"", "attributes.first_name"}
	for kind := range typed {
		fields = append(fields, "attributes.a "+kind)
	}
	slices.Sort(fields[10:])
	trip := 0
	rapid.Check(t, func(r *rapid.T) {
		trip++
		list := newList(r, trip, here, there)
		invented(r, here, list)
		e := audience.Export{List: list, State: "any", Fields: fields, Form: rapid.SampledFrom([]string{audience.Spreadsheet, audience.Raw}).Draw(r, "form"),
			Format: rapid.SampledFrom([]string{audience.CSV, audience.CSV, audience.XLSX, audience.JSONL}).Draw(r, "format"), Gzip: rapid.Bool().Draw(r, "gzip")}
		e.Gzip = e.Gzip && e.Format != audience.XLSX
		check(r, e.Validate())
		first := exported(r, here, e)
		imported(r, there, first, audience.Import{List: list, Wording: "Moved from another Keepsake"})
		if again := exported(r, there, e); !bytes.Equal(first, again) {
			e.Format, e.Gzip = audience.CSV, false // said better as text
			r.Fatalf("first\n%s\nthen\n%s", exported(r, here, e), exported(r, there, e))
		}
	})
}

// newList makes the same list in both.
func newList(t *rapid.T, trip int, both ...*store.Store) (id int64) {
	for _, st := range both {
		l := audience.List{Name: fmt.Sprint("Trip ", trip), OptIn: audience.Double}
		check(t, l.Validate())
		check(t, st.CreateList(t.Context(), &l))
		if id != 0 && l.ID != id {
			t.Fatalf("the lists have the numbers %d and %d", id, l.ID)
		}
		id = l.ID
	}
	return id
}

func newImport(t *rapid.T, st *store.Store, file string, im audience.Import) (ledger.Job, error) {
	params, err := json.Marshal(im)
	check(t, err)
	j := ledger.Job{Kind: ledger.ImportJob, File: file, Params: string(params)}
	return j, st.CreateJob(t.Context(), &j)
}

// TestOrdersThatKeepsakeExportsItImportsWithNothingChanged is the same of orders, with a line for each of their items.
func TestOrdersThatKeepsakeExportsItImportsWithNothingChanged(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	t.Run("sqlite", func(t *testing.T) { orderTrips(t, storetest.SQLite(t, clock), storetest.SQLite(t, clock), clock) })
	if dsn := os.Getenv("KEEPSAKE_TEST_POSTGRES"); dsn != "" {
		t.Run("postgres", func(t *testing.T) {
			orderTrips(t, storetest.Postgres(t, dsn, clock), storetest.Postgres(t, dsn, clock), clock)
		})
	}
}

func orderTrips(t *testing.T, here, there *store.Store, clock *storetest.Clock) {
	e := audience.Export{What: "order_lines", Fields: []string{"number", "email", "first_name", "last_name", "state", "currency", "total", "refunded", "channel", "coupon", "country", "placed_at", "updated_at",
		"item_sku", "item_name", "item_category", "item_quantity", "item_price"}}
	trip := 0
	rapid.Check(t, func(r *rapid.T) {
		trip++
		e.Search, e.Form = fmt.Sprintf("-%d@shop.test", trip), rapid.SampledFrom([]string{audience.Spreadsheet, audience.Raw}).Draw(r, "form")
		e.Format = rapid.SampledFrom(audience.Formats).Draw(r, "format")
		for i := range rapid.IntRange(1, 6).Draw(r, "orders") {
			p := audience.Subscriber{Email: fmt.Sprintf("p%d-%d@shop.test", i%3, trip), FirstName: "Ана", Source: "order"}
			o := audience.Order{Number: fmt.Sprintf("%s%d-%d", rapid.SampledFrom([]string{"", "#", "=", "00"}).Draw(r, "number"), trip, i), State: rapid.SampledFrom(audience.OrderStates).Draw(r, "state"),
				Currency: rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(r, "currency"), Channel: value().Draw(r, "channel"), Coupon: value().Draw(r, "coupon"), Country: "BG", PlacedAt: clock.Now().Add(-time.Duration(i) * time.Hour)}
			for n := range rapid.IntRange(1, 3).Draw(r, "items") {
				item := audience.Item{SKU: value().Draw(r, "sku"), Name: fmt.Sprint("Item ", n, value().Draw(r, "name")), Category: value().Draw(r, "category"), Quantity: n + 1, PriceCents: rapid.Int64Range(0, 1e6).Draw(r, "price")}
				o.Items, o.TotalCents = append(o.Items, item), o.TotalCents+int64(item.Quantity)*item.PriceCents
			}
			check(r, p.Validate())
			check(r, o.Validate(clock.Now()))
			check(r, here.RecordOrder(r.Context(), &p, &o))
		}
		check(r, e.Validate())
		first := exported(r, here, e)
		imported(r, there, first, audience.Import{})
		if again := exported(r, there, e); !bytes.Equal(first, again) {
			e.Format = audience.CSV
			r.Fatalf("first\n%s\nthen\n%s", exported(r, here, e), exported(r, there, e))
		}
	})
}
