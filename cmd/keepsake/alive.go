package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
)

// sign is a file that this process keeps locked for as long as it lives: whoever gets the
// lock knows, without waiting, that we are gone. After end(false) the file stays behind: we
// are gone, and what we held is still to be taken back.
func sign(data, owner string) (end func(inOrder bool), err error) {
	path := signPath(data, owner)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return func(inOrder bool) {
		if inOrder {
			os.Remove(path)
		}
		f.Close()
	}, nil
}

func signPath(data, owner string) string {
	return filepath.Join(data, "run", filepath.Base(owner)+".lock")
}

// dead reports whether a process of this machine and folder is certainly gone. What cannot
// be told is not certain.
func dead(data, owner string) bool {
	f, err := os.OpenFile(signPath(data, owner), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// bury takes back at once what processes held that died on this machine, in this folder: a
// service that is started again after a crash need not wait for its predecessor.
func (k *keeper) bury(ctx context.Context) error {
	all, err := k.store.Processes(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Owner == k.self.Owner || p.Host != k.self.Host || !dead(k.data, p.Owner) {
			continue
		}
		unsure, err := k.store.TakeBack(ctx, p)
		if err != nil {
			return err
		}
		slog.Warn("a process died; what it held was taken back", "process", p.Owner, "unsure", unsure)
		os.Remove(signPath(k.data, p.Owner))
	}
	return nil
}
