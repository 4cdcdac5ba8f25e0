package render

import (
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/internal/liquid"
)

func TestAChipShowsItsValueAsWanted(t *testing.T) {
	v := Values{Subscriber: audience.Subscriber{FirstName: "maria", Attributes: map[string]string{"points": "3", "odd": ""}}, Now: time.Date(2026, 3, 3, 9, 5, 0, 0, time.UTC),
		Order: &audience.Order{TotalCents: 1250, Currency: "EUR", PlacedAt: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}}
	for _, c := range []struct {
		chip document.Attrs
		want string
	}{
		{document.Attrs{Path: "order.placed_at", As: "date"}, "2 марта 2026"},
		{document.Attrs{Path: "now", As: "datetime"}, "3 марта 2026, 09:05"},
		{document.Attrs{Path: "order.total_cents", As: "money"}, "12,50 €"},
		{document.Attrs{Path: "subscriber.first_name", As: "upper"}, "MARIA"},
		{document.Attrs{Path: "subscriber.first_name", As: "capitalize"}, "Maria"},
		{document.Attrs{Path: "subscriber.attributes.points", As: "plural", Forms: []string{"% балл", "% балла", "% баллов"}}, "3 балла"},
		{document.Attrs{Path: "subscriber.attributes.odd", As: "upper", Fallback: `it's "you" }}{% x %}`}, "it’s \"you\" ))(% x %)"},
	} {
		tag := chip(c.chip)
		parsed, err := liquid.Parse(tag, liquid.Text)
		if err != nil {
			t.Fatalf("%s: %v", tag, err)
		}
		got, err := parsed.RenderString(v.vars(Options{}), v.limits("ru"))
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v; want %q", tag, got, err, c.want)
		}
	}
}

func TestOnlyKnownFormatsCanStandInADocument(t *testing.T) {
	for attrs, fine := range map[string]bool{
		`"as":"date"`: true, `"as":"raw"`: false, `"as":"date | raw"`: false, `"as":"plural"`: false, `"as":"plural","forms":["% a","% b"]`: true,
		`"as":"plural","forms":["` + strings.Repeat("x", 61) + `","b"]`: false,
	} {
		_, err := document.Parse(`{"blocks":[{"id":"a","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"chip","attrs":{"path":"a.b",` + attrs + `}}]}]}}]}`)
		if (err == nil) != fine {
			t.Errorf("%s: got %v", attrs, err)
		}
	}
}
