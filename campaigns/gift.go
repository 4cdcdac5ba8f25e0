package campaigns

import (
	"context"
	"errors"
	"net/url"
	"time"

	"keepsake/campaigns/fault"
)

var (
	_ Responder = (*Gift)(nil)
	_ Reporter  = (*Gift)(nil)
	_ Giver     = (*Gift)(nil)
)

// Gift thanks a customer with something in hand.
type Gift struct {
	Reward    string `json:"reward" label:"What you give" help:"For example: a bag of our new tea." sample:"a bag of our new tea"`
	Terms     string `json:"terms" label:"Terms" input:"textarea"`
	ValidDays int    `json:"valid_days" label:"Days the code is valid" help:"0 for ever."`
}

// Validate asks for the reward.
func (g *Gift) Validate() error {
	if g.Reward == "" {
		return fault.Field("reward", "Say what you give.")
	}
	if g.ValidDays < 0 || g.ValidDays > 3650 {
		return fault.Field("valid_days", "Between 0 and %d days.", 3650)
	}
	return nil
}

// Starter thanks when the order is fulfilled and reminds twenty days later, until it is redeemed.
func (g *Gift) Starter() Starter {
	g.ValidDays = 30
	return Starter{Trigger: Trigger{On: "order.fulfilled"}, Goal: "redeemed",
		Messages: []Message{{Name: "gift"}, {Name: "reminder", Wait: 20 * 24 * time.Hour, LocalTime: "10:00", If: "!redeemed"}}}
}

// Gives marks a kind with a pool of codes.
func (*Gift) Gives() {}

type giftData struct {
	Reward, Terms, Code string
	ExpiresAt           *time.Time
	Redeemed, Expired   bool
}

// Data reserves the recipient's code, once for all the messages of the enrolment.
func (g *Gift) Data(ctx context.Context, d Desk, to Recipient) (any, error) {
	data, err := g.reserve(ctx, d, to)
	if err == nil && data.Expired {
		return data, Skip("the code has expired")
	}
	return data, err
}

func (g *Gift) reserve(ctx context.Context, d Desk, to Recipient) (giftData, error) {
	var expires time.Time
	if g.ValidDays > 0 {
		expires = to.At.AddDate(0, 0, g.ValidDays)
	}
	code, err := d.Reserve(ctx, to, expires)
	switch {
	case errors.Is(err, ErrSoldOut):
		return giftData{}, Skip("no gifts left")
	case errors.Is(err, ErrHasOne):
		return giftData{}, Skip("was given a gift already")
	case err != nil:
		return giftData{}, err
	}
	return giftData{Reward: g.Reward, Terms: g.Terms, Code: code.Code, ExpiresAt: code.ExpiresAt,
		Redeemed: code.RedeemedAt != nil, Expired: code.ExpiresAt != nil && to.At.After(*code.ExpiresAt)}, nil
}

// Visit shows the code and the button that redeems it.
func (g *Gift) Visit(ctx context.Context, d Desk, to Recipient, _ url.Values) (Page, error) {
	data, err := g.reserve(ctx, d, to)
	return Page{Name: "redeem", Data: data}, err
}

// Respond redeems the code; the ledger lets that happen once.
func (g *Gift) Respond(ctx context.Context, d Desk, to Recipient, _ url.Values) (Reply, error) {
	data, err := g.reserve(ctx, d, to)
	if err != nil {
		return Reply{}, err
	}
	if data.Expired {
		return Reply{}, fault.New(fault.Conflict, "This code has expired.")
	}
	return Reply{Page: Page{Name: "redeemed", Data: data}, Redeem: true}, nil
}

// Figures are the codes given, redeemed and left.
func (g *Gift) Figures(ctx context.Context, d Desk) ([]Figure, error) {
	s, err := d.Stock(ctx)
	if err != nil {
		return nil, err
	}
	given := s.Issued + s.Redeemed
	figures := []Figure{{Label: "Gifts given", Value: float64(given)}, {Label: "Gifts redeemed", Value: float64(s.Redeemed)},
		{Label: "Codes left", Value: float64(s.Free)}}
	if given > 0 {
		figures = append(figures, Figure{Label: "Share redeemed", Value: float64(s.Redeemed) / float64(given) * 100, Unit: "%"})
	}
	return figures, nil
}
