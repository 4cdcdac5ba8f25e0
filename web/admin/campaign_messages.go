package admin

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/trial"
	"keepsake/internal/dispatch"
	"keepsake/web/page"
)

type messagesPage struct {
	campaignView
	Cards  []messageCard
	Fields []string // responses a condition may ask for
}

// messageCard is one message of the line.
type messageCard struct {
	campaigns.Message
	When, If, After string // in words
	WaitN           int64  // the wait as the form shows it
	WaitUnit        string // minutes, hours or days
	Letters         []letterLink
	Missing         []langShare // languages it does not speak yet
	AB              abCard      // its A/B test
	First, Last     bool
	Open            bool // its form is shown
}

// letterLink is a message in one language.
type letterLink struct {
	Lang, Name, Subject, Preheader, Mode string
	To, Picture                          string
	UpdatedAt                            time.Time
	Only                                 bool
}

// CampaignMessages shows the line of messages.
func (a *Admin) CampaignMessages(c *gin.Context) error {
	v, err := a.open(c, "/messages")
	if err != nil {
		return err
	}
	return a.Page(c, "admin/campaign-messages", a.messagesPage(c, v, c.Query("open")))
}

func (a *Admin) messagesPage(c *gin.Context, v campaignView, open string) messagesPage {
	p := messagesPage{campaignView: v}
	for i, m := range v.Messages {
		card := v.card(m)
		for j := range card.Letters {
			a.readLines(c, v.Campaign, m, &card.Letters[j])
		}
		card.First, card.Last, card.Open = i == 0, i == len(v.Messages)-1, m.Name == open
		card.AB = a.abCard(c, v, m)
		p.Cards = append(p.Cards, card)
	}
	p.Fields = v.responseFields()
	return p
}

// readLines shows subject and preheader as the sample person reads them; a letter that
// cannot be made keeps them as they were written.
func (a *Admin) readLines(c *gin.Context, one campaigns.Campaign, m campaigns.Message, l *letterLink) {
	if content, err := m.Content(l.Lang, l.Lang); err == nil {
		a.readVariant(c, one, m, content, l)
	}
}

func (a *Admin) readVariant(c *gin.Context, one campaigns.Campaign, m campaigns.Message, content campaigns.Content, l *letterLink) {
	if p, err := a.Dispatch.Preview(c.Request.Context(), dispatch.Draft{Campaign: one, Message: m, Content: content}); err == nil {
		l.Subject, l.Preheader = p.Subject, p.Preheader
	}
}

func (v campaignView) card(m campaigns.Message) messageCard {
	w := v.words
	card := messageCard{Message: m, When: w.due(v.Campaign, m), If: w.condition(m.If), WaitN: int64(m.Wait / (24 * time.Hour)), WaitUnit: "days"}
	if m.On != "" {
		card.After = w.T("when there is a response: %s", w.field(m.On))
	}
	switch {
	case m.Wait%(24*time.Hour) == 0:
	case m.Wait%time.Hour == 0:
		card.WaitN, card.WaitUnit = int64(m.Wait/time.Hour), "hours"
	default:
		card.WaitN, card.WaitUnit = int64(m.Wait/time.Minute), "minutes"
	}
	for _, lang := range audience.Languages {
		i := slices.IndexFunc(m.Contents, func(c campaigns.Content) bool { return c.Lang == lang })
		if i < 0 {
			card.Missing = append(card.Missing, langShare{Lang: lang, Name: languageOf(lang)})
			continue
		}
		to := composerPath(v.ID, m.Name, lang)
		card.Letters = append(card.Letters, letterLink{Lang: lang, Name: languageOf(lang), Subject: m.Contents[i].Subject, Preheader: m.Contents[i].Preheader,
			Mode: m.Contents[i].Mode, To: to, Picture: to + "/picture", UpdatedAt: m.Contents[i].UpdatedAt, Only: len(m.Of(trial.A)) == 1})
	}
	return card
}

