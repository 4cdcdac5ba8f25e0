package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
)

// Campaign is a campaign as the API shows it.
type Campaign struct {
	ID        int64             `json:"id"`
	Name      string            `json:"name"`
	Kind      string            `json:"kind"`
	State     string            `json:"state"`
	Settings  map[string]any    `json:"settings" doc:"Of its kind"`
	Trigger   campaigns.Trigger `json:"trigger"`
	Audience  audience.Audience `json:"audience"`
	Messages  []Message         `json:"messages,omitempty"`
	Goal      string            `json:"goal,omitempty"`
	Lang      string            `json:"lang"`
	Sender    campaigns.Sender  `json:"sender"`
	Archived  bool              `json:"archived"`
	NextRunAt *time.Time        `json:"next_run_at,omitempty"`
	CreatedAt time.Time         `json:"created_at"`
	UpdatedAt time.Time         `json:"updated_at"`

	Counts  *ledger.Counts     `json:"counts,omitempty" doc:"Of all its deliveries"`
	Figures []campaigns.Figure `json:"figures,omitempty" doc:"What its kind counts besides"`
	Runs    []ledger.Run       `json:"runs,omitempty" doc:"The latest, newest first"`
}

// Message is one email of a campaign.
type Message struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	WaitSeconds int64     `json:"wait_seconds" doc:"After the trigger"`
	LocalTime   string    `json:"local_time,omitempty"`
	On          string    `json:"on,omitempty" doc:"Sent when this response is given"`
	If          string    `json:"if,omitempty"`
	Test        *Test     `json:"test,omitempty" doc:"How its variants are compared"`
	Contents    []Content `json:"contents"`
}

// Test is how the variants of a message are compared.
type Test struct {
	Share      int     `json:"share" minimum:"2" maximum:"100" doc:"Percent of the audience that tries the variants; the others wait for the winner"`
	Measure    string  `json:"measure" enum:"clicks,responses,revenue" doc:"Clicks by people, answers, or revenue after a click less refunds. Never opens"`
	After      int64   `json:"after_seconds" minimum:"900" maximum:"5184000" doc:"From the last test letter (of automations: from the first) to the decision"`
	Days       int     `json:"days,omitempty" minimum:"1" maximum:"60" doc:"With revenue: so long after a click an order counts"`
	Confidence float64 `json:"confidence,omitempty" minimum:"0.8" maximum:"0.999" doc:"0.95 unless told"`
	Close      string  `json:"close,omitempty" enum:"a,leader" doc:"What goes out when it is too close to call: A unless told"`
}

// Content is a message in one language.
type Content struct {
	Lang      string         `json:"lang"`
	Variant   string         `json:"variant,omitempty" doc:"b to e; A has none"`
	From      string         `json:"sender_name,omitempty" doc:"In place of the campaign's"`
	Subject   string         `json:"subject"`
	Preheader string         `json:"preheader,omitempty"`
	Document  map[string]any `json:"document,omitempty" doc:"A block document"`
	HTML      string         `json:"html,omitempty" doc:"HTML with merge tags, instead of a document"`
	MJML      string         `json:"mjml,omitempty" doc:"MJML with merge tags, instead of a document"`
	Version   int            `json:"version"`
}

func (s *server) campaigns() {
	const tag = "Campaigns"
	conflict := []int{http.StatusConflict}
	add(s, endpoint{id: "campaigns", method: http.MethodGet, path: "/campaigns", tag: tag, summary: "All campaigns, newest first, without their messages"}, s.listCampaigns)
	add(s, endpoint{id: "create-campaign", method: http.MethodPost, path: "/campaigns", tag: tag, summary: "Make a draft from a kind", status: http.StatusCreated, limit: 4 << 20,
		description: "What is not sent is as the kind's starter has it: messages, goal, trigger, and our starter letters in the campaign's language. Kinds: " + kinds() + ".", faults: []int{http.StatusNotFound}}, s.createCampaign)
	add(s, endpoint{id: "campaign", method: http.MethodGet, path: "/campaigns/{id}", tag: tag, summary: "A campaign with its messages and figures"}, s.campaign)
	for action, does := range map[string]string{"start": "Start a draft that passes its review", "pause": "Hold back what is not handed over yet", "resume": "Go on", "cancel": "End a campaign; what was sent stays sent"} {
		add(s, endpoint{id: action + "-campaign", method: http.MethodPost, path: "/campaigns/{id}/" + action, tag: tag, summary: does, faults: conflict}, s.change(action))
	}
	add(s, endpoint{id: "deliveries", method: http.MethodGet, path: "/campaigns/{id}/deliveries", tag: tag, summary: "Each letter owed, with its state, the server's reply and its times, by number"}, s.deliveries)
	add(s, endpoint{id: "decide-unsure", method: http.MethodPost, path: "/campaigns/{id}/unsure", tag: tag, summary: "Decide letters in doubt: those between hand-over and answer", faults: conflict,
		description: "`sent` lets them count as sent, `again` sends them again with the same Message-ID in half a minute. Without `delivery_id` it is said of all. With nothing in doubt it is a conflict."}, s.decideUnsure)
	add(s, endpoint{id: "responses", method: http.MethodGet, path: "/campaigns/{id}/responses", tag: tag, summary: "What people answered, newest first"}, s.responses)
}

