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
}

func newShelf[T any](now func() time.Time) *shelf[T] { return &shelf[T]{now: now} }

// put keeps a thing and returns its token.
func (s *shelf[T]) put(session string, thing T) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tidy(session)
	k := shelved[T]{session, rand.Text(), s.now(), thing}
	s.all = append(s.all, k)
	return k.token
}

// tidy makes room for one more thing of the session.
func (s *shelf[T]) tidy(session string) {
	mine := 1
	for _, k := range s.all {
		if k.session == session {
			mine++
		}
	}
	oldest := s.now().Add(-shelfLife)
	s.all = slices.DeleteFunc(s.all, func(k shelved[T]) bool {
		if k.session == session && mine > shelfSession {
			mine--
			return true
		}
		return k.at.Before(oldest)
	})
	if n := len(s.all) + 1 - shelfAll; n > 0 {
		s.all = slices.Delete(s.all, 0, n)
	}
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
