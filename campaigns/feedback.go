package campaigns

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

var (
	_ Responder = (*Feedback)(nil)
	_ Reporter  = (*Feedback)(nil)
)

// Feedback asks for one rating after a purchase, and hears the answer out.
type Feedback struct {
	Question  string `json:"question" label:"Your question"`
	Scale     string `json:"scale" label:"Scale" input:"select:stars,thumbs,nps"`
	ReviewURL string `json:"review_url" label:"Where the happy may write a review" help:"Shown after a high rating. Leave empty for none." input:"url"`
	Promise   string `json:"promise" label:"What you promise the unhappy" help:"Shown after a low rating, for example: we will call you tomorrow."`
}

func (f *Feedback) scale() document.Scale { return document.ScaleOf(f.Scale) }

// Validate checks the scale and the review link.
func (f *Feedback) Validate() error {
	if f.Scale != "" && !slices.Contains([]string{"stars", "thumbs", "nps"}, f.Scale) {
		return fault.Field("scale", "Choose stars, thumbs or 0 to 10.")
	}
	if f.ReviewURL != "" && !strings.HasPrefix(f.ReviewURL, "https://") {
		return fault.Field("review_url", "The review page's address starts with https://.")
	}
	return nil
}

// Starter asks a week after the order was fulfilled, once more a week later, and stops at a rating.
func (f *Feedback) Starter() Starter {
	f.Scale = "stars"
	return Starter{Trigger: Trigger{On: "order.fulfilled"}, Goal: "rating", Messages: []Message{
		{Name: "ask", Wait: 7 * 24 * time.Hour, LocalTime: "10:00"},
		{Name: "reminder", Wait: 14 * 24 * time.Hour, LocalTime: "10:00", If: "!rating"}}}
}

type feedbackData struct {
	Question string
	Scale    string
	Order    *audience.Order
}

// Data is the question and the order it is about.
func (f *Feedback) Data(_ context.Context, _ Desk, to Recipient) (any, error) {
	d := feedbackData{Question: f.Question, Scale: f.Scale}
	if to.Event != nil {
		d.Order = to.Event.Order
	}
	return d, nil
}

// Visit shows the clicked rating for confirmation; following the link counts nothing.
func (f *Feedback) Visit(ctx context.Context, d Desk, to Recipient, query url.Values) (Page, error) {
	return f.own().Visit(ctx, d, to, query)
}

// Respond keeps the rating and the comment, and tells the shop about an unhappy customer.
func (f *Feedback) Respond(ctx context.Context, d Desk, to Recipient, form url.Values) (Reply, error) {
	return f.own().Respond(ctx, d, to, form)
}
