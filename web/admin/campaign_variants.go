package admin

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/trial"
	"keepsake/web/page"
)

// AddVariant begins another variant of a message as a copy; the first begins its test.
func (a *Admin) AddVariant(c *gin.Context) error {
	return a.toMessages(c, a.changeTest(c, func(_ *campaignView, m *campaigns.Message) error {
		spent, err := a.Store.SpentVariants(c.Request.Context(), m.ID)
		if err != nil {
			return err
		}
		_, err = m.AddVariant(c.DefaultPostForm("from", trial.A), spent...)
		return err
	}))
}

// changeTest is changeMessages for a message's test, which stays as it is once it runs.
func (a *Admin) changeTest(c *gin.Context, change func(v *campaignView, m *campaigns.Message) error) error {
	return a.changeMessages(c, func(v *campaignView) error {
		m, err := v.messageAt(c)
		if err != nil {
			return err
		}
		running, err := a.Store.OpenTrialsOf(c.Request.Context(), m.ID)
		if err != nil {
			return err
		}
		if running > 0 {
			return fault.Field("variant", "This test is running. Choose a winner on the overview first.")
		}
		return change(v, m)
	})
}

// SaveVariant keeps who a variant is from.
func (a *Admin) SaveVariant(c *gin.Context) error {
	return a.toMessages(c, a.changeTest(c, func(_ *campaignView, m *campaigns.Message) error {
		if !slices.Contains(m.Variants(), c.Param("variant")) {
			return fault.New(fault.NotFound, "There is no such page.")
		}
		name, err := campaigns.CleanSenderName(c.PostForm("sender_name"))
		if err != nil {
			return err
		}
		return a.Store.SetSenderName(c.Request.Context(), m.ID, c.Param("variant"), name)
	}))
}

// RemoveVariant takes a variant out of a message, and with the last one its test; the undo
// brings both back.
func (a *Admin) RemoveVariant(c *gin.Context) error {
	variant, gone := c.Param("variant"), removed{}
	err := a.changeTest(c, func(_ *campaignView, m *campaigns.Message) error {
		if gone = (removed{message: m.ID, contents: m.Of(variant), rule: m.Test}); len(gone.contents) == 0 {
			return fault.New(fault.NotFound, "There is no such page.")
		}
		if err := a.Store.DeleteVariant(c.Request.Context(), m.ID, variant); err != nil {
			return err
		}
		m.Contents = slices.DeleteFunc(m.Contents, func(c campaigns.Content) bool { return c.Variant == variant })
		if len(m.Variants()) == 1 {
			m.Test = nil
		}
		return nil
	})
	if err == nil && !c.Writer.Written() {
		token := a.bin.put(page.SessionToken(c), gone, 0)
		a.Toast(c, a.T(c, "Variant %s was removed.", strings.ToUpper(variant)), "/campaigns/"+c.Param("id")+"/restore/"+token)
	}
	return a.toMessages(c, err)
}

// restoreRule brings a test's rule back for a variant that was taken away.
func (a *Admin) restoreRule(c *gin.Context, v *campaignView, r removed) error {
	for i := range v.Messages {
		if v.Messages[i].ID == r.message && v.Messages[i].Test == nil {
			v.Messages[i].Test = r.rule
			return a.Store.SaveCampaign(c.Request.Context(), &v.Campaign)
		}
	}
	return nil
}

// SaveRule keeps how a message's test is made and judged.
func (a *Admin) SaveRule(c *gin.Context) error {
	return a.toMessages(c, a.changeTest(c, func(_ *campaignView, m *campaigns.Message) error {
		if m.Test == nil {
			return fault.New(fault.NotFound, "There is no such page.")
		}
		rule := readRule(c.PostForm, *m.Test)
		if err := rule.Validate(); err != nil {
			return err
		}
		m.Test = &rule
		return nil
	}))
}

