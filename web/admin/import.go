package admin

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
)

// ImportForm asks for a file.
func (a *Admin) ImportForm(c *gin.Context) error { return a.Page(c, "admin/import", nil) }

// UploadImport takes a file of people and guesses how it is to be read; nothing is imported yet.
func (a *Admin) UploadImport(c *gin.Context) error {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, jobs.MaxUpload+1<<20)
	header, err := c.FormFile("file")
	_, large := errors.AsType[*http.MaxBytesError](err)
	switch {
	case large:
		return jobs.ErrTooLarge
	case err == nil && header.Size == 0:
		return a.Again(c, "admin/import", nil, fault.Field("file", "The file is empty."))
	case err == http.ErrMissingFile:
		return a.Again(c, "admin/import", nil, fault.Field("file", "Choose a file of people first."))
	}
	if err != nil {
		return err
	}
	file, err := header.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	known, err := a.Store.Attributes(c.Request.Context())
	if err != nil {
		return err
	}
	lists, err := a.Store.ListsOf(c.Request.Context())
	if err != nil {
		return err
	}
	look, err := exchange.Sniff(file, exchange.Source{Name: header.Filename, Attributes: known, Lists: lists})
	if err != nil {
		return a.Again(c, "admin/import", nil, err)
	}
	if _, err := file.Seek(0, 0); err != nil {
		return err
	}
	name, err := a.Jobs.Upload(file)
	if err != nil {
		return a.Again(c, "admin/import", nil, err)
	}
	im := audience.Import{Name: filepath.Base(header.Filename), Of: look.Of, Encoding: look.Encoding, Delimiter: look.Delimiter, Sheet: look.Sheet, NoHeader: look.NoHeader,
		Header: look.Header, Leaving: look.Leaving, Mapping: look.Mapping, Types: look.Types, Rules: look.Rules, Lang: a.Shop(c).Lang, State: cmp.Or(look.State, audience.Confirmed), Existing: audience.UpdateKnown,
		Orders: audience.OrderOptions{Zone: a.Shop(c).Zone}}
	id, err := a.queue(c, ledger.Job{Kind: ledger.ImportJob, State: ledger.JobDraft, File: name}, im)
	if err != nil {
		return err
	}
	return a.Redirect(c, "/jobs/%d", id)
}

// MapImport takes the form of mapping: it looks at the file again, or tries the import out.
func (a *Admin) MapImport(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	readMapping(c, &j.Import)
	switch c.PostForm("do") {
	case "look":
		j.Import.Mapping = nil
		return a.mapping(c, j, nil)
	case "map":
		return a.mapping(c, j, nil)
	}
	if err := a.checkImport(c, &j); err != nil {
		return a.mapping(c, j, err)
	}
	return a.startImport(c, j, true)
}

func (a *Admin) checkImport(c *gin.Context, j *jobRow) error {
	look, known, err := a.look(c, j)
	if err != nil {
		return err
	}
	j.Import.Attributes, j.Import.Header, j.Import.Leaving = known, look.Header, look.Leaving
	if err := j.Import.Validate(); err != nil {
		return err
	}
	if j.Import.List != 0 {
		if _, err := a.Store.List(c.Request.Context(), j.Import.List); err != nil {
			return err
		}
	}
	if len(look.Header) != len(j.Import.Mapping) {
		return fault.Field("mapping", "The line has %d cells, the header has %d.", len(j.Import.Mapping), len(look.Header))
	}
	return exchange.Check(j.Import.Of, j.Import.Mapping)
}

// StartImport does what the dry run has counted.
func (a *Admin) StartImport(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	if j.State == ledger.JobDraft {
		return fault.New(fault.Conflict, "Try the import out first: see what would happen.")
	}
	if err := a.audit(c, "import.start", "job:%d", j.ID); err != nil {
		return err
	}
	return a.startImport(c, j, false)
}

func (a *Admin) startImport(c *gin.Context, j jobRow, dry bool) error {
	j.Import.Dry, j.Import.Reader = dry, a.Lang(c)
	b, err := json.Marshal(j.Import)
	if err != nil {
		return err
	}
	if err := a.Store.QueueJob(c.Request.Context(), j.ID, string(b)); err != nil {
		return err
	}
	a.Jobs.Wake()
	return a.Redirect(c, "/jobs/%d", j.ID)
}

// UndoImport takes an import back, in the background.
func (a *Admin) UndoImport(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	if !j.Undoable(a.Now()) {
		return fault.New(fault.Conflict, "Only an import that is over can be undone, and for %d days.", store.UndoDays)
	}
	if err := a.audit(c, "import.undo", "job:%d", j.ID); err != nil {
		return err
	}
	j.Import.Undo, j.Import.Reader = true, a.Lang(c)
	b, err := json.Marshal(j.Import)
	if err != nil {
		return err
	}
	if err := a.Store.UndoImport(c.Request.Context(), j.ID, string(b)); err != nil {
		return err
	}
	a.Jobs.Wake()
	return a.Redirect(c, "/jobs/%d", j.ID)
}
