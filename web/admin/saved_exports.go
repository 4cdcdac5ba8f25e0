package admin

import (
	"errors"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/web/page"
)

// savedRow is a saved export with its last run.
type savedRow struct {
	campaigns.SavedExport
	Last *ledger.Job // nil before the first
}

// Going reports whether a run is under way.
func (r savedRow) Going() bool { return r.Last != nil && !r.Last.Over() }

type savedExports struct{ Rows []savedRow }

// Going reports whether a run of any is under way.
func (p savedExports) Going() bool {
	for _, r := range p.Rows {
		if r.Going() {
			return true
		}
	}
	return false
}

// SavedExports shows all saved exports.
func (a *Admin) SavedExports(c *gin.Context) error {
	all, err := a.Store.SavedExports(c.Request.Context())
	if err != nil {
		return err
	}
	var p savedExports
	for _, one := range all {
		row := savedRow{SavedExport: one}
		if one.LastJobID != 0 {
			j, err := a.Store.Job(c.Request.Context(), one.LastJobID)
			if err != nil {
				return err
			}
			row.Last = &j
		}
		p.Rows = append(p.Rows, row)
	}
	return a.Page(c, "admin/saved-exports", p)
}

// savedExport is the form of one.
type savedExport struct {
	exportPage
	Saved    campaigns.SavedExport
	How      string // cron or hand
	Plan     plan
	Weekdays []option
	Zone     string
	Zones    []string
	Allowed  bool   // files may go to a folder of this machine
	Fresh    string // the secret just typed, sealed, so that a form shown again keeps it
	Tried    *tried // what came of trying the destination
}

// tried is what came of trying a destination.
type tried struct {
	Good bool
	Text string
}

// NewSavedExport asks for one.
func (a *Admin) NewSavedExport(c *gin.Context) error {
	p := savedExport{}
	p.What = c.Query("what")
	if err := p.Export.Validate(); err != nil {
		return err
	}
	p.Saved.Export, p.Saved.To.Kind = p.Export, campaigns.Here
	return a.showSaved(c, p, nil)
}

// SavedExport shows one.
func (a *Admin) SavedExport(c *gin.Context) error {
	p, err := a.openSaved(c)
	if err != nil {
		return err
	}
	return a.showSaved(c, p, nil)
}

// openSaved is the kept one that the address numbers, or a new one.
func (a *Admin) openSaved(c *gin.Context) (p savedExport, err error) {
	if c.Param("id") == "" {
		return p, nil
	}
	id, err := page.ID(c)
	if err != nil {
		return p, err
	}
	if p.Saved, err = a.Store.SavedExport(c.Request.Context(), id); err != nil {
		return p, err
	}
	p.Export = p.Saved.Export
	return p, nil
}

func (a *Admin) showSaved(c *gin.Context, p savedExport, wrong error) error {
	if err := a.completeExport(c, &p.exportPage); err != nil {
		return err
	}
	if p.Plan.Repeat == "" {
		p.Plan, _ = parsePlan(p.Saved.Cron)
	}
	if p.Saved.Cron == "" && p.Plan.Cron == "" {
		p.Plan.Repeat = "daily"
	}
	if p.How == "" && p.Saved.Cron != "" {
		p.How = "cron"
	}
	if p.Zone = p.Saved.Zone; p.Zone == "" {
		p.Zone = a.Shop(c).Zone
	}
	p.Zones, p.Allowed, p.Weekdays = zones, a.Config.Exports.Folder != "", a.words(c).weekdays(p.Plan.Weekday)
	if wrong != nil {
		return a.Again(c, "admin/saved-export", p, wrong)
	}
	return a.Page(c, "admin/saved-export", p)
}

