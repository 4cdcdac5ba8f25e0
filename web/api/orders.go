package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Order is a purchase with its amounts as text, too.
type Order struct {
	audience.Order
	Total string `json:"total" doc:"total_cents as decimal text"`
}

func (s *server) orders() {
	const tag = "Orders and events"
	add(s, endpoint{id: "record-order", method: http.MethodPost, path: "/orders", tag: tag, summary: "Report an order, or a change of one",
		description: "Idempotent by number: report an order as often as you like. Each state it reaches sets off its automations once; a refund or a cancellation ends them. A report older than the last one changes nothing, and what a report does not tell stays as it was. An order is no consent: its buyer joins no list."}, s.recordOrder)
	add(s, endpoint{id: "order", method: http.MethodGet, path: "/orders/{number}", tag: tag, summary: "One order, by the shop's number"}, s.order)
	add(s, endpoint{id: "record-event", method: http.MethodPost, path: "/events", tag: tag, summary: "Report something that happened to a person",
		description: "With a key, the same name and key is the same event, however often it is told."}, s.recordEvent)
}

type orderBody struct {
	Number    string      `json:"number" minLength:"1" maxLength:"200" doc:"The shop's own; unique"`
	Email     string      `json:"email" minLength:"3" maxLength:"320"`
	FirstName string      `json:"first_name,omitempty"`
	LastName  string      `json:"last_name,omitempty"`
	Lang      string      `json:"lang,omitempty" enum:"en,bg,ru"`
	State     string      `json:"state" enum:"placed,paid,fulfilled,refunded,cancelled"`
	Currency  string      `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217"`
	Total     string      `json:"total,omitempty" doc:"Decimal text: 19.99. Either this or total_cents"`
	Cents     *int64      `json:"total_cents,omitempty" minimum:"0" doc:"In minor units: 1999"`
	Refunded  string      `json:"refunded,omitempty" doc:"Given back so far, decimal text; all of it once the order is refunded or cancelled. Absent: as it was"`
	RefCents  *int64      `json:"refunded_cents,omitempty" minimum:"0" doc:"The same in minor units"`
	Channel   *string     `json:"channel,omitempty" doc:"Absent: as it was"`
	Coupon    *string     `json:"coupon,omitempty" doc:"The code that was used. Absent: as it was; an empty text: none"`
	Country   *string     `json:"country,omitempty" doc:"Where to: ISO 3166-1, two letters. Absent: as it was"`
	Items     []orderItem `json:"items,omitempty" maxItems:"1000" doc:"All lines, in place of those told before. Absent: as they were; an empty list: none"`
	PlacedAt  time.Time   `json:"placed_at,omitzero"`
	UpdatedAt time.Time   `json:"updated_at,omitzero" doc:"When it came to this state; now when absent"`
}

type orderItem struct {
	SKU      string `json:"sku,omitempty"`
	Name     string `json:"name"`
	Category string `json:"category,omitempty"`
	Quantity int    `json:"quantity,omitempty" minimum:"0" doc:"1 when absent"`
	Price    string `json:"price,omitempty" doc:"Of one, decimal text. Either this or price_cents"`
	Cents    *int64 `json:"price_cents,omitempty" minimum:"0"`
	URL      string `json:"url,omitempty"`
	Image    string `json:"image,omitempty"`
}

func (s *server) recordOrder(ctx context.Context, in *struct{ Body orderBody }) (*body[Order], error) {
	b := in.Body
	p := audience.Subscriber{Email: b.Email, FirstName: b.FirstName, LastName: b.LastName, Lang: b.Lang, Source: "order"}
	o := audience.Order{Number: b.Number, State: b.State, Currency: strings.ToUpper(b.Currency), Channel: told(b.Channel), Coupon: told(b.Coupon), Country: told(b.Country), PlacedAt: b.PlacedAt, UpdatedAt: b.UpdatedAt}
	var err error
	if o.TotalCents, err = amount("total", b.Total, b.Cents, o.Currency); err != nil {
		return nil, err
	}
	if b.Refunded != "" || b.RefCents != nil {
		if o.RefundedCents, err = amount("refunded", b.Refunded, b.RefCents, o.Currency); err != nil {
			return nil, err
		}
	}
	if o.Items, err = items(b.Items, o.Currency); err != nil {
		return nil, err
	}
	if err := fault.Join(p.Validate(), o.Validate(s.Now())); err != nil {
		return nil, err
	}
	if err := s.Store.RecordReport(ctx, &p, &o, b.silent()); err != nil {
		return nil, err
	}
	s.Dispatch.Wake()
	return s.orderOf(ctx, o.Number)
}

