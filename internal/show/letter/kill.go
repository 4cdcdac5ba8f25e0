package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// kill is kill -9 in the middle of 10,000 letters, and a new start.
func kill(ctx context.Context, w *workshop) (map[string]figure, error) {
	s, err := w.postfixSink(ctx)
	if err != nil {
		return nil, err
	}
	k, err := w.serve(ctx, s.addr)
	if err != nil {
		return nil, err
	}
	all := people(crowd, names...)
	list, err := k.list(ctx, "Tea news", all)
	if err != nil {
		return nil, err
	}
	c, err := k.begin(ctx, newsletterDraft(list))
	if err != nil {
		return nil, err
	}
	if err := s.reach(ctx, crowd*3/10); err != nil {
		return nil, err
	}
	if err := k.crash(); err != nil {
		return nil, err
	}
	if n, err := s.arrived(); err != nil || n >= crowd {
		return nil, fmt.Errorf("%d of %d had arrived when it was killed: %w", n, crowd, err)
	}
	if err := k.start(ctx); err != nil {
		return nil, err
	}
	if _, err := k.finished(ctx, c.ID, crowd, 2*time.Minute); err != nil {
		return nil, err
	}
	return k.reckon(ctx, c.ID, s, all)
}

// reckon compares the ledger with what arrived.
func (k *keepsake) reckon(ctx context.Context, campaign int64, s *sink, all []person) (map[string]figure, error) {
	got, err := s.recipients()
	if err != nil {
		return nil, err
	}
	owed, err := k.deliveries(ctx, campaign)
	if err != nil {
		return nil, err
	}
	state := map[string]string{}
	for _, d := range owed {
		state[d.Email] = d.State
	}
	lost, twice, unsure := 0, 0, 0
	for _, p := range all {
		switch state[p.email] {
		case "unsure":
			unsure++
		case "sent":
			if got[p.email] == 0 {
				lost++
			}
		default: // neither sent nor in doubt: forgotten
			lost++
		}
		twice += max(0, got[p.email]-1)
	}
	most := figure{fmt.Sprint(unsure), fmt.Sprint(unsure)}
	if unsure > connections {
		most.want = fmt.Sprintf("at most %d", connections)
	}
	return map[string]figure{"kill_lost": count(lost, 0), "kill_twice": count(twice, 0), "kill_unsure": most}, nil
}

// reach waits until n letters arrived.
func (s *sink) reach(ctx context.Context, n int) error {
	return until(ctx, time.Minute, fmt.Sprintf("%d letters", n), func() (bool, error) {
		have, err := s.arrived()
		return have >= n, fmt.Errorf("%d came %w", have, err)
	})
}

var rcpt = regexp.MustCompile(`(?m)^X-Rcpt-Args: <([^>]*)>`)

// recipients counts the whole letters that arrived by whom they are for; half a letter, which smtp-sink
// keeps when the line breaks, is none: it ends before its last boundary.
func (s *sink) recipients() (map[string]int, error) {
	got := map[string]int{}
	err := filepath.WalkDir(s.letters, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if m := rcpt.FindSubmatch(b); m != nil && bytes.HasSuffix(bytes.TrimRight(b, "\n"), []byte("--")) {
			got[string(m[1])]++
		}
		return err
	})
	return got, err
}
