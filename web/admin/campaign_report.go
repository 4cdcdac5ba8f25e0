package admin

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"math"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/dispatch"
)

type reportPage struct {
	campaignView
	Progress  progress
	Runs      []runRow
	Tiles     []tile
	Reasons   []reasonRow
	Clicks    chart
	Figures   []figureView
	Trials    []trialView // A/B tests, newest first
	Public    string      // the page for everybody, of a kind that has one
	Records   []record
	Live      bool // figures may still change
	Unsure    int64
	Guarded   *guardedRow // what paused it by itself; nil when nothing did
	StillLeft int64       // people who get nothing when it is cancelled now
}

type tile struct {
	Number, Text, Note string
	To                 string
}

type runRow struct {
	ledger.Run
	Status word
	Note   string
}

type reasonRow struct {
	ID     string // the reason as the ledger has it
	Status word
	Text   string
	N      int64
	To     string
}

// record is a value the kind published for good.
type record struct{ Name, Value, To string }

// figureView is one of the kind's own figures in words, with its bars.
type figureView struct {
	Label, Number string
	Chart         chart
}

const (
	mostRuns  = 20
	mostLines = 12
)

func (a *Admin) report(c *gin.Context, v campaignView) error {
	p, err := a.reportPage(c.Request.Context(), v)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/campaign-report", p)
}

// reportPage gathers all figures; an open page gets them again each time they change.
func (a *Admin) reportPage(ctx context.Context, v campaignView) (reportPage, error) {
	runs, err := a.Store.Runs(ctx, v.ID, mostRuns)
	if err != nil {
		return reportPage{}, err
	}
	stuck, err := a.stuck(ctx, v)
	if err != nil {
		return reportPage{}, err
	}
	p := reportPage{campaignView: v, Progress: a.progress(v, runs, stuck), Live: !v.Over(), Unsure: v.Counts.Unsure, StillLeft: v.Counts.Waiting()}
	p.Guarded = a.guarded(v, runs)
	for _, r := range runs {
		row := runRow{Run: r, Status: v.words.run(r)}
		if r.Note != "" {
			row.Note = v.words.T(r.Note)
		}
		p.Runs = append(p.Runs, row)
	}
	if p.Reasons, err = a.reasons(ctx, v); err != nil {
		return reportPage{}, err
	}
	cameBack, err := a.cameBack(ctx, v)
	if err != nil {
		return reportPage{}, err
	}
	p.Tiles = v.tiles(needless(p.Reasons), cameBack)
	if cameBack > 0 {
		p.Reasons = append(p.Reasons, reasonRow{Status: v.words.delivery(ledger.Sent), Text: v.words.T("it left, and came back for good"), N: cameBack, To: path(v.ID, "/deliveries?event=hard")})
	}
	if p.Trials, err = a.trials(ctx, v); err != nil {
		return reportPage{}, err
	}
	if onlyHeld(p.Trials, v.Counts.Waiting()) {
		p.Progress.Later, p.Progress.Left = true, ""
	}
	if p.Clicks, err = a.clicks(ctx, v); err != nil {
		return reportPage{}, err
	}
	if p.Figures, err = a.allFigures(ctx, v); err != nil {
		return reportPage{}, err
	}
	if err := a.published(ctx, &p); err != nil {
		return reportPage{}, err
	}
	return p, nil
}

// guardedRow is why a campaign paused itself, in figures.
type guardedRow struct {
	By    string // ledger.ByHard or ByComplaint
	Count int64
	Of    int64
	Share string
	Most  float64 // percent
}

// guarded is the run that paused the campaign by itself, while it stands paused for it.
func (a *Admin) guarded(v campaignView, runs []ledger.Run) *guardedRow {
	for _, r := range runs {
		switch {
		case v.State != campaigns.Paused:
		case r.By == ledger.ByHard:
			return &guardedRow{By: r.By, Count: r.HardBounced, Of: r.HandedOver(), Share: v.words.percent(r.HardShare()), Most: a.Config.Guard.HardPercent}
		case r.By == ledger.ByComplaint:
			return &guardedRow{By: r.By, Count: r.Complained, Of: r.HandedOver(), Share: v.words.percent(r.ComplaintShare()), Most: a.Config.Guard.ComplaintPercent}
		}
	}
	return nil
}

