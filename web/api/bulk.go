package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/jobs"
)

const aboutBulk = "`do` is join or leave (a list), set or clear (an attribute), add or take (items of an attribute that is a list), suppress, or delete. `who` says which people: `ids`, or all who fit every filter, and not both; " +
	"`everybody` must be true to mean all there are. Who left the list, has not confirmed yet or is suppressed is never put on it: the counts say how many. " +
	"It can be undone for seven days, but for deletions: those are 10,000 people at most, and begin after a minute, in which they can be stopped."

func (s *server) bulk() {
	const tag = "Bulk"
	add(s, endpoint{id: "bulk", method: http.MethodPost, path: "/bulk", tag: tag, summary: "Do one thing to many people in the background", description: aboutBulk, status: http.StatusAccepted, faults: []int{http.StatusNotFound}}, s.startBulk)
	add(s, endpoint{id: "bulk-job", method: http.MethodGet, path: "/bulk/{id}", tag: tag, summary: "How far it is, and what came of it"}, s.bulkJob)
	for _, act := range []struct {
		word, summary string
		do            func(context.Context, int64) error
	}{{"pause", "Let it rest where it is", s.Store.PauseJob}, {"resume", "Let a paused job go on", s.Store.ResumeJob}, {"stop", "Stop it; what was done stays done", s.Store.StopJob}} {
		add(s, endpoint{id: act.word + "-bulk", method: http.MethodPost, path: "/bulk/{id}/" + act.word, tag: tag, summary: act.summary, faults: []int{http.StatusConflict}}, s.changeBulk(act.do))
	}
	add(s, endpoint{id: "undo-bulk", method: http.MethodPost, path: "/bulk/{id}/undo", tag: tag, summary: "Take it back, where nobody changed since", status: http.StatusAccepted, faults: []int{http.StatusConflict}}, s.undoBulk)
}

type bulkBody struct {
	Do  string `json:"do" enum:"join,leave,set,clear,add,take,suppress,delete"`
	Who struct {
		IDs       []int64        `json:"ids,omitempty" maxItems:"10000"`
		Search    string         `json:"search,omitempty" maxLength:"200"`
		List      int64          `json:"list_id,omitempty" minimum:"1"`
		State     audience.State `json:"state,omitempty" enum:"confirmed,pending,unsubscribed,any"`
		Lang      string         `json:"lang,omitempty" enum:"en,bg,ru"`
		Segment   int64          `json:"segment_id,omitempty" minimum:"1"`
		Attribute string         `json:"attribute,omitempty" maxLength:"100"`
		Value     string         `json:"value,omitempty" maxLength:"500"`
		Everybody bool           `json:"everybody,omitempty"`
	} `json:"who"`
	List      int64  `json:"list_id,omitempty" minimum:"1"`
	Wording   string `json:"wording,omitempty" doc:"What these people agreed to: the proof, needed to join"`
	Attribute string `json:"attribute,omitempty" maxLength:"100"`
	Value     string `json:"value,omitempty" maxLength:"2000"`
}

// BulkJob is one thing done to many people, and how far it is.
type BulkJob struct {
	ID         int64               `json:"id"`
	Do         string              `json:"do"`
	State      string              `json:"state" doc:"queued, running, paused, finished, failed or stopped"`
	Error      string              `json:"error,omitempty"`
	Undoes     int64               `json:"undoes,omitempty" doc:"The job that this one takes back"`
	UndoneBy   int64               `json:"undone_by,omitempty"`
	Counts     audience.BulkCounts `json:"counts"`
	CreatedAt  time.Time           `json:"created_at"`
	FinishedAt *time.Time          `json:"finished_at,omitempty"`
}

func (s *server) startBulk(ctx context.Context, in *struct{ Body bulkBody }) (*body[BulkJob], error) {
	sent, w := in.Body, in.Body.Who
	b := audience.Bulk{Do: sent.Do, List: sent.List, Wording: sent.Wording, Attribute: sent.Attribute, Value: sent.Value, Who: audience.Selection{IDs: w.IDs, Search: w.Search, List: w.List,
		State: w.State, Lang: w.Lang, Segment: w.Segment, Attribute: w.Attribute, Value: w.Value}}
	if b.Who.Everybody() != w.Everybody {
		return nil, fault.Field("who", "Say which people; or everybody alone, and mean all there are.")
	}
	of, err := s.Store.Attribute(ctx, b.Attribute)
	if fault.Is(err, fault.NotFound) {
		of, err = audience.Attribute{Key: b.Attribute, Type: audience.TextAttribute}, nil
	}
	if err == nil {
		err = b.Validate(of)
	}
	if err == nil && b.List != 0 {
		_, err = s.Store.List(ctx, b.List)
	}
	if err == nil && w.Segment != 0 {
		_, err = s.Store.Segment(ctx, w.Segment)
	}
	if err != nil {
		return nil, err
	}
	params, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	j := ledger.Job{Kind: ledger.BulkJob, Params: string(params)}
	if err := s.Store.CreateJob(ctx, &j); err != nil {
		return nil, err
	}
	s.Jobs.Wake()
	if err := s.audit(ctx, "bulk."+b.Do, "job:%d", j.ID); err != nil {
		return nil, err
	}
	return s.bulkJob(ctx, &ByID{ID: j.ID})
}

func (s *server) bulkJob(ctx context.Context, in *ByID) (*body[BulkJob], error) {
	j, err := s.jobOf(ctx, ledger.BulkJob, in.ID)
	if err != nil {
		return nil, err
	}
	var b audience.Bulk
	if err := json.Unmarshal([]byte(j.Params), &b); err != nil {
		return nil, err
	}
	r, err := jobs.ReportOf(j)
	if err != nil {
		return nil, err
	}
	out := BulkJob{ID: j.ID, Do: b.Do, State: j.State, Error: j.Error, Undoes: b.Undoes, CreatedAt: j.CreatedAt, FinishedAt: j.FinishedAt}
	if r.Bulk != nil {
		out.Counts = r.Bulk.BulkCounts
	}
	out.UndoneBy, err = s.Store.UndoneBy(ctx, j.ID)
	return answer(out, err)
}

func (s *server) changeBulk(do func(context.Context, int64) error) func(context.Context, *ByID) (*body[BulkJob], error) {
	return func(ctx context.Context, in *ByID) (*body[BulkJob], error) {
		if _, err := s.jobOf(ctx, ledger.BulkJob, in.ID); err != nil {
			return nil, err
		}
		if err := do(ctx, in.ID); err != nil {
			return nil, err
		}
		s.Jobs.Wake()
		return s.bulkJob(ctx, in)
	}
}

func (s *server) undoBulk(ctx context.Context, in *ByID) (*body[BulkJob], error) {
	j, err := s.jobOf(ctx, ledger.BulkJob, in.ID)
	if err != nil {
		return nil, err
	}
	params, err := json.Marshal(audience.Bulk{Do: audience.BulkUndo, Undoes: j.ID, Wording: "A change made by mistake was undone."})
	if err != nil {
		return nil, err
	}
	id, err := s.Store.UndoJob(ctx, j, string(params))
	if err != nil {
		return nil, err
	}
	s.Jobs.Wake()
	if err := s.audit(ctx, "bulk.undo", "job:%d", j.ID); err != nil {
		return nil, err
	}
	return s.bulkJob(ctx, &ByID{ID: id})
}
