package admin

import (
	"crypto/rand"
	"slices"
	"sync"
	"time"
)

// The limits of a shelf: what is older or more is dropped, the oldest first.
const (
	shelfLife    = 10 * time.Minute
	shelfSession = 16  // things of one session
	shelfAll     = 200 // things at all

	shelfSessionBytes = 16 << 20
	shelfAllBytes     = 64 << 20
)

// shelf keeps things for minutes under a token, each for the session that put it there.
type shelf[T any] struct {
	now func() time.Time
	mu  sync.Mutex
	all []shelved[T] // oldest first
}

type shelved[T any] struct {
	session, token string
	at             time.Time
	thing          T
	bytes          int
}

func newShelf[T any](now func() time.Time) *shelf[T] { return &shelf[T]{now: now} }

// put keeps a thing of so many bytes and returns its token.
func (s *shelf[T]) put(session string, thing T, bytes int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tidy(session, bytes)
	k := shelved[T]{session, rand.Text(), s.now(), thing, bytes}
	s.all = append(s.all, k)
	return k.token
}

// tidy makes room for one more thing of the session.
func (s *shelf[T]) tidy(session string, bytes int) {
	oldest := s.now().Add(-shelfLife)
	s.all = slices.DeleteFunc(s.all, func(k shelved[T]) bool { return k.at.Before(oldest) })
	s.drop(func(k shelved[T]) bool { return k.session == session }, shelfSession, shelfSessionBytes, bytes)
	s.drop(func(shelved[T]) bool { return true }, shelfAll, shelfAllBytes, bytes)
}

// drop takes the oldest of these things away until one more of so many bytes has room among them.
func (s *shelf[T]) drop(these func(shelved[T]) bool, most, mostBytes, bytes int) {
	things := 1
	for _, k := range s.all {
		if these(k) {
			things, bytes = things+1, bytes+k.bytes
		}
	}
	s.all = slices.DeleteFunc(s.all, func(k shelved[T]) bool {
		if !these(k) || things <= most && bytes <= mostBytes {
			return false
		}
		things, bytes = things-1, bytes-k.bytes
		return true
	})
}

// get returns what the session put there under the token, while it is kept.
func (s *shelf[T]) get(session, token string) (thing T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.all {
		if k.token == token && k.session == session && s.now().Sub(k.at) < shelfLife {
			return k.thing, true
		}
	}
	return thing, false
}
