package admin

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// maxChosen is how many people one ticks: a page's worth, whose numbers fit an address.
const maxChosen = 200

// bulkPage asks what is to be done with many people.
type bulkPage struct {
	audience.Bulk
	Count      int64
	Sentence   []string // the filters, as one reads them
	Lists      []store.ListRow
	Attributes []attributeInput
	Of         attributeInput // that its value is asked of; of no Key while none is chosen
}

// Most is how many can be deleted at once.
func (bulkPage) Most() int { return audience.MostDeleted }

// TooMany reports whether these are more than are deleted at once.
func (p bulkPage) TooMany() bool { return p.Count > audience.MostDeleted }

// Back is the list of people that this one came from.
func (p bulkPage) Back() string { return "/subscribers?" + address(p.Who).Encode() }

// address is a selection's filters as they stand in an address.
func address(who audience.Selection) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"q": who.Search, "state": string(who.State), "lang": who.Lang, "attribute": who.Attribute, "value": who.Value} {
		if value != "" && value != string(store.AnyState) {
			q.Set(name, value)
		}
	}
	for name, id := range map[string]int64{"list": who.List, "segment": who.Segment} {
		if id != 0 {
			q.Set(name, strconv.FormatInt(id, 10))
		}
	}
	return q
}

// Narrows are the filters as a form's hidden fields have them.
func (p bulkPage) Narrows() url.Values { return address(p.Who) }

// selection is whom a page's address or form means: the ticked ones, or all who fit its filters.
func selection(c *gin.Context) (who audience.Selection, err error) {
	if err := c.Request.ParseForm(); err != nil {
		return who, fault.New(fault.Invalid, "The form cannot be read.")
	}
	form := c.Request.Form
	for _, v := range form["ids"] {
		if id := number(v); id > 0 && !slices.Contains(who.IDs, id) {
			who.IDs = append(who.IDs, id)
		}
	}
	switch {
	case len(who.IDs) > maxChosen:
		return who, fault.New(fault.Invalid, "Choose at most %d people at once.", maxChosen)
	case len(who.IDs) > 0:
		return who, nil
	case form.Get("all") == "":
		return who, fault.New(fault.Invalid, "Choose somebody first.")
	}
	q := queryOf(form)
	return audience.Selection{Search: q.Search, List: q.List, State: q.State, Lang: q.Lang, Segment: q.Segment, Attribute: q.Attribute, Value: q.Value}, nil
}

// BulkForm asks what to do with the chosen people.
func (a *Admin) BulkForm(c *gin.Context) error {
	who, err := selection(c)
	if err != nil {
		return err
	}
	return a.showBulk(c, bulkPage{Bulk: audience.Bulk{Who: who, Attribute: who.Attribute, List: who.List}}, nil)
}

func (a *Admin) showBulk(c *gin.Context, p bulkPage, wrong error) (err error) {
	ctx := c.Request.Context()
	if p.Count = int64(len(p.Who.IDs)); p.Count == 0 {
		if p.Count, err = a.Store.CountSubscribers(ctx, store.QueryOf(p.Who)); err != nil { // exactly: it is acted upon
			return err
		}
	}
	if p.Lists, err = a.Store.Lists(ctx); err != nil {
		return err
	}
	if p.Attributes, err = a.attributeInputs(c, nil); err != nil {
		return err
	}
	for _, one := range p.Attributes {
		if one.Key == p.Attribute {
			p.Of = one
		}
	}
	p.Of.Value = p.Value
	if p.Sentence, err = a.filters(c, p.Who); err != nil {
		return err
	}
	if wrong != nil {
		return a.Again(c, "admin/bulk", p, wrong)
	}
	return a.Page(c, "admin/bulk", p)
}