// percent is a share with one digit, two below one percent: complaints are few.
func (w words) percent(p float64) string {
	digits := 10.0
	if p < 1 {
		digits = 100
	}
	return w.cat.Number(w.lang, math.Round(p*digits)/digits) + "\u00a0%"
}

// tiles are the report's figures; needless letters were not needed any more, and those that
// cameBack left, but nobody got them. Letters in doubt may have arrived.
func (v campaignView) tiles(needless, cameBack int64) []tile {
	n, w := v.Counts, v.words
	number := func(i int64) string { return w.cat.Number(w.lang, i) }
	share := func(part int64) string { return w.share(part, n.Sent) }
	deliveries := func(query string) string { return path(v.ID, "/deliveries?"+query) }
	tiles := []tile{
		{number(n.Sent), w.T("sent"), w.share(n.Sent, n.Planned), deliveries("state=sent")},
		{number(n.Opened), w.T("opened"), w.openNote(n), deliveries("event=opened")},
		{number(n.Clicked), w.T("clicked"), share(n.Clicked), deliveries("event=clicked")}}
	if _, responds := v.kind.(campaigns.Responder); responds {
		tiles = append(tiles, tile{number(n.Responded), w.T("responded"), share(n.Responded), path(v.ID, "/responses")})
	}
	for _, r := range []struct {
		event, text string
		n           int64
	}{{"hard", w.T("came back for good"), n.HardBounced}, {"soft", w.T("came back for now"), n.Bounced - n.HardBounced}, {"complained", w.T("called spam"), n.Complained}} {
		if r.n > 0 {
			tiles = append(tiles, tile{number(r.n), r.text, w.share(r.n, n.HandedOver()), deliveries("event=" + r.event)})
		}
	}
	lost := n.Planned - n.Sent - n.Waiting() - n.Unsure - needless + cameBack
	missed := tile{number(lost), w.T("did not get it"), "", ""}
	if lost > 0 {
		missed.Note, missed.To = w.T("see why below"), "#why"
	}
	return append(tiles, tile{number(n.Unsubscribed), w.T("unsubscribes"), share(n.Unsubscribed), ""}, missed)
}

// cameBack counts the letters that left and came back for good.
func (a *Admin) cameBack(ctx context.Context, v campaignView) (int64, error) {
	if v.Counts.HardBounced == 0 {
		return 0, nil
	}
	return a.Store.CameBack(ctx, v.ID)
}

// needless counts the letters that were not needed any more: whoever has answered gets no reminder.
func needless(reasons []reasonRow) (n int64) {
	for _, r := range reasons {
		if r.ID == "goal reached" || r.ID == "the message's condition does not hold" {
			n += r.N
		}
	}
	return n
}

func (w words) openNote(n ledger.Counts) string {
	note := w.share(n.Opened, n.Sent)
	if n.MachineOpened > 0 {
		note += " · " + w.N("%d more by machines", n.MachineOpened)
	}
	return note
}

// share is a part of a whole in percent, "" of nothing.
func (w words) share(part, whole int64) string {
	if whole == 0 {
		return ""
	}
	return w.cat.Number(w.lang, float64(part*1000/whole)/10) + "\u00a0%"
}

func (a *Admin) reasons(ctx context.Context, v campaignView) ([]reasonRow, error) {
	rows, err := a.Store.Reasons(ctx, v.ID)
	var all []reasonRow
	for _, r := range rows {
		q := url.Values{"state": {string(r.State)}, "reason": {r.Reason}}
		all = append(all, reasonRow{ID: r.Reason, Status: v.words.delivery(r.State), Text: v.words.reason(r.Reason), N: r.N, To: path(v.ID, "/deliveries?"+q.Encode())})
	}
	return all, err
}

// reason is why somebody did not get it.
func (w words) reason(id string) string {
	if id == "" {
		return w.T("no reason was given")
	}
	return w.T(id)
}

// about is what a skipped letter's reason is about: values are named as people know them.
// The kind is the campaign's, or nil.
func (w words) about(k campaigns.Kind, reason, detail string) string {
	if reason != dispatch.ValueMissing {
		return detail
	}
	paths := strings.Split(detail, ", ")
	for i, path := range paths {
		paths[i] = fmt.Sprint(campaigns.Named(k, path))
		if name, ok := campaigns.Named(k, path).(fault.Word); ok {
			paths[i] = w.T(string(name))
		}
	}
	return strings.Join(paths, ", ")
}

