package admin

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
)

// campaignTabs are the tabs of the list: the states each shows.
var campaignTabs = []struct {
	name   string
	states []string
}{
	{"", nil},
	{"drafts", []string{campaigns.Draft}},
	{"scheduled", []string{campaigns.Scheduled}},
	{"running", []string{campaigns.Running, campaigns.Paused}},
	{"finished", []string{campaigns.Finished, campaigns.Cancelled}},
	{"archived", nil},
}

// tab is one of the pages or filters side by side.
type tab struct {
	To, Text string
	Count    string // "" shows none
	Here     bool
}

// campaignRow is one line of the list.
type campaignRow struct {
	campaigns.Campaign
	Icon, Title    string // of the kind
	Status         word
	When, Audience string
	Counts         ledger.Counts
	Percent        int  // of the deliveries that have an outcome
	Moving         bool // letters are on their way
}

type campaignsPage struct {
	Tabs     []tab
	Tab      string
	Search   string
	Rows     []campaignRow
	Next     int64
	Kinds    []kindCard
	Empty    bool // there is no campaign at all
	Calendar *calendar
}

// Campaigns lists the campaigns, or shows them in a calendar.
func (a *Admin) Campaigns(c *gin.Context) error {
	p := campaignsPage{Tab: c.Query("tab"), Search: strings.TrimSpace(c.Query("q"))}
	counts, err := a.Store.CampaignCounts(c.Request.Context())
	if err != nil {
		return err
	}
	p.Tabs, p.Empty = a.campaignTabs(c, counts), len(counts) == 0
	if p.Empty {
		p.Kinds = a.kindCards(c)
		return a.Page(c, "admin/campaigns", p)
	}
	if c.Query("view") == "calendar" {
		if p.Calendar, err = a.calendar(c); err != nil {
			return err
		}
		return a.Page(c, "admin/campaigns", p)
	}
	p.Rows, p.Next, err = a.campaignRows(c, p)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/campaigns", p)
}

func (a *Admin) campaignTabs(c *gin.Context, counts map[string]int) []tab {
	texts := map[string]string{"": a.T(c, "All"), "drafts": a.T(c, "Drafts"), "scheduled": a.T(c, "Scheduled"), "running": a.T(c, "Running"),
		"finished": a.T(c, "Finished"), "archived": a.T(c, "Archived")}
	tabs := make([]tab, 0, len(campaignTabs))
	for _, t := range campaignTabs {
		n := counts["archived"]
		if t.name != "archived" {
			n = sumOf(counts, t.states)
		}
		q := url.Values{}
		for name, value := range map[string]string{"tab": t.name, "q": c.Query("q")} {
			if value != "" {
				q.Set(name, value)
			}
		}
		tabs = append(tabs, tab{To: strings.TrimSuffix("/campaigns?"+q.Encode(), "?"), Text: texts[t.name],
			Count: a.Catalog.Number(a.Lang(c), n), Here: t.name == c.Query("tab") && c.Query("view") == ""})
	}
	return tabs
}

// sumOf adds the counts of these states; of all but the archived when there are none.
func sumOf(counts map[string]int, states []string) (n int) {
	for state, count := range counts {
		if len(states) == 0 && state != "archived" {
			n += count
		}
	}
	for _, s := range states {
		n += counts[s]
	}
	return n
}

