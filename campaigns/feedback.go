package campaigns

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"keepsake/campaigns/audience"
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

type scale struct{ low, high, unhappy, happy int } // at or below unhappy, at or above happy

var scales = map[string]scale{"stars": {1, 5, 2, 4}, "thumbs": {0, 1, 0, 1}, "nps": {0, 10, 6, 9}}

func (f *Feedback) scale() scale {
	if s, ok := scales[f.Scale]; ok {
		return s
	}
	return scales["stars"]
}

// Validate checks the scale and the review link.
func (f *Feedback) Validate() error {
	if _, ok := scales[f.Scale]; f.Scale != "" && !ok {
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

type feedbackPage struct {
	Question, Scale, Comment string
	Rating                   int
	Rated                    bool
	Choices                  []int
	Happy, Unhappy           bool
	ReviewURL, Promise       string
	Order                    *audience.Order
}

func (f *Feedback) page(to Recipient, rating string) feedbackPage {
	p := feedbackPage{Question: f.Question, Scale: f.Scale, Comment: to.Responses["comment"], ReviewURL: f.ReviewURL, Promise: f.Promise}
	if to.Event != nil {
		p.Order = to.Event.Order
	}
	s := f.scale()
	for n := s.low; n <= s.high; n++ {
		p.Choices = append(p.Choices, n)
	}
	if n, err := f.rating(rating); err == nil {
		p.Rating, p.Rated = n, true
		p.Happy, p.Unhappy = n >= s.happy, n <= s.unhappy
	}
	return p
}

func (f *Feedback) rating(v string) (int, error) {
	s := f.scale()
	n, err := strconv.Atoi(v)
	if err != nil || n < s.low || n > s.high {
		return 0, fault.Field("rating", "Choose a rating between %d and %d.", s.low, s.high)
	}
	return n, nil
}

// Visit shows the clicked rating for confirmation; following the link counts nothing.
func (f *Feedback) Visit(_ context.Context, _ Desk, to Recipient, query url.Values) (Page, error) {
	rating := query.Get("rating")
	if rating == "" {
		rating = to.Responses["rating"]
	}
	return Page{Name: "rate", Data: f.page(to, rating)}, nil
}

// Respond keeps the rating and the comment, and tells the shop about an unhappy customer.
func (f *Feedback) Respond(_ context.Context, _ Desk, to Recipient, form url.Values) (Reply, error) {
	n, err := f.rating(form.Get("rating"))
	if err != nil {
		return Reply{}, err
	}
	comment := tidy(form.Get("comment"), 4000)
	p := f.page(to, strconv.Itoa(n))
	p.Comment = comment
	r := Reply{Page: Page{Name: "thanks", Data: p}, Record: map[string]string{"rating": strconv.Itoa(n), "comment": comment}}
	if p.Unhappy {
		r.Alert = "An unhappy customer waits for an answer."
	}
	return r, nil
}

// Figures are the share of the happy (CSAT, or NPS for 0 to 10), the mean and the spread.
func (f *Feedback) Figures(ctx context.Context, d Desk) ([]Figure, error) {
	tally, err := d.Tally(ctx, "rating")
	if err != nil {
		return nil, err
	}
	s := f.scale()
	var total, sum, happy, unhappy float64
	bars := make([]Bar, 0, s.high-s.low+1)
	for n := s.low; n <= s.high; n++ {
		count := float64(tally[strconv.Itoa(n)])
		bars = append(bars, Bar{Label: strconv.Itoa(n), Value: count})
		total, sum = total+count, sum+count*float64(n)
		if n >= s.happy {
			happy += count
		}
		if n <= s.unhappy {
			unhappy += count
		}
	}
	figures := []Figure{{Label: "Ratings", Value: total, Bars: bars}}
	if total == 0 {
		return figures, nil
	}
	figures = append(figures, Figure{Label: "Average rating", Value: sum / total})
	if f.Scale == "nps" {
		return append(figures, Figure{Label: "Net promoter score", Value: (happy - unhappy) / total * 100}), nil
	}
	return append(figures, Figure{Label: "Satisfied customers", Value: happy / total * 100, Unit: "%"}), nil
}

// tidy is what a stranger wrote, as it may be kept: valid UTF-8 without control characters
// but line feeds, at most n characters.
func tidy(s string, n int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > n {
		s = string(r[:n])
	}
	return strings.TrimSpace(s)
}
