package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/segment"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/web/page"
)

const jobsSize = 30

// jobRow is one import or export and how far it is.
type jobRow struct {
	ledger.Job
	jobs.Report
	Pace   jobs.Pace
	Import audience.Import
	Export audience.Export
	Many   bulkRow
	List   string // the list's name, "" for none
	Saved  string // what the saved export is called that it is a run of
	Link   string // to the file, for whoever has it; just made
	Until  time.Time

	undoable, linked bool
}

// Going reports whether the page should look again soon.
func (j jobRow) Going() bool { return j.State == ledger.JobQueued || j.State == ledger.JobRunning }

// IsImport tells an import from an export.
func (j jobRow) IsImport() bool { return j.Kind == ledger.ImportJob }

// IsOrders tells an import of orders from one of people.
func (j jobRow) IsOrders() bool { return j.Import.Of == audience.OfOrders }

// Undoable reports whether an import did something that can still be taken back.
func (j jobRow) Undoable(now time.Time) bool {
	over := j.State == ledger.JobFinished || j.State == ledger.JobFailed || j.State == ledger.JobStopped
	return j.IsImport() && over && !j.Import.Dry && j.Rows > 0 && j.FinishedAt != nil && now.Before(j.UndoUntil())
}

// Linked reports whether a link to the file is out that still opens it.
func (j jobRow) Linked() bool { return j.linked }

// UndoUntil is when an import can no longer be undone.
func (j jobRow) UndoUntil() time.Time { return j.FinishedAt.AddDate(0, 0, store.UndoDays) }

// CanUndo is Undoable at the moment the page is made.
func (j jobRow) CanUndo() bool { return j.undoable }

// NewOnes leads to those whom an import brought; "" when it brought nobody. Whom it changed nothing tells apart afterwards.
func (j jobRow) NewOnes() string {
	if !j.IsImport() || j.Import.Dry || j.New == 0 {
		return ""
	}
	return ruleAt(segment.Rule{Field: "source", Is: "is", Values: []string{fmt.Sprintf("import:%d", j.ID)}})
}

// Undoing reports whether an import is being taken back, or was.
func (j jobRow) Undoing() bool { return j.Import.Undo }

// Gone is when the job's files are thrown away.
func (j jobRow) Gone() time.Time { return j.CreatedAt.Add(jobs.Keep) }

// Percent is how much is done, of 100.
func (j jobRow) Percent() int { return int(j.Pace.Share * 100) }

type jobsPage struct {
	Jobs []jobRow
	Next int64
}

// Going reports whether any of the jobs is under way.
func (p jobsPage) Going() bool {
	for _, j := range p.Jobs {
		if j.Going() {
			return true
		}
	}
	return false
}

// JobList shows imports and exports, newest first.
func (a *Admin) JobList(c *gin.Context) error {
	rows, next, err := a.Store.Jobs(c.Request.Context(), "", number(c.Query("after")), jobsSize)
	if err != nil {
		return err
	}
	p := jobsPage{Next: next, Jobs: make([]jobRow, len(rows))}
	for i, j := range rows {
		if p.Jobs[i], err = a.jobRow(c, j); err != nil {
			return err
		}
	}
	return a.Page(c, "admin/jobs", p)
}

func (a *Admin) jobRow(c *gin.Context, j ledger.Job) (jobRow, error) {
	row := jobRow{Job: j}
	var err error
	if row.IsBulk() {
		row.Many, err = a.bulkRow(c, j)
	} else if row.IsImport() {
		err = json.Unmarshal([]byte(j.Params), &row.Import)
	} else {
		row.Export, err = jobs.ExportOf(j)
	}
	if err != nil {
		return row, err
	}
	if row.Report, err = jobs.ReportOf(j); err != nil {
		return row, err
	}
	if row.Pace, err = jobs.PaceOf(j, a.Now()); err != nil {
		return row, err
	}
	row.undoable, row.linked = row.Undoable(a.Now()), a.Now().Before(row.Links.Until)
	if row.Export.Saved != 0 {
		saved, err := a.Store.SavedExport(c.Request.Context(), row.Export.Saved)
		if err == nil {
			row.Saved = saved.Name // a deleted one has no name any more
		}
	}
	if id := max(row.Import.List, row.Export.List); id != 0 {
		l, err := a.Store.List(c.Request.Context(), id)
		if err == nil {
			row.List = l.Name // a deleted list has no name any more
		}
	}
	return row, nil
}

