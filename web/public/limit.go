package public

import (
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/internal/link"
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

// often says when one letter's page is asked for more often than a person or a scanner would. What
// belongs to no letter, a draft's code, is counted by network address.
func (p *pages) often(c *gin.Context, claims link.Claims) error {
	key := strconv.FormatInt(claims.Delivery, 10)
	if claims.Delivery == 0 {
		key = c.ClientIP()
	}
	if p.asks.allow(route(c.FullPath()) + key) {
		return nil
	}
	c.Header("Retry-After", "60")
	return fault.New(fault.TooMany, "This was asked for very often just now. Please try again in a minute.")
}