// SaveExport keeps one, or does what another button of its form says.
func (a *Admin) SaveExport(c *gin.Context) error {
	p, err := a.openSaved(c)
	if err != nil {
		return err
	}
	err = a.readSaved(c, &p)
	p.Export = p.Saved.Export
	if c.PostForm("do") == "try" {
		return a.tryDestination(c, p, err)
	}
	if do := c.PostForm("do"); do != "" {
		p.Moved = moved(p.Fields, do)
		return a.showSaved(c, p, p.Export.Validate())
	}
	if err != nil {
		return a.showSaved(c, p, err)
	}
	if err := a.Store.SaveExport(c.Request.Context(), &p.Saved); err != nil {
		return err
	}
	if err := a.audit(c, "export.save", "saved_export:%d", p.Saved.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved."), "")
	return a.Redirect(c, "/exports")
}

// ofDestination are the fields of a form that say where files go.
var ofDestination = []string{"kind", "folder", "host", "bucket", "region", "username", "secret", "host_key"}

// tryDestination really writes a small file where the form says, and removes it again; what else the form lacks does not matter.
func (a *Admin) tryDestination(c *gin.Context, p savedExport, wrong error) error {
	if f, ok := errors.AsType[*fault.Error](wrong); ok {
		f.Fields = slices.DeleteFunc(f.Fields, func(one fault.FieldError) bool { return !slices.Contains(ofDestination, one.Field) })
		if len(f.Fields) > 0 {
			f.Format, f.Args = f.Fields[0].Format, f.Fields[0].Args
			return a.showSaved(c, p, f)
		}
	} else if wrong != nil {
		return wrong
	}
	if a.Instance != nil && a.Instance.Held() != "" {
		return a.showSaved(c, p, fault.New(fault.Conflict, "Nothing leaves this Keepsake until somebody confirms in Settings that it may send."))
	}
	left, err := a.Depot().Try(c.Request.Context(), p.Saved.To)
	if _, ok := errors.AsType[*fault.Error](err); err != nil && !ok {
		return err
	}
	p.Tried = &tried{Good: err == nil, Text: a.Catalog.Fault(a.Lang(c), err)}
	if err == nil {
		p.Tried.Text = a.T(c, "It works: a small file was written there and removed again.")
	}
	if left != "" {
		p.Tried.Text = a.T(c, "It works: a small file was written there. It could not be removed, which exports do not need: %s is left there.", left)
	}
	if err := a.audit(c, "export.try", "saved_export:%d", p.Saved.ID); err != nil {
		return err
	}
	return a.showSaved(c, p, nil)
}

// readSaved puts what the form says in the place of what is kept.
func (a *Admin) readSaved(c *gin.Context, p *savedExport) error {
	kept := p.Saved.To
	s := &p.Saved
	s.Name, s.Export, s.Cron, s.Zone, p.How = c.PostForm("name"), readExport(c), "", "", c.PostForm("how")
	s.Export.Reader = a.Lang(c)
	s.To = campaigns.Destination{Kind: c.PostForm("to"), Folder: c.PostForm("folder"), Replace: c.PostForm("replace") != "", Host: c.PostForm("host"), Bucket: c.PostForm("bucket"),
		Region: c.PostForm("region"), Plain: c.PostForm("plain") != "", Username: c.PostForm("username"), HostKey: c.PostForm("host_key")}
	var errs []error
	if p.How == "cron" {
		t, err := readPlan(c.PostForm)
		s.Cron, s.Zone, errs = t.Cron, t.Zone, append(errs, err)
		p.Plan, _ = parsePlan(t.Cron)
	}
	if s.To.Kind == campaigns.ToS3 || s.To.Kind == campaigns.ToSFTP {
		errs = append(errs, a.readSecret(c, p, kept))
	}
	return fault.Join(append(errs, s.Validate(), a.Depot().Check(s.To))...)
}

// readSecret takes the secret typed now or a moment ago. The kept one goes to nobody else than it was given for.
func (a *Admin) readSecret(c *gin.Context, p *savedExport, kept campaigns.Destination) error {
	to := &p.Saved.To
	typed, fresh := strings.TrimSpace(c.PostForm("secret")), c.PostForm("sealed")
	_, err := a.Links.Unseal(campaigns.ExportSecretUse, fresh)
	switch {
	case typed != "":
		to.Secret = a.Links.Seal(campaigns.ExportSecretUse, typed)
		p.Fresh = to.Secret
	case fresh != "" && err == nil:
		to.Secret, p.Fresh = fresh, fresh
	case kept.Secret != "" && to.SameAs(kept):
		to.Secret = kept.Secret
	case kept.Secret != "":
		to.Secret = "-" // so that only this is said of it
		return fault.Field("secret", "Type the secret again: it was given for %s.", kept.Host)
	}
	return nil
}

// RunSavedExport begins a run now.
func (a *Admin) RunSavedExport(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	job, err := a.Store.RunSavedExport(c.Request.Context(), id, page.User(c).ID)
	if err != nil {
		return err
	}
	a.Jobs.Wake()
	if err := a.audit(c, "export.start", "job:%d", job); err != nil {
		return err
	}
	return a.Redirect(c, "/exports")
}

// PauseSavedExport stops a schedule; ResumeSavedExport lets it go on.
func (a *Admin) PauseSavedExport(c *gin.Context) error { return a.pauseSaved(c, true) }

// ResumeSavedExport lets a schedule go on.
func (a *Admin) ResumeSavedExport(c *gin.Context) error { return a.pauseSaved(c, false) }

func (a *Admin) pauseSaved(c *gin.Context, paused bool) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Store.PauseSavedExport(c.Request.Context(), id, paused); err != nil {
		return err
	}
	return a.Redirect(c, "/exports")
}

// DeleteSavedExport hides one.
func (a *Admin) DeleteSavedExport(c *gin.Context) error {
	p, err := a.openSaved(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteSavedExport(c.Request.Context(), p.Saved.ID); err != nil {
		return err
	}
	if err := a.audit(c, "export.delete", "saved_export:%d", p.Saved.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "“%s” is deleted.", p.Saved.Name), strings.TrimSuffix(c.Request.URL.Path, "delete")+"restore")
	return a.Redirect(c, "/exports")
}

// RestoreSavedExport undoes DeleteSavedExport.
func (a *Admin) RestoreSavedExport(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Store.RestoreSavedExport(c.Request.Context(), id); err != nil {
		return err
	}
	return a.Redirect(c, "/exports")
}
