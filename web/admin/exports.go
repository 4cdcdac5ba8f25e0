package admin

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/segment"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// exportPage is the form of an export.
type exportPage struct {
	audience.Export
	Count     int64
	Lists     []store.ListRow
	Segments  []segment.Segment
	Campaigns []campaigns.Campaign
	Columns   []exportColumn
	Moved     string // the column that was just moved
}

// exportColumn is one column that can be in the file.
type exportColumn struct {
	Field, Label string // Label is what people call an attribute or a list
	Chosen       bool
	Name         string // what the file calls it, where that is not its field
}

// Kinds are all that can be exported.
func (p exportPage) Kinds() []audience.ExportKind { return audience.ExportKinds }

// Formats are those of files.
func (p exportPage) Formats() []string { return audience.Formats }

// AtOnce reports whether the file may be downloaded straight away: more rows are better written in the background.
func (p exportPage) AtOnce() bool { return p.Count <= jobs.MostNow }

// Address is the page of people who are exported.
func (p exportPage) Address() string {
	v := url.Values{}
	for name, value := range map[string]string{"q": p.Search, "state": string(p.State), "lang": p.Lang} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if p.List != 0 {
		v.Set("list", strconv.FormatInt(p.List, 10))
	}
	return v.Encode()
}

// ExportForm asks which rows and what of them; the filters come from the list of people, a segment or a report.
func (a *Admin) ExportForm(c *gin.Context) error {
	q := subscriberQuery(c)
	p := exportPage{Export: audience.Export{What: cmp.Or(c.Query("what"), audience.Subscribers), Search: q.Search, List: q.List, State: q.State, Lang: q.Lang,
		Segment: number(c.Query("segment")), Campaign: number(c.Query("campaign")), Days: int(number(c.Query("days")))}}
	kind := p.Kind()
	if !kind.People {
		p.Search, p.List, p.State, p.Lang, p.Segment = "", 0, "", "", 0
	}
	if !kind.Campaigns {
		p.Campaign = 0
	}
	if !kind.Lately {
		p.Days = 0
	}
	if err := p.Validate(); err != nil {
		return err
	}
	if p.List != 0 && p.What == audience.Subscribers { // who has left the list must be told from who is on it
		p.Fields = append(p.Fields, "state")
	}
	return a.showExport(c, "admin/export", p, nil)
}

// readExport is the export that a form describes.
func readExport(c *gin.Context) audience.Export {
	e := audience.Export{What: c.PostForm("what"), Search: audience.CleanName(c.PostForm("q")), List: number(c.PostForm("list")), State: audience.State(c.PostForm("state")), Lang: c.PostForm("lang"),
		Segment: number(c.PostForm("segment")), Campaign: number(c.PostForm("campaign")), Days: int(number(c.PostForm("days"))),
		Format: c.PostForm("format"), Form: c.PostForm("form"), Gzip: c.PostForm("gzip") != "", Fields: c.PostFormArray("fields"), Names: map[string]string{}}
	for _, f := range e.Fields {
		if name := strings.TrimSpace(c.PostForm("name." + f)); name != "" {
			e.Names[f] = name
		}
	}
	if e.List != 0 && e.State == "" {
		e.State = store.AnyState // as the page of people has it
	}
	if e.Format == audience.XLSX { // its own compression
		e.Gzip = false
	}
	return e
}

// moved puts a column one place up or down, as a button of the form says: "up:email".
func moved(fields []string, do string) (field string) {
	where, field, is := strings.Cut(do, ":")
	at := slices.Index(fields, field)
	to := at - 1
	if where == "down" {
		to = at + 1
	}
	if is && at >= 0 && to >= 0 && to < len(fields) {
		fields[at], fields[to] = fields[to], fields[at]
	}
	return field
}

// completeExport looks up what the form of an export offers.
func (a *Admin) completeExport(c *gin.Context, p *exportPage) (err error) {
	ctx, kind := c.Request.Context(), p.Kind()
	if p.Lists, err = a.Store.Lists(ctx); err != nil {
		return err
	}
	if p.Segments, err = a.Store.Segments(ctx); err != nil {
		return err
	}
	if kind.Campaigns {
		if p.Campaigns, _, err = a.Store.Campaigns(ctx, store.CampaignQuery{Limit: 500}); err != nil {
			return err
		}
	}
	if p.Count, err = a.Store.CountExportLately(ctx, p.Export); err != nil {
		return err
	}
	p.Columns, err = a.exportColumns(c, *p)
	return err
}

// exportColumns are the chosen columns in their order, then all others.
func (a *Admin) exportColumns(c *gin.Context, p exportPage) (out []exportColumn, err error) {
	labels := map[string]string{}
	var others []string
	for _, f := range p.Kind().Fields {
		others = append(others, f.Name)
	}
	if p.What == audience.Subscribers {
		keys, err := a.Store.AttributeKeys(c.Request.Context())
		if err != nil {
			return nil, err
		}
		known, err := a.Store.Attributes(c.Request.Context())
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			others = append(others, "attributes."+key)
			labels["attributes."+key] = audience.AttributeLabel(known, key, a.Lang(c))
		}
		for _, l := range p.Lists {
			others = append(others, "lists."+l.Label)
			labels["lists."+l.Label] = l.Name
		}
	}
	for _, f := range p.Fields {
		out = append(out, exportColumn{Field: f, Label: labels[f], Chosen: true, Name: p.Names[f]})
	}
	for _, f := range others {
		if !slices.Contains(p.Fields, f) {
			out = append(out, exportColumn{Field: f, Label: labels[f]})
		}
	}
	return out, nil
}

func (a *Admin) showExport(c *gin.Context, name string, p exportPage, wrong error) error {
	if err := a.completeExport(c, &p); err != nil {
		return err
	}
	if wrong != nil {
		return a.Again(c, name, p, wrong)
	}
	return a.Page(c, name, p)
}

// CreateExport begins an export, or does what another button of its form says.
func (a *Admin) CreateExport(c *gin.Context) error {
	p := exportPage{Export: readExport(c)}
	p.Reader = a.Lang(c)
	if err := p.Validate(); err != nil {
		return a.showExport(c, "admin/export", p, err)
	}
	do := c.PostForm("do")
	switch {
	case do == "now":
		return a.exportNow(c, p.Export)
	case do == "save" && page.User(c).IsOwner():
		return a.showSaved(c, savedExport{exportPage: p, Saved: campaigns.SavedExport{Export: p.Export, To: campaigns.Destination{Kind: campaigns.Here}}}, nil)
	case do != "":
		p.Moved = moved(p.Fields, do)
		return a.showExport(c, "admin/export", p, nil)
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

// exportNow answers with the file itself. It is whole before its first byte leaves: nobody takes half of one for it.
func (a *Admin) exportNow(c *gin.Context, e audience.Export) error {
	if err := a.audit(c, "export.download", "%s", e.What); err != nil {
		return err
	}
	f, err := a.Jobs.Now(c.Request.Context(), e)
	if err != nil {
		return err
	}
	defer f.Close()
	c.Header("Content-Type", e.MIME())
	c.Header("Content-Disposition", `attachment; filename="`+exportName(e, a.Now())+`"`)
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, f)
	return nil
}

// exportName is what an export's file is called.
func exportName(e audience.Export, at time.Time) string {
	return e.What + "-" + at.Format(time.DateOnly) + e.Extension()
}
