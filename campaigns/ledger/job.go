package ledger

import (
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Job is work in the background that outlives a page and a restart: an import or an export.
type Job struct {
	ID         int64      `json:"id"`
	Kind       string     `json:"kind"` // import, export
	State      string     `json:"state"`
	Params     string     `json:"-"` // of its kind, JSON
	File       string     `json:"-"` // what it reads or writes, in the folder of its kind
	Done       int64      `json:"done"`
	Total      int64      `json:"total"`
	Result     string     `json:"-"` // of its kind, JSON
	Error      string     `json:"error,omitempty"`
	UserID     int64      `json:"user_id,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Turn       int64      `json:"-"` // how often it was handed out
}

// Lease is a job in the hands of one worker. Who has lost it to another writes nothing more.
type Lease struct{ Job, Turn int64 }

// Lease is that of the worker to whom j was handed out.
func (j Job) Lease() Lease { return Lease{j.ID, j.Turn} }

// The kinds of job.
const (
	ImportJob = "import"
	ExportJob = "export"
	BulkJob   = "bulk" // one thing done to many people: audience.Bulk
)

// The states of a job: draft → queued → running → checked (and queued again) or finished;
// or failed, or stopped.
const (
	JobDraft    = "draft"   // a file is there; somebody must say what to do with it
	JobQueued   = "queued"  // waits for a worker
	JobRunning  = "running" // a worker has it, for as long as its lease is renewed
	JobChecked  = "checked" // the dry run is over
	JobFinished = "finished"
	JobFailed   = "failed"  // Error says why
	JobStopped  = "stopped" // somebody stopped it; what was done stays done
	JobUndone   = "undone"  // of an import: what it did was taken back
	JobPaused   = "paused"  // somebody lets it rest; it goes on where it was
)

// BulkBack is for how long a job in bulk can be undone; BulkGrace is how long a deletion waits, so that it can be stopped.
const (
	BulkBack  = 7 * 24 * time.Hour
	BulkGrace = time.Minute
)

// Over reports whether nothing more happens to the job by itself.
func (j Job) Over() bool {
	return j.State == JobFinished || j.State == JobFailed || j.State == JobStopped || j.State == JobUndone
}

// Progress is how far a job has come.
type Progress struct {
	Done, Total int64
	Result      string // JSON
}

// ErrNoJob says that no job waits; ErrJobStopped that the job at hand is no longer wanted.
var (
	ErrNoJob      = fault.New(fault.NotFound, "No job waits.")
	ErrJobStopped = fault.New(fault.Conflict, "The job was stopped.")
)

// Batch is one step of an import.
type Batch struct {
	audience.Import
	Source string // of people and of their consent: "import:7"
	Lease         // of the job whose progress is written with the batch; zero for none
	// Met, where it is told, reports whether an earlier batch of the import was about somebody.
	Met func(id int64) bool
	// Settle is asked within the transaction, when all is done: what it returns is kept as
	// the job's progress, so that both are true or neither.
	Settle func(audience.ImportResult) (Progress, error)
}
