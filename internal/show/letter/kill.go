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

	"keepsake/internal/show/stage"
)

// kill is kill -9 in the middle of 10,000 letters, and a new start.
func kill(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	s, err := w.postfixSink(ctx)
	if err != nil {
		return nil, err
	}
	k, err := w.serve(ctx, s.addr)
	if err != nil {
		return nil, err
	}
	all := stage.People(crowd, names...)
	list, err := k.List(ctx, "Tea news", all)
	if err != nil {
		return nil, err
	}
	c, err := k.Begin(ctx, newsletterDraft(list))
	if err != nil {
		return nil, err
	}
	if err := s.reach(ctx, crowd*3/10); err != nil {
		return nil, err
	}
	if err := k.Crash(); err != nil {
		return nil, err
	}
	if n, err := s.arrived(); err != nil || n >= crowd {
		return nil, fmt.Errorf("%d of %d had arrived when it was killed: %w", n, crowd, err)
	}
	if err := k.Start(ctx); err != nil {
		return nil, err
	}
	if _, err := k.Finished(ctx, c.ID, crowd, 2*time.Minute); err != nil {
		return nil, err
	}
	got, err := k.reckon(ctx, c.ID, s, all)
	return map[string]stage.Figure{"kill_lost": stage.Count(got.Lost, 0), "kill_twice": stage.Count(got.Twice, 0),
		"kill_unsure": stage.AtMost("%d", got.Unsure, stage.Connections)}, err
}

// reckon compares the ledger with what arrived.
func (k *keepsake) reckon(ctx context.Context, campaign int64, s *sink, all []stage.Person) (stage.Account, error) {
	got, err := s.recipients()
	if err != nil {
		return stage.Account{}, err
	}
	owed, err := k.Deliveries(ctx, campaign)
	return stage.Reckon(all, owed, got), err
}

// reach waits until n letters arrived.
func (s *sink) reach(ctx context.Context, n int) error {
	return stage.Until(ctx, time.Minute, fmt.Sprintf("%d letters", n), func() (bool, error) {
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
