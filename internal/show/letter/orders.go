package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// order is a purchase as a shop reports it.
func order(number, email, state string, change int) map[string]any {
	return map[string]any{"number": number, "email": email, "first_name": "Иванка", "lang": "bg", "state": state, "currency": "EUR",
		"total_cents": 2490 + change, "channel": "web", "items": []any{map[string]any{"name": "Mursal tea", "quantity": 1 + change, "price_cents": 2490}},
		"placed_at": time.Now().Add(-time.Hour), "updated_at": time.Now()}
}

func (k *keepsake) report(ctx context.Context, o map[string]any) error {
	_, err := call[any](ctx, k, http.MethodPost, "/orders", o)
	return err
}

// orders posts one order over and over, and refunds another in time.
func orders(ctx context.Context, w *workshop) (map[string]figure, error) {
	in, err := w.inbox()
	if err != nil {
		return nil, err
	}
	k, err := w.serve(ctx, in.Addr())
	if err != nil {
		return nil, err
	}
	repeated, err := repeatOrder(ctx, k, in)
	if err != nil {
		return nil, err
	}
	refunded, err := refundOrder(ctx, k, in)
	return map[string]figure{"order_repeat_letters": count(repeated, 1), "refunded_letters": count(refunded, 0)}, err
}

// feedbackDraft asks wait seconds after the order, and never reminds while we look.
func feedbackDraft(wait int) draft {
	return draft{Kind: "feedback", Name: "How was it?", Lang: "bg", Settings: map[string]any{"question": "Как беше поръчката?"},
		Trigger: map[string]any{"on": "order.fulfilled"}, Messages: []message{after("ask", wait)}}
}

// repeatOrder posts one fulfilled order ten times, five at once, and updates it five times.
func repeatOrder(ctx context.Context, k *keepsake, in *inbox) (int, error) {
	c, err := k.begin(ctx, feedbackDraft(0))
	if err != nil {
		return 0, err
	}
	const buyer = "buyer@mail1.test"
	same := order("1001", buyer, "fulfilled", 0)
	errs := make([]error, 5)
	var posts sync.WaitGroup
	for i := range errs {
		posts.Go(func() { errs[i] = k.report(ctx, same) })
	}
	posts.Wait()
	for range 5 {
		errs = append(errs, k.report(ctx, same))
	}
	for i := range 5 {
		errs = append(errs, k.report(ctx, order("1001", buyer, "fulfilled", i+1)))
	}
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	if _, err := k.finished(ctx, c.ID, 1, 20*time.Second); err != nil {
		return 0, err
	}
	time.Sleep(3 * time.Second) // three looks of the dispatcher: a second letter would have come
	if _, err := k.change(ctx, c.ID, "cancel"); err != nil {
		return 0, err
	}
	return lettersTo(in, buyer), nil
}

// refundOrder refunds an order before its letter is due; another's letter shows that it was due.
func refundOrder(ctx context.Context, k *keepsake, in *inbox) (int, error) {
	c, err := k.begin(ctx, feedbackDraft(2))
	if err != nil {
		return 0, err
	}
	const glad, sorry = "glad@mail1.test", "sorry@mail1.test"
	for _, o := range []map[string]any{order("2001", sorry, "fulfilled", 0), order("2002", glad, "fulfilled", 0), order("2001", sorry, "refunded", 0)} {
		if err := k.report(ctx, o); err != nil {
			return 0, err
		}
	}
	err = until(ctx, 20*time.Second, "the letter of the order that was kept", func() (bool, error) { return lettersTo(in, glad) > 0, nil })
	if err != nil {
		return 0, err
	}
	time.Sleep(2 * time.Second)
	all, err := k.deliveries(ctx, c.ID)
	for _, d := range all {
		if d.Email == sorry && d.State != "skipped" && d.State != "cancelled" {
			err = fmt.Errorf("the delivery of the refunded order is %s", d.State)
		}
	}
	return lettersTo(in, sorry), err
}

func lettersTo(in *inbox, email string) (n int) {
	for _, a := range in.all() {
		if a.to == email {
			n++
		}
	}
	return n
}
