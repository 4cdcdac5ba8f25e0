package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"keepsake/internal/show/stage"
)

// sink is a running smtp-sink of Debian's Postfix, which writes each letter into a file.
type sink struct {
	addr, letters string
	cmd           *exec.Cmd
}

// sinkBinary finds it where Debian keeps it, which is on root's path only.
func sinkBinary() (string, error) {
	for _, name := range []string{"smtp-sink", "/usr/sbin/smtp-sink"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("smtp-sink is missing: apt-get install postfix")
}

// postfixSink starts smtp-sink on a free port.
func (w *workshop) postfixSink(ctx context.Context) (*sink, error) {
	letters, err := w.Folder("letters")
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	s := &sink{addr: addr, letters: letters}
	w.After(s.stop)
	return s, s.start(ctx)
}

func (s *sink) start(ctx context.Context) error {
	binary, err := sinkBinary()
	if err != nil {
		return err
	}
	args := []string{"-c", "-d", s.letters + "/%H%M/%S."}
	if os.Getuid() == 0 {
		args = append(args, "-u", "nobody")
	}
	s.cmd = exec.Command(binary, append(args, s.addr, "100")...)
	if err := s.cmd.Start(); err != nil {
		return err
	}
	return stage.Until(ctx, 5*time.Second, "smtp-sink", func() (bool, error) {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			return false, err
		}
		return true, c.Close()
	})
}

func (s *sink) stop() error {
	if s.cmd == nil || s.cmd.Process == nil {
		return nil
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it knows no orderly stop, and dies of it
	_ = s.cmd.Wait()
	s.cmd = nil
	return nil
}

// arrived counts the letters that came.
func (s *sink) arrived() (n int, err error) {
	err = filepath.WalkDir(s.letters, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	return n, err
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
