package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"keepsake/internal/show/stage"
)

// secondServe starts another on the same folder: it must end, and say why.
func secondServe(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	k, err := w.serve(ctx, "127.0.0.1:9")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, w.Binary, "serve", "--addr", "127.0.0.1:0", "--data", k.Data)
	cmd.Env = k.Env
	said, err := cmd.CombinedOutput()
	want := "keepsake: Another Keepsake already uses " + filepath.Join(k.Data, "keepsake.db") + ". Stop it first, or use PostgreSQL for several processes."
	failed, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case !ok:
		return nil, fmt.Errorf("it did not fail: %w %s", err, said)
	case strings.TrimSpace(string(said)) != want:
		return map[string]stage.Figure{"second_serve": stage.Exactly(stage.OneLine(string(said)), want)}, nil
	}
	_, err = stage.Call[any](ctx, k.Keepsake, "GET", "/lists", nil) // the first one goes on
	return map[string]stage.Figure{"second_serve": stage.Exactly(fmt.Sprintf("refused with exit code %d and its reason", failed.ExitCode()), "refused with exit code 1 and its reason")}, err
}

// unreachable starts a campaign while the mail server is away, then brings it back.
func unreachable(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	s, err := w.postfixSink(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.stop(); err != nil {
		return nil, err
	}
	k, err := w.serve(ctx, s.addr)
	if err != nil {
		return nil, err
	}
	all := stage.People(50, names...)
	list, err := k.List(ctx, "Tea news", all)
	if err != nil {
		return nil, err
	}
	c, err := k.Begin(ctx, newsletterDraft(list))
	if err != nil {
		return nil, err
	}
	if err := k.says(ctx, `does not answer`); err != nil {
		return nil, err
	}
	if c, err = k.Campaign(ctx, c.ID); err != nil || c.Settled() > 0 {
		return nil, fmt.Errorf("while the server was away, %+v %w", c.Counts, err)
	}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	back := time.Now()
	if c, err = k.Finished(ctx, c.ID, len(all), time.Minute); err != nil {
		return nil, err
	}
	took := time.Since(back)
	got, err := s.recipients()
	if err != nil || len(got) != len(all) || c.Counts.Sent != len(all) {
		return nil, fmt.Errorf("%d of %d got a letter, %+v %w", len(got), len(all), c.Counts, err)
	}
	fmt.Fprintf(os.Stderr, "  resumed by itself after %.1f s\n", took.Seconds())
	return map[string]stage.Figure{"unreachable_smtp": stage.Info("waited and resumed")}, nil
}

// says waits for words in its log.
func (k *keepsake) says(ctx context.Context, pattern string) error {
	re := regexp.MustCompile(pattern)
	return stage.Until(ctx, 30*time.Second, "a line in the log: "+pattern, func() (bool, error) {
		b, err := os.ReadFile(k.Log)
		return re.Match(b), err
	})
}

// diskSize is small, but enough for a crowd's ledger.
const (
	diskSize  = "96m"
	diskCrowd = 4000
)

// fullDisk lets the disk of a serving Keepsake fill up while it sends, and makes room again.
func fullDisk(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	if os.Getuid() != 0 {
		return map[string]stage.Figure{"full_disk": stage.Info("not run: needs root")}, nil
	}
	s, err := w.postfixSink(ctx)
	if err != nil {
		return nil, err
	}
	disk, err := w.mount(ctx)
	if err != nil {
		return nil, err
	}
	k, err := w.serveIn(ctx, disk, s.addr)
	if err != nil {
		return nil, err
	}
	all := stage.People(diskCrowd, names...)
	list, err := k.List(ctx, "Tea news", all)
	if err != nil {
		return nil, err
	}
	c, err := k.Begin(ctx, newsletterDraft(list))
	if err != nil {
		return nil, err
	}
	if err := s.reach(ctx, diskCrowd/10); err != nil {
		return nil, err
	}
	filler := filepath.Join(disk, "filler")
	if err := fill(filler); err != nil {
		return nil, err
	}
	if err := k.says(ctx, `(?i)disk is full|no space left`); err != nil {
		return nil, err
	}
	if n, err := s.arrived(); err != nil || n >= diskCrowd {
		return nil, fmt.Errorf("%d had arrived when the disk was full: %w", n, err)
	}
	time.Sleep(3 * time.Second) // let it try in vain
	if err := os.Remove(filler); err != nil {
		return nil, err
	}
	if _, err = k.Finished(ctx, c.ID, diskCrowd, time.Minute); err != nil {
		return nil, err
	}
	got, err := k.reckon(ctx, c.ID, s, all)
	if err != nil {
		return nil, err
	}
	value := fmt.Sprintf("%d lost, %d twice, %d unsure", got.Lost, got.Twice, got.Unsure)
	want := fmt.Sprintf("0 lost, 0 twice, %d unsure", min(got.Unsure, stage.Connections))
	return map[string]stage.Figure{"full_disk": stage.Exactly(value, want)}, nil
}

// mount makes a small disk of its own.
func (w *workshop) mount(ctx context.Context) (string, error) {
	disk, err := w.Folder("disk")
	if err != nil {
		return "", err
	}
	if _, err := stage.Output(ctx, "", "mount", "-t", "tmpfs", "-o", "size="+diskSize, "keepsake-show", disk); err != nil {
		return "", err
	}
	w.After(func() error { return syscall.Unmount(disk, syscall.MNT_DETACH) })
	return disk, nil
}

// fill writes until nothing more fits.
func fill(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			return err
		}
	}
	return nil
}