func (a *Admin) clicks(ctx context.Context, v campaignView) (chart, error) {
	rows, err := a.Store.Clicks(ctx, v.ID)
	bars := make([]campaigns.Bar, 0, mostLines)
	for i, r := range rows {
		if i < mostLines {
			bars = append(bars, campaigns.Bar{Label: cmp.Or(r.Title, shortURL(r.URL)), Value: float64(r.People)})
		}
	}
	return v.words.chart(bars), err
}

// shortURL is an address without its scheme, cut in the middle when it is long.
func shortURL(u string) string {
	u = strings.TrimPrefix(strings.TrimPrefix(u, "https://"), "http://")
	if r := []rune(u); len(r) > 60 {
		return string(r[:38]) + "…" + string(r[len(r)-20:])
	}
	return u
}

// allFigures are the kind's own and the answers to what the letters ask by themselves.
func (a *Admin) allFigures(ctx context.Context, v campaignView) ([]figureView, error) {
	kind, err := a.kindFigures(ctx, v)
	if err != nil {
		return nil, err
	}
	asked, err := a.questionFigures(ctx, v)
	return append(kind, asked...), err
}

func (a *Admin) kindFigures(ctx context.Context, v campaignView) ([]figureView, error) {
	reporter, ok := v.kind.(campaigns.Reporter)
	if !ok {
		return nil, nil
	}
	figures, err := reporter.Figures(ctx, a.Dispatch.Desk(v.Campaign))
	var all []figureView
	for _, f := range figures {
		number := v.words.cat.Number(v.words.lang, float64(int64(f.Value*100+0.5))/100)
		if f.Unit == "%" {
			number += "\u00a0%"
		}
		all = append(all, figureView{Label: v.words.T(f.Label), Number: number, Chart: v.words.chart(f.Bars)})
	}
	return all, err
}

// published links the kind's public pages and what it keeps for good there.
func (a *Admin) published(ctx context.Context, p *reportPage) error {
	if _, ok := p.kind.(campaigns.Publisher); !ok {
		return nil
	}
	p.Public = a.Dispatch.PublicURL(p.ID)
	for _, name := range []string{"commitment", "list"} {
		value, err := a.Store.Note(ctx, p.ID, name, "")
		if err != nil {
			return err
		}
		if value != "" {
			p.Records = append(p.Records, record{Name: p.words.recordName(name), Value: value})
		}
	}
	draw, err := a.Store.Note(ctx, p.ID, "draw", "")
	if err == nil && draw != "" {
		p.Records = append(p.Records, record{Name: p.words.T("The whole record, for anyone to draw again"), Value: p.Public + "/record.json", To: p.Public + "/record.json"})
	}
	return err
}

func (w words) recordName(name string) string {
	if name == "list" {
		return w.T("Hash of the list of entries (SHA-256)")
	}
	return w.T("Commitment, published before entries closed (SHA-256 of the seed)")
}

// chart is a set of bars as a picture; the same figures stand beside it as a table.
type chart struct {
	Bars []bar
	SVG  template.HTML
}

type bar struct {
	Label, Number string
	Value         float64
}

// barHeight is one bar with its gap, in the picture's own units.
const barHeight = 10

func (w words) chart(all []campaigns.Bar) chart {
	var c chart
	most := 0.0
	for _, b := range all {
		c.Bars = append(c.Bars, bar{Label: b.Label, Number: w.cat.Number(w.lang, b.Value), Value: b.Value})
		most = max(most, b.Value)
	}
	if most == 0 {
		return c
	}
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg class="bars" viewBox="0 0 100 %d" preserveAspectRatio="none" aria-hidden="true">`, barHeight*len(all))
	for i, b := range all {
		fmt.Fprintf(&svg, `<rect class="track" x="0" y="%d" width="100" height="6" rx="1"/><rect x="0" y="%d" width="%.2f" height="6" rx="1"/>`, i*barHeight+2, i*barHeight+2, b.Value*100/most)
	}
	c.SVG = template.HTML(svg.String() + "</svg>")
	return c
}
