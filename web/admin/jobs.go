package admin

import (
	"encoding/json"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
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
	List   string // the list's name, "" for none
}

// Going reports whether the page should look again soon.
func (j jobRow) Going() bool { return j.State == ledger.JobQueued || j.State == ledger.JobRunning }

// IsImport tells an import from an export.
func (j jobRow) IsImport() bool { return j.Kind == ledger.ImportJob }

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
	var into any = &row.Export
	if row.IsImport() {
		into = &row.Import
	}
	if err := json.Unmarshal([]byte(j.Params), into); err != nil {
		return row, err
	}
	var err error
	if row.Report, err = jobs.ReportOf(j); err != nil {
		return row, err
	}
	if row.Pace, err = jobs.PaceOf(j, a.Now()); err != nil {
		return row, err
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

type exportPage struct {
	audience.Export
	Lists []store.ListRow
	Count int64
	Known []string // columns of attributes that somebody has
}

// Chosen reports whether a column is in the file.
func (p exportPage) Chosen(field string) bool {
	for _, f := range p.Fields {
		if f == field {
			return true
		}
	}
	return false
}

// Columns are those that can be chosen.
func (p exportPage) Columns() []string { return audience.ExportFields }

// ExportForm asks which people and what of them; the filters come from the list of people.
func (a *Admin) ExportForm(c *gin.Context) error {
	q := subscriberQuery(c)
	p := exportPage{Export: audience.Export{Search: q.Search, List: q.List, State: q.State, Lang: q.Lang}}
	if err := p.Validate(); err != nil {
		return err
	}
	if p.List != 0 { // who has left the list must be told from who is on it
		p.Fields = append(p.Fields, "state")
	}
	return a.showExport(c, p, nil)
}

func (a *Admin) showExport(c *gin.Context, p exportPage, fault error) (err error) {
	ctx := c.Request.Context()
	if p.Lists, err = a.Store.Lists(ctx); err != nil {
		return err
	}
	if p.Count, err = a.Store.CountExport(ctx, p.Export); err != nil {
		return err
	}
	keys, err := a.Store.AttributeKeys(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		p.Known = append(p.Known, "attributes."+key)
	}
	if fault != nil {
		return a.Again(c, "admin/export", p, fault)
	}
	return a.Page(c, "admin/export", p)
}

// CreateExport begins an export.
func (a *Admin) CreateExport(c *gin.Context) error {
	p := exportPage{Export: audience.Export{Search: c.PostForm("q"), List: number(c.PostForm("list")),
		State: audience.State(c.PostForm("state")), Lang: c.PostForm("lang"), Form: c.PostForm("form"), Fields: c.PostFormArray("fields"), Reader: a.Lang(c)}}
	if err := p.Validate(); err != nil {
		return a.showExport(c, p, err)
	}
	id, err := a.queue(c, ledger.Job{Kind: ledger.ExportJob}, p.Export)
	if err != nil {
		return err
	}
	if err := a.audit(c, "export.start", "job:%d", id); err != nil {
		return err
	}
	return a.Redirect(c, "/jobs/%d", id)
}

// ExportFile hands out what an export has written.
func (a *Admin) ExportFile(c *gin.Context) error {
	return a.hand(c, csvFile("subscribers"), a.Jobs.Export)
}

// ExportManifest hands out the row count and the checksum of an export's file.
func (a *Admin) ExportManifest(c *gin.Context) error {
	return a.hand(c, handed{"subscribers", ".manifest.json", "application/json"}, a.Jobs.Manifest)
}

// ImportReasons hands out the lines an import left out, each with its reason.
func (a *Admin) ImportReasons(c *gin.Context) error {
	return a.hand(c, csvFile("left-out"), a.Jobs.Reasons)
}

// handed is what a file is called, how its name ends, and what it holds.
type handed struct{ name, ending, kind string }

func csvFile(name string) handed { return handed{name, ".csv", "text/csv; charset=utf-8"} }

func (a *Admin) hand(c *gin.Context, as handed, open func(ledger.Job) (*os.File, error)) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	f, err := open(j.Job)
	if err != nil {
		return err
	}
	defer f.Close()
	c.Header("Content-Type", as.kind)
	c.Header("Content-Disposition", `attachment; filename="`+as.name+"-"+j.CreatedAt.Format(time.DateOnly)+as.ending+`"`)
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, f)
	return nil
}
