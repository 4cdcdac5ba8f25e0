package stage

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Open asks for a page as the owner and says how long the whole answer took.
func (k *Keepsake) Open(ctx context.Context, path string) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.URL+path, nil)
	if err != nil {
		return 0, err
	}
	req.Host = strings.TrimPrefix(Base, "https://")
	req.Header.Set("Cookie", k.cookies)
	began := time.Now()
	resp, err := Visitor.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	took := time.Since(began)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", path, resp.Status)
	}
	return took, err
}

// PeakMB is the most memory the process has held since it began.
func (k *Keepsake) PeakMB() (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", k.PID()))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	kb, err := strconv.ParseFloat(strings.Fields(rest + " ?")[0], 64)
	return kb / 1024, err
}

// Run runs another command of the binary on the same books and returns what it printed.
func (k *Keepsake) Run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, k.w.Binary, args...)
	cmd.Dir, cmd.Env = k.w.Dir, k.Env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// PeakOf runs another command of the binary and returns the most memory it held, in MB.
func (k *Keepsake) PeakOf(ctx context.Context, args ...string) (float64, error) {
	cmd := exec.CommandContext(ctx, k.w.Binary, args...)
	cmd.Dir, cmd.Env = k.w.Dir, k.Env
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("keepsake %s: %w: %s", args[0], err, Last(string(out), 300))
	}
	return float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024, nil
}

// Share is the value below which that share of them lies.
func Share(all []time.Duration, share float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return all[min(len(all)-1, int(share*float64(len(all))))]
}