// readRule reads the form of a rule; what it does not hold stays as it was, and what is no
// number is refused by the rule itself.
func readRule(form func(string) string, r trial.Rule) trial.Rule {
	whole := func(name string, now int) int {
		if form(name) == "" {
			return now
		}
		n, err := strconv.Atoi(form(name))
		if err != nil || n < 0 || n > 1e6 {
			return -1
		}
		return n
	}
	r.Share, r.Days = whole("share", r.Share), whole("days", r.Days)
	if unit := units[form("unit")]; unit != 0 {
		r.After = time.Duration(whole("after", -1)) * unit
	}
	if percent, err := strconv.ParseFloat(form("confidence"), 64); err == nil {
		r.Confidence = percent / 100
	}
	for name, to := range map[string]*string{"measure": &r.Measure, "close": &r.Close} {
		if v := form(name); v != "" {
			*to = v
		}
	}
	return r
}

// RuleWords says what a rule that is being chosen would do.
func (a *Admin) RuleWords(c *gin.Context) error {
	v, err := a.open(c, "/messages")
	if err != nil {
		return err
	}
	m, err := v.messageAt(c)
	if err != nil {
		return err
	}
	if m.Test == nil {
		return fault.New(fault.NotFound, "There is no such page.")
	}
	rule := readRule(c.Query, *m.Test)
	if rule.Validate() == nil {
		m.Test = &rule
	}
	return a.Page(c, "admin/campaign-messages", a.messagesPage(c, v, ""))
}

// ChooseWinner ends a test by hand.
func (a *Admin) ChooseWinner(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	user := page.User(c)
	by := user.Name
	if by == "" {
		by = user.Email
	}
	test, _ := strconv.ParseInt(c.Param("trial"), 10, 64)
	if err := a.Dispatch.Choose(c.Request.Context(), id, test, c.PostForm("variant"), by); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Variant %s was chosen.", strings.ToUpper(c.PostForm("variant"))), "")
	return a.Redirect(c, "%s", path(id, ""))
}

// AgainTrial ends the reign of a winner: the next reader begins another test.
func (a *Admin) AgainTrial(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	test, _ := strconv.ParseInt(c.Param("trial"), 10, 64)
	if err := a.Store.RetireTrial(c.Request.Context(), id, test); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "The next reader begins a new test."), "")
	return a.Redirect(c, "%s", path(id, ""))
}

// abCard is a message's A/B test as its card shows it.
type abCard struct {
	On       bool // it has variants
	OneByOne bool
	Rule     trial.Rule
	AfterN   int64 // the time as the form shows it
	Unit     string
	Percent  string // of confidence
	Rows     []abRow
	May      bool // one more variant
	Words    []string
	Hint     string
}

// abRow is one variant.
type abRow struct {
	Variant, Letter string
	Subject         string
	Differs         string // what is otherwise than in A, in words
	Sender          string
	Letters         []letterLink
}

func (a *Admin) abCard(c *gin.Context, v campaignView, m campaigns.Message) abCard {
	all := m.Variants()
	if len(all) < 2 || m.Test == nil {
		return abCard{}
	}
	card := abCard{On: true, OneByOne: v.OneByOne(m), Rule: *m.Test, May: len(all) < len(trial.Letters), Percent: strconv.FormatFloat(m.Test.Confidence*100, 'f', -1, 64)}
	card.AfterN, card.Unit = inUnits(m.Test.After)
	for _, variant := range all {
		card.Rows = append(card.Rows, a.abRow(c, v, m, variant))
	}
	people := int64(0)
	if len(v.Audience.Lists) > 0 {
		if reach, err := a.Store.Reach(c.Request.Context(), v.Audience); err == nil {
			people = reach.People
		}
	}
	card.Words = v.words.rule(v.Campaign, m, people)
	card.Hint = v.words.visible(a.base(c), v.Campaign, m, people)
	return card
}

// inUnits is a time in its largest whole unit of the form.
func inUnits(d time.Duration) (int64, string) {
	switch {
	case d%(24*time.Hour) == 0:
		return int64(d / (24 * time.Hour)), "days"
	case d%time.Hour == 0:
		return int64(d / time.Hour), "hours"
	}
	return int64(d / time.Minute), "minutes"
}

