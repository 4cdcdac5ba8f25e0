package admin

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/exchange"
	"keepsake/internal/store"
)

type deliveriesPage struct {
	campaignView
	Filters []tab
	Rows    []deliveryRow
	Next    int64
	Reason  string // the one filtered by, in words
	Unsure  bool   // some of these wait for a decision
}

type deliveryRow struct {
	store.DeliveryRow
	Status  word
	Why     string
	Stage   string // how far a letter in doubt came
	Decide  bool
	Message string
}

// CampaignDeliveries lists what was owed to whom and what became of it.
func (a *Admin) CampaignDeliveries(c *gin.Context) error {
	v, err := a.open(c, "/deliveries")
	if err != nil {
		return err
	}
	q := store.DeliveryQuery{Campaign: v.ID, State: ledger.State(c.Query("state")), Reason: c.Query("reason"), Event: c.Query("event"), Limit: 50}
	q.After, _ = strconv.ParseInt(c.Query("after"), 10, 64) // no number is the first page
	q.Run, _ = strconv.ParseInt(c.Query("run"), 10, 64)
	rows, next, err := a.Store.Deliveries(c.Request.Context(), q)
	if err != nil {
		return err
	}
	p := deliveriesPage{campaignView: v, Filters: v.deliveryFilters(c), Next: next}
	if q.Reason != "" {
		p.Reason = v.words.reason(q.Reason)
	}
	for _, r := range rows {
		row := deliveryRow{DeliveryRow: r, Status: v.words.delivery(r.State), Decide: r.State == ledger.Unsure, Message: r.Message}
		if r.Reason != "" {
			row.Why = v.words.reason(r.Reason)
			if r.State == ledger.Skipped && r.Reply != "" { // what no catalogue knows
				row.Why += ": " + v.words.about(v.kind, r.Reason, r.Reply)
			}
		}
		if row.Decide {
			row.Stage = v.words.stage(r.Stage)
		}
		p.Unsure = p.Unsure || row.Decide
		p.Rows = append(p.Rows, row)
	}
	return a.Page(c, "admin/campaign-deliveries", p)
}

func (v campaignView) deliveryFilters(c *gin.Context) []tab {
	n, w := v.Counts, v.words
	filters := []struct {
		name, value, text string
		count             int64
	}{{"", "", w.T("All"), n.Planned}, {"state", "sent", w.T("Sent"), n.Sent}, {"event", "opened", w.T("Opened"), n.Opened}, {"event", "clicked", w.T("Clicked"), n.Clicked},
		{"event", "bounced", w.T("Bounced"), n.Bounced},
		{"event", "hard", w.T("Came back for good"), n.HardBounced}, {"event", "soft", w.T("Came back for now"), max(0, n.Bounced-n.HardBounced)}, {"event", "complained", w.T("Complained"), n.Complained},
		{"state", "planned", w.T("Planned"), -1}, {"state", "queued", w.T("In the queue"), -1}, {"state", "skipped", w.T("Left out"), n.Skipped},
		{"state", "failed", w.T("Failed"), n.Failed}, {"state", "unsure", w.T("Unsure"), n.Unsure}, {"state", "cancelled", w.T("Cancelled"), n.Cancelled}}
	here := [2]string{}
	for _, name := range []string{"state", "event"} {
		if value := c.Query(name); value != "" {
			here = [2]string{name, value}
		}
	}
	var tabs []tab
	for _, f := range filters {
		t := tab{Text: f.text, To: path(v.ID, "/deliveries"), Here: here == [2]string{f.name, f.value}}
		if f.name != "" {
			t.To += "?" + url.Values{f.name: {f.value}}.Encode()
		}
		if f.count >= 0 {
			t.Count = w.cat.Number(w.lang, f.count)
		}
		if f.count != 0 && (f.count > 0 || n.Waiting() > 0) || t.Here || f.name == "" {
			tabs = append(tabs, t)
		}
	}
	return tabs
}

type responsesPage struct {
	campaignView
	Rows []responseRow
	Next int64
}

type responseRow struct {
	store.ResponseRow
	Answers []answer
	Stars   int // of 5, when it is such a rating; 0 for none
}

// answer is one field of a response in words.
type answer struct{ Name, Value string }

// CampaignResponses is the inbox of what people answered.
func (a *Admin) CampaignResponses(c *gin.Context) error {
	v, err := a.open(c, "/responses")
	if err != nil {
		return err
	}
	after, _ := strconv.ParseInt(c.Query("after"), 10, 64) // no number is the first page
	rows, next, err := a.Store.Responses(c.Request.Context(), v.ID, after, 50)
	if err != nil {
		return err
	}
	p := responsesPage{campaignView: v, Next: next}
	names := asked(a.questionsOf(c.Request.Context(), v.Campaign))
	for _, r := range rows {
		p.Rows = append(p.Rows, responseRow{ResponseRow: r, Answers: v.words.answers(r.Values, names)})
	}
	return a.Page(c, "admin/campaign-responses", p)
}

// answers are a response's fields in a set order, empty ones left out; asked names those that a letter's own question asks.
func (w words) answers(values, asked map[string]string) []answer {
	names := make([]string, 0, len(values))
	for name, value := range values {
		if value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	slices.Reverse(names) // rating before comment
	all := make([]answer, len(names))
	for i, name := range names {
		all[i] = answer{cmp.Or(asked[name], w.field(name)), values[name]}
		if values[name] == "yes" {
			all[i].Value = w.T("yes")
		}
	}
	return all
}

// ExportResponses streams the responses as CSV that a spreadsheet runs nothing of.
func (a *Admin) ExportResponses(c *gin.Context) error {
	v, err := a.open(c, "/responses")
	if err != nil {
		return err
	}
	rows, next, err := a.Store.Responses(c.Request.Context(), v.ID, 0, 500)
	if err != nil {
		return err
	}
	fields := responseNames(rows, v.responseFields())
	h := c.Writer.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="responses-`+strconv.FormatInt(v.ID, 10)+`.csv"`)
	c.Writer.WriteHeader(http.StatusOK)
	out := exchange.NewWriter(c.Writer, audience.Spreadsheet)
	out.Write(append([]string{"email", "first_name", "last_name", "at"}, fields...))
	for {
		for _, r := range rows {
			line := []string{r.Subscriber.Email, r.Subscriber.FirstName, r.Subscriber.LastName, r.At.Format("2006-01-02T15:04:05Z07:00")}
			for _, f := range fields {
				line = append(line, r.Values[f])
			}
			out.Write(line)
		}
		if err := out.Flush(); err != nil || next == 0 {
			return err
		}
		if rows, next, err = a.Store.Responses(c.Request.Context(), v.ID, next, 500); err != nil {
			return err
		}
	}
}

// responseNames are the columns: what the first page holds and what the campaign asks for.
func responseNames(rows []store.ResponseRow, known []string) []string {
	names := slices.Clone(known)
	for _, r := range rows {
		for name := range r.Values {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}
