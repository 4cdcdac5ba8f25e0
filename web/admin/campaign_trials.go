package admin

import (
	"context"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/trial"
	"keepsake/internal/dispatch"
)

// trialView is one test on the overview.
type trialView struct {
	ID       int64
	Title    string // of the message
	Open     bool   // a person may choose
	Again    bool   // a person may begin another
	Decision string // where it stands, or how it ended
	Waiting  string // what a choice does
	Measured string // the name of the column that decides
	Money    bool
	Answers  bool
	Rows     []trialRow
	held     int64
}

// trialRow is one variant's figures.
type trialRow struct {
	Variant, Letter, Subject string
	People                   int64
	Clicked, Responded       string
	Machines                 int64
	Revenue                  string
	Rate, Interval           string // of what decides, and where its true value lies
	Mark                     word   // winner or ahead
}

// mostTrials is how many tests an overview shows.
const mostTrials = 5

func (a *Admin) trials(ctx context.Context, v campaignView) ([]trialView, error) {
	found, err := a.Store.Trials(ctx, v.ID, mostTrials)
	var all []trialView
	for _, t := range found {
		if err != nil {
			break
		}
		var one trialView
		if one, err = a.trial(ctx, v, t); err == nil {
			all = append(all, one)
		}
	}
	return all, err
}

func (a *Admin) trial(ctx context.Context, v campaignView, t ledger.Trial) (trialView, error) {
	arms, currency := t.Arms, ""
	if t.Open() || t.Rule.Measure == trial.Revenue {
		now, in, err := a.Store.ArmsLately(ctx, t)
		if err != nil {
			return trialView{}, err
		}
		if currency = in; t.Open() {
			arms = now
		}
	}
	m, _ := v.MessageByID(t.MessageID) // one that is gone has no name
	_, answers := v.kind.(campaigns.Responder)
	view := trialView{ID: t.ID, Title: v.words.T(m.Name), Open: t.Open() && v.State != campaigns.Cancelled, Again: t.Again() && !v.Over() && m.Test != nil, Money: t.Rule.Measure == trial.Revenue,
		Answers: answers, Measured: v.words.measureName(t.Rule.Measure), Decision: v.decision(t, arms), Waiting: v.waiting(t), held: t.Held}
	standing := t.Verdict
	if t.Open() {
		standing = trial.Decide(t.Rule, arms)
	}
	for _, arm := range arms {
		row := v.trialRow(t, arm, standing, currency)
		row.Subject = a.variantSubject(ctx, v.Campaign, m, arm.Variant)
		view.Rows = append(view.Rows, row)
	}
	return view, nil
}

func (v campaignView) trialRow(t ledger.Trial, arm trial.Arm, standing trial.Verdict, currency string) trialRow {
	w := v.words
	row := trialRow{Variant: arm.Variant, Letter: strings.ToUpper(arm.Variant), People: arm.People, Machines: arm.Machines,
		Clicked: w.counted(arm.Clicked, arm.People), Responded: w.counted(arm.Responded, arm.People), Revenue: w.cat.Money(w.lang, arm.Cents, currency)}
	low, high := arm.Interval(t.Rule.Measure, t.Rule.Confidence)
	row.Rate, row.Interval = w.figure(t.Rule.Measure, arm.Value(t.Rule.Measure), currency), w.figure(t.Rule.Measure, low, currency)+"\u2009–\u2009"+w.figure(t.Rule.Measure, high, currency)
	switch {
	case t.Winner == arm.Variant:
		row.Mark = word{w.T("winner"), "good"}
	case t.Open() && standing.Leader == arm.Variant:
		row.Mark = word{w.T("ahead"), "wait"}
	}
	return row
}

// variantSubject is a variant's subject as the sample person reads it; "" of one that is gone.
func (a *Admin) variantSubject(ctx context.Context, c campaigns.Campaign, m campaigns.Message, variant string) string {
	content, err := m.Letter(variant, c.Lang, c.Lang)
	if err != nil || content.Variant != trial.Stored(variant) {
		return ""
	}
	if p, err := a.Dispatch.Preview(ctx, dispatch.Draft{Campaign: c, Message: m, Content: content}); err == nil {
		return p.Subject
	}
	return content.Subject
}

