package exchange_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/internal/exchange"
)

func TestARecordIsReadByProgramsAndByPeople(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	words := exchange.RecordWords{Lang: "bg", Zone: time.UTC, Say: func(text string) string { return "«" + text + "»" }, Moment: func(at time.Time) string { return at.Format(time.Kitchen) },
		Money: func(cents int64, currency string) string { return fmt.Sprint(cents, " minor units of ", currency) }, Label: func(key string) string { return "the " + key }}
	read := func(w audience.RecordWriter) error {
		for _, err := range []error{w.Section("subscriber", []string{"email", "attributes", "created_at"}),
			w.Row([]any{"<b>ana</b>@shop.test", json.RawMessage(`{"size":"38"}`), at}),
			w.Section("orders", []string{"number", "total_cents", "currency", "made_up"}), w.Row([]any{"1", int64(100), "EUR", nil}), w.Row([]any{"2", int64(200), "EUR", true}),
			w.Section("codes", []string{"code"})} {
			if err != nil {
				return err
			}
		}
		return nil
	}
	var out bytes.Buffer
	if err := exchange.RecordZip(&out, at, words, read); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || len(z.File) != 2 {
		t.Fatalf("%v, %v", z.File, err)
	}
	texts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Name] = string(b)
	}
	var got struct {
		MadeAt     time.Time `json:"made_at"`
		Subscriber []struct {
			Email      string
			Attributes map[string]string
		}
		Orders []map[string]any
		Codes  []any
	}
	if err := json.Unmarshal([]byte(texts["record.json"]), &got); err != nil || !got.MadeAt.Equal(at) || got.Subscriber[0].Email != "<b>ana</b>@shop.test" ||
		got.Subscriber[0].Attributes["size"] != "38" || len(got.Orders) != 2 || got.Orders[1]["total_cents"] != 200.0 || got.Codes == nil {
		t.Errorf("%+v, %v\n%s", got, err, texts["record.json"])
	}
	for _, want := range []string{`lang="bg"`, "&lt;b&gt;ana", "«Orders»", "«Total»", "200 minor units of EUR", `<tr><th scope="row">the size</th><td>38</td></tr>`, "made up", "«yes»", "10:00AM", "«Nothing is on record.»"} {
		if !strings.Contains(texts["record.html"], want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(texts["record.html"], "<b>") {
		t.Error("the page runs what a stranger wrote")
	}
}
