package admin

import (
	"slices"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/web/page"
)

// campaignView is what every page of a campaign shows above its own.
type campaignView struct {
	campaigns.Campaign
	Title, Icon string // of the kind
	Status      word
	When        string
	Tabs        []tab
	Counts      ledger.Counts
	kind        campaigns.Kind
	words       words
}

// Changeable reports whether settings, audience and messages may change: what is on its way stays as it is.
func (v campaignView) Changeable() bool {
	return v.State == campaigns.Draft || v.State == campaigns.Paused
}

// Draft reports whether nothing was started yet.
func (v campaignView) Draft() bool { return v.State == campaigns.Draft }

// Over reports whether nothing happens any more by itself.
func (v campaignView) Over() bool {
	return v.State == campaigns.Finished || v.State == campaigns.Cancelled
}

// open reads the campaign of the address and says what its pages share.
func (a *Admin) open(c *gin.Context, here string) (campaignView, error) {
	id, err := page.ID(c)
	if err != nil {
		return campaignView{}, err
	}
	ctx := c.Request.Context()
	one, err := a.Store.Campaign(ctx, id)
	if err != nil {
		return campaignView{}, err
	}
	totals, err := a.Store.Totals(ctx, id)
	if err != nil {
		return campaignView{}, err
	}
	w := a.words(c)
	v := campaignView{Campaign: one, Status: w.state(one), When: w.when(one.Trigger), Counts: totals[id], words: w}
	info, err := campaigns.KindInfo(one.Kind)
	if err != nil {
		return v, err
	}
	v.Title, v.Icon = w.T(info.Title), info.Icon
	if v.kind, err = one.Open(); err != nil {
		return v, err
	}
	v.Tabs = v.tabs(here)
	return v, nil
}

// tabs are the campaign's pages, in the order one comes to need them.
func (v campaignView) tabs(here string) []tab {
	w, n := v.words, v.Counts
	setup := []tab{{Text: w.T("Setup"), To: "/setup"}, {Text: w.T("Audience"), To: "/audience"}, {Text: w.T("Messages"), To: "/messages"},
		{Text: w.T("Schedule"), To: "/schedule"}}
	if _, gives := v.kind.(campaigns.Giver); gives {
		setup = append(setup, tab{Text: w.T("Codes"), To: "/codes"})
	}
	report := []tab{{Text: w.T("Overview"), To: ""}, {Text: w.T("Deliveries"), To: "/deliveries", Count: w.cat.Number(w.lang, n.Planned)}}
	if _, responds := v.kind.(campaigns.Responder); responds || n.Responded > 0 {
		report = append(report, tab{Text: w.T("Responses"), To: "/responses", Count: w.cat.Number(w.lang, n.Responded)})
	}
	all := append(report, setup...)
	if v.Draft() {
		all = append(setup, tab{Text: w.T("Review"), To: "/review"})
	}
	for i := range all {
		all[i].Here = all[i].To == here
		all[i].To = path(v.ID, all[i].To)
	}
	return all
}

// GoalWord is what ends the campaign for a reader, in words; "" for nothing.
func (v campaignView) GoalWord() string {
	if v.Goal == "" {
		return ""
	}
	return v.words.field(v.Goal)
}

// Next is the tab after this one, for "next".
func (v campaignView) Next() tab {
	i := slices.IndexFunc(v.Tabs, func(t tab) bool { return t.Here })
	if i >= 0 && i+1 < len(v.Tabs) {
		return v.Tabs[i+1]
	}
	return tab{}
}

// Campaign shows how a campaign does; a draft's first page is its setup.
func (a *Admin) Campaign(c *gin.Context) error {
	v, err := a.open(c, "")
	if err != nil {
		return err
	}
	if v.Draft() {
		return a.Redirect(c, "%s", path(v.ID, "/setup"))
	}
	return a.report(c, v)
}

// mayChange refuses to change what is on its way or over.
func (v campaignView) mayChange() error {
	switch {
	case v.Over():
		return fault.New(fault.Conflict, "This campaign is over: it stays as it was sent.")
	case !v.Changeable():
		return fault.New(fault.Conflict, "Pause the campaign first: what is on its way cannot be changed.")
	}
	return nil
}
