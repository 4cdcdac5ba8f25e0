package stage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Draft is a campaign as it is sent to the API.
type Draft struct {
	Kind     string         `json:"kind"`
	Name     string         `json:"name"`
	Lang     string         `json:"lang,omitempty"`
	Settings map[string]any `json:"settings,omitempty"`
	Trigger  map[string]any `json:"trigger,omitempty"`
	Lists    []int64        `json:"lists,omitempty"`
	Messages []Message      `json:"messages,omitempty"`
}

type Message struct {
	Name        string    `json:"name"`
	WaitSeconds *int      `json:"wait_seconds,omitempty"`
	LocalTime   *string   `json:"local_time,omitempty"`
	Contents    []Content `json:"contents,omitempty"`
}

type Content struct {
	Lang      string          `json:"lang"`
	Subject   string          `json:"subject"`
	Preheader string          `json:"preheader,omitempty"`
	Document  json.RawMessage `json:"document"`
}

// Running is a campaign as the API shows it.
type Running struct {
	Thing
	Name   string `json:"name"`
	Counts struct {
		Planned   int `json:"planned"`
		Sent      int `json:"sent"`
		Skipped   int `json:"skipped"`
		Failed    int `json:"failed"`
		Unsure    int `json:"unsure"`
		Cancelled int `json:"cancelled"`
	} `json:"counts"`
}

// Settled is how many deliveries have their outcome.
func (r Running) Settled() int {
	c := r.Counts
	return c.Sent + c.Skipped + c.Failed + c.Unsure + c.Cancelled
}

var Now = map[string]any{"now": true}

// After is a message that leaves wait seconds after its trigger, at whatever hour.
func After(name string, wait int) Message {
	anyHour := ""
	return Message{Name: name, WaitSeconds: &wait, LocalTime: &anyHour}
}

// Begin makes a campaign and starts it.
func (k *Keepsake) Begin(ctx context.Context, d Draft) (Running, error) {
	c, err := Call[Running](ctx, k, http.MethodPost, "/campaigns", d)
	if err != nil {
		return c, err
	}
	return k.Change(ctx, c.ID, "start")
}

func (k *Keepsake) Change(ctx context.Context, id int64, action string) (Running, error) {
	return Call[Running](ctx, k, http.MethodPost, fmt.Sprintf("/campaigns/%d/%s", id, action), nil)
}

func (k *Keepsake) Campaign(ctx context.Context, id int64) (Running, error) {
	return Call[Running](ctx, k, http.MethodGet, fmt.Sprintf("/campaigns/%d", id), nil)
}

// Finished waits until n deliveries of the campaign have their outcome.
func (k *Keepsake) Finished(ctx context.Context, id int64, n int, patience time.Duration) (Running, error) {
	var c Running
	err := Until(ctx, patience, "the campaign's end", func() (bool, error) {
		var err error
		if c, err = k.Campaign(ctx, id); err != nil {
			return false, err
		}
		return c.Settled() >= n, fmt.Errorf("%s, counts %+v; log: %s", c.State, c.Counts, Last(k.Said(), 300))
	})
	return c, err
}

// Delivery is one letter owed.
type Delivery struct {
	ID      int64  `json:"id"`
	State   string `json:"state"`
	Reason  string `json:"reason"`
	Reply   string `json:"reply"`
	Stage   string `json:"stage"`
	Email   string `json:"email"`
	Message string `json:"message"`
}

// Deliveries are all of a campaign's.
func (k *Keepsake) Deliveries(ctx context.Context, id int64) ([]Delivery, error) {
	return Pages[Delivery](ctx, k, fmt.Sprintf("/campaigns/%d/deliveries", id))
}

// Pages reads a list to its end.
func Pages[T any](ctx context.Context, k *Keepsake, path string) (all []T, err error) {
	for after := int64(0); ; {
		page, err := Call[struct {
			Items []T   `json:"items"`
			Next  int64 `json:"next"`
		}](ctx, k, http.MethodGet, fmt.Sprintf("%s?limit=200&after=%d", path, after), nil)
		if all = append(all, page.Items...); err != nil || page.Next == 0 {
			return all, err
		}
		after = page.Next
	}
}
