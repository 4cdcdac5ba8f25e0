package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/web/page"
)

// progress is how far a run has come: the same figures after a reload.
type progress struct {
	Percent  int
	Waiting  int64
	Rate     float64   // letters a minute since the run began; 0 when it cannot be said
	Left     string    // time left in words, "" when it cannot be said
	Undo     time.Time // until when the start can be taken back, zero when it cannot
	Later    bool      // letters wait for their own time
	Stuck    obstacle  // why none leaves, while some wait
	Fraction []slice
}

// slice is one part of the bar.
type slice struct {
	Tone string
	X, W float64 // of 100
}

// stuck is what keeps a campaign's letters back, while some wait that may leave.
func (a *Admin) stuck(ctx context.Context, v campaignView) (obstacle, error) {
	if v.Counts.Waiting() == 0 || v.State != campaigns.Running && v.State != campaigns.Finished {
		return obstacle{}, nil
	}
	return a.obstacle(ctx)
}

func (a *Admin) progress(v campaignView, runs []ledger.Run, stuck obstacle) progress {
	n := v.Counts
	p := progress{Percent: percentOf(n.Planned-n.Waiting(), n.Planned), Waiting: n.Waiting(), Fraction: fractions(n), Stuck: stuck}
	if v.State == campaigns.Scheduled && v.NextRunAt != nil && len(runs) == 0 && v.NextRunAt.Sub(v.UpdatedAt) <= undoTime+time.Second {
		p.Undo = *v.NextRunAt
	}
	p.Later = slices.ContainsFunc(v.Messages, func(m campaigns.Message) bool { return m.Wait > 0 || m.LocalTime != "" })
	if len(runs) == 0 || p.Later || v.Automation() || v.State != campaigns.Running || stuck.Why != "" {
		return p
	}
	elapsed := v.words.now.Sub(runs[0].StartedAt)
	done := runs[0].Planned - runs[0].Waiting()
	if done < 1 || elapsed < time.Second || runs[0].Waiting() == 0 {
		return p
	}
	p.Rate = float64(done) / elapsed.Minutes()
	left := time.Duration(float64(runs[0].Waiting()) / p.Rate * float64(time.Minute))
	p.Left = v.words.span(max(time.Minute, left.Round(time.Minute)))
	return p
}

func fractions(n ledger.Counts) []slice {
	if n.Planned == 0 {
		return nil
	}
	var all []slice
	x := 0.0
	for _, s := range []struct {
		tone  string
		count int64
	}{{"good", n.Sent}, {"off", n.Skipped}, {"bad", n.Failed + n.Cancelled}, {"warn", n.Unsure}} {
		w := float64(s.count) * 100 / float64(n.Planned)
		if s.count > 0 {
			all = append(all, slice{s.tone, x, w})
		}
		x += w
	}
	return all
}

// beat is how often a page that shows progress looks, should no news come.
const beat = 5 * time.Second

// CampaignEvents sends an open page what it shows, each time the figures have changed: the
// event "figures" is the numbers as JSON, "html" the part of the page. It ends with the
// program, and with "end" when the campaign moved on to another kind of page, or the reader
// is signed out.
func (a *Admin) CampaignEvents(c *gin.Context) error {
	if _, err := a.open(c, ""); err != nil {
		return err
	}
	changed, end := a.Dispatch.Watch()
	defer end()
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	h := c.Writer.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold the events back
	c.Writer.WriteHeader(http.StatusOK)
	for last := ""; ; {
		if _, _, err := a.Store.SessionUser(c.Request.Context(), page.SessionToken(c)); err != nil {
			fmt.Fprint(c.Writer, eventEnd) // the page asks again, and is asked to sign in
			return nil
		}
		next, over, err := a.sendFigures(c, last)
		if err != nil || over {
			return err
		}
		last = next
		c.Writer.Flush()
		select {
		case <-c.Request.Context().Done():
			return nil
		case <-ticker.C:
			fmt.Fprint(c.Writer, ": still here\n\n")
		case _, ok := <-changed:
			if !ok {
				return nil
			}
			if err := pause(c.Request.Context(), breath); err != nil {
				return nil
			}
		}
	}
}

