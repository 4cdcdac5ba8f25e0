package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
	"keepsake/web/page"
)

// said is one rule of a tree as a sentence.
type said struct {
	Text  string `json:"text"`
	Rules []said `json:"rules,omitempty"`
}

func (w words) said(r segment.Rule, names segment.Namer) said {
	s := said{Text: segment.Say(r, w, names)}
	for _, one := range r.Rules {
		s.Rules = append(s.Rules, w.said(one, names))
	}
	return s
}

type segmentRow struct {
	segment.Segment
	Said said
}

// Segments shows all segments with what they mean.
func (a *Admin) Segments(c *gin.Context) error {
	all, err := a.Store.Segments(c.Request.Context())
	if err != nil {
		return err
	}
	names, err := a.Store.SegmentNames(c.Request.Context(), a.Lang(c))
	if err != nil {
		return err
	}
	rows := make([]segmentRow, len(all))
	for i, one := range all {
		rows[i] = segmentRow{one, a.words(c).said(one.Rule, names)}
	}
	return a.Page(c, "admin/segments", rows)
}

// segmentPage is one segment's form, a new one's when its ID is 0.
type segmentPage struct {
	segment.Segment
	JSON    string // as it was written
	Said    *said  // nil while the rule is none
	Counted bool   // People and Sample are known
	People  int64
	Sample  []audience.Subscriber
	Props   string // of the builder
	Ready   []readySegment
	Lacks   []string // attributes that its rule asks for and that there are not
}

// readySegment is one to begin with.
type readySegment struct {
	Name, Title string
	Said        said
}

func (w words) readySegments(names segment.Namer) (all []readySegment) {
	for _, one := range segment.Ready {
		all = append(all, readySegment{one.Name, w.T(one.Label), w.said(one.Rule, names)})
	}
	return all
}

// example is what the form without the builder begins with.
var example = segment.Rule{Match: segment.All, Rules: []segment.Rule{
	{Field: "ordered", Is: "did", Times: &segment.Times{Is: "at_least", N: 2}, Within: &segment.Within{Last: 90, Unit: "days"}},
	{Field: "opened", Is: "did_not", Within: &segment.Within{Last: 30, Unit: "days"}}}}

// NewSegment asks for a segment, which may begin with a ready-made one or with another.
func (a *Admin) NewSegment(c *gin.Context) error {
	if id := number(c.Query("like")); id != 0 {
		other, err := a.Store.Segment(c.Request.Context(), id)
		if err != nil {
			return err
		}
		return a.showSegment(c, segmentPage{Segment: segment.Segment{Name: a.T(c, "Copy of %s", other.Name), Rule: other.Rule}, JSON: written(other.Rule)}, nil)
	}
	if c.Query("of") == "subscribers" { // their filters
		rule, err := a.Store.RuleOf(c.Request.Context(), subscriberQuery(c))
		if err != nil {
			return err
		}
		return a.showSegment(c, segmentPage{Segment: segment.Segment{Rule: rule}, JSON: written(rule)}, nil)
	}
	if rule := c.Query("rule"); rule != "" { // whom a figure counts
		return a.newSegmentOf(c, rule)
	}
	for _, one := range segment.Ready {
		if one.Name == c.Query("ready") {
			return a.showSegment(c, segmentPage{Segment: segment.Segment{Name: a.T(c, one.Label), Rule: one.Rule}, JSON: written(one.Rule)}, nil)
		}
	}
	names, err := a.Store.SegmentNames(c.Request.Context(), a.Lang(c))
	if err != nil {
		return err
	}
	return a.showSegment(c, segmentPage{Segment: segment.Segment{Rule: segment.Rule{Match: segment.All}}, JSON: written(example), Ready: a.words(c).readySegments(names)}, nil)
}

// Segment shows one segment: what it means, and whom.
func (a *Admin) Segment(c *gin.Context) error {
	p, err := a.segment(c)
	if err != nil {
		return err
	}
	return a.showSegment(c, p, nil)
}

func (a *Admin) segment(c *gin.Context) (segmentPage, error) {
	id, err := page.ID(c)
	if err != nil {
		return segmentPage{}, err
	}
	one, err := a.Store.Segment(c.Request.Context(), id)
	return segmentPage{Segment: one, JSON: written(one.Rule)}, err
}

// written is a rule as JSON for people.
func written(r segment.Rule) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(r) // a rule always marshals
	return strings.TrimSpace(b.String())
}

