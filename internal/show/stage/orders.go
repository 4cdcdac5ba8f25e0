package stage

import (
	"context"
	"net/http"
	"time"
)

// Order is a purchase as a shop reports it.
func Order(number, email, state string, change int) map[string]any {
	return map[string]any{"number": number, "email": email, "first_name": "Иванка", "lang": "bg", "state": state, "currency": "EUR",
		"total_cents": 2490 + change, "channel": "web", "items": []any{map[string]any{"name": "Mursal tea", "quantity": 1 + change, "price_cents": 2490}},
		"placed_at": time.Now().Add(-time.Hour), "updated_at": time.Now()}
}

// Report posts an order.
func (k *Keepsake) Report(ctx context.Context, o map[string]any) error {
	_, err := Call[any](ctx, k, http.MethodPost, "/orders", o)
	return err
}

// FeedbackDraft asks wait seconds after the order, and never reminds while we look.
func FeedbackDraft(wait int) Draft {
	return Draft{Kind: "feedback", Name: "How was it?", Lang: "bg", Settings: map[string]any{"question": "Как беше поръчката?"},
		Trigger: map[string]any{"on": "order.fulfilled"}, Messages: []Message{After("ask", wait)}}
}
