package dispatch

import "sync"

// watchers are told that figures changed; a page that shows progress waits on it.
type watchers struct {
	mu  sync.Mutex
	all map[chan struct{}]bool
}

// Watch returns a channel that receives when figures may have changed, and its end. The
// channel is closed when the dispatcher stops.
func (d *Dispatcher) Watch() (changed <-chan struct{}, end func()) {
	ch := make(chan struct{}, 1)
	d.watch.mu.Lock()
	defer d.watch.mu.Unlock()
	if d.watch.all == nil {
		d.watch.all = map[chan struct{}]bool{}
	}
	d.watch.all[ch] = true
	return ch, func() {
		d.watch.mu.Lock()
		defer d.watch.mu.Unlock()
		delete(d.watch.all, ch)
	}
}

func (w *watchers) changed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.all {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// close ends all watching.
func (w *watchers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.all {
		close(ch)
	}
	w.all = nil
}
