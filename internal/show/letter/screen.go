package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"keepsake/internal/show/stage"
)

// walked is what the walk (web/test) writes, a line of JSON for each of its files, where KEEPSAKE_WALK_SUMMARY says.
type walked struct {
	Pages int `json:"pages"`
	Axe   int `json:"axe_serious"`
	CSP   int `json:"csp_violations"`
}

// notOK is a test that failed, as node --test reports it when nobody watches.
var notOK = regexp.MustCompile(`(?m)^ *not ok.*|^ +error: .*`)

// browser walks through the demo in Chromium.
func browser(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	file := filepath.Join(w.Dir, "walk.json")
	files, err := filepath.Glob(filepath.Join(w.Root, "web/test/*.test.mjs"))
	if err != nil {
		return nil, err
	}
	args := append([]string{"KEEPSAKE_BINARY=" + w.Binary, "KEEPSAKE_WALK_SUMMARY=" + file, "node", "--test", "--test-concurrency=1", "--test-reporter=tap"}, files...)
	said, failed := stage.Output(ctx, w.Root, "env", args...)
	if failed != nil {
		failed = fmt.Errorf("these parts of the walk failed: %s", strings.Join(notOK.FindAllString(said, -1), "; "))
	}
	total, err := readWalk(file)
	switch {
	case err != nil:
		return nil, errors.Join(err, failed)
	case total.Pages == 0:
		return nil, fmt.Errorf("the walk saw no page: %w", failed)
	case failed != nil && total.Axe+total.CSP == 0:
		return nil, failed // for another reason, and it may not have seen all
	}
	fmt.Fprintf(os.Stderr, "  %d pages, light and dark\n", total.Pages)
	return map[string]stage.Figure{"axe_serious": stage.Count(total.Axe, 0), "csp_violations": stage.Count(total.CSP, 0)}, nil
}

func readWalk(file string) (total walked, err error) {
	f, err := os.Open(file)
	if err != nil {
		return total, err
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var one walked
		if err := d.Decode(&one); err == io.EOF {
			return total, nil
		} else if err != nil {
			return total, err
		}
		total.Pages, total.Axe, total.CSP = total.Pages+one.Pages, total.Axe+one.Axe, total.CSP+one.CSP
	}
}

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
