package admin

import (
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
)

type subscribersPage struct {
	Query     store.SubscriberQuery
	People    []audience.Subscriber
	Standings map[int64]store.Standing
	Lists     []store.ListRow
	Segments  []segment.Segment
	Known     []attributeInput
	Columns   []peopleColumn
	Count     int64
	Counting  bool // the count takes longer than a page may: the page asks for it once it is there
	Next      int64

	words words
}

// Filtered reports whether the page shows some people only.
func (p subscribersPage) Filtered() bool { return len(p.asked()) > 0 }

func (p subscribersPage) asked() url.Values {
	q := p.Query
	return address(audience.Selection{Search: q.Search, List: q.List, State: q.State, Lang: q.Lang, Segment: q.Segment, Attribute: q.Attribute, Value: q.Value})
}

// Address is the filters as they stand in the address.
func (p subscribersPage) Address() template.URL { return template.URL(p.asked().Encode()) }

// Chosen is the attribute that people are asked for.
func (p subscribersPage) Chosen() (one attributeInput) {
	for _, a := range p.Known {
		if a.Key == p.Query.Attribute {
			one = a
		}
	}
	return one
}

// Standing is where one of the people stands.
func (p subscribersPage) Standing(id int64) store.Standing { return p.Standings[id] }

// Subscribers lists people by the filters in the address.
func (a *Admin) Subscribers(c *gin.Context) error {
	ctx := c.Request.Context()
	p := subscribersPage{Query: subscriberQuery(c), words: a.words(c)}
	var err error
	if p.People, p.Next, err = a.Store.Subscribers(ctx, p.Query); err != nil {
		return err
	}
	if p.Standings, err = a.Store.Standings(ctx, p.People); err != nil {
		return err
	}
	if p.Lists, err = a.Store.Lists(ctx); err != nil {
		return err
	}
	if p.Segments, err = a.Store.Segments(ctx); err != nil {
		return err
	}
	if p.Known, err = a.attributeInputs(c, nil); err != nil {
		return err
	}
	p.Columns = columns(p.Known, chosenColumns(c))
	if err = a.count(c, &p, countTime); err != nil {
		return err
	}
	return a.Page(c, "admin/subscribers", p)
}

// countTime is how long a page waits for the number of people.
const countTime = 40 * time.Millisecond

// count says how many people there are, at once when they are all on the page. Among many it may be told later.
func (a *Admin) count(c *gin.Context, p *subscribersPage, within time.Duration) (err error) {
	if p.Query.After == 0 && p.Next == 0 {
		p.Count = int64(len(p.People))
		return nil
	}
	ctx := c.Request.Context()
	if c.Query("count") == "wait" {
		p.Count, err = a.Store.CountLately(ctx, p.Query)
		return err
	}
	n, known, err := a.Store.CountWithin(ctx, p.Query, within)
	p.Count, p.Counting = n, !known
	return err
}

// subscriberQuery reads the filters; what makes no sense filters nothing.
func subscriberQuery(c *gin.Context) store.SubscriberQuery { return queryOf(c.Request.URL.Query()) }

func queryOf(f url.Values) store.SubscriberQuery {
	q := store.SubscriberQuery{Search: audience.CleanName(f.Get("q")), List: number(f.Get("list")), Lang: f.Get("lang"), After: number(f.Get("after")),
		Segment: number(f.Get("segment")), Attribute: f.Get("attribute")}
	if q.Attribute != "" {
		q.Value = strings.TrimSpace(f.Get("value"))
	}
	switch s := audience.State(f.Get("state")); {
	case s == audience.Confirmed, s == audience.Pending, s == audience.Unsubscribed:
		q.State = s
	case q.List != 0:
		q.State = store.AnyState
	}
	if q.Lang != "" {
		q.Lang = audience.Language(q.Lang)
	}
	return q
}

type newSubscriber struct {
	audience.Subscriber
	Known   []attributeInput
	Lists   []store.ListRow
	Chosen  map[int64]bool
	Wording string
}

// NewSubscriber asks for one person.
func (a *Admin) NewSubscriber(c *gin.Context) error {
	lists, err := a.Store.Lists(c.Request.Context())
	if err != nil {
		return err
	}
	form := newSubscriber{Lists: lists, Chosen: map[int64]bool{number(c.Query("list")): true}}
	form.Lang = a.Shop(c).Lang
	if form.Known, err = a.attributeInputs(c, nil); err != nil {
		return err
	}
	return a.Page(c, "admin/subscriber-new", form)
}

// CreateSubscriber stores one person; being on a list needs a yes that can be shown.
func (a *Admin) CreateSubscriber(c *gin.Context) error {
	ctx := c.Request.Context()
	lists, err := a.Store.Lists(ctx)
	if err != nil {
		return err
	}
	form := newSubscriber{Lists: lists, Chosen: map[int64]bool{}, Wording: audience.CleanName(c.PostForm("wording"))}
	form.Email, form.FirstName, form.LastName = c.PostForm("email"), c.PostForm("first_name"), c.PostForm("last_name")
	form.Lang, form.Source = c.PostForm("lang"), "admin"
	for _, id := range c.PostFormArray("lists") {
		form.Chosen[number(id)] = true
	}
	err = a.readAttributes(c, &form.Subscriber)
	if err = fault.Join(err, a.checkNew(c, &form)); err != nil {
		return a.againNew(c, form, err)
	}
	if err := a.Store.SaveSubscriber(ctx, &form.Subscriber); err != nil {
		return err
	}
	for id := range form.Chosen {
		consent := audience.Consent{Source: "admin", Wording: form.Wording}
		if err := a.Store.Subscribe(ctx, form.ID, id, audience.Confirmed, consent); err != nil {
			return err
		}
	}
	a.Toast(c, a.T(c, "%s is on your books.", form.Email), "")
	return a.Redirect(c, "/subscribers/%d", form.ID)
}

func (a *Admin) againNew(c *gin.Context, form newSubscriber, wrong error) (err error) {
	if form.Known, err = a.attributeInputs(c, form.Attributes); err != nil {
		return err
	}
	return a.Again(c, "admin/subscriber-new", form, wrong)
}

func (a *Admin) checkNew(c *gin.Context, form *newSubscriber) error {
	err := form.Validate()
	if len(form.Chosen) > 0 && form.Wording == "" {
		err = fault.Join(err, fault.Field("wording", "Say how this person agreed: it is the proof that you may write."))
	}
	if err != nil {
		return err
	}
	known, err := a.Store.SubscriberByEmail(c.Request.Context(), form.Email)
	if err == nil {
		return fault.Field("email", "This address is already on your books, under number %d.", known.ID)
	}
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// EditSubscriber stores what is known of a person.
func (a *Admin) EditSubscriber(c *gin.Context) error {
	ctx := c.Request.Context()
	person, err := a.person(c)
	if err != nil {
		return err
	}
	p := person.Subscriber
	p.Email, p.FirstName, p.LastName = c.PostForm("email"), c.PostForm("first_name"), c.PostForm("last_name")
	p.Lang, p.Zone = c.PostForm("lang"), c.PostForm("zone")
	err = fault.Join(p.Validate(), a.readAttributes(c, &p))
	if err == nil {
		err = a.Store.UpdateSubscriber(ctx, &p)
	}
	if err != nil {
		person.Subscriber, person.Editing = p, true
		known, failed := a.attributeInputs(c, p.Attributes)
		if person.Known = known; failed != nil {
			return failed
		}
		return a.Again(c, "admin/subscriber", person, err)
	}
	a.Toast(c, a.T(c, "Saved."), "")
	return a.Redirect(c, "/subscribers/%d", p.ID)
}
