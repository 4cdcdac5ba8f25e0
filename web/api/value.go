package api

import (
	"context"
	"math/big"
	"net/http"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/value"
	"keepsake/internal/store"
)

func (s *server) value() {
	const tag = "Customer value"
	add(s, endpoint{id: "value", method: http.MethodGet, path: "/value", tag: tag, summary: "What customers are worth, by currency",
		description: "LTV = S × C × P × t: average order, orders a month, margin and months. From each customer's first order on, less refunds; amounts of two currencies are never added. Figures are kept and move with each order."}, s.values)
	add(s, endpoint{id: "value-groups", method: http.MethodGet, path: "/value/groups", tag: tag, summary: "The same by group",
		description: "Channel, country and product are those of the first order; who is on several lists counts in each. `name` of a list or a segment is its number."}, s.valueGroups)
	add(s, endpoint{id: "subscriber-value", method: http.MethodGet, path: "/subscribers/{id}/value", tag: tag, summary: "What one person is worth, by currency"}, s.subscriberValue)
	add(s, endpoint{id: "save-cost", method: http.MethodPut, path: "/value/costs", tag: tag, summary: "What was spent to win customers", status: http.StatusNoContent,
		description: "For each currency, channel and month; the same again takes its place, and nothing takes it away."}, s.saveCosts)
}

// Worth are the figures of a group of customers in one currency.
type Worth struct {
	Name        string  `json:"name,omitempty"`
	Currency    string  `json:"currency"`
	Customers   int64   `json:"customers"`
	Repeaters   int64   `json:"repeaters" doc:"Who ordered twice or more"`
	Orders      int64   `json:"orders"`
	NetCents    int64   `json:"net_cents" doc:"Less refunds, in minor units"`
	Average     int64   `json:"average_order_cents" doc:"S, rounded"`
	Monthly     float64 `json:"orders_per_month" doc:"C, of a customer"`
	Margin      float64 `json:"margin" doc:"P, 0 to 1"`
	Months      float64 `json:"months" doc:"t: from the first order to the last, and one for the month bought last"`
	LTVCents    int64   `json:"ltv_cents" doc:"S × C × P × t, rounded once"`
	BetweenDays float64 `json:"days_between_orders,omitempty"`
	Few         bool    `json:"too_few,omitempty" doc:"Fewer than 30 customers: chance decides what the figures show"`
}

func worthOf(name, currency string, sums value.Sums, margin int) Worth {
	w := Worth{Name: name, Currency: currency, Customers: sums.Customers, Repeaters: sums.Repeaters, Orders: sums.Orders, NetCents: sums.NetCents, Few: sums.Few()}
	if p, ok := sums.Parts(margin); ok {
		w.Average, w.LTVCents = value.Round(p.S), value.Round(p.LTV)
		w.Monthly, w.Margin, w.Months = float(p.C), float(p.P), float(p.T)
	}
	if seconds, ok := sums.GapSeconds(); ok {
		w.BetweenDays = float64(seconds) / 86400
	}
	return w
}

func float(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

func (s *server) values(ctx context.Context, _ *struct{}) (*paged[Worth], error) {
	m, err := s.Store.Margins(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Store.ValueCurrencies(ctx)
	var out []Worth
	for _, g := range all {
		out = append(out, worthOf("", g.Name, g.Sums, m.Default))
	}
	return pageOf(out, 0), err
}

func (s *server) valueGroups(ctx context.Context, in *struct {
	Currency string `query:"currency" required:"true" minLength:"3" maxLength:"3"`
	By       string `query:"by" required:"true" enum:"month,channel,country,product,list,segment"`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}) (*paged[Worth], error) {
	m, err := s.Store.Margins(ctx)
	if err != nil {
		return nil, err
	}
	groups := s.Store.ValueBy
	if in.By == store.BySegment {
		groups = s.Store.ValueBySegments
	}
	all, err := groups(ctx, in.Currency, in.By, in.Limit)
	var out []Worth
	for _, g := range all {
		out = append(out, worthOf(g.Name, in.Currency, g.Sums, m.Default))
	}
	return pageOf(out, 0), err
}

// CustomerWorth is what one person is worth in one currency.
type CustomerWorth struct {
	Currency  string     `json:"currency"`
	Orders    int64      `json:"orders"`
	NetCents  int64      `json:"net_cents"`
	LTVCents  int64      `json:"ltv_cents"`
	First     time.Time  `json:"first_order_at"`
	Last      time.Time  `json:"last_order_at"`
	Next      *time.Time `json:"next_order_at,omitempty" doc:"Expected by the customer's own rhythm; absent while there are too few orders"`
	Rhythm    string     `json:"rhythm,omitempty" enum:"keeping,at_risk,lost"`
	Mood      string     `json:"mood,omitempty" enum:"happy,neither,unhappy" doc:"The newest rating"`
	Recency   int        `json:"recency" doc:"1 to 5"`
	Frequency int        `json:"frequency" doc:"1 to 5"`
	Money     int        `json:"money" doc:"1 to 5"`
}

func (s *server) subscriberValue(ctx context.Context, in *ByID) (*paged[CustomerWorth], error) {
	if _, err := s.Store.Subscriber(ctx, in.ID); err != nil {
		return nil, err
	}
	m, err := s.Store.Margins(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Store.ValueOf(ctx, in.ID)
	var out []CustomerWorth
	for _, p := range all {
		w := CustomerWorth{Currency: p.Currency, Orders: p.Orders, NetCents: p.NetCents, LTVCents: value.Round(p.Sums().Margin(m.Default)), First: p.First, Last: p.Last,
			Rhythm: p.Keeps(), Mood: p.MoodWord(), Recency: p.Recency, Frequency: p.Frequency, Money: p.Money}
		if p.Rhythm != nil {
			w.Next = &p.Rhythm.Next
		}
		out = append(out, w)
	}
	return pageOf(out, 0), err
}

type costBody struct {
	Currency string `json:"currency" minLength:"3" maxLength:"3"`
	Channel  string `json:"channel" maxLength:"200" doc:"As orders name it; empty for those that name none"`
	Month    string `json:"month" doc:"Like 2026-05"`
	Spent    string `json:"spent" doc:"Decimal text: 250.00"`
}

func (s *server) saveCosts(ctx context.Context, in *struct {
	Body struct {
		Costs []costBody `json:"costs" minItems:"1" maxItems:"10000"`
	}
}) (*none, error) {
	shop, err := s.Store.Shop(ctx)
	if err != nil {
		return nil, err
	}
	now := value.MonthOf(s.Now(), shop.Location())
	costs := make([]store.Cost, len(in.Body.Costs))
	for i, c := range in.Body.Costs {
		c.Currency = strings.ToUpper(c.Currency) // its digits are found by it
		month, ok := value.ParseMonth(c.Month)
		if !ok || month > now {
			return nil, fault.Field("costs", "Name a month up to this one, like %s.", now.String())
		}
		cents, err := audience.ParseMoney(c.Spent, c.Currency)
		if err != nil {
			return nil, fault.Field("costs", "“%s” is no amount in %s: write digits and a point, like 19.99.", c.Spent, c.Currency)
		}
		costs[i] = store.Cost{Currency: c.Currency, Channel: audience.CleanName(c.Channel), Month: month, Cents: cents}
	}
	if err := s.Store.SaveCosts(ctx, costs); err != nil {
		return nil, err
	}
	return nil, s.audit(ctx, "value.costs", "%d", len(costs))
}
