package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// draft is a campaign as it is sent to the API.
type draft struct {
	Kind     string         `json:"kind"`
	Name     string         `json:"name"`
	Lang     string         `json:"lang,omitempty"`
	Settings map[string]any `json:"settings,omitempty"`
	Trigger  map[string]any `json:"trigger,omitempty"`
	Lists    []int64        `json:"lists,omitempty"`
	Messages []message      `json:"messages,omitempty"`
}

type message struct {
	Name        string    `json:"name"`
	WaitSeconds *int      `json:"wait_seconds,omitempty"`
	LocalTime   *string   `json:"local_time,omitempty"`
	Contents    []content `json:"contents,omitempty"`
}

type content struct {
	Lang     string          `json:"lang"`
	Subject  string          `json:"subject"`
	Document json.RawMessage `json:"document"`
}

// running is a campaign as the API shows it.
type running struct {
	thing
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

// settled is how many deliveries have their outcome.
func (r running) settled() int {
	c := r.Counts
	return c.Sent + c.Skipped + c.Failed + c.Unsure + c.Cancelled
}

var now = map[string]any{"now": true}

// after is a message that leaves wait seconds after its trigger, at whatever hour.
func after(name string, wait int) message {
	anyHour := ""
	return message{Name: name, WaitSeconds: &wait, LocalTime: &anyHour}
}

// begin makes a campaign and starts it.
func (k *keepsake) begin(ctx context.Context, d draft) (running, error) {
	c, err := call[running](ctx, k, http.MethodPost, "/campaigns", d)
	if err != nil {
		return c, err
	}
	return k.change(ctx, c.ID, "start")
}

func (k *keepsake) change(ctx context.Context, id int64, action string) (running, error) {
	return call[running](ctx, k, http.MethodPost, fmt.Sprintf("/campaigns/%d/%s", id, action), nil)
}

func (k *keepsake) campaign(ctx context.Context, id int64) (running, error) {
	return call[running](ctx, k, http.MethodGet, fmt.Sprintf("/campaigns/%d", id), nil)
}

// finished waits until n deliveries of the campaign have their outcome.
func (k *keepsake) finished(ctx context.Context, id int64, n int, patience time.Duration) (running, error) {
	var c running
	err := until(ctx, patience, "the campaign's end", func() (bool, error) {
		var err error
		if c, err = k.campaign(ctx, id); err != nil {
			return false, err
		}
		return c.settled() >= n, fmt.Errorf("%s, counts %+v; log: %s", c.State, c.Counts, last(k.said(), 300))
	})
	return c, err
}

// delivery is one letter owed.
type delivery struct {
	ID      int64  `json:"id"`
	State   string `json:"state"`
	Reason  string `json:"reason"`
	Email   string `json:"email"`
	Message string `json:"message"`
}

// deliveries are all of a campaign's.
func (k *keepsake) deliveries(ctx context.Context, id int64) ([]delivery, error) {
	return pages[delivery](ctx, k, fmt.Sprintf("/campaigns/%d/deliveries", id))
}

// pages reads a list to its end.
func pages[T any](ctx context.Context, k *keepsake, path string) (all []T, err error) {
	for after := int64(0); ; {
		page, err := call[struct {
			Items []T   `json:"items"`
			Next  int64 `json:"next"`
		}](ctx, k, http.MethodGet, fmt.Sprintf("%s?limit=200&after=%d", path, after), nil)
		if all = append(all, page.Items...); err != nil || page.Next == 0 {
			return all, err
		}
		after = page.Next
	}
}
