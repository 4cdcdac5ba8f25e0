package api

import (
	"context"
	"maps"
	"net/http"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
)

// Person is a subscriber with the places on lists.
type Person struct {
	audience.Subscriber
	Subscriptions []store.SubscriptionRow `json:"subscriptions"`
	Suppressed    audience.Reason         `json:"suppressed,omitempty" doc:"Why the address is never mailed; absent when it may be"`
}

func (s *server) subscribers() {
	const tag = "Subscribers"
	add(s, endpoint{id: "subscribers", method: http.MethodGet, path: "/subscribers", tag: tag, summary: "List and search, newest first"}, s.searchSubscribers)
	add(s, endpoint{id: "save-subscriber", method: http.MethodPost, path: "/subscribers", tag: tag, summary: "Create a subscriber, or update the one with the same address",
		description: "Empty fields keep what is known. A suppressed address is a conflict: only leaving everything is lifted, by a new confirmed consent.",
		faults:      []int{http.StatusConflict, http.StatusNotFound}}, s.saveSubscriber)
	add(s, endpoint{id: "subscriber", method: http.MethodGet, path: "/subscribers/{id}", tag: tag, summary: "One subscriber"}, s.subscriber)
	add(s, endpoint{id: "update-subscriber", method: http.MethodPatch, path: "/subscribers/{id}", tag: tag, summary: "Change a subscriber",
		description: "Attributes are merged; one that is null is taken away."}, s.updateSubscriber)
	add(s, endpoint{id: "unsubscribe", method: http.MethodPost, path: "/subscribers/{id}/unsubscribe", tag: tag, summary: "Leave one list, or everything"}, s.unsubscribe)
	add(s, endpoint{id: "suppress", method: http.MethodPost, path: "/subscribers/{id}/suppress", tag: tag, summary: "Never mail this address again"}, s.suppress)
}

type subscriberQuery struct {
	Cursor
	Search string         `query:"search" doc:"Part of an address or a name"`
	Email  string         `query:"email" doc:"Exactly this address, however it is written"`
	List   int64          `query:"list_id" minimum:"1"`
	State  audience.State `query:"state" enum:"confirmed,pending,unsubscribed,any" doc:"On that list; confirmed when absent"`
	Lang   string         `query:"lang"`
}

func (s *server) searchSubscribers(ctx context.Context, in *subscriberQuery) (*paged[audience.Subscriber], error) {
	if in.Email != "" {
		p, err := s.Store.SubscriberByEmail(ctx, in.Email)
		if fault.Is(err, fault.NotFound) {
			return pageOf[audience.Subscriber](nil, 0), nil
		}
		return pageOf([]audience.Subscriber{p}, 0), err
	}
	people, next, err := s.Store.Subscribers(ctx, store.SubscriberQuery{Search: in.Search, List: in.List, State: in.State, Lang: in.Lang, After: in.After, Limit: in.Limit})
	return pageOf(people, next), err
}

