package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// walked is what the walk (web/test) writes, a line of JSON for each of its files, where KEEPSAKE_WALK_SUMMARY says.
type walked struct {
	Pages int `json:"pages"`
	Axe   int `json:"axe_serious"`
	CSP   int `json:"csp_violations"`
}

// notOK is a test that failed, as node --test reports it when nobody watches.
var notOK = regexp.MustCompile(`(?m)^ *not ok.*|^ +error: .*`)

// Walk runs all of web/test in Chromium: axe_serious and csp_violations over every page it sees.
func (w *Workshop) Walk(ctx context.Context) (map[string]Figure, error) {
	file := filepath.Join(w.Dir, "walk.json")
	files, err := filepath.Glob(filepath.Join(w.Root, "web/test/*.test.mjs"))
	if err != nil {
		return nil, err
	}
	args := append([]string{"KEEPSAKE_BINARY=" + w.Binary, "KEEPSAKE_WALK_SUMMARY=" + file, "node", "--test", "--test-concurrency=1", "--test-reporter=tap"}, files...)
	said, failed := Output(ctx, w.Root, "env", args...)
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
	return map[string]Figure{"axe_serious": Count(total.Axe, 0), "csp_violations": Count(total.CSP, 0)}, nil
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
