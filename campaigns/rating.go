package campaigns

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

var _ Rater = (*Feedback)(nil)

// rated is a rating as it is asked for: by the settings, or by a block of the letter.
type rated struct {
	f     *Feedback
	block document.Rating // zero where the settings ask
	scale document.Scale
}

func (f *Feedback) own() rated { return rated{f: f, scale: f.scale()} }

// Rates asks what the block asks, on its scale, and leads on to where it says.
func (f *Feedback) Rates(b document.Rating) Responder {
	return rated{f: f, block: b, scale: document.ScaleOf(b.Scale)}
}

type feedbackPage struct {
	Question, Scale, Comment string
	Rating                   int
	Rated                    bool
	Choices                  []int
	Low, High                string // what the ends mean; "" is ours
	Happy, Unhappy           bool
	ReviewURL, Promise       string
	FollowUp                 string // "" is ours
	HelpURL                  string // for the unhappy
	Block                    string // that asks; "" where the settings do
	Order                    *audience.Order
}

func (r rated) page(to Recipient, rating string) feedbackPage {
	p := feedbackPage{Question: written(r.block.Question), Scale: r.scale.Name, Comment: to.Responses["comment"], ReviewURL: r.f.ReviewURL, Promise: r.f.Promise,
		Low: written(r.block.Low), High: written(r.block.High), FollowUp: written(r.block.FollowUp), Block: r.block.ID}
	if p.Question == "" {
		p.Question = r.f.Question
	}
	if to.Event != nil {
		p.Order = to.Event.Order
	}
	if high, ok := document.WebPage(r.block.RouteHigh); ok {
		p.ReviewURL = high
	}
	p.HelpURL, _ = document.WebPage(r.block.RouteLow)
	for n := r.scale.Low; n <= r.scale.High; n++ {
		p.Choices = append(p.Choices, n)
	}
	if n, err := r.rating(rating); err == nil {
		p.Rating, p.Rated = n, true
		p.Happy, p.Unhappy = n >= r.scale.Happy, n <= r.scale.Unhappy
	}
	return p
}

// written is a text of a block as it may stand on a page: one with merge tags is for the letter only.
func written(s string) string {
	if document.Tagged(s) {
		return ""
	}
	return strings.TrimSpace(s)
}

func (r rated) rating(v string) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < r.scale.Low || n > r.scale.High {
		return 0, fault.Field("rating", "Choose a rating between %d and %d.", r.scale.Low, r.scale.High)
	}
	return n, nil
}

// mark goes before a rating in other numbers than the settings', so that a thumb up is never
// counted as one star: "nps:9".
func (r rated) mark() string {
	if r.scale.Same(r.f.scale()) {
		return ""
	}
	return r.scale.Name + ":"
}

// Visit shows the clicked rating for confirmation.
func (r rated) Visit(_ context.Context, _ Desk, to Recipient, query url.Values) (Page, error) {
	rating := query.Get("rating")
	if given, ok := strings.CutPrefix(to.Responses["rating"], r.mark()); rating == "" && ok {
		rating = given
	}
	return Page{Name: "rate", Data: r.page(to, rating)}, nil
}

// Respond keeps the rating and the comment.
func (r rated) Respond(_ context.Context, _ Desk, to Recipient, form url.Values) (Reply, error) {
	n, err := r.rating(form.Get("rating"))
	if err != nil {
		return Reply{}, err
	}
	comment := tidy(form.Get("comment"), 4000)
	p := r.page(to, strconv.Itoa(n))
	p.Comment = comment
	reply := Reply{Page: Page{Name: "thanks", Data: p}, Record: map[string]string{"rating": r.mark() + strconv.Itoa(n), "comment": comment}}
	if p.Unhappy {
		reply.Alert = "An unhappy customer waits for an answer."
	}
	return reply, nil
}

// Figures are the share of the happy (CSAT, or NPS for 0 to 10), the mean and the spread; a
// scale that only blocks asked on has figures of its own.
func (f *Feedback) Figures(ctx context.Context, d Desk) ([]Figure, error) {
	tally, err := d.Tally(ctx, "rating")
	if err != nil {
		return nil, err
	}
	figures := f.own().figures("Ratings", tally)
	for _, of := range []struct{ scale, label string }{{"stars", "Ratings from 1 to 5"}, {"nps", "Ratings from 0 to 10"}, {"thumbs", "Ratings by thumbs"}} {
		r := rated{f: f, scale: document.ScaleOf(of.scale)}
		more := r.figures(of.label, tally)
		if r.mark() != "" && more[0].Value > 0 {
			figures = append(figures, more...)
		}
	}
	return figures, nil
}

func (r rated) figures(label string, tally map[string]int) []Figure {
	var total, sum, happy, unhappy float64
	bars := make([]Bar, 0, r.scale.High-r.scale.Low+1)
	for n := r.scale.Low; n <= r.scale.High; n++ {
		count := r.count(tally, n)
		bars = append(bars, Bar{Label: strconv.Itoa(n), Value: count})
		total, sum = total+count, sum+count*float64(n)
		if n >= r.scale.Happy {
			happy += count
		}
		if n <= r.scale.Unhappy {
			unhappy += count
		}
	}
	figures := []Figure{{Label: label, Value: total, Bars: bars}}
	if total == 0 {
		return figures
	}
	figures = append(figures, Figure{Label: "Average rating", Value: sum / total})
	if r.scale.Name == "nps" {
		return append(figures, Figure{Label: "Net promoter score", Value: (happy - unhappy) / total * 100})
	}
	return append(figures, Figure{Label: "Satisfied customers", Value: happy / total * 100, Unit: "%"})
}

// count is how many gave a rating; faces are kept as "emoji:4" where the settings have thumbs.
func (r rated) count(tally map[string]int, n int) float64 {
	v := strconv.Itoa(n)
	count := tally[r.mark()+v]
	if r.mark() == "stars:" {
		count += tally["emoji:"+v]
	}
	return float64(count)
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
