package admin

import (
	"crypto/sha256"
	"sync"
	"time"

	"keepsake/campaigns/fault"
)

// The limits of failed sign-ins in a window (ASVS 6.3.1). An account's failures are counted
// for each network apart, so that no stranger can lock its owner out; counting a network's
// own keeps one guesser from trying many accounts.
const (
	attemptWindow = 15 * time.Minute
	perAccount    = 5
	perAddress    = 20
)

// attempts remembers failed sign-ins, in memory: a restart forgives.
type attempts struct {
	mu     sync.Mutex
	now    func() time.Time
	failed map[key][]time.Time
	swept  time.Time
}

// key is whose failures are counted. It is a hash, as an account may be typed at any length.
type key [sha256.Size]byte

func keys(account, address string) (both, one key) {
	return sha256.Sum256([]byte("account:" + address + " " + account)), sha256.Sum256([]byte("address:" + address))
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, failed: map[key][]time.Time{}}
}

// begin counts a try as failed until forgive, and says how long to wait when there were too
// many. Counting first leaves no room between question and answer for a burst.
func (a *attempts) begin(account, address string) (wait time.Duration, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	a.sweep(now)
	both, one := keys(account, address)
	for key, limit := range map[key]int{both: perAccount, one: perAddress} {
		recent := a.recent(key, now)
		if len(recent) >= limit {
			wait = max(wait, recent[0].Add(attemptWindow).Sub(now))
		}
	}
	if wait > 0 {
		return wait, fault.New(fault.TooMany, "There were too many failed sign-ins. Wait a quarter of an hour and try again.")
	}
	a.failed[both], a.failed[one] = append(a.failed[both], now), append(a.failed[one], now)
	return 0, nil
}

// forgive forgets the account's failures from there, and the address's last, after a success.
func (a *attempts) forgive(account, address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	both, one := keys(account, address)
	delete(a.failed, both)
	if all := a.failed[one]; len(all) > 0 {
		a.failed[one] = all[:len(all)-1]
	}
}

func (a *attempts) recent(key key, now time.Time) []time.Time {
	all := a.failed[key]
	for len(all) > 0 && now.Sub(all[0]) >= attemptWindow {
		all = all[1:]
	}
	if len(all) == 0 {
		delete(a.failed, key)
		return nil
	}
	a.failed[key] = all
	return all
}

// sweep forgets what is too old to count, once a window.
func (a *attempts) sweep(now time.Time) {
	if now.Sub(a.swept) < attemptWindow {
		return
	}
	a.swept = now
	for key := range a.failed {
		a.recent(key, now)
	}
}