func (a *Admin) abRow(c *gin.Context, v campaignView, m campaigns.Message, variant string) abRow {
	row := abRow{Variant: variant, Letter: strings.ToUpper(variant), Differs: v.words.differs(m, variant)}
	contents := m.Of(variant)
	slices.SortFunc(contents, func(a, b campaigns.Content) int {
		return slices.Index(audience.Languages, a.Lang) - slices.Index(audience.Languages, b.Lang)
	})
	for i, content := range contents {
		to := composerPath(v.ID, m.Name, content.Lang) + variantQuery(content.Variant)
		l := letterLink{Lang: content.Lang, Name: languageOf(content.Lang), Subject: content.Subject, To: to}
		a.readVariant(c, v.Campaign, m, content, &l)
		if i == 0 || content.Lang == v.Lang {
			row.Subject, row.Sender = l.Subject, content.SenderName
		}
		row.Letters = append(row.Letters, l)
	}
	return row
}

// base is how many of a hundred usually do what is counted, of our own letters so far: 5 %
// until there are a thousand of them.
func (a *Admin) base(c *gin.Context) float64 {
	share, err := a.Store.ClickShare(c.Request.Context())
	if err != nil || share <= 0 {
		return 0.05
	}
	return share
}

// rule says in sentences what a test will do.
func (w words) rule(c campaigns.Campaign, m campaigns.Message, people int64) []string {
	r, k := *m.Test, int64(len(m.Variants()))
	number := func(n int64) string { return w.cat.Number(w.lang, n) }
	each, wait := r.Split(people, int(k))
	var said []string
	when := w.T("%s after the last test letter has left", w.span(r.After))
	switch {
	case c.OneByOne(m):
		said = append(said, w.T("Each reader who comes gets one of the variants, by chance, until there is a winner; afterwards everybody gets the winner."))
		when = w.T("%s after the first letter is due, and once each variant has reached %d people", w.span(r.After), trial.LeastArm)
	case people == 0:
		said = append(said, w.T("%d %% of the audience try the variants; the others wait for the winner.", r.Share))
	case wait == 0:
		said = append(said, w.T("%s people try the variants: everybody. Nobody waits.", fmt.Sprintf("%d × %s", k, number(each))))
	default:
		said = append(said, w.T("%s people try the variants; %s wait for the winner.", fmt.Sprintf("%d × %s", k, number(each)), number(wait)))
	}
	said = append(said, w.measured(r, when))
	if r.Close == trial.Leader {
		return append(said, w.T("If it is too close to call, the one that is ahead goes out."))
	}
	return append(said, w.T("If it is too close to call, A goes out."))
}

// measured is what decides.
func (w words) measured(r trial.Rule, when string) string {
	sure := w.percent(r.Confidence * 100)
	switch r.Measure {
	case trial.Responses:
		return w.T("%s, the variant that most people answered wins, if its lead is larger than chance would make it (%s certain).", when, sure)
	case trial.Revenue:
		return w.T("%s, the variant with the most revenue a person wins, if its lead is larger than chance would make it (%s certain).", when, sure) + " " +
			w.T("Revenue is that of orders at most %d days after a person's last click on the letter, less what was refunded or cancelled.", r.Days)
	}
	return w.T("%s, the variant that most people clicked wins, if its lead is larger than chance would make it (%s certain).", when, sure) + " " +
		w.T("Clicks by scanners and other machines do not count, and neither do opens.")
}

// visible says what a test of that size can show; "" where that cannot be said.
func (w words) visible(base float64, c campaigns.Campaign, m campaigns.Message, people int64) string {
	k := len(m.Variants())
	each, _ := m.Test.Split(people, k)
	if c.OneByOne(m) || each < 1 || m.Test.Measure == trial.Revenue {
		return ""
	}
	points := trial.Visible(each, base, m.Test.Confidence, k)
	return w.T("With %s people a variant, a difference below %s points will most likely not show, if about %s of them do what is counted.",
		w.cat.Number(w.lang, each), w.cat.Number(w.lang, float64(int(points*10+0.5))/10), w.percent(base*100))
}

// differs names what a variant has otherwise than A.
func (w words) differs(m campaigns.Message, variant string) string {
	if variant == trial.A {
		return w.T("the letter as it is")
	}
	names := map[string]string{"subject": w.T("another subject"), "preheader": w.T("another preheader"), "sender": w.T("another sender"), "letter": w.T("another letter")}
	var all []string
	for _, what := range m.Differs(variant) {
		all = append(all, names[what])
	}
	if len(all) == 0 {
		return w.T("still the same as A")
	}
	return strings.Join(all, ", ")
}