func (a *Admin) job(c *gin.Context) (jobRow, error) {
	id, err := page.ID(c)
	if err != nil {
		return jobRow{}, err
	}
	j, err := a.Store.Job(c.Request.Context(), id)
	if err != nil {
		return jobRow{}, err
	}
	return a.jobRow(c, j)
}

// Job shows one job: what to do with an import's file, how far it is, or what came of it.
func (a *Admin) Job(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	if j.State == ledger.JobDraft || j.State == ledger.JobChecked && c.Query("edit") != "" {
		return a.mapping(c, j, nil)
	}
	if j.IsBulk() {
		return a.Page(c, "admin/bulk-job", j)
	}
	return a.Page(c, "admin/job", j)
}

// StopJob ends a job; what it did stays done.
func (a *Admin) StopJob(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	if err := a.Store.StopJob(c.Request.Context(), j.ID); err != nil {
		return err
	}
	if j.State == ledger.JobDraft || j.State == ledger.JobChecked {
		return a.Redirect(c, "/jobs")
	}
	return a.Redirect(c, "/jobs/%d", j.ID)
}

// queue stores a job of the reader's and wakes the workers.
func (a *Admin) queue(c *gin.Context, j ledger.Job, params any) (int64, error) {
	b, err := json.Marshal(params)
	if err != nil {
		return 0, err
	}
	j.Params, j.UserID = string(b), page.User(c).ID
	if err := a.Store.CreateJob(c.Request.Context(), &j); err != nil {
		return 0, err
	}
	a.Jobs.Wake()
	return j.ID, nil
}

// ExportFile hands out what an export has written.
func (a *Admin) ExportFile(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	if err := a.audit(c, "export.download", "job:%d", j.ID); err != nil {
		return err
	}
	name := strings.TrimSuffix(exportName(j.Export, j.CreatedAt), j.Export.Extension())
	return a.handOut(c, j, handed{name, j.Export.Extension(), j.Export.MIME()}, a.Jobs.Export)
}

// ExportManifest hands out the row count and the checksum of an export's file.
func (a *Admin) ExportManifest(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	return a.handOut(c, j, handed{exportName(j.Export, j.CreatedAt), ".manifest.json", "application/json"}, a.Jobs.Manifest)
}

// ImportLeft hands out what an undone import could not take back, each with its reason.
func (a *Admin) ImportLeft(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	return a.handOut(c, j, handed{"not-undone-" + j.CreatedAt.Format(time.DateOnly), ".csv", "text/csv; charset=utf-8"}, a.Jobs.Left)
}

// ImportReasons hands out the lines an import left out, each with its reason.
func (a *Admin) ImportReasons(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	return a.handOut(c, j, handed{"left-out-" + j.CreatedAt.Format(time.DateOnly), ".csv", "text/csv; charset=utf-8"}, a.Jobs.Reasons)
}

// handed is what a file is called, how its name ends, and what it holds.
type handed struct{ name, ending, kind string }

func (a *Admin) handOut(c *gin.Context, j jobRow, as handed, open func(ledger.Job) (*os.File, error)) error {
	f, err := open(j.Job)
	if err != nil {
		return err
	}
	defer f.Close()
	c.Header("Content-Type", as.kind)
	c.Header("Content-Disposition", `attachment; filename="`+as.name+as.ending+`"`)
	if j.SHA256 != "" && as.ending == j.Export.Extension() { // a broken download goes on where it ended, of the same file
		c.Header("ETag", `"`+j.SHA256+`"`)
	}
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, f)
	return nil
}
