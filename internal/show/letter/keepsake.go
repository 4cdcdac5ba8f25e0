package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// What every fresh Keepsake is told.
const (
	domain      = "shop.test"
	base        = "https://letters.shop.test" // how links in letters begin
	address     = "Leaf & Kettle, 1 Sample Street, 1000 Sofia"
	connections = 10
)

// keepsake is one fresh `keepsake serve` with a folder of its own.
type keepsake struct {
	w      *workshop
	data   string
	log    string // the file its log goes to
	env    []string
	cmd    *exec.Cmd
	starts int
	ended  chan error
	url    string // where it listens
	token  string
}

// serve starts a Keepsake on a new folder whose letters go to the SMTP server at addr.
func (w *workshop) serve(ctx context.Context, smtp string) (*keepsake, error) {
	data, err := w.folder("serve")
	if err != nil {
		return nil, err
	}
	return w.serveIn(ctx, data, smtp)
}

func (w *workshop) serveIn(ctx context.Context, data, smtp string) (*keepsake, error) {
	host, port, _ := strings.Cut(smtp, ":")
	k := &keepsake{w: w, data: data, log: filepath.Join(w.dir, filepath.Base(data)+".log")}
	k.env = append(without("KEEPSAKE_"), "KEEPSAKE_BASE_URL="+base, "KEEPSAKE_SENDER_NAME=Leaf & Kettle", "KEEPSAKE_SENDER_EMAIL=hello@"+domain,
		"KEEPSAKE_SMTP_HOST="+host, "KEEPSAKE_SMTP_PORT="+port, "KEEPSAKE_SMTP_TLS=none", "KEEPSAKE_ALLOW_FETCH=127.0.0.1", fmt.Sprint("KEEPSAKE_SMTP_CONNECTIONS=", connections))
	w.after(k.stop)
	welcome, err := k.startSaying(ctx, `(https://\S+/welcome/\S+)`)
	if err != nil {
		return nil, err
	}
	if err := k.own(ctx, welcome); err != nil {
		return nil, err
	}
	token, err := k.command(ctx, "token", "create", "show-letter", "--data", k.data)
	k.token = strings.TrimSpace(token)
	return k, err
}

func without(prefix string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, prefix) {
			env = append(env, v)
		}
	}
	return env
}

// start starts it again.
func (k *keepsake) start(ctx context.Context) error {
	_, err := k.startSaying(ctx, `Keepsake is at (\S+)`)
	return err
}

// startSaying starts it, waits until it is ready and returns what it printed that matches. The address it
// prints is the configured one; where it listens is in its log.
func (k *keepsake) startSaying(ctx context.Context, pattern string) (said string, err error) {
	if said, err = k.launch(pattern, "serve", "--addr", "127.0.0.1:0", "--data", k.data); err != nil {
		return "", err
	}
	return said, until(ctx, 30*time.Second, "readyz", func() (bool, error) {
		if k.url = k.listens(); k.url == "" {
			return false, errors.New("it does not listen")
		}
		resp, err := http.Get(k.url + "/readyz")
		if err != nil {
			return false, err
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK, nil
	})
}

// launch starts the binary and returns what it prints that matches.
func (k *keepsake) launch(pattern string, args ...string) (string, error) {
	log, err := os.OpenFile(k.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer log.Close()
	k.cmd, k.ended = exec.Command(k.w.binary, args...), make(chan error, 1)
	k.cmd.Dir, k.cmd.Env, k.cmd.Stderr = k.w.dir, k.env, log
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := k.cmd.Start(); err != nil {
		return "", err
	}
	k.starts++
	printed, err := firstLine(out, pattern)
	go func() { io.Copy(io.Discard, out); k.ended <- k.cmd.Wait() }()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, k.said())
	}
	return printed, nil
}

// firstLine reads until a line matches.
func firstLine(r io.Reader, pattern string) (string, error) {
	re := regexp.MustCompile(pattern)
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if m := re.FindStringSubmatch(line); m != nil {
			return m[1], nil
		}
		if err != nil {
			return "", fmt.Errorf("it never said “%s”", pattern)
		}
	}
}

var servingAt = regexp.MustCompile(`msg=serving addr=(\S+)`)

// listens is the address its log names last, for the base URL is another.
func (k *keepsake) listens() string {
	b, err := os.ReadFile(k.log)
	if err != nil {
		return ""
	}
	all := servingAt.FindAllSubmatch(b, -1)
	if len(all) < k.starts {
		return ""
	}
	return "http://" + string(all[len(all)-1][1])
}

// said is the end of its log.
func (k *keepsake) said() string {
	b, _ := os.ReadFile(k.log)
	return last(string(b), 800)
}

// stop ends it in order; a second stop does nothing.
func (k *keepsake) stop() error {
	if k.cmd == nil || k.cmd.Process == nil || k.ended == nil {
		return nil
	}
	_ = k.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	return k.wait(30 * time.Second)
}

// crash is kill -9.
func (k *keepsake) crash() error {
	if err := k.cmd.Process.Kill(); err != nil {
		return err
	}
	if err := k.wait(10 * time.Second); err == nil {
		return errors.New("it ended in order before it was killed")
	}
	return nil
}

func (k *keepsake) wait(patience time.Duration) error {
	defer func() { k.ended = nil }()
	select {
	case err := <-k.ended:
		return err
	case <-time.After(patience):
		_ = k.cmd.Process.Kill()
		return errors.New("it did not stop")
	}
}

// command runs another command of the binary beside the running one.
func (k *keepsake) command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, k.w.binary, args...)
	cmd.Dir, cmd.Env = k.w.dir, k.env
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), fmt.Errorf("keepsake %s: %w: %s", args[0], err, last(string(failed.Stderr), 600))
	}
	return string(out), err
}