// filters are what a selection asks, each as one reads it.
func (a *Admin) filters(c *gin.Context, who audience.Selection) (all []string, err error) {
	ctx, w := c.Request.Context(), a.words(c)
	if who.Search != "" {
		all = append(all, w.T("“%s”", who.Search))
	}
	if who.List != 0 {
		l, err := a.Store.List(ctx, who.List)
		if err != nil {
			return nil, err
		}
		all = append(all, l.Name)
	}
	if who.State != "" && who.State != store.AnyState {
		all = append(all, w.T(string(who.State)))
	}
	if who.Lang != "" {
		all = append(all, page.LanguageName(who.Lang))
	}
	if who.Segment != 0 {
		one, err := a.Store.Segment(ctx, who.Segment)
		if err != nil {
			return nil, err
		}
		all = append(all, one.Name)
	}
	if who.Attribute != "" {
		known, err := a.Store.Attributes(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, audience.AttributeLabel(known, who.Attribute, w.lang)+": "+cmp.Or(who.Value, w.T("is filled in")))
	}
	return all, nil
}

// Bulk queues what is to be done with the chosen people.
func (a *Admin) Bulk(c *gin.Context) error {
	who, err := selection(c)
	if err != nil {
		return err
	}
	b := audience.Bulk{Do: c.PostForm("do"), Who: who, List: number(c.PostForm("to")), Wording: c.PostForm("wording"), Attribute: c.PostForm("of"), Value: c.PostForm("becomes"), Reader: a.Lang(c)}
	if b.Do == "export" {
		return a.exportChosen(c, who)
	}
	if b.Do == "look" {
		return a.showBulk(c, bulkPage{Bulk: b}, nil)
	}
	if b.OfAttribute() && b.Attribute == "" {
		return a.showBulk(c, bulkPage{Bulk: b}, fault.Field("attribute", "Choose an attribute."))
	}
	j, err := a.queueBulk(c, &b)
	if err != nil {
		if fault.Is(err, fault.Invalid) {
			return a.showBulk(c, bulkPage{Bulk: b}, err)
		}
		return err
	}
	undo := fmt.Sprintf("/jobs/%d/take-back", j)
	if b.Do == audience.BulkDelete {
		undo = fmt.Sprintf("/jobs/%d/stop", j)
	}
	a.Toast(c, a.T(c, "It is under way."), undo)
	return a.Redirect(c, "/jobs/%d", j)
}

func (a *Admin) queueBulk(c *gin.Context, b *audience.Bulk) (int64, error) {
	ctx := c.Request.Context()
	of, err := a.Store.Attribute(ctx, b.Attribute)
	if fault.Is(err, fault.NotFound) {
		of, err = audience.Attribute{Key: b.Attribute, Type: audience.TextAttribute}, nil
	}
	if err == nil {
		err = b.Validate(of)
	}
	if f, ok := errors.AsType[*fault.Error](err); ok && of.Key != "" { // as the reader knows it
		for i, one := range f.Fields {
			for k, arg := range one.Args {
				if arg == of.Key {
					f.Fields[i].Args[k] = of.Label(a.Lang(c))
				}
			}
		}
	}
	if err == nil && b.List != 0 {
		_, err = a.Store.List(ctx, b.List)
	}
	if err != nil {
		return 0, err
	}
	id, err := a.queue(c, ledger.Job{Kind: ledger.BulkJob}, b)
	if err != nil {
		return 0, err
	}
	return id, a.audit(c, "bulk."+b.Do, "job:%d", id)
}

// exportChosen exports the chosen people with the usual columns.
func (a *Admin) exportChosen(c *gin.Context, who audience.Selection) error {
	e := audience.Export{Search: who.Search, List: who.List, State: who.State, Lang: who.Lang, Segment: who.Segment, Attribute: who.Attribute, Value: who.Value, IDs: who.IDs, Reader: a.Lang(c)}
	if err := e.Validate(); err != nil {
		return err
	}
	id, err := a.queue(c, ledger.Job{Kind: ledger.ExportJob}, e)
	if err != nil {
		return err
	}
	if err := a.audit(c, "export.start", "job:%d", id); err != nil {
		return err
	}
	return a.Redirect(c, "/jobs/%d", id)
}

// number reads a number from a form; what is none is 0.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// refererPath is the path of ours the reader came from.
func refererPath(c *gin.Context) string {
	u, err := url.Parse(c.Request.Referer())
	if err != nil || u.Host != c.Request.Host {
		return ""
	}
	return u.RequestURI()
}

func (a *Admin) audit(c *gin.Context, action, object string, args ...any) error {
	return a.Store.Audit(c.Request.Context(), page.User(c).ID, action, fmt.Sprintf(object, args...))
}
