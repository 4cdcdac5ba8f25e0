package stage

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
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

// Share is the value below which that share of them lies.
func Share(all []time.Duration, share float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return all[min(len(all)-1, int(share*float64(len(all))))]
}
