package public

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/web/page"
)

// signUp is what the sign-up page shows.
type signUp struct {
	List        audience.List
	Wording     string
	Email       string
	Name        string
	Began       string // signed: when the form was shown
	Preferences string // always "": who signs up here need not own the address
}

// How long a person takes for the form, at least and at most; a robot is faster.
const (
	quickest = 2 * time.Second
	slowest  = 24 * time.Hour
)

func (p *pages) joinForm(c *gin.Context) error {
	data, err := p.signUp(c)
	if err != nil {
		return err
	}
	return p.site.Page(c, "public/join", data)
}

func (p *pages) signUp(c *gin.Context) (signUp, error) {
	p.inLanguage(c)
	lists, err := p.site.Store.Lists(c.Request.Context())
	if err != nil {
		return signUp{}, err
	}
	for _, l := range lists {
		if l.Label == c.Param("label") {
			return signUp{List: l.List, Wording: p.wording(c, l.List), Began: p.began(l.ID)}, nil
		}
	}
	return signUp{}, fault.New(fault.NotFound, page.NoPage)
}

// began is a signed note of the moment, so that a robot cannot send a form it never saw.
func (p *pages) began(list int64) string {
	return p.site.Links.Token(link.Claims{Purpose: link.Confirm, List: list, Extra: "form " + strconv.FormatInt(p.site.Now().Unix(), 10)})
}

// join takes a sign-up. What it answers is the same whether we know the address or not.
func (p *pages) join(c *gin.Context) error {
	data, err := p.signUp(c)
	if err != nil {
		return err
	}
	if err := p.received(c, &data, "form", ledger.Work{}); err != nil {
		return p.site.Again(c, "public/join", data, err)
	}
	return p.joined(c, data)
}

// received reads a sign-up into its form and enters the person, who came by that letter, if by any. What a robot filled in it only
// seems to take.
func (p *pages) received(c *gin.Context, f *signUp, source string, by ledger.Work) error {
	f.Email, f.Name = strings.TrimSpace(c.PostForm("email")), audience.CleanName(c.PostForm("name"))
	if !p.forms.allow(c.ClientIP()) {
		c.Header("Retry-After", "600")
		return fault.New(fault.TooMany, "Too many sign-ups came from your network. Please try again in a few minutes.")
	}
	if c.PostForm("website") != "" { // nobody sees this field
		return nil
	}
	person := audience.Subscriber{Email: f.Email, FirstName: f.Name, Lang: p.site.Lang(c), Source: source}
	if err := fault.Join(person.Validate(), p.paced(c, f)); err != nil {
		return err
	}
	return p.enter(c, person, f.List, by)
}

func (p *pages) joined(c *gin.Context, data signUp) error {
	if data.List.OptIn == audience.Single {
		return p.site.Page(c, "public/joined", data)
	}
	return p.site.Page(c, "public/asked", data)
}

// paced refuses a form that came back faster than a person writes, or was never shown. A
// form that is shown again keeps its moment.
func (p *pages) paced(c *gin.Context, data *signUp) error {
	note, err := p.site.Links.Open(link.Confirm, c.PostForm("began"))
	at, isForm := strings.CutPrefix(note.Extra, "form ")
	seconds, _ := strconv.ParseInt(at, 10, 64) // signed by us
	took := p.site.Now().Sub(time.Unix(seconds, 0))
	if err != nil || !isForm || note.List != data.List.ID || took > slowest {
		return fault.New(fault.Invalid, "This form was open for too long. Please send it once more.")
	}
	data.Began = c.PostForm("began")
	if took < quickest {
		return fault.New(fault.Invalid, "That was very quick. Please send it once more.")
	}
	return nil
}

// enter puts the person on the list, or asks by mail first. What a stranger types about
// somebody we know changes nothing we know, and brings back nobody who left. by is the letter
// of the recipient by whose link they came, if they did.
func (p *pages) enter(c *gin.Context, person audience.Subscriber, l audience.List, by ledger.Work) error {
	ctx := c.Request.Context()
	reason, err := p.stopped(ctx, person.Email)
	if err != nil || reason != "" && reason != audience.Left { // what its owner cannot take back with a form
		return err
	}
	known, isNew, err := p.known(ctx, person)
	if err != nil {
		return err
	}
	state, err := p.stateOn(ctx, known.ID, l.ID)
	if err != nil {
		return err
	}
	single := l.OptIn == audience.Single && reason == ""
	switch {
	case single && state == "" && (isNew || by.ID == 0):
		return p.enterAtOnce(c, known, l, by)
	case single && state == audience.Confirmed && by.ID == 0:
		return nil // a stranger's form is no new consent of theirs
	}
	if err := p.site.Store.Subscribe(ctx, known.ID, l.ID, audience.Pending, audience.Consent{}); err != nil {
		return err
	}
	return p.site.AskToConfirm(ctx, known, l, by)
}

// enterAtOnce takes the form's word, as the list does. By a recipient's link only somebody of whom
// nothing was known comes in so: anybody can type an address of somebody else's, and be thanked for it.
func (p *pages) enterAtOnce(c *gin.Context, person audience.Subscriber, l audience.List, by ledger.Work) error {
	consent := audience.Consent{Source: "form", Wording: p.wording(c, l), Address: c.ClientIP()}
	err := p.site.Store.Subscribe(c.Request.Context(), person.ID, l.ID, audience.Confirmed, consent)
	if err != nil || by.ID == 0 {
		return err
	}
	_, err = p.bring(c.Request.Context(), by, person)
	return err
}

// known is the subscriber of that address, who is made when there is none.
func (p *pages) known(ctx context.Context, person audience.Subscriber) (known audience.Subscriber, isNew bool, err error) {
	known, err = p.site.Store.SubscriberByEmail(ctx, person.Email)
	if fault.Is(err, fault.NotFound) {
		err = p.site.Store.SaveSubscriber(ctx, &person)
		return person, true, err
	}
	return known, false, err
}

// stateOn is where the person stands on the list; "" for nowhere.
func (p *pages) stateOn(ctx context.Context, subscriber, list int64) (audience.State, error) {
	rows, err := p.site.Store.Subscriptions(ctx, subscriber)
	for _, r := range rows {
		if r.ListID == list {
			return r.State, err
		}
	}
	return "", err
}

// stopped is why the address must not be written to; "" when it may be.
func (p *pages) stopped(ctx context.Context, email string) (audience.Reason, error) {
	s, err := p.site.Store.Suppression(ctx, email)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return s.Reason, err
}
