package campaigns

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/trial"
)

// Campaign is kind × trigger × audience × messages.
type Campaign struct {
	ID        int64             `json:"id"`
	Name      string            `json:"name"`
	Kind      string            `json:"kind"`
	State     string            `json:"state"` // draft, scheduled, running, paused, finished, cancelled
	Settings  string            `json:"-"`     // the kind's value as JSON
	Trigger   Trigger           `json:"trigger"`
	Audience  audience.Audience `json:"audience"`
	Messages  []Message         `json:"messages"`
	Goal      string            `json:"goal"`
	Lang      string            `json:"lang"` // whose content serves those who read another language
	Sender    Sender            `json:"sender"`
	Archived  bool              `json:"archived"`
	NextRunAt *time.Time        `json:"next_run_at,omitempty"`
	CreatedAt time.Time         `json:"created_at"`
	UpdatedAt time.Time         `json:"updated_at"`
}

// The states of a campaign.
const (
	Draft     = "draft"
	Scheduled = "scheduled" // waits for its moment, or for the next one of a cron schedule
	Running   = "running"   // sends, or listens for events
	Paused    = "paused"    // nothing leaves until it is resumed
	Finished  = "finished"
	Cancelled = "cancelled"
)

// Sender is the From identity; empty fields are the shop's.
type Sender struct {
	Name    string `json:"name"`
	Email   string `json:"email"`
	ReplyTo string `json:"reply_to"`
}

// Message is one email of a campaign.
type Message struct {
	ID        int64         `json:"id"`
	Name      string        `json:"name"`           // unique in the campaign: "gift", "reminder"
	Wait      time.Duration `json:"wait"`           // after the trigger (or the response in On)
	LocalTime string        `json:"local_time"`     // "10:00" in the subscriber's zone; "" is at once
	On        string        `json:"on"`             // sent when this response is given, not at the trigger
	If        string        `json:"if"`             // a Condition, asked when it is due
	Contents  []Content     `json:"contents"`       // one for each language and variant, A's first
	Test      *trial.Rule   `json:"test,omitempty"` // how its variants are compared; nil while it has none
}

// Content is one variant of a message in one language.
type Content struct {
	Lang       string    `json:"lang"`
	Variant    string    `json:"variant,omitempty"` // "" is A; b to e
	Mode       string    `json:"mode"`              // blocks, mjml or html
	Subject    string    `json:"subject"`
	Preheader  string    `json:"preheader"`
	SenderName string    `json:"sender_name,omitempty"` // in place of the campaign's
	Document   string    `json:"document"`              // block document, JSON, with mode blocks
	HTML       string    `json:"html"`                  // the code, with mode html or mjml
	Version    int       `json:"version"`               // grows with each save; a save with an old one is a Conflict
	UpdatedAt  time.Time `json:"updated_at"`
	Restored   int       `json:"-" gorm:"-"` // of a save: the version that it brings back; 0 is none
}

// Coded reports whether the letter is written in code, not made of blocks.
func (c Content) Coded() bool { return c.Mode == "html" || c.Mode == "mjml" }

// Whole refuses a letter that holds NUL, which has no place in mail and which PostgreSQL does
// not keep.
func (c Content) Whole() error {
	for _, t := range []struct{ field, text string }{{"subject", c.Subject}, {"preheader", c.Preheader}, {"sender_name", c.SenderName}, {"document", c.Document}, {"html", c.HTML}} {
		if strings.Contains(t.text, "\x00") {
			return fault.Field(t.field, "There is an invisible character in it that no letter may hold (NUL). Write this text anew.")
		}
	}
	return nil
}

// Message finds a message by name.
func (c Campaign) Message(name string) (Message, error) {
	for _, m := range c.Messages {
		if m.Name == name {
			return m, nil
		}
	}
	return Message{}, fault.New(fault.NotFound, "This campaign has no message “%s”.", name)
}

// MessageByID finds a message by its number.
func (c Campaign) MessageByID(id int64) (Message, error) {
	for _, m := range c.Messages {
		if m.ID == id {
			return m, nil
		}
	}
	return Message{}, fault.New(fault.NotFound, "This message is no longer there.")
}

// Open reads the settings into the kind's value.
func (c Campaign) Open() (Kind, error) {
	info, err := KindInfo(c.Kind)
	if err != nil {
		return nil, err
	}
	k := info.New()
	if c.Settings == "" {
		return k, nil
	}
	if err := json.Unmarshal([]byte(c.Settings), k); err != nil {
		return nil, fmt.Errorf("settings of campaign %d: %w", c.ID, err)
	}
	return k, nil
}

// Keep stores the kind's value as the settings.
func (c *Campaign) Keep(k Kind) error {
	b, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("settings of campaign %d: %w", c.ID, err)
	}
	c.Settings = string(b)
	return nil
}

// New is a draft of that kind as its starter makes it, without contents.
func New(kind, name, lang string) (Campaign, error) {
	info, err := KindInfo(kind)
	if err != nil {
		return Campaign{}, err
	}
	k := info.New()
	s := k.Starter()
	c := Campaign{Name: audience.CleanName(name), Kind: kind, State: Draft, Trigger: s.Trigger,
		Messages: s.Messages, Goal: s.Goal, Lang: audience.Language(lang)}
	if c.Name == "" {
		c.Name = info.Title
	}
	return c, c.Keep(k)
}

// Ready checks all that must be true before the campaign may start; a *fault.Error
// gathers every field to correct.
func (c Campaign) Ready() error {
	k, err := c.Open()
	if err != nil {
		return err
	}
	errs := []error{k.Validate(), c.Trigger.Validate(), c.audienceReady()}
	for _, m := range c.Messages {
		errs = append(errs, m.ready())
	}
	return fault.Join(errs...)
}

func (c Campaign) audienceReady() error {
	if len(c.Audience.Lists) == 0 && c.Trigger.On == "" {
		return fault.Field("lists", "Choose at least one list.")
	}
	return nil
}

func (m Message) ready() error {
	if len(m.Contents) == 0 {
		return fault.Field("messages", "The message “%s” has no content yet.", m.Name)
	}
	for _, c := range m.Contents {
		if strings.TrimSpace(c.Subject) == "" {
			return fault.Field("subject", "The message “%s” has no subject.", m.Name)
		}
	}
	if err := m.testReady(); err != nil {
		return err
	}
	if m.If != "" {
		if _, err := ParseCondition(m.If); err != nil {
			return err
		}
	}
	return nil
}

// Automation reports whether the campaign goes out one by one, after events.
func (c Campaign) Automation() bool { return c.Trigger.On != "" }
