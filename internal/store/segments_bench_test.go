package store_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"keepsake/campaigns/segment"
	"keepsake/internal/store"
)

// tenSegments are what shops ask, written down so that figures can be compared.
var tenSegments = []struct{ name, rule string }{
	{"bought ≥ 2 of tea in 90 days, not opened in 30, not refunded", `{"match":"all","rules":[
		{"field":"bought","is":"did","times":{"is":"at_least","n":2},"within":{"last":90,"unit":"days"},"where":[{"field":"category","is":"is","values":["tea"]},{"field":"refunded","is":"no"}]},
		{"field":"opened","is":"did_not","within":{"last":30,"unit":"days"}}]}`},
	{"clicked in 30 days", `{"match":"all","rules":[{"field":"clicked","is":"did","within":{"last":30,"unit":"days"}}]}`},
	{"ordered in the last year, not in the last 180 days", `{"match":"all","rules":[{"field":"ordered","is":"did","within":{"last":365,"unit":"days"}},{"field":"ordered","is":"did_not","within":{"last":180,"unit":"days"}}]}`},
	{"at least three orders", `{"match":"all","rules":[{"field":"ordered","is":"did","times":{"is":"at_least","n":3}}]}`},
	{"spent over 200 EUR in a year", `{"match":"all","rules":[{"field":"orders.sum","is":"above","values":["200"],"within":{"last":1,"unit":"years"},"where":[{"field":"currency","is":"is","values":["EUR"]}]}]}`},
	{"reads Bulgarian and bought cups or pots in 60 days", `{"match":"all","rules":[{"field":"lang","is":"is","values":["bg"]},{"field":"bought","is":"did","within":{"last":60,"unit":"days"},"where":[{"field":"category","is":"is","values":["cups","pots"]}]}]}`},
	{"lives in Plovdiv or has size 39", `{"match":"any","rules":[{"field":"attributes.city","is":"is","values":["Пловдив"]},{"field":"attributes.size","type":"number","is":"is","values":["39"]}]}`},
	{"birthday from 1990 on, with coupon in 90 days", `{"match":"all","rules":[{"field":"attributes.birthday","type":"date","is":"after","values":["1990-01-01"]},{"field":"ordered","is":"did","within":{"last":90,"unit":"days"},"where":[{"field":"coupon","is":"filled"}]}]}`},
	{"joined in 90 days, never ordered", `{"match":"all","rules":[{"field":"created_at","is":"in","within":{"last":90,"unit":"days"}},{"field":"ordered","is":"did_not"}]}`},
	{"confirmed on a list, not suppressed, neither opened nor clicked in 180 days", `{"match":"all","rules":[{"field":"list","is":"confirmed","values":["1"]},{"field":"suppressed","is":"no"},
		{"match":"none","rules":[{"field":"opened","is":"did","within":{"last":180,"unit":"days"}},{"field":"clicked","is":"did","within":{"last":180,"unit":"days"}}]}]}`},
}

// TestTenSegmentsAreCountedSoon counts on a database of KEEPSAKE_SEGMENT_DB, which keepsake fixture made, at the moment
// KEEPSAKE_SEGMENT_NOW.
func TestTenSegmentsAreCountedSoon(t *testing.T) {
	dsn := os.Getenv("KEEPSAKE_SEGMENT_DB")
	if dsn == "" {
		t.Skip("KEEPSAKE_SEGMENT_DB is not set")
	}
	now, err := time.Parse(time.DateOnly, os.Getenv("KEEPSAKE_SEGMENT_NOW"))
	must(t, err)
	st, err := store.Open(t.Context(), store.Options{DSN: dsn, Now: func() time.Time { return now }})
	must(t, err)
	defer st.Close()
	var medians []time.Duration
	for _, one := range tenSegments {
		r, err := segment.Decode([]byte(one.rule))
		must(t, err)
		var took []time.Duration
		var n int64
		for range 5 {
			began := time.Now()
			n, err = st.CountSegment(t.Context(), r)
			must(t, err)
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		medians = append(medians, took[2])
		t.Logf("%5d ms (worst %d) %9d %s", took[2].Milliseconds(), took[4].Milliseconds(), n, one.name)
		if os.Getenv("KEEPSAKE_SEGMENT_PLAN") != "" {
			lines, err := st.PlanOf(t.Context(), r)
			must(t, err)
			for _, l := range lines {
				t.Log("        ", l)
			}
		}
	}
	slices.Sort(medians)
	t.Logf("segment_median_ms: %d", (medians[4]+medians[5]).Milliseconds()/2)
	t.Logf("segment_worst_ms: %d", medians[9].Milliseconds())
}
