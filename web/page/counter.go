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
	end   chan struct{}   // closed to end
	done  chan struct{}   // closed when all is written
	live  context.Context // of the transactions: ends lastTime after Close began
	lost  losses
}

// How much a transaction takes, how long the first waits for others, how long a database
// that fails is left alone, and how long one try may take.
const (
	mostSightings = 2000
	mergeTime     = 50 * time.Millisecond
	againTime     = time.Second
	tryTime       = 30 * time.Second
)

// addTime is how long a reader waits for a database that does not keep up before the page
// goes on without being counted; lastTime is how long an orderly stop waits for it.
const (
	addTime  = time.Second
	lastTime = 10 * time.Second
)

// NewCounter starts a counter that hands batches to write.
func NewCounter(write func(context.Context, []store.Sighting) error) *Counter {
	c := &Counter{write: write, in: make(chan store.Sighting, 4*mostSightings), flush: make(chan chan struct{}),
		end: make(chan struct{}), done: make(chan struct{})}
	live, cancel := context.WithCancel(context.Background())
	c.live = live
	c.close = sync.OnceFunc(func() {
		close(c.end)
		time.AfterFunc(lastTime, cancel)
	})
	go c.work()
	return c
}

// Add takes one. When the database does not keep up it waits for a second at most, and no
// longer than ctx; it reports whether the sighting was taken. What was not is in the log.
func (c *Counter) Add(ctx context.Context, s store.Sighting) bool {
	taken := c.add(ctx, s)
	if !taken {
		c.lost.add()
	}
	return taken
}

func (c *Counter) add(ctx context.Context, s store.Sighting) bool {
	select {
	case <-c.end:
		return false
	default:
	}
	select {
	case c.in <- s:
		return true
	default:
	}
	late := time.NewTimer(addTime)
	defer late.Stop()
	select {
	case c.in <- s:
		return true
	case <-ctx.Done():
	case <-late.C:
	case <-c.end:
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

// Close writes what is left, for a few tries: a database that is away holds up no stop for
// longer than lastTime. What is added after it is not taken.
func (c *Counter) Close() {
	c.close()
	<-c.done
	c.lost.rest()
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
		if err = c.try(all); err == nil {
			return
		}
		slog.Warn("opens and clicks wait for the database", "count", len(all), "error", err)
		select {
		case <-time.After(againTime):
		case <-c.live.Done():
		}
		if c.live.Err() != nil {
			break
		}
	}
	slog.Error("opens and clicks not recorded", "count", len(all), "error", err)
}

func (c *Counter) try(all []store.Sighting) error {
	ctx, cancel := context.WithTimeout(c.live, tryTime)
	defer cancel()
	return c.write(ctx, all)
}

// losses counts opens and clicks that were not taken, and says so once a minute.
type losses struct {
	mu   sync.Mutex
	n    int
	said time.Time
}

const sayEvery = time.Minute

func (l *losses) add() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n++; time.Since(l.said) >= sayEvery {
		l.say()
	}
}

func (l *losses) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n > 0 {
		l.say()
	}
}

// say is called with mu held.
func (l *losses) say() {
	slog.Warn("opens and clicks not recorded: the database does not keep up", "count", l.n)
	l.n, l.said = 0, time.Now()
}
