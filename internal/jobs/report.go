package jobs

import (
	"encoding/json"
	"fmt"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// Report is how far a job is and what came of it so far: a job's Result.
type Report struct {
	audience.ImportCounts
	Bytes   int64    `json:"bytes"`             // of the file, read or written so far
	Size    int64    `json:"size"`              // of the file that is read
	Reasons int64    `json:"reasons,omitempty"` // size of the file of reasons
	Made    []string `json:"made,omitempty"`    // keys of the attributes that the import's columns made
	// Of an import that is being undone: what came of it, how far it is, and the size of the file of what stays.
	Undone   audience.UndoCounts `json:"undone,omitzero"`
	UndoAt   audience.UndoPoint  `json:"undo_at,omitzero"`
	LeftFile int64               `json:"left_file,omitempty"`
	SHA256   string              `json:"sha256,omitempty"` // of a finished export's file, in hex
	// SnapshotAt is the moment that an export's rows are of.
	SnapshotAt time.Time `json:"snapshot_at,omitzero"`
	Bulk       *Bulk     `json:"bulk,omitempty"` // of a job in bulk
	Links      Links     `json:"links,omitzero"` // to the file of a finished export
}

// ReportOf reads a job's report.
func ReportOf(j ledger.Job) (Report, error) {
	var r Report
	if j.Result == "" {
		return r, nil
	}
	if err := json.Unmarshal([]byte(j.Result), &r); err != nil {
		return r, fmt.Errorf("result of job %d: %w", j.ID, err)
	}
	return r, nil
}

func (r Report) progress(done, total int64) ledger.Progress {
	b, _ := json.Marshal(r) // numbers always marshal
	return ledger.Progress{Done: done, Total: total, Result: string(b)}
}

// Pace is how fast a running job goes and when it will be done, as far as one can tell.
type Pace struct {
	Share   float64 // of 1
	PerS    float64 // rows a second
	Left    time.Duration
	Elapsed time.Duration
}

// PaceOf measures a job at a moment.
func PaceOf(j ledger.Job, now time.Time) (Pace, error) {
	r, err := ReportOf(j)
	if err != nil {
		return Pace{}, err
	}
	p := Pace{Share: share(j, r)}
	if j.StartedAt == nil {
		return p, nil
	}
	if j.FinishedAt != nil {
		now = *j.FinishedAt
	}
	p.Elapsed = now.Sub(*j.StartedAt)
	if s := p.Elapsed.Seconds(); s > 0 {
		p.PerS = float64(j.Done) / s
	}
	if p.Share > 0 && p.Share < 1 && j.State == ledger.JobRunning {
		p.Left = time.Duration(float64(p.Elapsed) / p.Share * (1 - p.Share))
	}
	return p, nil
}

// share goes by bytes where a file is read, whose rows nobody has counted, and else by rows.
func share(j ledger.Job, r Report) float64 {
	switch {
	case j.State == ledger.JobFinished || j.State == ledger.JobChecked || j.State == ledger.JobUndone:
		return 1
	case j.Kind == ledger.ImportJob && r.Size > 0 && r.UndoAt.Phase == "":
		return min(1, float64(r.Bytes)/float64(r.Size))
	case j.Total > 0:
		return min(1, float64(j.Done)/float64(j.Total))
	}
	return 0
}
