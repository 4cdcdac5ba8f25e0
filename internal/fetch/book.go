package fetch

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Limits of a Book.
const (
	fresh  = 10 * time.Minute // how long an answer is believed
	atOnce = 8                // links asked at the same time
	most   = 2000             // answers kept
	apart  = time.Minute      // between two questions for the same address
)

// pages are the ports on which pages are.
var pages = []string{"80", "443"}

// Book asks links in the background and remembers what they answered for some minutes.
type Book struct {
	client *http.Client
	now    func() time.Time
	slots  chan struct{}
	mu     sync.Mutex
	known  map[string]Answer
	busy   sync.WaitGroup
}

// NewBook returns an empty book. It asks public addresses on the ports of pages, and whatever
// allow names, each a host or host:port.
func NewBook(allow []string, now func() time.Time) *Book {
	return &Book{client: client(allow, pages, refusePrivate), now: now, slots: make(chan struct{}, atOnce), known: map[string]Answer{}}
}

// Look returns what is known of each address, in their order, and begins to ask those that
// nobody asked within ten minutes; of them the State is Waiting until they are asked again.
func (b *Book) Look(addresses []string) []Answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	answers := make([]Answer, len(addresses))
	for i, address := range addresses {
		a, ok := b.known[address]
		if ok && (a.State == Waiting || b.now().Sub(a.At) < fresh) {
			answers[i] = a
			continue
		}
		b.makeRoom()
		if len(b.known) >= most {
			continue // all of them are being asked: this one is, next time
		}
		b.known[address] = Answer{}
		b.busy.Go(func() { b.ask(address) })
	}
	return answers
}

// Forget drops what is known for a minute or longer, so that the next Look asks again.
func (b *Book) Forget(addresses []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, address := range addresses {
		if a := b.known[address]; a.State != Waiting && b.now().Sub(a.At) >= apart {
			delete(b.known, address)
		}
	}
}

// makeRoom drops what is too old, and everything that was answered when that is not enough.
func (b *Book) makeRoom() {
	if len(b.known) < most {
		return
	}
	for _, keep := range []time.Duration{fresh, -1} {
		for address, a := range b.known {
			if a.State != Waiting && b.now().Sub(a.At) > keep {
				delete(b.known, address)
			}
		}
		if len(b.known) < most {
			return
		}
	}
}

func (b *Book) ask(address string) {
	b.slots <- struct{}{}
	defer func() { <-b.slots }()
	ctx, cancel := context.WithTimeout(context.Background(), 2*Timeout)
	defer cancel()
	a := Probe(ctx, b.client, address)
	b.mu.Lock()
	defer b.mu.Unlock()
	a.At = b.now()
	b.known[address] = a
}

// Wait returns when nothing is being asked any more.
func (b *Book) Wait() { b.busy.Wait() }