// breath is the least time between two drawings of a page: a fast run changes all the time.
const breath = 400 * time.Millisecond

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

const eventEnd = "event: end\ndata: {}\n\n"

// sendFigures writes the events of what differs from what was said last.
func (a *Admin) sendFigures(c *gin.Context, last string) (said string, over bool, err error) {
	v, err := a.open(c, "")
	if err != nil {
		return "", false, err
	}
	stuck, err := a.stuck(c.Request.Context(), v)
	if err != nil {
		return "", false, err
	}
	if said, err = v.figures(stuck); err != nil || said == last {
		return said, false, err
	}
	p, err := a.reportPage(c.Request.Context(), v)
	if err != nil {
		return "", false, err
	}
	html, err := a.Block(c, "admin/campaign-report", "live", p)
	if err != nil {
		return "", false, err
	}
	fmt.Fprintf(c.Writer, "event: figures\ndata: %s\n\nevent: html\ndata: %s\n\n", said, bytes.ReplaceAll(html, []byte("\n"), []byte("\ndata: ")))
	if v.Over() || v.Draft() {
		fmt.Fprint(c.Writer, eventEnd)
		c.Writer.Flush()
		return said, true, nil
	}
	return said, false, nil
}

// figures are a campaign's state and counters as JSON.
func (v campaignView) figures(stuck obstacle) (string, error) {
	b, err := json.Marshal(struct {
		State string `json:"state"`
		ledger.Counts
		Waiting int64  `json:"waiting"`
		Stuck   string `json:"stuck,omitempty"` // what keeps all letters back
	}{v.State, v.Counts, v.Counts.Waiting(), stuck.Why})
	return string(b), err
}

// PauseCampaign stops all that has not been handed over.
func (a *Admin) PauseCampaign(c *gin.Context) error {
	return a.move(c, a.Store.Pause, a.T(c, "Paused. Nothing leaves until you resume."), "/resume")
}

// ResumeCampaign goes on where it was paused.
func (a *Admin) ResumeCampaign(c *gin.Context) error {
	by := page.User(c).ID
	err := a.move(c, func(ctx context.Context, id int64) error { return a.Store.ResumeBy(ctx, id, by) }, a.T(c, "Resumed."), "/pause")
	a.Dispatch.Wake()
	return err
}

// CancelCampaign ends a campaign for good.
func (a *Admin) CancelCampaign(c *gin.Context) error {
	return a.move(c, a.Store.Cancel, a.T(c, "Cancelled. What was sent stays sent; nothing more leaves."), "")
}

// UnscheduleCampaign takes a start back while no letter has left: the campaign is a draft again.
func (a *Admin) UnscheduleCampaign(c *gin.Context) error {
	v, err := a.open(c, "")
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if err := a.Store.Unschedule(ctx, v.ID); err != nil {
		return err
	}
	if at := v.Trigger.At; at != nil && at.Sub(v.UpdatedAt) <= undoTime+time.Second {
		v.Trigger.At, v.State = nil, campaigns.Draft // it was "now"
		if err := a.Store.SaveCampaign(ctx, &v.Campaign); err != nil {
			return err
		}
	}
	a.Toast(c, a.T(c, "Undone: nothing was sent. It is a draft again."), "")
	return a.Redirect(c, "%s", path(v.ID, "/review"))
}

// move changes a campaign's state and says so; undo is the page that changes it back.
func (a *Admin) move(c *gin.Context, change func(context.Context, int64) error, said, undo string) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := change(c.Request.Context(), id); err != nil {
		return err
	}
	if undo != "" {
		undo = path(id, undo)
	}
	a.Toast(c, said, undo)
	return a.Redirect(c, "%s", path(id, ""))
}
