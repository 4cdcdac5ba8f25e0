package public

import (
	"sync"
	"time"
)

// limiter counts what one key did in the present window. It forgets all when the window
// ends, so its memory is bounded by what one window brings.
type limiter struct {
	now    func() time.Time
	most   int
	window time.Duration

	mu    sync.Mutex
	since time.Time
	done  map[string]int
}

// mostKeys ends a window early when very many different keys come.
const mostKeys = 100_000

func newLimiter(now func() time.Time, most int, window time.Duration) *limiter {
	return &limiter{now: now, most: most, window: window, done: map[string]int{}}
}

// allow counts one more and reports whether it is still within the limit.
func (l *limiter) allow(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.now(); now.Sub(l.since) >= l.window || now.Before(l.since) || len(l.done) >= mostKeys {
		clear(l.done)
		l.since = now
	}
	l.done[key]++
	return l.done[key] <= l.most
}
