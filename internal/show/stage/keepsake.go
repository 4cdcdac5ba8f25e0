package stage

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
	Domain      = "shop.test"
	Base        = "https://letters.shop.test" // how links in letters begin
	Address     = "Leaf & Kettle, 1 Sample Street, 1000 Sofia"
	Connections = 10
)

// Keepsake is one fresh `keepsake serve` with a folder of its own.
type Keepsake struct {
	w       *Workshop
	Data    string
	Log     string // the file its log goes to
	Env     []string
	cmd     *exec.Cmd
	starts  int
	ended   chan error
	URL     string // where it listens
	token   string
	cookies string // of the owner, signed in
}

// Serve starts a Keepsake on a new folder whose letters go to the SMTP server at addr; settings are variables, KEY=value.
func (w *Workshop) Serve(ctx context.Context, smtp string, settings ...string) (*Keepsake, error) {
	data, err := w.Folder("serve")
	if err != nil {
		return nil, err
	}
	return w.ServeIn(ctx, data, smtp, settings...)
}

// ServeIn is Serve in that folder.
func (w *Workshop) ServeIn(ctx context.Context, data, smtp string, settings ...string) (*Keepsake, error) {
	host, port, _ := strings.Cut(smtp, ":")
	k := w.Unstarted(data)
	k.Env = append(Without("KEEPSAKE_"), "KEEPSAKE_BASE_URL="+Base, "KEEPSAKE_SENDER_NAME=Leaf & Kettle", "KEEPSAKE_SENDER_EMAIL=hello@"+Domain,
		"KEEPSAKE_SMTP_HOST="+host, "KEEPSAKE_SMTP_PORT="+port, "KEEPSAKE_SMTP_TLS=none", "KEEPSAKE_ALLOW_FETCH=127.0.0.1", fmt.Sprint("KEEPSAKE_SMTP_CONNECTIONS=", Connections))
	k.Env = append(k.Env, settings...)
	welcome, err := k.startSaying(ctx, `(https://\S+/welcome/\S+)`)
	if err != nil {
		return nil, err
	}
	if err := k.own(ctx, welcome); err != nil {
		return nil, err
	}
	token, err := k.command(ctx, "token", "create", "show", "--data", k.Data)
	k.token = strings.TrimSpace(token)
	return k, err
}

// Unstarted is a Keepsake of that folder that is yet to be started; it is stopped when the story ends.
func (w *Workshop) Unstarted(data string) *Keepsake {
	k := &Keepsake{w: w, Data: data, Log: filepath.Join(w.Dir, filepath.Base(data)+".log")}
	w.After(k.Stop)
	return k
}

// Beside starts another process on the same database, with a folder of its own.
func (k *Keepsake) Beside(ctx context.Context) (*Keepsake, error) {
	data, err := k.w.Folder("serve")
	if err != nil {
		return nil, err
	}
	other := k.w.Unstarted(data)
	other.Env, other.token, other.cookies = k.Env, k.token, k.cookies
	return other, other.Start(ctx)
}

// PID is the number of the process that serves.
func (k *Keepsake) PID() int { return k.cmd.Process.Pid }

// Without is the environment without the variables that begin so.
func Without(prefix string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, prefix) {
			env = append(env, v)
		}
	}
	return env
}

// Start starts it again.
func (k *Keepsake) Start(ctx context.Context) error {
	_, err := k.startSaying(ctx, `Keepsake is at (\S+)`)
	return err
}

// startSaying starts it, waits until it is ready and returns what it printed that matches. The address it
// prints is the configured one; where it listens is in its log.
func (k *Keepsake) startSaying(ctx context.Context, pattern string) (said string, err error) {
	if said, err = k.Launch(pattern, "serve", "--addr", "127.0.0.1:0", "--data", k.Data); err != nil {
		return "", err
	}
	return said, Until(ctx, 30*time.Second, "readyz", func() (bool, error) {
		if k.URL = k.listens(); k.URL == "" {
			return false, errors.New("it does not listen")
		}
		resp, err := http.Get(k.URL + "/readyz")
		if err != nil {
			return false, err
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK, nil
	})
}

// Launch starts the binary and returns what it prints that matches.
func (k *Keepsake) Launch(pattern string, args ...string) (string, error) {
	log, err := os.OpenFile(k.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer log.Close()
	k.cmd, k.ended = exec.Command(k.w.Binary, args...), make(chan error, 1)
	k.cmd.Dir, k.cmd.Env, k.cmd.Stderr = k.w.Dir, k.Env, log
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
		return "", fmt.Errorf("%w: %s", err, k.Said())
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
func (k *Keepsake) listens() string {
	b, err := os.ReadFile(k.Log)
	if err != nil {
		return ""
	}
	all := servingAt.FindAllSubmatch(b, -1)
	if len(all) < k.starts {
		return ""
	}
	return "http://" + string(all[len(all)-1][1])
}

// Said is the end of its log.
func (k *Keepsake) Said() string {
	b, _ := os.ReadFile(k.Log)
	return Last(string(b), 800)
}

// Stop ends it in order; a second stop does nothing.
func (k *Keepsake) Stop() error {
	if k.cmd == nil || k.cmd.Process == nil || k.ended == nil {
		return nil
	}
	_ = k.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	return k.wait(30 * time.Second)
}

// Crash is kill -9.
func (k *Keepsake) Crash() error {
	if err := k.cmd.Process.Kill(); err != nil {
		return err
	}
	if err := k.wait(10 * time.Second); err == nil {
		return errors.New("it ended in order before it was killed")
	}
	return nil
}

func (k *Keepsake) wait(patience time.Duration) error {
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
func (k *Keepsake) command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, k.w.Binary, args...)
	cmd.Dir, cmd.Env = k.w.Dir, k.Env
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), fmt.Errorf("keepsake %s: %w: %s", args[0], err, Last(string(failed.Stderr), 600))
	}
	return string(out), err
}
