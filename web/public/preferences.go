package public

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/link"
	"keepsake/internal/store"
)

// choices is what the preferences page shows.
type choices struct {
	Person  audience.Subscriber
	Lists   []choice
	Stopped bool // the address is suppressed: nothing is sent, whatever is chosen
	Left    bool // because they left everything, which choosing a list takes back
	Saved   bool
}

type choice struct {
	ID          int64
	Name, About string
	Wording     string
	On          bool
}

func (p *pages) preferencesForm(c *gin.Context) error {
	_, data, err := p.choices(c)
	if err != nil {
		return err
	}
	return p.site.Page(c, "public/preferences", data)
}

// choices are the lists the person ever was on; lists of others are none of their business.
func (p *pages) choices(c *gin.Context) (link.Claims, choices, error) {
	claims, err := p.site.Links.Open(link.Preferences, c.Param("token"))
	if err == nil && claims.Extra != "" { // a note of comeBack
		err = fault.New(fault.NotFound, "This link is not valid.")
	}
	if err != nil {
		return claims, choices{}, err
	}
	person, err := p.person(c, claims.Subscriber)
	if err == nil && person.ID == 0 {
		err = fault.New(fault.NotFound, "This link is not valid.")
	}
	if err != nil {
		return claims, choices{}, err
	}
	data := choices{Person: person}
	if data.Lists, err = p.choose(c, person); err != nil {
		return claims, data, err
	}
	s, err := p.site.Store.Suppression(c.Request.Context(), person.Email)
	if fault.Is(err, fault.NotFound) {
		return claims, data, nil
	}
	data.Stopped, data.Left = err == nil, s.Reason == audience.Left
	return claims, data, err
}

func (p *pages) choose(c *gin.Context, person audience.Subscriber) (all []choice, err error) {
	rows, err := p.site.Store.Subscriptions(c.Request.Context(), person.ID)
	for _, r := range rows {
		if err != nil {
			break
		}
		var l store.ListRow
		if l, err = p.site.Store.List(c.Request.Context(), r.ListID); err == nil {
			all = append(all, choice{ID: l.ID, Name: l.Name, About: l.Description, Wording: p.wording(c, l.List), On: r.State == audience.Confirmed})
		}
	}
	return all, err
}

// preferences keeps what was chosen, or leaves everything.
func (p *pages) preferences(c *gin.Context) error {
	claims, data, err := p.choices(c)
	if err != nil {
		return err
	}
	if c.PostForm("do") == "leave" {
		return p.leaveAll(c, claims, data)
	}
	if err := p.savePerson(c, &data.Person); err != nil {
		return p.site.Again(c, "public/preferences", data, err)
	}
	p.speak(c, data.Person)
	for _, l := range data.Lists {
		on := c.PostForm("list-"+strconv.FormatInt(l.ID, 10)) != ""
		if err := p.move(c, data.Person.ID, l, on); err != nil {
			return err
		}
	}
	if _, data, err = p.choices(c); err != nil {
		return err
	}
	data.Saved = true
	return p.site.Page(c, "public/preferences", data)
}

func (p *pages) leaveAll(c *gin.Context, claims link.Claims, data choices) error {
	ctx := c.Request.Context()
	before, err := p.lists(ctx, data.Person.ID)
	if err != nil {
		return err
	}
	l := store.Leave{Subscriber: data.Person.ID, Delivery: claims.Delivery, Source: "page", Address: c.ClientIP()}
	if err := p.site.Store.Unsubscribe(ctx, l); err != nil {
		return err
	}
	out := leaving{Masked: masked(data.Person.Email), Preferences: p.preferencesPath(data.Person.ID),
		Token: p.site.Links.Token(link.Claims{Purpose: link.Unsubscribe, Subscriber: data.Person.ID})}
	if out.Undo, err = p.undo(ctx, data.Person.ID, before); err != nil {
		return err
	}
	return p.site.Page(c, "public/left", out)
}

func (p *pages) savePerson(c *gin.Context, person *audience.Subscriber) error {
	person.FirstName, person.LastName = c.PostForm("first_name"), c.PostForm("last_name")
	person.Lang = c.PostForm("lang")
	if err := person.Validate(); err != nil {
		return err
	}
	return p.site.Store.UpdateSubscriber(c.Request.Context(), person)
}

func (p *pages) move(c *gin.Context, subscriber int64, l choice, on bool) error {
	switch {
	case on == l.On:
		return nil
	case on:
		return p.rejoin(c, subscriber, l.ID)
	}
	return p.site.Store.Unsubscribe(c.Request.Context(), store.Leave{Subscriber: subscriber, List: l.ID, Source: "page", Address: c.ClientIP()})
}
