package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"time"

	"keepsake/internal/show/stage"
)

// filters are the common ones of the subscribers' page.
var filters = []string{"", "list=1", "list=2", "list=3", "list=1&state=confirmed", "list=1&state=unsubscribed", "list=2&state=pending", "lang=en", "lang=bg", "list=3&lang=ru", "state=unsubscribed"}

// books asks a large shop for the subscribers' page, anywhere and filtered, and for segments.
func books(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	figures := map[string]stage.Figure{}
	k, err := filled(ctx, w, figures)
	if err != nil {
		return figures, err
	}
	n := int64(people())
	r := rand.New(rand.NewPCG(3, 4))
	var all, deep, search []time.Duration
	for range 6 {
		for _, f := range filters {
			took, err := k.Open(ctx, fmt.Sprintf("/subscribers?%s&after=%d", f, 1+r.Int64N(n)))
			if err != nil {
				return figures, err
			}
			all = append(all, took)
		}
		took, err := k.Open(ctx, fmt.Sprintf("/subscribers?after=%d", 60+r.Int64N(n/20)))
		if err != nil {
			return figures, err
		}
		deep = append(deep, took)
		for _, part := range []string{"petrov", "smirnova.1234", "9999@example", "nobody-of-this-name"} {
			took, err := k.Open(ctx, "/subscribers?q="+url.QueryEscape(part))
			if err != nil {
				return figures, err
			}
			search = append(search, took)
		}
	}
	for _, took := range [][]time.Duration{all, deep, search} {
		slices.Sort(took)
	}
	p95 := ms(stage.Share(all, 0.95))
	say("the page: median %.0f ms, longest %.0f ms", ms(stage.Share(all, 0.5)), ms(stage.Share(all, 1)))
	figures["page_p95_ms"] = stage.AtMost("%.0f", p95, 100)
	figures["deep_page_ms"] = stage.AtMost("%.0f", ms(stage.Share(deep, 0.5)), 100)
	figures["search_ms"] = stage.AtMost("%.0f", ms(stage.Share(search, 0.5)), 300)
	mb, err := k.PeakMB()
	if err != nil {
		return figures, err
	}
	figures["pages_rss_mb"] = stage.Info("%.0f", mb)
	if err := segments(ctx, k, figures); err != nil {
		return figures, err
	}
	return figures, values(ctx, k, figures)
}

// filled starts a Keepsake on the books of `keepsake fixture`.
func filled(ctx context.Context, w *stage.Workshop, figures map[string]stage.Figure) (*stage.Keepsake, error) {
	settings, err := database(ctx, w)
	if err != nil {
		return nil, err
	}
	data, err := w.Folder("books")
	if err != nil {
		return nil, err
	}
	w.After(func() error { return os.RemoveAll(data) })
	n := people()
	cmd := exec.CommandContext(ctx, w.Binary, "fixture", "--data", data, "--people", fmt.Sprint(n), "--orders", fmt.Sprint(3*n), "--events", fmt.Sprint(20*n))
	cmd.Env = append(stage.Without("KEEPSAKE_"), settings...)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("keepsake fixture: %w: %s", err, stage.Last(string(out), 600))
	}
	figures["fixture_s"] = stage.Info("%.0f", time.Since(began).Seconds())
	k, err := w.ServeIn(ctx, data, nowhere, settings...)
	if err == nil {
		err = made(ctx, k)
	}
	return k, err
}

// made waits until the customers' figures are made anew: the story gave the shop its zone, and their months are the shop's.
func made(ctx context.Context, k *stage.Keepsake) error {
	db, err := beside(k)
	if err != nil {
		return err
	}
	defer db.Close()
	began := time.Now()
	err = stage.Until(ctx, 30*time.Minute, "the figures of customers", func() (bool, error) {
		time.Sleep(time.Second) // it is asked for by another connection
		var due int
		err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM value_work`).Scan(&due)
		return err == nil && due == 0, err
	})
	say("all customers' figures were made anew in %.0f s", time.Since(began).Seconds())
	return err
}
