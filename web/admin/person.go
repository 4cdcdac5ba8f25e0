package admin

import (
	"slices"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// timelineSize is how many moments of a person a page shows.
const timelineSize = 30

// personPage is all we know of one person.
type personPage struct {
	audience.Subscriber
	Places     []place
	Suppressed *audience.Suppression
	Line       store.TimelineQuery
	Moments    []store.Moment
	Next       string // where the older page begins; "" on the last
	Consents   []audience.Consent
	Orders     []boughtOrder
	Values     []personWorth // a row for each currency
	Editing    bool
	Former     []store.Former
	Merges     []store.Merge // that can be undone
	Zones      []string
	Known      []attributeInput
}

// place is a list with the person's state on it; "" is none.
type place struct {
	store.ListRow
	State audience.State
	Since store.SubscriptionRow
}

// LastConsents are the newest few, newest first; the proof has all of them.
func (p personPage) LastConsents() []audience.Consent {
	last := slices.Clone(p.Consents[max(0, len(p.Consents)-5):])
	slices.Reverse(last)
	return last
}

// ListName is what a list is called; "" of one that is gone.
func (p personPage) ListName(id int64) string {
	for _, one := range p.Places {
		if one.ID == id {
			return one.Name
		}
	}
	return ""
}

// Groups are what the time line is filtered by.
func (p personPage) Groups() []string { return store.TimelineGroups }

// Person shows one person.
func (a *Admin) Person(c *gin.Context) error {
	p, err := a.person(c)
	if err != nil {
		return err
	}
	if asked, err := page.ID(c); err == nil && asked != p.ID { // merged since
		return a.Redirect(c, "/subscribers/%d", p.ID)
	}
	p.Editing = c.Query("edit") != ""
	return a.Page(c, "admin/subscriber", p)
}

func (a *Admin) person(c *gin.Context) (p personPage, err error) {
	id, err := page.ID(c)
	if err != nil {
		return p, err
	}
	return a.personOf(c, id)
}

func (a *Admin) personOf(c *gin.Context, id int64) (p personPage, err error) {
	ctx := c.Request.Context()
	if p.Subscriber, err = a.Store.Subscriber(ctx, id); err != nil {
		return p, err
	}
	id = p.ID // another one after a merge
	p.Zones = zones
	if p.Known, err = a.attributeInputs(c, p.Attributes); err != nil {
		return p, err
	}
	if p.Former, err = a.Store.FormerAddresses(ctx, id); err != nil {
		return p, err
	}
	if p.Merges, err = a.Store.Merges(ctx, id); err != nil {
		return p, err
	}
	if p.Places, err = a.places(c, id); err != nil {
		return p, err
	}
	suppression, err := a.Store.Suppression(ctx, p.Email)
	if err == nil {
		p.Suppressed = &suppression
	} else if !fault.Is(err, fault.NotFound) {
		return p, err
	}
	p.Line = store.TimelineQuery{Subscriber: id, Before: c.Query("before"), Limit: timelineSize}
	if slices.Contains(store.TimelineGroups, c.Query("what")) {
		p.Line.Group = c.Query("what")
	}
	if p.Moments, p.Next, err = a.Store.Timeline(ctx, p.Line); err != nil {
		return p, err
	}
	if len(p.Former) > 0 { // they say with whom
		p.Moments = slices.DeleteFunc(p.Moments, func(m store.Moment) bool { return m.Detail == "subscriber.merge" })
	}
	for i, m := range p.Moments {
		p.Moments[i].Reply = a.words(c).about(nil, m.Reason, m.Reply)
	}
	if p.Consents, err = a.Store.Consents(ctx, id); err != nil {
		return p, err
	}
	if p.Values, err = a.worths(c, id); err != nil {
		return p, err
	}
	p.Orders, err = a.boughtOrders(c, id)
	return p, err
}

func (a *Admin) places(c *gin.Context, subscriber int64) ([]place, error) {
	ctx := c.Request.Context()
	lists, err := a.Store.Lists(ctx)
	if err != nil {
		return nil, err
	}
	subscriptions, err := a.Store.Subscriptions(ctx, subscriber)
	if err != nil {
		return nil, err
	}
	on := map[int64]store.SubscriptionRow{}
	for _, s := range subscriptions {
		on[s.ListID] = s
	}
	out := make([]place, len(lists))
	for i, l := range lists {
		out[i] = place{l, on[l.ID].State, on[l.ID]}
	}
	return out, nil
}

// Join puts a person on a list; it takes a word on how they agreed.
func (a *Admin) Join(c *gin.Context) error {
	p, err := a.person(c)
	if err != nil {
		return err
	}
	wording := audience.CleanName(c.PostForm("wording"))
	if wording == "" {
		return a.Again(c, "admin/subscriber", p, fault.Field("wording", "Say how this person agreed: it is the proof that you may write."))
	}
	list := number(c.PostForm("list"))
	undo, err := a.whereTheyAre(c, list, audience.Confirmed, []int64{p.ID})
	if err != nil {
		return err
	}
	if err := a.Store.Subscribe(c.Request.Context(), p.ID, list, audience.Confirmed, audience.Consent{Source: "admin", Wording: wording}); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Added to the list."), undo)
	return a.Redirect(c, "/subscribers/%d", p.ID)
}

// Leave takes a person off a list.
func (a *Admin) Leave(c *gin.Context) error {
	p, err := a.person(c)
	if err != nil {
		return err
	}
	list, err := a.Store.List(c.Request.Context(), number(c.PostForm("list")))
	if err != nil {
		return err
	}
	undo, err := a.whereTheyAre(c, list.ID, audience.Unsubscribed, []int64{p.ID})
	if err != nil {
		return err
	}
	if err := a.Store.Unsubscribe(c.Request.Context(), store.Leave{Subscriber: p.ID, List: list.ID, Source: "admin"}); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Taken off the list."), undo)
	return a.Redirect(c, "/subscribers/%d", p.ID)
}

// Suppress stops all mail to a person's address.
func (a *Admin) Suppress(c *gin.Context) error {
	p, err := a.person(c)
	if err != nil {
		return err
	}
	if err := a.Store.Suppress(c.Request.Context(), p.Email, audience.Manual, "admin"); err != nil {
		return err
	}
	if err := a.audit(c, "subscriber.suppress", "subscriber:%d", p.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "This address gets no more mail."), c.Request.URL.Path[:len(c.Request.URL.Path)-len("suppress")]+"unsuppress")
	return a.Redirect(c, "/subscribers/%d", p.ID)
}

// Unsuppress lets an address be mailed again.
func (a *Admin) Unsuppress(c *gin.Context) error {
	p, err := a.person(c)
	if err != nil {
		return err
	}
	if err := a.Store.Unsuppress(c.Request.Context(), p.Email); err != nil {
		return err
	}
	if err := a.audit(c, "subscriber.unsuppress", "subscriber:%d", p.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "This address may be mailed again."), "")
	return a.Redirect(c, "/subscribers/%d", p.ID)
}
