package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/trial"
	"keepsake/internal/render"
)

type campaignBody struct {
	Kind        string           `json:"kind"`
	Name        string           `json:"name" minLength:"1" maxLength:"200"`
	Lang        string           `json:"lang,omitempty" enum:"en,bg,ru" doc:"Whose content serves those who read another language"`
	Settings    map[string]any   `json:"settings,omitempty" doc:"Of the kind; what is absent is as its starter has it"`
	Trigger     *triggerBody     `json:"trigger,omitempty"`
	Lists       []int64          `json:"lists,omitempty" doc:"Confirmed on any of these"`
	NotLists    []int64          `json:"not_lists,omitempty" doc:"And confirmed on none of these"`
	Segments    []int64          `json:"segments,omitempty" doc:"Of those on the lists only who is in one of these segments when it is sent"`
	NotSegments []int64          `json:"not_segments,omitempty" doc:"And in none of these"`
	Reads       string           `json:"audience_lang,omitempty" enum:"en,bg,ru" doc:"And reading this language"`
	Goal        *string          `json:"goal,omitempty"`
	Sender      campaigns.Sender `json:"sender,omitzero" doc:"Empty fields are the shop's"`
	Messages    []messageBody    `json:"messages,omitempty" maxItems:"50" doc:"A name of the starter's changes that message; another name adds one"`
}

type triggerBody struct {
	Now  bool      `json:"now,omitempty" doc:"As soon as it is started"`
	At   time.Time `json:"at,omitzero"`
	Cron string    `json:"cron,omitempty" doc:"Five fields: minute, hour, day, month, weekday"`
	On   string    `json:"on,omitempty" doc:"An event: order.placed, order.paid, order.fulfilled, subscribed, or your own"`
	Zone string    `json:"zone,omitempty" doc:"IANA name in which cron is read"`
}

type messageBody struct {
	Name        string        `json:"name" minLength:"1" maxLength:"100"`
	WaitSeconds *int64        `json:"wait_seconds,omitempty" minimum:"0"`
	LocalTime   *string       `json:"local_time,omitempty" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9])?$" doc:"Of the day, in the subscriber's zone; empty: at any hour"`
	On          *string       `json:"on,omitempty"`
	If          *string       `json:"if,omitempty"`
	Test        *Test         `json:"test,omitempty" doc:"Needed when contents have variants"`
	Contents    []contentBody `json:"contents,omitempty" maxItems:"20"`
}

type contentBody struct {
	Lang      string         `json:"lang" enum:"en,bg,ru"`
	Variant   string         `json:"variant,omitempty" enum:"b,c,d,e" doc:"Absent: A"`
	From      string         `json:"sender_name,omitempty" maxLength:"100" doc:"In place of the campaign's"`
	Subject   string         `json:"subject" minLength:"1" maxLength:"500"`
	Preheader string         `json:"preheader,omitempty" maxLength:"500"`
	Document  map[string]any `json:"document,omitempty" doc:"A block document. One of this, html and mjml"`
	HTML      string         `json:"html,omitempty" doc:"HTML with merge tags"`
	MJML      string         `json:"mjml,omitempty" doc:"MJML with merge tags"`
}

func (s *server) createCampaign(ctx context.Context, in *struct{ Body campaignBody }) (*body[Campaign], error) {
	b := in.Body
	c, err := campaigns.New(b.Kind, b.Name, b.Lang)
	if err != nil {
		return nil, err
	}
	c.Audience = audience.Audience{Lists: b.Lists, NotLists: b.NotLists, Segments: b.Segments, NotSegments: b.NotSegments, Lang: b.Reads}
	c.Sender = b.Sender
	put(&c.Goal, b.Goal)
	if err := settle(&c, b.Settings); err != nil {
		return nil, err
	}
	for _, list := range append(append([]int64{}, b.Lists...), b.NotLists...) {
		if _, err := s.Store.List(ctx, list); err != nil {
			return nil, err
		}
	}
	if err := s.segmentsThere(ctx, b.Segments, b.NotSegments); err != nil {
		return nil, err
	}
	if b.Trigger != nil {
		c.Trigger = b.Trigger.trigger(s.Now())
		if err := c.Trigger.Validate(); err != nil {
			return nil, err
		}
	}
	if err := s.messages(&c, b.Messages); err != nil {
		return nil, err
	}
	if err := s.Store.CreateCampaign(ctx, &c); err != nil {
		return nil, err
	}
	return s.campaign(ctx, &ByID{c.ID})
}

func (t triggerBody) trigger(now time.Time) campaigns.Trigger {
	out := campaigns.Trigger{Cron: t.Cron, On: t.On, Zone: t.Zone}
	at := t.At.UTC().Truncate(time.Microsecond)
	switch {
	case t.Now:
		at = now.UTC().Truncate(time.Microsecond)
		out.At = &at
	case !at.IsZero():
		out.At = &at
	}
	return out
}

// settle writes what was sent over the starter's settings; a field the kind has not is refused.
func settle(c *campaigns.Campaign, sent map[string]any) error {
	if len(sent) == 0 {
		return nil
	}
	k, err := c.Open()
	if err != nil {
		return err
	}
	b, err := json.Marshal(sent)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(k); err != nil {
		return fault.Field("settings", "These settings cannot be read: %s", err.Error())
	}
	return c.Keep(k)
}