// showSegment shows the form with whom its rule means, unless something is wrong with the rule.
func (a *Admin) showSegment(c *gin.Context, p segmentPage, wrong error) error {
	ctx := c.Request.Context()
	if wrong != nil && page.WantsJSON(c) {
		return wrong
	}
	if f, ok := errors.AsType[*fault.Error](wrong); wrong != nil && (!ok || f.Code == fault.Invalid && p.Rule.Validate() != nil) {
		return a.Again(c, "admin/segment", p, underOne(wrong))
	}
	names, err := a.Store.SegmentNames(ctx, a.Lang(c))
	if err != nil {
		return err
	}
	all := a.words(c).said(p.Rule, names)
	p.Said = &all
	if c.Request.Method == http.MethodGet { // the builder counts; without it, the button
		return a.segmentForm(c, p, nil)
	}
	p.Counted = true
	if p.People, err = a.Store.CountSegment(ctx, p.Rule); err != nil {
		p.Said = nil
		return a.Again(c, "admin/segment", p, underOne(err))
	}
	if p.Sample, _, err = a.Store.Members(ctx, p.Rule, 0, sampleSize); err != nil {
		return err
	}
	return a.segmentForm(c, p, wrong)
}

// lacking are the attributes a rule asks for that nobody has registered: it means nobody, or everybody, by them.
func (a *Admin) lacking(c *gin.Context, r segment.Rule) (keys []string, err error) {
	known, err := a.Store.AttributeKeys(c.Request.Context())
	r.Each(func(one *segment.Rule) {
		if key, is := strings.CutPrefix(one.Field, segment.Attribute); is && !slices.Contains(known, key) && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	})
	return keys, err
}

// segmentForm is the form, which the builder takes the place of.
func (a *Admin) segmentForm(c *gin.Context, p segmentPage, wrong error) (err error) {
	if p.Lacks, err = a.lacking(c, p.Rule); err != nil {
		return err
	}
	props, err := a.builderProps(c, p)
	if err != nil {
		return err
	}
	b, err := json.Marshal(props)
	if err != nil {
		return fmt.Errorf("builder: %w", err)
	}
	p.Props = string(b)
	if wrong != nil {
		return a.Again(c, "admin/segment", p, wrong)
	}
	return a.Page(c, "admin/segment", p)
}

// underOne puts what is wrong with any rule of the tree beside the form's one field.
func underOne(err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	for i := range f.Fields {
		if strings.HasPrefix(f.Fields[i].Field, "rule.") {
			f.Fields[i].Field = "rule"
		}
	}
	return f
}

// SaveSegment keeps a segment, or with the button “look” only shows whom it would mean.
func (a *Admin) SaveSegment(c *gin.Context) error {
	p := segmentPage{}
	if c.Param("id") != "" {
		var err error
		if p, err = a.segment(c); err != nil {
			return err
		}
		p.Version = int(number(c.PostForm("version")))
	}
	p.Name, p.JSON = c.PostForm("name"), c.PostForm("rule")
	rule, err := segment.Decode([]byte(p.JSON))
	p.Rule = rule
	if err != nil {
		p.Rule = segment.Rule{}
		return a.showSegment(c, p, err)
	}
	if c.PostForm("do") == "look" {
		return a.showSegment(c, p, nil)
	}
	if err = p.Validate(); err == nil {
		err = a.Store.SaveSegment(c.Request.Context(), &p.Segment, page.User(c).Name)
	}
	if err != nil {
		return a.showSegment(c, p, err)
	}
	a.Toast(c, a.T(c, "Saved."), "")
	return a.Redirect(c, "/segments/%d", p.ID)
}

// DeleteSegment hides a segment that nothing uses.
func (a *Admin) DeleteSegment(c *gin.Context) error {
	p, err := a.segment(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteSegment(c.Request.Context(), p.ID); err != nil {
		if fault.Is(err, fault.Conflict) {
			return a.showSegment(c, p, err)
		}
		return err
	}
	if err := a.audit(c, "segment.delete", "segment:%d", p.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "“%s” is deleted.", p.Name), strings.TrimSuffix(c.Request.URL.Path, "delete")+"restore")
	return a.Redirect(c, "/segments")
}

// RestoreSegment undoes DeleteSegment.
func (a *Admin) RestoreSegment(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Store.RestoreSegment(c.Request.Context(), id); err != nil {
		return err
	}
	return a.Redirect(c, "/segments/%d", id)
}