func kinds() string {
	names := make([]string, len(campaigns.Kinds))
	for i, k := range campaigns.Kinds {
		names[i] = k.Name
	}
	return strings.Join(names, ", ")
}

type campaignQuery struct {
	Cursor
	Search   string `query:"search"`
	State    string `query:"state" enum:"draft,scheduled,running,paused,finished,cancelled"`
	Kind     string `query:"kind"`
	Archived bool   `query:"archived"`
}

func (s *server) listCampaigns(ctx context.Context, in *campaignQuery) (*paged[Campaign], error) {
	rows, next, err := s.Store.Campaigns(ctx, store.CampaignQuery{Search: in.Search, State: in.State, Kind: in.Kind, Archived: in.Archived, After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := make([]Campaign, len(rows))
	for i, c := range rows {
		if out[i], err = campaignOf(c); err != nil {
			return nil, err
		}
	}
	return pageOf(out, next), nil
}

// lastRuns is how many runs a campaign is shown with.
const lastRuns = 20

func (s *server) campaign(ctx context.Context, in *ByID) (*body[Campaign], error) {
	c, err := s.Store.Campaign(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out, err := campaignOf(c)
	if err != nil {
		return nil, err
	}
	totals, err := s.Store.Totals(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	counts := totals[c.ID]
	out.Counts = &counts
	if out.Runs, err = s.Store.Runs(ctx, c.ID, lastRuns); err != nil {
		return nil, err
	}
	out.Figures, err = s.figures(ctx, c)
	return answer(out, err)
}

func (s *server) figures(ctx context.Context, c campaigns.Campaign) ([]campaigns.Figure, error) {
	k, err := c.Open()
	if err != nil {
		return nil, err
	}
	r, ok := k.(campaigns.Reporter)
	if !ok {
		return nil, nil
	}
	return r.Figures(ctx, s.Dispatch.Desk(c))
}

func (s *server) change(action string) func(context.Context, *ByID) (*body[Campaign], error) {
	do := map[string]func(context.Context, int64) error{"start": s.Dispatch.Start, "pause": s.Store.Pause, "resume": s.Store.Resume, "cancel": s.Store.Cancel}[action]
	return func(ctx context.Context, in *ByID) (*body[Campaign], error) {
		if err := do(ctx, in.ID); err != nil {
			return nil, err
		}
		s.Dispatch.Wake()
		return s.campaign(ctx, in)
	}
}

type deliveryQuery struct {
	ByID
	Cursor
	State      ledger.State `query:"state" enum:"planned,queued,leased,sending,sent,skipped,failed,unsure,cancelled"`
	Event      string       `query:"event" enum:"opened,clicked,bounced,complained"`
	Run        int64        `query:"run_id" minimum:"1"`
	Subscriber int64        `query:"subscriber_id" minimum:"1"`
}

func (s *server) deliveries(ctx context.Context, in *deliveryQuery) (*paged[store.DeliveryRow], error) {
	if _, err := s.Store.Campaign(ctx, in.ID); err != nil {
		return nil, err
	}
	rows, next, err := s.Store.Deliveries(ctx, store.DeliveryQuery{Campaign: in.ID, Run: in.Run, Subscriber: in.Subscriber, State: in.State, Event: in.Event, After: in.After, Limit: in.Limit})
	for i := range rows {
		if rows[i].Waits() {
			rows[i].DueAt, rows[i].WaitsFor = time.Time{}, "the winner of the A/B test"
		}
	}
	return pageOf(rows, next), err
}

type responseQuery struct {
	ByID
	Cursor
}

func (s *server) responses(ctx context.Context, in *responseQuery) (*paged[store.ResponseRow], error) {
	if _, err := s.Store.Campaign(ctx, in.ID); err != nil {
		return nil, err
	}
	rows, next, err := s.Store.Responses(ctx, in.ID, in.After, in.Limit)
	for i := range rows {
		if rows[i].Subscriber.Attributes == nil { // erased meanwhile
			rows[i].Subscriber.Attributes = map[string]string{}
		}
	}
	return pageOf(rows, next), err
}

type unsureDecision struct {
	ByID
	Body struct {
		As         string `json:"as" enum:"sent,again"`
		DeliveryID int64  `json:"delivery_id,omitempty" minimum:"1"`
	}
}

type decided struct {
	Decided int `json:"decided"`
}

func (s *server) decideUnsure(ctx context.Context, in *unsureDecision) (*body[decided], error) {
	if _, err := s.Store.Campaign(ctx, in.ID); err != nil {
		return nil, err
	}
	to := ledger.Sent
	if in.Body.As == "again" {
		to = ledger.Queued
	}
	d, err := s.Store.DecideUnsure(ctx, in.ID, in.Body.DeliveryID, to)
	if err != nil {
		return nil, err
	}
	return answer(decided{d.N}, s.audit(ctx, "unsure."+in.Body.As, "campaign:%d", in.ID))
}
