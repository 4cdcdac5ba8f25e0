package web

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns"
)

// What a sentence calls a value is what the composer calls it.
func TestValuesHaveOneName(t *testing.T) {
	s := newShop(t, 1)
	for _, info := range campaigns.Kinds {
		id, at := s.begin(info.Name)
		c := s.campaign(id)
		r := s.get(at + "/messages/" + c.Messages[0].Name + "/en")
		want(t, r, http.StatusOK)
		_, rest, _ := strings.Cut(r.Body.String(), `data-props="`)
		text, _, _ := strings.Cut(rest, `"`)
		var props struct {
			Values []struct{ Path, Label string }
		}
		if err := json.Unmarshal([]byte(html.UnescapeString(text)), &props); err != nil || len(props.Values) < 10 {
			t.Fatalf("%s: %d values, %v", info.Name, len(props.Values), err)
		}
		k, err := c.Open()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range props.Values {
			if got := fmt.Sprint(campaigns.Named(k, v.Path)); got != v.Label && !strings.HasPrefix(v.Path, "links.") {
				t.Errorf("%s in %s: %q and %q", v.Path, info.Name, got, v.Label)
			}
		}
	}
}
