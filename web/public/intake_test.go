package public

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"keepsake/internal/hooks"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
	"keepsake/web/page"
)

// moody is a provider with one token, whose calls fare as it is told.
type moody struct {
	err    error // of the settling
	events error
	until  time.Time
}

func (m *moody) Verify(context.Context, hooks.Call) error     { return nil }
func (m *moody) Events([]byte) ([]hooks.Event, error)         { return nil, m.events }
func (m *moody) Settle(context.Context, hooks.Call) error     { return m.err }
func (m *moody) Token(hooks.Call) (token string, _ time.Time) { return "one", m.until }

func TestACallThatCouldNotBeTakenMayComeAgainWithItsToken(t *testing.T) {
	noon := time.Date(2026, 11, 17, 12, 0, 0, 0, time.UTC)
	clock := storetest.NewClock(noon)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(noon)
		m := &moody{err: errors.New("away"), until: noon.Add(9 * time.Hour)}
		want := func(status int, say string) {
			t.Helper()
			in := newIntake(&page.Site{Store: st, Now: clock.Now}) // another process each time
			if got, said := in.take(t.Context(), nil, "mailgun", m, hooks.Call{}); got != status || said != say {
				t.Errorf("%d %q, want %d %q", got, said, status, say)
			}
		}
		want(http.StatusServiceUnavailable, "Come again later.")
		m.err = nil
		want(http.StatusOK, "Taken.")
		want(http.StatusOK, "Taken before.")
		clock.Add(8 * time.Hour)
		want(http.StatusOK, "Taken before.")
	})
}

func TestACallOfNoFormSpendsItsToken(t *testing.T) {
	noon := time.Date(2026, 11, 17, 12, 0, 0, 0, time.UTC)
	storetest.Each(t, storetest.NewClock(noon), func(t *testing.T, st *store.Store) {
		in := newIntake(&page.Site{Store: st, Now: func() time.Time { return noon }})
		m := &moody{events: errors.New("nonsense"), until: noon.Add(9 * time.Hour)}
		for _, want := range []int{http.StatusBadRequest, http.StatusOK} {
			if got, _ := in.take(t.Context(), nil, "mailgun", m, hooks.Call{}); got != want {
				t.Errorf("got %d, want %d", got, want)
			}
		}
	})
}