// onlyHeld reports whether all letters that wait do so for the winner of a test: then
// nobody can say from the pace how long they will.
func onlyHeld(all []trialView, waiting int64) bool {
	var held int64
	for _, t := range all {
		if t.Open {
			held += t.held
		}
	}
	return held > 0 && waiting <= held
}

// counted is a number with its share.
func (w words) counted(n, of int64) string {
	text := w.cat.Number(w.lang, n)
	if share := w.share(n, of); share != "" {
		text += " · " + share
	}
	return text
}

// figure is what decides: a share, or money a person.
func (w words) figure(measure string, value float64, currency string) string {
	if measure == trial.Revenue {
		return w.cat.Money(w.lang, int64(value+0.5), currency)
	}
	return w.percent(value * 100)
}

func (w words) measureName(measure string) string {
	switch measure {
	case trial.Responses:
		return w.T("Answered")
	case trial.Revenue:
		return w.T("Revenue a person")
	}
	return w.T("Clicked")
}

// waiting says what a choice brings about.
func (v campaignView) waiting(t ledger.Trial) string {
	if t.OneByOne {
		return v.words.T("From now on everybody gets it.")
	}
	return v.words.N("It goes out to the %d people who wait.", t.Held)
}

// decision is where a test stands, or how it ended and why, in sentences.
func (v campaignView) decision(t ledger.Trial, arms []trial.Arm) string {
	w := v.words
	if !t.Open() {
		return w.ended(t)
	}
	switch {
	case v.State == campaigns.Cancelled:
		return w.T("The campaign was cancelled before there was a winner.")
	case v.State == campaigns.Paused:
		return w.T("The campaign is paused: no winner is decided until you resume, or choose one.")
	case t.EndsAt == nil:
		return w.T("The test letters are leaving. %s after the last one the winner is decided.", w.span(t.Rule.After))
	}
	said := w.T("The winner is decided on %s.", w.moment(*t.EndsAt, ""))
	if t.OneByOne && !trial.Enough(arms) {
		said = w.T("The winner is decided on %s, but not before each variant has reached %d people.", w.moment(*t.EndsAt, ""), trial.LeastArm)
	}
	return said + " " + w.standing(trial.Decide(t.Rule, arms))
}

// standing says how much a lead means while it may still change.
func (w words) standing(v trial.Verdict) string {
	if v.Leader == "" {
		return w.T("Nobody is ahead so far.")
	}
	return w.T("%s is ahead. Chance alone would give so large a lead %s.", strings.ToUpper(v.Leader), w.odds(v.P))
}

// odds is a probability as people say it.
func (w words) odds(p float64) string {
	switch {
	case p < 0.001:
		return w.T("less than once in 1,000 tests")
	case p < 0.095:
		return w.N("%d times in 1,000 tests", int64(p*1000+0.5))
	}
	return w.N("%d times in 100 tests", int64(p*100+0.5))
}

func (w words) ended(t ledger.Trial) string {
	letter, at := strings.ToUpper(t.Winner), w.moment(*t.DecidedAt, "")
	var said string
	switch t.Verdict.Why {
	case trial.Clear:
		said = w.T("%s won on %s. Chance alone would give so large a lead %s.", letter, at, w.odds(t.Verdict.P))
	case trial.ByHand:
		said = w.T("%s chose %s on %s.", t.DecidedBy, letter, at)
		if t.Verdict.P < 1 {
			said += " " + w.standing(t.Verdict)
		}
	case trial.Nothing:
		said = w.T("Nobody did what was counted, so %s went out on %s.", letter, at)
	case trial.Nobody:
		said = w.T("A variant had reached nobody, so %s went out on %s.", letter, at)
	case trial.TooFew:
		said = w.T("Fewer than 20 people bought, too few to compare money, so %s went out on %s, as the rule says.", letter, at)
	default:
		said = w.T("It was too close to call, so %s went out on %s, as the rule says. Chance alone would give such a lead %s.", letter, at, w.odds(t.Verdict.P))
	}
	if t.RetiredAt != nil {
		said += " " + w.T("It no longer counts since %s: the next reader begins a new test.", w.moment(*t.RetiredAt, ""))
	}
	if t.Held > 0 {
		said += " " + w.N("%d people had waited for the winner.", t.Held)
	}
	return said
}
