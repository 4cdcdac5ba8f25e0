package admin

import (
	"sync"
	"time"

	"keepsake/campaigns/fault"
)

// The limits of failed sign-ins in a window (ASVS 6.3.1). Counting by address as well keeps
// one guesser from trying many accounts; neither locks the owner out for longer than a window.
const (
	attemptWindow = 15 * time.Minute
	perAccount    = 5
	perAddress    = 20
	maxTracked    = 100_000
)

// attempts remembers failed sign-ins, in memory: a restart forgives.
type attempts struct {
	mu     sync.Mutex
	now    func() time.Time
	failed map[string][]time.Time
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, failed: map[string][]time.Time{}}
}

// begin counts a try as failed until forgive, and says how long to wait when there were too
// many. Counting first leaves no room between question and answer for a burst.
func (a *attempts) begin(account, address string) (wait time.Duration, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for key, limit := range map[string]int{"account:" + account: perAccount, "address:" + address: perAddress} {
		recent := a.recent(key, now)
		if len(recent) >= limit {
			wait = max(wait, recent[0].Add(attemptWindow).Sub(now))
		}
	}
	if wait > 0 {
		return wait, fault.New(fault.TooMany, "There were too many failed sign-ins. Wait a quarter of an hour and try again.")
	}
	if len(a.failed) > maxTracked {
		a.sweep(now)
	}
	for _, key := range []string{"account:" + account, "address:" + address} {
		a.failed[key] = append(a.failed[key], now)
	}
	return 0, nil
}

// forgive forgets the account's failures, and the last one of the address, after a success.
func (a *attempts) forgive(account, address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.failed, "account:"+account)
	if all := a.failed["address:"+address]; len(all) > 0 {
		a.failed["address:"+address] = all[:len(all)-1]
	}
}

func (a *attempts) recent(key string, now time.Time) []time.Time {
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

func (a *attempts) sweep(now time.Time) {
	for key := range a.failed {
		a.recent(key, now)
	}
}
