package admin

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// home is what needs me, what goes out next, what is running, and what came of the last runs.
type home struct {
	Alerts  []store.NamedAlert
	Unsure  []store.Unsure
	Failed  []ledger.Job     // imports and exports of the last days
	Bounced []store.NamedRun // with a bounce rate that hurts the sender
	Next    []campaigns.Campaign
	Now     []store.NamedRun
	Last    []store.NamedRun
	Figures store.Figures
	Stuck   obstacle // what keeps all letters back
	Steps   []step   // of the first-run list; nil when it is done or dismissed
}

// Needs reports whether anything waits for a person.
func (h home) Needs() bool {
	return len(h.Alerts)+len(h.Unsure)+len(h.Failed)+len(h.Bounced) > 0 || h.Stuck.Why != "" && h.Stuck.Why != inHeld
}

// shownAlerts is how many alerts stand open; the rest is folded away.
const shownAlerts = 3

// First are the newest alerts, Rest the others.
func (h home) First() []store.NamedAlert { return h.Alerts[:min(shownAlerts, len(h.Alerts))] }

// Rest are the alerts that are folded away.
func (h home) Rest() []store.NamedAlert { return h.Alerts[len(h.First()):] }

// Done is how many steps of the first-run list are done.
func (h home) Done() (n int) {
	for _, s := range h.Steps {
		if s.Done {
			n++
		}
	}
	return n
}

// Home shows the first page.
func (a *Admin) Home(c *gin.Context) error {
	ctx := c.Request.Context()
	var h home
	var errs [9]error
	h.Alerts, errs[0] = a.Store.NamedAlerts(ctx, 50)
	h.Unsure, errs[1] = a.Store.UnsureByCampaign(ctx)
	h.Next, errs[2] = a.Store.NextOut(ctx, 5)
	h.Now, errs[3] = a.Store.RunsNow(ctx, 10)
	h.Last, errs[4] = a.Store.RunsBefore(ctx, 6)
	h.Figures, errs[5] = a.figures.get(ctx, a.Store)
	h.Steps, errs[6] = a.steps(ctx, page.User(c))
	h.Failed, errs[7] = a.Store.FailedJobs(ctx, a.Now().Add(-jobs.Keep), 5)
	h.Stuck, errs[8] = a.obstacle(ctx)
	h.Bounced = bounced(h.Last)
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	return a.Page(c, "admin/home", h)
}

// bounced keeps the runs where more than one letter in twenty came back, and at least five:
// mailbox providers begin to refuse a sender there.
func bounced(runs []store.NamedRun) (bad []store.NamedRun) {
	for _, r := range runs {
		if r.Bounced >= 5 && r.Bounced*20 > r.Sent {
			bad = append(bad, r)
		}
	}
	return bad
}

// figureCache keeps the figures for a minute: they are counted from many rows.
type figureCache struct {
	mu   sync.Mutex
	at   time.Time
	kept store.Figures
}

func (f *figureCache) get(ctx context.Context, st *store.Store) (store.Figures, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if age := st.Now().Sub(f.at); age >= 0 && age < time.Minute && f.kept.Subscribers > 0 {
		return f.kept, nil
	}
	figures, err := st.Figures(ctx)
	if err == nil {
		f.kept, f.at = figures, st.Now()
	}
	return figures, err
}

// CloseAlert marks an alert as seen to.
func (a *Admin) CloseAlert(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Store.CloseAlert(c.Request.Context(), id); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Marked as done."), c.Request.URL.Path+"/undo")
	return a.Redirect(c, "/")
}

// ReopenAlert takes CloseAlert back.
func (a *Admin) ReopenAlert(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Store.ReopenAlert(c.Request.Context(), id); err != nil {
		return err
	}
	return a.Redirect(c, "/")
}
