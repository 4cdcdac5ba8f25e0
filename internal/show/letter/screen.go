package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"keepsake/internal/show/stage"
)

// browser walks through the demo in Chromium.
func browser(ctx context.Context, w *workshop) (map[string]stage.Figure, error) { return w.Walk(ctx) }

// demoPatience is what the issue grants the demo.
const demoPatience = 60 * time.Second

// demoReady is the time from the start of the built binary until it is ready and its sign-in link answers.
func demoReady(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	data, err := w.Folder("demo")
	if err != nil {
		return nil, err
	}
	k := w.Unstarted(data)
	k.Env = stage.Without("KEEPSAKE_")
	began := time.Now()
	link, err := k.Launch(`(http://\S+/sign-in/\S+)`, "demo", "--addr", "127.0.0.1:0", "--data", data)
	if err != nil {
		return nil, err
	}
	err = stage.Until(ctx, demoPatience, "the demo", func() (bool, error) {
		for _, url := range []string{link[:strings.Index(link, "/sign-in/")] + "/readyz", link} {
			resp, err := stage.Visitor.Get(url)
			if err != nil {
				return false, err
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				return false, fmt.Errorf("%s answers %d", url, resp.StatusCode)
			}
		}
		return true, nil
	})
	took := time.Since(began)
	return map[string]stage.Figure{"demo_ready_s": stage.AtMost("%.1f", took.Seconds(), demoPatience.Seconds())}, err
}
