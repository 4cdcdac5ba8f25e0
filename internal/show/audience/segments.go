package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"keepsake/internal/show/stage"
)

// typical are ten segments that shops ask for, of the books of `keepsake fixture`.
var typical = []struct{ name, rule string }{
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

// indexed are the attributes a shop asks for most, which it has marked so.
var indexed = map[string]string{"city": "text", "size": "number", "birthday": "date"}

// index has the attributes' indexes made, and waits for them.
func index(ctx context.Context, k *stage.Keepsake) error {
	began := time.Now()
	for key, kind := range indexed {
		_, err := stage.Call[map[string]any](ctx, k, http.MethodPatch, "/attributes/"+key, map[string]any{"type": kind, "indexed": true})
		if err != nil {
			return err
		}
	}
	for key := range indexed {
		err := stage.Until(ctx, 15*time.Minute, "the index of "+key, func() (bool, error) {
			a, err := stage.Call[struct{ Index string }](ctx, k, http.MethodGet, "/attributes/"+key, nil)
			return a.Index == "ready", err
		})
		if err != nil {
			return err
		}
	}
	say("the indexes of %d attributes took %.0f s", len(indexed), time.Since(began).Seconds())
	return nil
}

// segments counts the typical segments by the API, each five times.
func segments(ctx context.Context, k *stage.Keepsake, figures map[string]stage.Figure) error {
	if err := index(ctx, k); err != nil {
		return err
	}
	var medians []time.Duration
	for _, one := range typical {
		median, err := counted(ctx, k, one.name, one.rule)
		if err != nil {
			return err
		}
		medians = append(medians, median)
	}
	slices.Sort(medians)
	middle, worst := ms(medians[4]+medians[5])/2, ms(medians[9])
	figures["segment_median_ms"] = stage.AtMost("%.0f", middle, 300)
	figures["segment_worst_ms"] = stage.AtMost("%.0f", worst, 2000)
	return nil
}

// counted makes a segment and says how long its count takes at the median.
func counted(ctx context.Context, k *stage.Keepsake, name, rule string) (time.Duration, error) {
	s, err := stage.Call[stage.Thing](ctx, k, http.MethodPost, "/segments", map[string]any{"name": name, "rule": json.RawMessage(rule)})
	if err != nil {
		return 0, err
	}
	var took []time.Duration
	var n struct {
		People int64 `json:"people"`
	}
	for range 5 {
		began := time.Now()
		if n, err = stage.Call[struct {
			People int64 `json:"people"`
		}](ctx, k, http.MethodGet, fmt.Sprintf("/segments/%d/count", s.ID), nil); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	say("%6.0f ms, the longest of five %6.0f: %d, %s", ms(took[2]), ms(took[4]), n.People, name)
	return took[2], nil
}