func (a *Admin) campaignRows(c *gin.Context, p campaignsPage) ([]campaignRow, int64, error) {
	q := store.CampaignQuery{Search: p.Search, Archived: p.Tab == "archived", Limit: 30}
	q.After, _ = strconv.ParseInt(c.Query("after"), 10, 64) // no number is the first page
	for _, t := range campaignTabs {
		if t.name == p.Tab {
			q.States = t.states
		}
	}
	ctx := c.Request.Context()
	all, next, err := a.Store.Campaigns(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	ids := make([]int64, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	totals, err := a.Store.Totals(ctx, ids...)
	if err != nil {
		return nil, 0, err
	}
	names, err := a.listNames(ctx)
	if err != nil {
		return nil, 0, err
	}
	w := a.words(c)
	rows := make([]campaignRow, len(all))
	for i, one := range all {
		rows[i] = w.row(one, totals[one.ID], names)
	}
	return rows, next, nil
}

func (w words) row(c campaigns.Campaign, n ledger.Counts, names map[int64]string) campaignRow {
	r := campaignRow{Campaign: c, Icon: "mail", Status: w.state(c), When: w.when(c.Trigger), Audience: w.audience(c, names), Counts: n,
		Percent: percentOf(n.Planned-n.Waiting(), n.Planned), Moving: n.Waiting() > 0 && (c.State == campaigns.Running || c.State == campaigns.Paused)}
	if info, err := campaigns.KindInfo(c.Kind); err == nil {
		r.Icon, r.Title = info.Icon, w.T(info.Title)
	}
	return r
}

// audience names the lists a campaign goes to.
func (w words) audience(c campaigns.Campaign, names map[int64]string) string {
	if len(c.Audience.Lists) == 0 {
		if c.Automation() {
			return w.T("every customer")
		}
		return w.T("nobody yet")
	}
	text := nameAll(c.Audience.Lists, names)
	if len(c.Audience.NotLists) > 0 {
		text = w.T("%s, without %s", text, nameAll(c.Audience.NotLists, names))
	}
	return text
}

func nameAll(ids []int64, names map[int64]string) string {
	all := make([]string, 0, len(ids))
	for _, id := range ids {
		if n := names[id]; n != "" {
			all = append(all, n)
		}
	}
	return strings.Join(all, ", ")
}

func (a *Admin) listNames(ctx context.Context) (map[int64]string, error) {
	lists, err := a.Store.Lists(ctx)
	names := make(map[int64]string, len(lists))
	for _, l := range lists {
		names[l.ID] = l.Name
	}
	return names, err
}

// ArchiveCampaigns hides the chosen campaigns from the list; with restore it brings them back.
func (a *Admin) ArchiveCampaigns(c *gin.Context) error {
	ids, back := chosenCampaigns(c), c.Query("restore") != ""
	for _, id := range ids {
		if err := a.Store.Archive(c.Request.Context(), id, !back); err != nil {
			return err
		}
	}
	switch {
	case len(ids) == 0:
		a.Toast(c, a.T(c, "Choose campaigns first."), "")
	case back:
		a.Toast(c, a.words(c).N("%d campaigns are back in the list.", int64(len(ids))), "")
	default:
		a.Toast(c, a.words(c).N("%d campaigns archived.", int64(len(ids))), "/campaigns/archive?restore=1&ids="+joined(ids))
	}
	return a.Redirect(c, "/campaigns")
}

// DuplicateCampaigns makes drafts like the chosen campaigns.
func (a *Admin) DuplicateCampaigns(c *gin.Context) error {
	var made []int64
	for _, id := range chosenCampaigns(c) {
		copied, err := a.duplicate(c, id)
		if err != nil {
			return err
		}
		made = append(made, copied)
	}
	if len(made) == 0 {
		a.Toast(c, a.T(c, "Choose campaigns first."), "")
		return a.Redirect(c, "/campaigns")
	}
	a.Toast(c, a.words(c).N("%d drafts made.", int64(len(made))), "/campaigns/discard?ids="+joined(made))
	if len(made) == 1 {
		return a.Redirect(c, "%s", path(made[0], "/setup"))
	}
	return a.Redirect(c, "/campaigns?tab=drafts")
}

func (a *Admin) duplicate(c *gin.Context, id int64) (int64, error) {
	ctx := c.Request.Context()
	one, err := a.Store.Campaign(ctx, id)
	if err != nil {
		return 0, err
	}
	one.ID, one.State, one.Archived = 0, campaigns.Draft, false
	one.Name = a.T(c, "Copy of %s", one.Name)
	if one.Trigger.At != nil { // its moment belongs to the one it was made from
		one.Trigger.At = nil
	}
	for i := range one.Messages {
		for j := range one.Messages[i].Contents {
			one.Messages[i].Contents[j].Version = 0
		}
	}
	err = a.Store.CreateCampaign(ctx, &one)
	return one.ID, err
}

// DiscardDrafts deletes drafts: the undo of making them.
func (a *Admin) DiscardDrafts(c *gin.Context) error {
	ids := chosenCampaigns(c)
	for _, id := range ids {
		if err := a.Store.DeleteDraft(c.Request.Context(), id); err != nil {
			return err
		}
	}
	a.Toast(c, a.words(c).N("%d drafts deleted.", int64(len(ids))), "")
	return a.Redirect(c, "/campaigns")
}

// chosenCampaigns are the numbers in the form's or the address's ids.
func chosenCampaigns(c *gin.Context) (ids []int64) {
	all := append(c.PostFormArray("ids"), strings.Split(c.Query("ids"), ",")...)
	for _, s := range all {
		if id, err := strconv.ParseInt(s, 10, 64); err == nil && len(ids) < 100 {
			ids = append(ids, id)
		}
	}
	return ids
}

func joined(ids []int64) string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(all, ",")
}
