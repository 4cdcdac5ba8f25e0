package admin

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/dispatch"
)

type reviewPage struct {
	campaignView
	Fails, Warns, Passes []reviewLine
	Waits                []reviewLine // still being looked at
	People               int64
	Now                  bool   // goes out as soon as it is started
	Button               string // what starting does, in words
	Typed                bool   // so many people that the number is asked for
}

// reviewLine is one line with where to put it right.
type reviewLine struct {
	Text, To, Why string
	Where         []reviewPlace // the letters it is about; none when it is about no letter
}

// reviewPlace is a letter by its message and language, and where it is put right.
type reviewPlace struct{ Name, To string }

// undoTime is how long a start "now" can be taken back before the first letter leaves.
const undoTime = 30 * time.Second

// askAbove is the audience above which the number of people is typed before a start.
const askAbove = 10000

// CampaignReview lists what is right and what is not before a start.
func (a *Admin) CampaignReview(c *gin.Context) error {
	v, err := a.open(c, "/review")
	if err != nil {
		return err
	}
	if !v.Draft() {
		return a.Redirect(c, "%s", path(v.ID, ""))
	}
	p, err := a.reviewPage(c, v)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/campaign-review", p)
}

func (a *Admin) reviewPage(c *gin.Context, v campaignView) (reviewPage, error) {
	p := reviewPage{campaignView: v, Now: v.Trigger == campaigns.Trigger{Zone: v.Trigger.Zone}}
	lines, err := a.Dispatch.Review(c.Request.Context(), v.asStarted())
	if err != nil {
		return p, err
	}
	if at := v.Trigger.At; at != nil && !at.After(v.words.now) {
		lines = append(lines, dispatch.Line{Level: "fail", Format: v.words.T("The chosen time has passed. Choose another."), Where: "schedule"})
	}
	more, err := a.domainLines(c, v.Campaign)
	if err != nil {
		return p, err
	}
	for _, l := range append(lines, more...) {
		p.add(l)
	}
	if len(v.Audience.Lists) > 0 {
		reach, err := a.Store.Reach(c.Request.Context(), v.Audience)
		if err != nil {
			return p, err
		}
		p.People = reach.People
	}
	p.Typed = p.People > askAbove && !v.Automation()
	p.Button = p.button()
	return p, nil
}

// asStarted is the campaign as its start makes it: "now" becomes a moment.
func (v campaignView) asStarted() campaigns.Campaign {
	one := v.Campaign
	if one.Trigger.At == nil && one.Trigger.Cron == "" && one.Trigger.On == "" {
		at := v.words.now.Add(undoTime)
		one.Trigger.At = &at
	}
	return one
}

func (p *reviewPage) add(l dispatch.Line) {
	w := p.words
	line := reviewLine{Text: w.grouped(w.T(l.Format, l.Args...), l.Args), To: p.whereTo(l), Why: w.T(l.Because)}
	if l.Lang != "" {
		line.Where = []reviewPlace{{p.placeOf(l), line.To}}
	}
	to := &p.Passes
	switch l.Level {
	case "fail":
		to = &p.Fails
	case "warn":
		to = &p.Warns
	case "wait":
		to = &p.Waits
	}
	*to = put(*to, line, l.About == "links")
}

// placeOf names a letter: its message, its language, and its variant but for A.
func (p *reviewPage) placeOf(l dispatch.Line) string {
	name := p.words.T(l.Where) + ", " + languageOf(l.Lang)
	if l.Variant != "" {
		name += ", " + strings.ToUpper(l.Variant)
	}
	return name
}

// put adds a line that is not there yet. What is said of the world and not of a letter, where a
// link leads, is said once for all letters it stands in.
func put(lines []reviewLine, line reviewLine, once bool) []reviewLine {
	for i, old := range lines {
		switch {
		case old.Text != line.Text:
		case once:
			lines[i].Where = append(old.Where, slices.DeleteFunc(line.Where, func(p reviewPlace) bool { return placed(old.Where, p.Name) })...)
			return lines
		case old.To == line.To && slices.Equal(old.Where, line.Where):
			return lines
		}
	}
	return append(lines, line)
}

func placed(places []reviewPlace, name string) bool {
	return slices.ContainsFunc(places, func(p reviewPlace) bool { return p.Name == name })
}

func (p *reviewPage) whereTo(l dispatch.Line) string {
	switch l.Where {
	case "settings":
		return path(p.ID, "/setup")
	case "audience", "schedule", "messages", "codes":
		return path(p.ID, "/"+l.Where)
	case "shop":
		return "/settings"
	case "domain":
		return "/settings/domain"
	}
	if l.Lang != "" {
		return composerPath(p.ID, l.Where, l.Lang) + variantQuery(l.Variant) + placeIn(l)
	}
	return path(p.ID, "/messages")
}

// placeIn is the fault's place in the composer, as the end of its address.
func placeIn(l dispatch.Line) string {
	q := url.Values{}
	if l.Block != "" {
		q.Set("block", l.Block)
	}
	if l.Field != "" {
		q.Set("field", l.Field)
	}
	if l.At > 0 {
		q.Set("line", strconv.Itoa(l.At))
	}
	if len(q) == 0 {
		return ""
	}
	return "#" + q.Encode()
}

// button says what will happen.
func (p *reviewPage) button() string {
	w, t := p.words, p.Trigger
	switch {
	case t.On != "":
		return w.T("Start listening")
	case t.Cron != "":
		next, err := t.Next(w.now)
		if err != nil || next.IsZero() {
			return w.T("Start the schedule")
		}
		return w.T("Start: first on %s", w.moment(next, t.Zone))
	case t.At != nil:
		return w.T("Schedule for %s", w.moment(*t.At, t.Zone))
	}
	return w.N("Send to %d people", p.People)
}

// StartCampaign starts a draft. "Now" means in half a minute: until then it can be undone.
func (a *Admin) StartCampaign(c *gin.Context) error {
	v, err := a.open(c, "/review")
	if err != nil {
		return err
	}
	if !v.Draft() {
		return fault.New(fault.Conflict, "This campaign was started already.")
	}
	p, err := a.reviewPage(c, v)
	if err != nil {
		return err
	}
	if err := p.confirmed(c.PostForm("count")); err != nil {
		return a.Again(c, "admin/campaign-review", p, err)
	}
	ctx := c.Request.Context()
	one := v.asStarted()
	if p.Now {
		if err := a.Store.SaveCampaign(ctx, &one); err != nil {
			return err
		}
	}
	if err := a.Dispatch.Start(ctx, v.ID); err != nil {
		return a.notStarted(c, v, p, err)
	}
	return a.Redirect(c, "%s", path(v.ID, ""))
}

// notStarted puts "now" back and shows the review with what is wrong.
func (a *Admin) notStarted(c *gin.Context, v campaignView, p reviewPage, err error) error {
	if p.Now {
		undone := a.Store.SaveCampaign(c.Request.Context(), &v.Campaign)
		if undone != nil && !fault.Is(undone, fault.Conflict) { // a second click: the first one started it
			return undone
		}
	}
	return a.Again(c, "admin/campaign-review", p, err)
}

// confirmed asks for the typed number where it is due. Spaces and separators do not matter.
func (p reviewPage) confirmed(typed string) error {
	if !p.Typed {
		return nil
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, typed)
	if digits != strconv.FormatInt(p.People, 10) {
		return fault.Field("count", "Type the number of people, %d, to confirm.", p.People)
	}
	return nil
}
