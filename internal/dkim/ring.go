package dkim

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Stored is a key that signs, as it is kept.
type Stored struct{ Domain, Selector, Sealed string }

// Ring holds the signers of all domains and follows changes that any process makes. It is
// safe for use by many at once.
type Ring struct {
	load    func(context.Context) ([]Stored, error)
	open    func(sealed string) (string, error)
	mu      sync.Mutex // one reload at a time
	last    []Stored
	next    atomic.Int64 // when the keys are looked at again, in nanoseconds since 1970
	signers atomic.Pointer[map[string]*Signer]
}

// lookEvery is how long a change takes to reach every process, at most.
const lookEvery = 3 * time.Second

// NewRing returns a ring of the keys that load gives, in the order of their signatures; open
// unseals a private key.
func NewRing(load func(context.Context) ([]Stored, error), open func(sealed string) (string, error)) *Ring {
	return &Ring{load: load, open: open}
}

// Sign signs a letter of the domain; without a key it comes back as it is. It is an error
// while nobody could find out whether there is one.
func (r *Ring) Sign(domain string, letter []byte) ([]byte, error) {
	r.look()
	signers := r.signers.Load()
	if signers == nil {
		return nil, errUnread
	}
	if s := (*signers)[domain]; s != nil {
		return s.Sign(letter)
	}
	return letter, nil
}

var errUnread = errors.New("dkim: the keys could not be read yet")

// look reloads when it is time to; only one caller does, and only the first time others wait.
func (r *Ring) look() {
	due := r.next.Load()
	if due == 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.next.Load() == 0 {
			r.reload()
		}
		return
	}
	if time.Now().UnixNano() >= due && r.mu.TryLock() {
		defer r.mu.Unlock()
		r.reload()
	}
}

// Reload follows changes at once.
func (r *Ring) Reload() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reload()
}

// reload keeps the signers there are when the keys cannot be read.
func (r *Ring) reload() {
	ctx, cancel := context.WithTimeout(context.Background(), lookEvery)
	defer cancel()
	keys, err := r.load(ctx)
	defer func() { r.next.Store(time.Now().Add(lookEvery).UnixNano()) }()
	if err != nil {
		slog.Warn("dkim: the keys cannot be read", "error", err)
		return
	}
	if r.signers.Load() != nil && slices.Equal(keys, r.last) {
		return
	}
	r.last = keys
	signers := r.make(keys)
	r.signers.Store(&signers)
	if len(signers) > 0 {
		slog.Info("dkim: signing", "domains", slices.Sorted(maps.Keys(signers)))
	}
}

func (r *Ring) make(stored []Stored) map[string]*Signer {
	keys := map[string][]Key{}
	for _, s := range stored {
		private, err := r.open(s.Sealed)
		if err == nil {
			var k Key
			if k, err = OpenKey(s.Domain, s.Selector, private); err == nil {
				keys[s.Domain] = append(keys[s.Domain], k)
				continue
			}
		}
		slog.Error("dkim: a key cannot be used", "domain", s.Domain, "selector", s.Selector, "error", err)
	}
	signers := map[string]*Signer{}
	for domain, all := range keys {
		signers[domain] = NewSigner(all...)
	}
	return signers
}