// told is a text of the report, or "".
func told(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// silent is what the report leaves out, which is not to say that it is nothing.
func (b orderBody) silent() audience.Silence {
	return audience.Silence{Refunded: b.Refunded == "" && b.RefCents == nil, Channel: b.Channel == nil, Coupon: b.Coupon == nil, Country: b.Country == nil, Items: b.Items == nil}
}

func items(sent []orderItem, currency string) ([]audience.Item, error) {
	out := make([]audience.Item, len(sent))
	for i, it := range sent {
		cents := new(int64)
		if it.Price != "" || it.Cents != nil {
			n, err := amount("items", it.Price, it.Cents, currency)
			if err != nil {
				return nil, err
			}
			*cents = n
		}
		if it.Quantity == 0 {
			it.Quantity = 1
		}
		out[i] = audience.Item{SKU: it.SKU, Name: it.Name, Category: it.Category, Quantity: it.Quantity, PriceCents: *cents, URL: httpURL(it.URL), Image: httpURL(it.Image)}
	}
	return out, nil
}

// httpURL is a web address, or "" for anything else: it will stand in letters.
func httpURL(s string) string {
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}

// amount reads money told in one of the two ways.
func amount(field, text string, cents *int64, currency string) (int64, error) {
	switch {
	case (text == "") == (cents == nil):
		return 0, fault.Field(field, "Tell an amount once: as decimal text, or in minor units.")
	case cents != nil:
		return *cents, nil
	}
	return audience.ParseMoney(text, currency)
}

func (s *server) orderOf(ctx context.Context, number string) (*body[Order], error) {
	o, err := s.Store.Order(ctx, number)
	if err != nil {
		return nil, err
	}
	o.Items = append([]audience.Item{}, o.Items...)
	return &body[Order]{Order{o, audience.FormatMoney(o.TotalCents, o.Currency)}}, nil
}

func (s *server) order(ctx context.Context, in *struct {
	Number string `path:"number"`
}) (*body[Order], error) {
	return s.orderOf(ctx, in.Number)
}

type eventBody struct {
	Email string            `json:"email" minLength:"3" maxLength:"320"`
	Name  string            `json:"name" minLength:"1" maxLength:"100" pattern:"^[a-z0-9_]+(\\.[a-z0-9_]+)*$" doc:"Like trial.started; orders have their own operation"`
	Key   string            `json:"key,omitempty" maxLength:"200" doc:"The occasion; absent: each report is a new event"`
	Data  map[string]string `json:"data,omitempty" maxProperties:"100"`
	At    time.Time         `json:"at,omitzero" doc:"Now when absent"`
}

// Recorded says whose event it was.
type Recorded struct {
	SubscriberID int64 `json:"subscriber_id"`
}

func (s *server) recordEvent(ctx context.Context, in *struct{ Body eventBody }) (*body[Recorded], error) {
	b := in.Body
	p := audience.Subscriber{Email: b.Email, Source: "event"}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if strings.HasPrefix(b.Name, "order.") {
		return nil, fault.Field("name", "An order's events come with the order: report it to /api/v1/orders.")
	}
	if err := cleanAttributes(b.Data); err != nil {
		return nil, err
	}
	if b.At.IsZero() {
		b.At = s.Now()
	}
	if err := s.Store.RecordEvent(ctx, &p, audience.Event{Name: b.Name, Key: audience.CleanName(b.Key), Data: b.Data, At: b.At.UTC()}); err != nil {
		return nil, err
	}
	s.Dispatch.Wake()
	return &body[Recorded]{Recorded{p.ID}}, nil
}
