// Package demo makes a sample shop with a past: invented people, orders and campaigns, marked as such.
package demo

import (
	"sync"
	"time"
)

// Clock runs through the sample shop's past, and then is the real one.
type Clock struct {
	mu   sync.Mutex
	past time.Time // zero: now
}

// Now is the moment.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.past.IsZero() {
		return time.Now()
	}
	return c.past
}

func (c *Clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.past = at
}
