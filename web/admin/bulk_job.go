package admin

import (
	"encoding/json"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/jobs"
)

// bulkRow is what a job in bulk is about.
type bulkRow struct {
	audience.Bulk
	Of        string // what the list or the attribute is called
	OfWhat    *audience.Bulk
	UndoneBy  int64
	CanUndo   bool
	BackUntil time.Time // from then on nothing brings it back
	Begins    time.Time // of a deletion: from then on it is done
}

// IsBulk tells one thing done to many people from files.
func (j jobRow) IsBulk() bool { return j.Kind == ledger.BulkJob }

// Did are the counts of a job in bulk.
func (j jobRow) Did() jobs.Bulk {
	if j.Report.Bulk == nil {
		return jobs.Bulk{}
	}
	return *j.Report.Bulk
}

// Waits reports whether a deletion can still be stopped before it begins.
func (j jobRow) Waits() bool {
	return j.Many.Do == audience.BulkDelete && j.Going() && j.Done == 0
}

func (a *Admin) bulkRow(c *gin.Context, j ledger.Job) (row bulkRow, err error) {
	ctx := c.Request.Context()
	if err := json.Unmarshal([]byte(j.Params), &row.Bulk); err != nil {
		return row, err
	}
	of := row.Bulk
	if row.Do == audience.BulkUndo {
		undone, err := a.Store.Job(ctx, row.Undoes)
		if err != nil {
			return row, err
		}
		if err := json.Unmarshal([]byte(undone.Params), &of); err != nil {
			return row, err
		}
		row.OfWhat = &of
	}
	switch {
	case of.List != 0:
		if l, err := a.Store.List(ctx, of.List); err == nil { // a deleted one has no name any more
			row.Of = l.Name
		}
	case of.Attribute != "":
		known, err := a.Store.Attributes(ctx)
		if err != nil {
			return row, err
		}
		row.Of = audience.AttributeLabel(known, of.Attribute, a.Lang(c))
	}
	if row.UndoneBy, err = a.Store.UndoneBy(ctx, j.ID); err != nil {
		return row, err
	}
	row.BackUntil, row.Begins = j.CreatedAt.Add(ledger.BulkBack), j.CreatedAt.Add(ledger.BulkGrace)
	row.CanUndo = row.Do != audience.BulkUndo && row.Do != audience.BulkDelete && row.UndoneBy == 0 && j.Done > 0 && a.Now().Before(row.BackUntil)
	return row, nil
}

// TakeBack takes back what a job in bulk did.
func (a *Admin) TakeBack(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	b := audience.Bulk{Do: audience.BulkUndo, Undoes: j.ID, Wording: a.T(c, "A change made by mistake was undone."), Reader: a.Lang(c)}
	params, err := json.Marshal(b)
	if err != nil {
		return err
	}
	id, err := a.Store.UndoJob(c.Request.Context(), j.Job, string(params))
	if err != nil {
		return err
	}
	if err := a.audit(c, "bulk.undo", "job:%d", j.ID); err != nil {
		return err
	}
	a.Jobs.Wake()
	return a.Redirect(c, "/jobs/%d", id)
}

// PauseJob lets a job in bulk or an import rest where it is.
func (a *Admin) PauseJob(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	if err := a.Store.PauseJob(c.Request.Context(), j.ID); err != nil {
		return err
	}
	return a.Redirect(c, "/jobs/%d", j.ID)
}

// ResumeJob lets a paused job go on.
func (a *Admin) ResumeJob(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	if err := a.Store.ResumeJob(c.Request.Context(), j.ID); err != nil {
		return err
	}
	a.Jobs.Wake()
	return a.Redirect(c, "/jobs/%d", j.ID)
}