// messages completes the starter's messages with what was sent, and with starter letters.
func (s *server) messages(c *campaigns.Campaign, sent []messageBody) error {
	for _, m := range sent {
		i := find(c, m.Name)
		if err := m.apply(&c.Messages[i]); err != nil {
			return err
		}
	}
	for i := range c.Messages {
		m := &c.Messages[i]
		if len(m.Contents) > 0 {
			continue
		}
		content, err := render.Starter(c.Kind, m.Name, c.Lang, s.Book.Files)
		if err != nil {
			return err
		}
		m.Contents = []campaigns.Content{content}
	}
	return nil
}

// find is the place of a message of that name; a new one is added at the end.
func find(c *campaigns.Campaign, name string) int {
	for i, m := range c.Messages {
		if m.Name == name {
			return i
		}
	}
	c.Messages = append(c.Messages, campaigns.Message{Name: name})
	return len(c.Messages) - 1
}

func (b messageBody) apply(m *campaigns.Message) error {
	if b.WaitSeconds != nil {
		m.Wait = time.Duration(*b.WaitSeconds) * time.Second
	}
	put(&m.LocalTime, b.LocalTime)
	put(&m.On, b.On)
	put(&m.If, b.If)
	if m.If != "" {
		if _, err := campaigns.ParseCondition(m.If); err != nil {
			return err
		}
	}
	if b.Test != nil {
		m.Test = b.Test.rule()
	}
	for _, sent := range b.Contents {
		content, err := sent.content()
		if err != nil {
			return err
		}
		m.Contents = append(m.Contents, content)
	}
	return nil
}

// rule is a test as it was sent; what is absent is as a new test has it.
func (t Test) rule() *trial.Rule {
	r := trial.Default()
	r.Share, r.Measure, r.After = t.Share, t.Measure, time.Duration(t.After)*time.Second
	r.Days, r.Confidence, r.Close = cmp.Or(t.Days, r.Days), cmp.Or(t.Confidence, r.Confidence), cmp.Or(t.Close, r.Close)
	return r
}

func testOf(r *trial.Rule) *Test {
	if r == nil {
		return nil
	}
	return &Test{Share: r.Share, Measure: r.Measure, After: int64(r.After / time.Second), Days: r.Days, Confidence: r.Confidence, Close: r.Close}
}

func (b contentBody) content() (campaigns.Content, error) {
	c := campaigns.Content{Lang: b.Lang, Variant: b.Variant, SenderName: audience.CleanName(b.From), Mode: "html", Subject: audience.CleanName(b.Subject), Preheader: audience.CleanName(b.Preheader), HTML: b.HTML}
	given := 0
	for _, has := range []bool{b.Document != nil, b.HTML != "", b.MJML != ""} {
		if has {
			given++
		}
	}
	if given != 1 {
		return c, fault.Field("messages", "Send a letter as a document, as HTML or as MJML: one of the three.")
	}
	if b.MJML != "" {
		c.Mode, c.HTML = "mjml", b.MJML
	}
	if b.Document == nil {
		return c, nil
	}
	raw, err := json.Marshal(b.Document)
	if err != nil {
		return c, err
	}
	d, err := document.Parse(string(raw))
	if err != nil {
		return c, err
	}
	c.Mode = "blocks"
	c.Document, err = d.JSON()
	return c, err
}

// campaignOf shows a campaign as the API does.
func campaignOf(c campaigns.Campaign) (Campaign, error) {
	out := Campaign{ID: c.ID, Name: c.Name, Kind: c.Kind, State: c.State, Trigger: c.Trigger, Audience: c.Audience, Goal: c.Goal, Lang: c.Lang, Sender: c.Sender,
		Archived: c.Archived, NextRunAt: c.NextRunAt, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Settings: map[string]any{}}
	if c.Settings != "" {
		if err := json.Unmarshal([]byte(c.Settings), &out.Settings); err != nil {
			return out, fmt.Errorf("settings of campaign %d: %w", c.ID, err)
		}
	}
	for _, m := range c.Messages {
		shown := Message{ID: m.ID, Name: m.Name, WaitSeconds: int64(m.Wait / time.Second), LocalTime: m.LocalTime, On: m.On, If: m.If, Test: testOf(m.Test), Contents: []Content{}}
		for _, content := range m.Contents {
			one, err := contentOf(content)
			if err != nil {
				return out, err
			}
			shown.Contents = append(shown.Contents, one)
		}
		out.Messages = append(out.Messages, shown)
	}
	return out, nil
}

func contentOf(c campaigns.Content) (Content, error) {
	out := Content{Lang: c.Lang, Variant: c.Variant, From: c.SenderName, Subject: c.Subject, Preheader: c.Preheader, HTML: c.HTML, Version: c.Version}
	if c.Mode == "mjml" {
		out.HTML, out.MJML = "", c.HTML
	}
	if c.Document == "" || c.Coded() {
		return out, nil
	}
	err := json.Unmarshal([]byte(c.Document), &out.Document)
	return out, err
}