func (s *server) person(ctx context.Context, id int64) (*body[Person], error) {
	p, err := s.Store.Subscriber(ctx, id)
	if err != nil {
		return nil, err
	}
	subs, err := s.Store.Subscriptions(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	out := Person{Subscriber: p, Subscriptions: append([]store.SubscriptionRow{}, subs...)}
	why, err := s.Store.Suppression(ctx, p.Email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	out.Suppressed = why.Reason
	return &body[Person]{out}, nil
}

func (s *server) subscriber(ctx context.Context, in *ByID) (*body[Person], error) {
	return s.person(ctx, in.ID)
}

type subscriberBody struct {
	Email      string            `json:"email" minLength:"3" maxLength:"320"`
	FirstName  string            `json:"first_name,omitempty"`
	LastName   string            `json:"last_name,omitempty"`
	Lang       string            `json:"lang,omitempty" enum:"en,bg,ru"`
	Zone       string            `json:"zone,omitempty" doc:"An IANA time zone, like Europe/Sofia"`
	Attributes map[string]string `json:"attributes,omitempty" maxProperties:"200"`
	Lists      []int64           `json:"lists,omitempty" doc:"Lists to join"`
	State      audience.State    `json:"state,omitempty" enum:"confirmed,pending" doc:"On those lists; confirmed when absent, pending is asked by mail to confirm"`
	Consent    *consentBody      `json:"consent,omitempty" doc:"Required with lists, unless the state is pending"`
}

type consentBody struct {
	Source  string `json:"source,omitempty" doc:"Where it was given; api when absent"`
	Wording string `json:"wording" minLength:"1" doc:"What the person agreed to"`
	Address string `json:"address,omitempty" doc:"The network address it came from"`
}

func (s *server) saveSubscriber(ctx context.Context, in *struct{ Body subscriberBody }) (*body[Person], error) {
	b := in.Body
	if err := s.canonical(ctx, b.Attributes); err != nil {
		return nil, err
	}
	p := audience.Subscriber{Email: b.Email, FirstName: b.FirstName, LastName: b.LastName, Lang: b.Lang, Zone: b.Zone, Attributes: b.Attributes, Source: "api"}
	if err := s.mayJoin(ctx, b); err != nil {
		return nil, err
	}
	if err := s.keepLang(ctx, &p); err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := s.Store.SaveSubscriber(ctx, &p); err != nil {
		return nil, err
	}
	for _, list := range b.Lists {
		if err := s.join(ctx, p, list, b); err != nil {
			return nil, err
		}
	}
	return s.person(ctx, p.ID)
}

// join puts the person on a list; one that waits for a confirmation is asked for it by mail.
func (s *server) join(ctx context.Context, p audience.Subscriber, list int64, b subscriberBody) error {
	if err := s.Store.Subscribe(ctx, p.ID, list, b.state(), b.consent()); err != nil || b.state() != audience.Pending {
		return err
	}
	l, err := s.Store.List(ctx, list)
	if err != nil {
		return err
	}
	return s.AskToConfirm(ctx, p, l.List, ledger.Work{})
}

func (b subscriberBody) state() audience.State {
	if b.State == "" {
		return audience.Confirmed
	}
	return b.State
}

func (b subscriberBody) consent() audience.Consent {
	c := audience.Consent{Source: "api"}
	if b.Consent != nil {
		c.Wording, c.Address = audience.CleanName(b.Consent.Wording), audience.CleanName(b.Consent.Address)
		if b.Consent.Source != "" {
			c.Source = "api: " + audience.CleanName(b.Consent.Source)
		}
	}
	return c
}

// mayJoin refuses a suppressed address, lists that are not there, and a yes without proof.
func (s *server) mayJoin(ctx context.Context, b subscriberBody) error {
	why, err := s.Store.Suppression(ctx, b.Email)
	if err == nil && why.Reason != audience.Left {
		return fault.New(fault.Conflict, "This address is suppressed: it is never mailed again.")
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if len(b.Lists) > 0 && b.state() == audience.Confirmed && b.Consent == nil {
		return fault.Field("consent", "Say what these people agreed to, and where: it is your proof.")
	}
	for _, list := range b.Lists {
		if _, err := s.Store.List(ctx, list); err != nil {
			return err
		}
	}
	return nil
}

// keepLang keeps the language of a known person where none was sent.
func (s *server) keepLang(ctx context.Context, p *audience.Subscriber) error {
	if p.Lang != "" {
		return nil
	}
	known, err := s.Store.SubscriberByEmail(ctx, p.Email)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	p.Lang = known.Lang
	return err
}

type subscriberPatch struct {
	ByID
	Body struct {
		Email      *string            `json:"email,omitempty" minLength:"3" maxLength:"320"`
		FirstName  *string            `json:"first_name,omitempty"`
		LastName   *string            `json:"last_name,omitempty"`
		Lang       *string            `json:"lang,omitempty" enum:"en,bg,ru"`
		Zone       *string            `json:"zone,omitempty"`
		Attributes map[string]*string `json:"attributes,omitempty" maxProperties:"200"`
	}
}

func (s *server) updateSubscriber(ctx context.Context, in *subscriberPatch) (*body[Person], error) {
	p, err := s.Store.Subscriber(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	for to, sent := range map[*string]*string{&p.Email: in.Body.Email, &p.FirstName: in.Body.FirstName, &p.LastName: in.Body.LastName, &p.Lang: in.Body.Lang, &p.Zone: in.Body.Zone} {
		put(to, sent)
	}
	sent := map[string]string{}
	for key, value := range in.Body.Attributes {
		if value == nil {
			delete(p.Attributes, key)
			continue
		}
		sent[key] = *value
	}
	if err := s.canonical(ctx, sent); err != nil {
		return nil, err
	}
	maps.Copy(p.Attributes, sent)
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := s.Store.UpdateSubscriber(ctx, &p); err != nil {
		return nil, err
	}
	return s.person(ctx, in.ID)
}

type leaving struct {
	ByID
	Body struct {
		List int64 `json:"list_id,omitempty" minimum:"1" doc:"Absent: everything, and the address is suppressed"`
	}
}

func (s *server) unsubscribe(ctx context.Context, in *leaving) (*body[Person], error) {
	if _, err := s.Store.Subscriber(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := s.Store.Unsubscribe(ctx, store.Leave{Subscriber: in.ID, List: in.Body.List, Source: "api"}); err != nil {
		return nil, err
	}
	return s.person(ctx, in.ID)
}

func (s *server) suppress(ctx context.Context, in *ByID) (*body[Person], error) {
	p, err := s.Store.Subscriber(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Suppress(ctx, p.Email, audience.Manual, "api"); err != nil {
		return nil, err
	}
	if err := s.audit(ctx, "subscriber.suppress", "subscriber:%d", p.ID); err != nil {
		return nil, err
	}
	return s.person(ctx, in.ID)
}
