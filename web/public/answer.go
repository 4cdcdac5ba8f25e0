package public

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
)

// asked is a recipient at a question of the letter itself.
type asked struct {
	work     ledger.Work
	campaign campaigns.Campaign
	document document.Document                 // of the letter they got
	words    func(line string) (string, error) // fills its merge tags
	message  string                            // its name
}

// asking is what the pages of a question show.
type asking struct {
	document.Question
	Picked   int // the option the letter's link named, or the one recorded; -1 for none
	Answered bool
	Tally    []tallied // what all answered; nil unless the question shows it
	Calendar string    // the event as a file; "" for a poll
	Path     string
}

// tallied is one option with how many chose it.
type tallied struct {
	Option string
	Count  int
	All    int
}

func (p *pages) asked(c *gin.Context) (asked, error) {
	ctx := c.Request.Context()
	claims, err := p.site.Links.Open(link.Answer, c.Param("token"))
	if err != nil {
		return asked{}, err
	}
	if err := p.often(c, claims); err != nil {
		return asked{}, err
	}
	a := asked{}
	if a.work, err = p.site.Store.Work(ctx, claims.Delivery); err != nil {
		return a, err
	}
	if a.work.Subscriber.ID == 0 { // erased
		return a, noQuestion()
	}
	p.speak(c, a.work.Subscriber)
	if a.campaign, err = p.site.Store.Campaign(ctx, a.work.CampaignID); err != nil {
		return a, err
	}
	a.words = p.site.Dispatch.Words(ctx, a.work, a.work.Subscriber.Lang)
	if m, err := a.campaign.MessageByID(a.work.MessageID); err == nil {
		a.message = m.Name
	}
	a.document, err = p.letterOf(ctx, a)
	return a, err
}

func noQuestion() error { return fault.New(fault.NotFound, "This letter asks nothing any more.") }

// letterOf is the document of the letter the delivery got.
func (p *pages) letterOf(ctx context.Context, a asked) (document.Document, error) {
	content, err := p.site.Dispatch.Content(a.campaign, a.work)
	if err != nil {
		return document.Document{}, err
	}
	return p.site.Dispatch.Document(ctx, content)
}

// question finds what the query or the form names.
func (a asked) question(block string) (document.Question, error) {
	for _, q := range a.document.Questions(a.message) {
		if q.Block == block {
			err := a.fill(&q)
			return q, err
		}
	}
	return document.Question{}, noQuestion()
}

// fill says a question as the letter said it to its reader.
func (a asked) fill(q *document.Question) (err error) {
	if q.Text, err = a.words(q.Text); err != nil {
		return err
	}
	said := make([]string, len(q.Options))
	for i, option := range q.Options {
		if said[i], err = a.words(option); err != nil {
			return err
		}
	}
	q.Options = said
	return nil
}

// askForm shows the question, with the answer the letter's link named. It changes nothing: scanners follow links.
func (p *pages) askForm(c *gin.Context) error {
	a, err := p.asked(c)
	if err != nil {
		return err
	}
	q, err := a.question(c.Query("block"))
	if err != nil {
		return err
	}
	data := p.asking(c, a, q)
	if i, ok := q.Option(c.Query("value")); ok {
		data.Picked = i
	}
	return p.site.Page(c, "public/ask", data)
}

func (p *pages) asking(c *gin.Context, a asked, q document.Question) asking {
	data := asking{Question: q, Picked: -1, Path: c.Request.URL.Path}
	if given, ok := a.work.Responses[q.Field]; ok {
		data.Answered = true
		for i := range q.Options {
			if a.common(q, i) == given {
				data.Picked = i
			}
		}
	}
	if q.Event != nil {
		data.Calendar = "/e/" + c.Param("token") + "?block=" + q.Block
	}
	return data
}

// common is an option as it is recorded: in the campaign's own language, so that readers of several are counted together.
func (a asked) common(q document.Question, option int) string {
	if q.Event != nil {
		return q.Options[option]
	}
	if m, err := a.campaign.MessageByID(a.work.MessageID); err == nil {
		if own, err := m.Letter(a.work.Variant, a.campaign.Lang, ""); err == nil {
			if d, err := document.Parse(own.Document); err == nil {
				for _, same := range d.Questions(m.Name) {
					if same.Block == q.Block && len(same.Options) == len(q.Options) {
						if said, err := a.words(same.Options[option]); err == nil {
							return said
						}
					}
				}
			}
		}
	}
	return q.Options[option]
}

// ask records an answer; a later one takes its place.
func (p *pages) ask(c *gin.Context) error {
	a, err := p.asked(c)
	if err != nil {
		return err
	}
	q, err := a.question(c.PostForm("block"))
	if err != nil {
		return err
	}
	data := p.asking(c, a, q)
	option, ok := q.Option(c.PostForm("value"))
	if !ok {
		return p.site.Again(c, "public/ask", data, fault.Field("value", "Choose one of the answers."))
	}
	ctx := c.Request.Context()
	value := a.common(q, option)
	if err := p.site.Store.Apply(ctx, a.work, campaigns.Reply{Record: map[string]string{q.Field: value}}); err != nil {
		return err
	}
	p.site.Dispatch.Wake() // a message may wait for this response
	data.Picked, data.Answered = option, true
	if q.Results {
		if data.Tally, err = p.tally(ctx, a, q); err != nil {
			return err
		}
	}
	return p.site.Page(c, "public/answered", data)
}

// tally is what all answered, in the order of the options.
func (p *pages) tally(ctx context.Context, a asked, q document.Question) ([]tallied, error) {
	counts, err := p.site.Store.Tally(ctx, a.campaign.ID, q.Field)
	if err != nil {
		return nil, err
	}
	all := 0
	for _, n := range counts {
		all += n
	}
	out := make([]tallied, len(q.Options))
	for i, option := range q.Options {
		out[i] = tallied{option, counts[a.common(q, i)], all}
	}
	return out, nil
}

// host is the name of this program's own pages, which makes what it names its own (RFC 7986, section 5.3).
func (p *pages) host() string {
	if u, err := url.Parse(p.site.Links.ViewURL(link.Claims{})); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "keepsake"
}

// event is the letter's event as a file for calendars.
func (p *pages) event(c *gin.Context) error {
	a, err := p.asked(c)
	if err != nil {
		return err
	}
	e, ok := a.document.Event(c.Query("block"))
	if !ok {
		return noQuestion()
	}
	said := *e
	for _, line := range []*string{&said.Title, &said.Place, &said.Host, &said.Link} {
		if *line, err = a.words(*line); err != nil {
			return err
		}
	}
	uid := "keepsake-" + strconv.FormatInt(a.work.MessageID, 10) + "-" + e.ID + "@" + p.host()
	file, err := calendar(&said, uid, p.site.Now())
	if err != nil {
		return noQuestion()
	}
	c.Header("Content-Disposition", `attachment; filename="event.ics"`)
	c.Header("X-Content-Type-Options", "nosniff")
	c.Data(http.StatusOK, "text/calendar; charset=utf-8; method=PUBLISH", []byte(file))
	return nil
}
