package admin

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
)

type audiencePage struct {
	campaignView
	Lists    []audienceList
	Segments []audienceSegment
	Reach    reachView
}

// audienceSegment is a segment with whether only who is in it gets the campaign, or who is not.
type audienceSegment struct {
	segment.Segment
	In, Out bool
}

// audienceList is a list with whether it is in, out or neither.
type audienceList struct {
	store.ListRow
	In, Out bool
}

// reachView is a live count: who gets it, and who of the same lists does not and why.
type reachView struct {
	audience.Reach
	Everybody bool // an automation without lists
	Left      int64
	LeftOut   []leftOut
	Sample    []audience.Subscriber
	Languages []langShare
}

// leftOut is one reason, with where those people are listed ("" when no one list has them).
type leftOut struct {
	Count int64
	Text  string
	To    string
}

type langShare struct {
	Lang, Name string
	Here       bool
}

// CampaignAudience shows whom a campaign reaches.
func (a *Admin) CampaignAudience(c *gin.Context) error {
	v, err := a.open(c, "/audience")
	if err != nil {
		return err
	}
	p, err := a.audiencePage(c, v)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/campaign-audience", p)
}

// CampaignReach counts the audience of a form that is not saved yet.
func (a *Admin) CampaignReach(c *gin.Context) error {
	v, err := a.open(c, "/audience")
	if err != nil {
		return err
	}
	v.Campaign.Audience = audienceOf(c.Request.URL.Query())
	p, err := a.reach(c, v)
	if err != nil {
		return err
	}
	return a.Part(c, "admin/campaign-audience", "reach", audiencePage{campaignView: v, Reach: p})
}

// SaveCampaignAudience keeps whom the campaign reaches.
func (a *Admin) SaveCampaignAudience(c *gin.Context) error {
	v, err := a.open(c, "/audience")
	if err != nil {
		return err
	}
	if err := v.mayChange(); err != nil {
		return err
	}
	if err := c.Request.ParseForm(); err != nil {
		return err
	}
	v.Campaign.Audience = audienceOf(c.Request.PostForm)
	for _, id := range append(slices.Clone(v.Audience.Segments), v.Audience.NotSegments...) {
		if _, err := a.Store.Segment(c.Request.Context(), id); err != nil {
			return err
		}
	}
	if err := a.Store.SaveCampaign(c.Request.Context(), &v.Campaign); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved."), "")
	if c.PostForm("next") != "" && v.Next().To != "" {
		return a.Redirect(c, "%s", v.Next().To)
	}
	return a.Redirect(c, "%s", path(v.ID, "/audience"))
}

// audienceOf reads an audience; a list or a segment that is both in and out is out.
func audienceOf(form url.Values) audience.Audience {
	o := audience.Audience{NotLists: numbersOf(form["out"]), NotSegments: numbersOf(form["not_segment"])}
	o.Lists, o.Segments = without(numbersOf(form["in"]), o.NotLists), without(numbersOf(form["segment"]), o.NotSegments)
	if lang := form.Get("lang"); slices.Contains(audience.Languages, lang) {
		o.Lang = lang
	}
	return o
}

func without(ids, out []int64) []int64 {
	return slices.DeleteFunc(ids, func(id int64) bool { return slices.Contains(out, id) })
}

func numbersOf(all []string) []int64 {
	ids := []int64{}
	for _, s := range all {
		if id, err := strconv.ParseInt(s, 10, 64); err == nil && id > 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (a *Admin) audiencePage(c *gin.Context, v campaignView) (audiencePage, error) {
	p := audiencePage{campaignView: v}
	lists, err := a.Store.Lists(c.Request.Context())
	if err != nil {
		return p, err
	}
	for _, l := range lists {
		p.Lists = append(p.Lists, audienceList{l, slices.Contains(v.Audience.Lists, l.ID), slices.Contains(v.Audience.NotLists, l.ID)})
	}
	segments, err := a.Store.Segments(c.Request.Context())
	if err != nil {
		return p, err
	}
	for _, one := range segments {
		p.Segments = append(p.Segments, audienceSegment{one, slices.Contains(v.Audience.Segments, one.ID), slices.Contains(v.Audience.NotSegments, one.ID)})
	}
	p.Reach, err = a.reach(c, v)
	return p, err
}

// sampleSize is how many people of an audience are shown by name.
const sampleSize = 10

func (a *Admin) reach(c *gin.Context, v campaignView) (r reachView, err error) {
	ctx, one := c.Request.Context(), v.Campaign
	for _, lang := range audience.Languages {
		r.Languages = append(r.Languages, langShare{lang, languageOf(lang), lang == one.Audience.Lang})
	}
	if len(one.Audience.Lists) == 0 {
		r.Everybody = one.Automation()
		return r, nil
	}
	if r.Reach, err = a.Store.Reach(ctx, one.Audience); err != nil {
		return r, err
	}
	r.LeftOut = v.words.leftOut(one, r.Reach)
	for _, l := range r.LeftOut {
		r.Left += l.Count
	}
	r.Sample, err = a.Store.Sample(ctx, one.Audience, sampleSize)
	return r, err
}

// leftOut names the reasons that leave anybody out.
func (w words) leftOut(c campaigns.Campaign, r audience.Reach) []leftOut {
	var all []leftOut
	for _, l := range []leftOut{
		{r.Unsubscribed, w.N("%d unsubscribed", r.Unsubscribed), listLink(c, audience.Unsubscribed)},
		{r.Pending, w.N("%d did not confirm yet", r.Pending), listLink(c, audience.Pending)},
		{r.Outside, w.N("%d not in the segments", r.Outside), ""},
		{r.Suppressed, w.N("%d never mailed again (bounced, complained or left)", r.Suppressed), ""},
	} {
		if l.Count > 0 {
			all = append(all, l)
		}
	}
	return all
}

// listLink lists the people of that state, where the audience is one list.
func listLink(c campaigns.Campaign, state audience.State) string {
	if len(c.Audience.Lists) != 1 {
		return ""
	}
	return fmt.Sprintf("/subscribers?list=%d&state=%s", c.Audience.Lists[0], state)
}
