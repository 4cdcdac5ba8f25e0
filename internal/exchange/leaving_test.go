package exchange

import (
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

// leftBy is what a line with a fault says of its person: nothing, or where they stand and why they are not written to.
func leftBy(t *testing.T, mapping, line string) string {
	t.Helper()
	im := audience.Import{Encoding: "UTF-8", Delimiter: ",", State: audience.Confirmed, Mapping: strings.Split(mapping, ","), Types: map[string]string{"born": audience.DateAttribute}}
	for row, err := range People(strings.NewReader(mapping+"\n"+line+"\n"), im) {
		if err != nil || row.Fault == nil {
			t.Fatalf("%s: %+v, %v", line, row, err)
		}
		said := string(row.State) + " " + string(row.Never)
		for label, s := range row.Places {
			said += " " + label + ":" + string(s)
		}
		return strings.TrimSpace(said)
	}
	t.Fatal("no line")
	return ""
}

func TestACellThatMovedTakesNobodyOffAList(t *testing.T) {
	const own = "email,first_name,last_name,lists.customers,blocked"
	for _, c := range []struct{ mapping, line string }{
		{own, "p1@shop.test,Ana, Maria,Petrova,confirmed,"},          // an unquoted comma: confirmed stands where suppressed does
		{own, "p1@shop.test,Ana, Maria, Ivanova,Petrova,confirmed,"}, // two
		{own, "p1@shop.test,Ana,confirmed"},
		{own, "p1@shop.test,Ana,Petrova,confirmed"},
		{"email,first_name,state,attributes.opens", "p2@shop.test,subscribed,0"}, // the 0 is of opens
		{"email,first_name,state,attributes.opens", "p2@shop.test,Ana,Maria,no,subscribed"},
		{"email,state,attributes.active,attributes.size", "p2@shop.test,subscribed,inactive"},
		{"email,left_at,first_name", "p3@shop.test,2026-01-02"},
		{"email,attributes.born,left_at", "p3@shop.test,Sofia,Bulgaria,1980-02-03"},
	} {
		if got := leftBy(t, c.mapping, c.line); got != "" {
			t.Errorf("%s is %s", c.line, got)
		}
	}
}

func TestAWordThatSaysThatSomebodyLeftCountsWhereverItMoved(t *testing.T) {
	const fields = "email,first_name,state,blocked"
	for line, want := range map[string]string{
		"p1@shop.test,Ana, Maria,unsubscribed,,x":   "unsubscribed",
		"p1@shop.test,Ana, Maria,confirmed,spam":    "unsubscribed complaint",
		"p1@shop.test,Ana, Maria,confirmed,bounced": "unsubscribed hard_bounce",
		"p1@shop.test,cleaned":                      "unsubscribed",
		"p1@shop.test,Ana,cleaned":                  "unsubscribed hard_bounce",
	} {
		if got := leftBy(t, fields, line); got != want {
			t.Errorf("%s is %q, want %q", line, got, want)
		}
	}
}

func TestEmptyCellsAtTheEndMoveNothing(t *testing.T) {
	for _, c := range []struct{ mapping, line, want string }{
		{"email,left_at,attributes", "p2@shop.test,2026-01-02,{,", "unsubscribed"},
		{"email,left_at,attributes", "p2@shop.test,2026-01-02,{, ,,", "unsubscribed"},
		{"email,bounced_at,attributes", "p2@shop.test,2026-01-02,{,", "unsubscribed hard_bounce"},
		{"email,state,attributes", "p2@shop.test,no,{,", "declined"},
		{"email,left_at,attributes", "p2@shop.test,,{,", ""},
	} {
		if got := leftBy(t, c.mapping, c.line); got != c.want {
			t.Errorf("%s is %q, want %q", c.line, got, c.want)
		}
	}
}