// responseFields are the responses this campaign's messages and goal know of.
func (v campaignView) responseFields() []string {
	var all []string
	add := func(name string) {
		if name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	add(v.Goal)
	for _, m := range v.Messages {
		add(m.On)
		if cond, err := campaigns.ParseCondition(m.If); err == nil {
			add(cond.Field)
		}
	}
	return all
}

// changeMessages opens the campaign, lets change alter its messages and stores them.
func (a *Admin) changeMessages(c *gin.Context, change func(v *campaignView) error) error {
	v, err := a.open(c, "/messages")
	if err != nil {
		return err
	}
	if err := v.mayChange(); err != nil {
		return err
	}
	if err := change(&v); err != nil {
		return a.Again(c, "admin/campaign-messages", a.messagesPage(c, v, c.Param("name")), err)
	}
	return a.Store.SaveCampaign(c.Request.Context(), &v.Campaign)
}

func (a *Admin) toMessages(c *gin.Context, err error) error {
	if err != nil || c.Writer.Written() {
		return err
	}
	return a.Redirect(c, "/campaigns/%s/messages", c.Param("id"))
}

var (
	messageName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	eventName   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$`)
)

// AddMessage puts one more message at the end, with a starter letter in each language.
func (a *Admin) AddMessage(c *gin.Context) error {
	return a.toMessages(c, a.changeMessages(c, func(v *campaignView) error {
		name := audience.Label(c.PostForm("name"))
		if !messageName.MatchString(name) {
			return fault.Field("message", "Give the message a short name, for example: reminder.")
		}
		if _, err := v.Message(name); err == nil {
			return fault.Field("message", "There is a message with this name already.")
		}
		contents, err := a.starters(v.Kind, name)
		if err != nil {
			return err
		}
		m := campaigns.Message{Name: name, Contents: contents}
		if n := len(v.Messages); n > 0 && v.Messages[n-1].On == "" {
			m.Wait = v.Messages[n-1].Wait + 7*24*time.Hour
		}
		v.Messages = append(v.Messages, m)
		return nil
	}))
}

// SaveMessage keeps when a message goes out, and to whom.
func (a *Admin) SaveMessage(c *gin.Context) error {
	return a.toMessages(c, a.changeMessages(c, func(v *campaignView) error {
		m, err := v.messageAt(c)
		if err != nil {
			return err
		}
		next := *m
		errs := fault.Join(readWait(c, &next), readLocal(c, &next), readCondition(c, &next))
		*m = next
		return errs
	}))
}

func (v *campaignView) messageAt(c *gin.Context) (*campaigns.Message, error) {
	for i := range v.Messages {
		if v.Messages[i].Name == c.Param("name") {
			return &v.Messages[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "This campaign has no message “%s”.", c.Param("name"))
}

var units = map[string]time.Duration{"minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour}

// mostDays is the longest wait: ten years.
const mostDays = 3650

func readWait(c *gin.Context, m *campaigns.Message) error {
	n, err := strconv.Atoi(c.DefaultPostForm("wait", "0"))
	unit := units[c.PostForm("unit")]
	if err != nil || n < 0 || unit == 0 || n > int(mostDays*24*time.Hour/unit) {
		return fault.Field("wait", "Write a whole number, %d days at most.", mostDays)
	}
	m.Wait = time.Duration(n) * unit
	return nil
}

func readLocal(c *gin.Context, m *campaigns.Message) error {
	m.LocalTime = c.PostForm("local_time")
	if _, err := time.Parse("15:04", m.LocalTime); err != nil && m.LocalTime != "" {
		return fault.Field("local_time", "Write a time of day, for example 10:00.")
	}
	return nil
}

func readCondition(c *gin.Context, m *campaigns.Message) error {
	m.On, m.If = strings.TrimSpace(c.PostForm("on")), strings.TrimSpace(c.PostForm("if"))
	if m.On != "" {
		if cond, err := campaigns.ParseCondition(m.On); err != nil || cond.Not || cond.Op != "" {
			return fault.Field("on", "A response has a plain name, for example: rating.")
		}
	}
	if m.If == "" {
		return nil
	}
	_, err := campaigns.ParseCondition(m.If)
	return err
}

// RemoveMessage takes a message out of the line; its undo brings it back with all its letters.
func (a *Admin) RemoveMessage(c *gin.Context) error {
	var gone removed
	err := a.changeMessages(c, func(v *campaignView) error {
		m, err := v.messageAt(c)
		if err != nil {
			return err
		}
		if len(v.Messages) == 1 {
			return fault.Field("message", "A campaign needs one message at least.")
		}
		gone.place = slices.IndexFunc(v.Messages, func(m campaigns.Message) bool { return m.Name == c.Param("name") })
		gone.whole = *m
		v.Messages = slices.Delete(v.Messages, gone.place, gone.place+1)
		return nil
	})
	if err == nil && !c.Writer.Written() {
		token := a.bin.put(page.SessionToken(c), gone, 0)
		a.Toast(c, a.T(c, "The message “%s” was removed.", a.T(c, gone.whole.Name)), "/campaigns/"+c.Param("id")+"/restore/"+token)
	}
	return a.toMessages(c, err)
}

// restoreMessage undoes RemoveMessage.
func (a *Admin) restoreMessage(c *gin.Context, v campaignView, gone removed) error {
	if _, err := v.Message(gone.whole.Name); err == nil {
		return fault.New(fault.Conflict, "There is a message with this name already.")
	}
	for i := range gone.whole.Contents {
		gone.whole.Contents[i].Version = 0 // as new
	}
	v.Messages = slices.Insert(v.Messages, min(gone.place, len(v.Messages)), gone.whole)
	return a.toMessages(c, a.Store.SaveCampaign(c.Request.Context(), &v.Campaign))
}

// MoveMessage moves a message one place up or down.
func (a *Admin) MoveMessage(c *gin.Context) error {
	return a.toMessages(c, a.changeMessages(c, func(v *campaignView) error {
		i := slices.IndexFunc(v.Messages, func(m campaigns.Message) bool { return m.Name == c.Param("name") })
		j := i + 1
		if c.PostForm("to") == "up" {
			j = i - 1
		}
		if i >= 0 && j >= 0 && j < len(v.Messages) {
			v.Messages[i], v.Messages[j] = v.Messages[j], v.Messages[i]
		}
		return nil
	}))
}
