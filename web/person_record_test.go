package web

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

func TestARecordIsReadInThePersonsOwnLanguage(t *testing.T) {
	a, _ := staff(t)
	if err := a.store.SaveAttribute(t.Context(), &audience.Attribute{Key: "tea", Type: "text", Labels: map[string]string{"bg": "Любим чай"}}); err != nil {
		t.Fatal(err)
	}
	p := a.bought("ana@bg.test", "N-1", 3, 16380, audience.Item{Name: "Чай", Quantity: 1, PriceCents: 16380})
	p.Lang, p.Attributes = "bg", map[string]string{"tea": "зелен"}
	if err := a.store.UpdateSubscriber(t.Context(), &p); err != nil {
		t.Fatal(err)
	}
	got := a.post(fmt.Sprintf("/subscribers/%d/record", p.ID))
	want(t, got, http.StatusOK)
	z, err := zip.NewReader(bytes.NewReader(got.Body.Bytes()), int64(got.Body.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("record.html")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{`lang="bg"`, "163,80\u00a0€", "Любим чай", "зелен", "Откъде"} {
		if !strings.Contains(string(b), says) {
			t.Errorf("the record does not say %s", says)
		}
	}
	for _, not := range []string{"16380", "{&#34;", "Изходен текст"} {
		if strings.Contains(string(b), not) {
			t.Errorf("the record says %s", not)
		}
	}
}
