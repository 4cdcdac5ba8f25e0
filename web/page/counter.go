package page

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"keepsake/internal/store"
)

// Counter writes opens and clicks down, many in one transaction: a page of ours answers a
// picture without waiting for the disk. What was taken is written by the time Close returns.
type Counter struct {
	write func(context.Context, []store.Sighting) error
	in    chan store.Sighting
	flush chan chan struct{}
	close func()
	end   chan struct{} // closed to end
	done  chan struct{} // closed when all is written
}

// How much a transaction takes, how long the first waits for others, and how long a
// database that fails is left alone.
const (
	mostSightings = 2000
	mergeTime     = 50 * time.Millisecond
	againTime     = time.Second
)

// NewCounter starts a counter that hands batches to write.
func NewCounter(write func(context.Context, []store.Sighting) error) *Counter {
	c := &Counter{write: write, in: make(chan store.Sighting, 4*mostSightings), flush: make(chan chan struct{}),
		end: make(chan struct{}), done: make(chan struct{})}
	c.close = sync.OnceFunc(func() { close(c.end) })
	go c.work()
	return c
}

// Add takes one. When the database does not keep up it waits, as long as ctx allows; it
// reports whether the sighting was taken.
func (c *Counter) Add(ctx context.Context, s store.Sighting) bool {
	select {
	case <-c.done:
		return false
	default:
	}
	select {
	case c.in <- s:
		return true
	case <-ctx.Done():
	case <-c.done:
	}
	return false
}

// Flush returns when all that was taken so far is written, or could not be.
func (c *Counter) Flush() {
	written := make(chan struct{})
	select {
	case c.flush <- written:
		<-written
	case <-c.done:
	}
}

// Close writes what is left. What is added after it is not taken.
func (c *Counter) Close() {
	c.close()
	<-c.done
}

func (c *Counter) work() {
	defer close(c.done)
	for {
		select {
		case first := <-c.in:
			c.commit(c.gather(first))
		case <-c.end:
			c.commit(c.waiting(nil))
			return
		case written := <-c.flush:
			c.commit(c.waiting(nil))
			close(written)
		}
	}
}

// gather takes what comes within a moment.
func (c *Counter) gather(first store.Sighting) []store.Sighting {
	late := time.After(mergeTime)
	all := []store.Sighting{first}
	for len(all) < mostSightings {
		select {
		case s := <-c.in:
			all = append(all, s)
		case written := <-c.flush:
			c.commit(c.waiting(all))
			close(written)
			return nil
		case <-c.end:
			return all
		case <-late:
			return all
		}
	}
	return all
}

// waiting adds what is there already.
func (c *Counter) waiting(all []store.Sighting) []store.Sighting {
	for {
		select {
		case s := <-c.in:
			all = append(all, s)
		default:
			return all
		}
	}
}

// mostTries is how often a batch is tried: a disk that is full for a minute loses nothing.
const mostTries = 60

func (c *Counter) commit(all []store.Sighting) {
	if len(all) == 0 {
		return
	}
	var err error
	for range mostTries {
		if err = c.write(context.Background(), all); err == nil {
			return
		}
		slog.Warn("opens and clicks wait for the database", "count", len(all), "error", err)
		time.Sleep(againTime)
	}
	slog.Error("opens and clicks not recorded", "count", len(all), "error", err)
}
