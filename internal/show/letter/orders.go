package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"keepsake/internal/show/stage"
)

// orders posts one order over and over, and refunds another in time.
func orders(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	in, err := w.Inbox()
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
	return map[string]stage.Figure{"order_repeat_letters": stage.Count(repeated, 1), "refunded_letters": stage.Count(refunded, 0)}, err
}

// repeatOrder posts one fulfilled order ten times, five at once, and updates it five times.
func repeatOrder(ctx context.Context, k *keepsake, in *stage.Inbox) (int, error) {
	c, err := k.Begin(ctx, stage.FeedbackDraft(0))
	if err != nil {
		return 0, err
	}
	const buyer = "buyer@mail1.test"
	same := stage.Order("1001", buyer, "fulfilled", 0)
	errs := make([]error, 5)
	var posts sync.WaitGroup
	for i := range errs {
		posts.Go(func() { errs[i] = k.Report(ctx, same) })
	}
	posts.Wait()
	for range 5 {
		errs = append(errs, k.Report(ctx, same))
	}
	for i := range 5 {
		errs = append(errs, k.Report(ctx, stage.Order("1001", buyer, "fulfilled", i+1)))
	}
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	if _, err := k.Finished(ctx, c.ID, 1, 20*time.Second); err != nil {
		return 0, err
	}
	time.Sleep(3 * time.Second) // three looks of the dispatcher: a second letter would have come
	if _, err := k.Change(ctx, c.ID, "cancel"); err != nil {
		return 0, err
	}
	return lettersTo(in, buyer), nil
}

// refundOrder refunds an order before its letter is due; another's letter shows that it was due.
func refundOrder(ctx context.Context, k *keepsake, in *stage.Inbox) (int, error) {
	c, err := k.Begin(ctx, stage.FeedbackDraft(2))
	if err != nil {
		return 0, err
	}
	const glad, sorry = "glad@mail1.test", "sorry@mail1.test"
	for _, o := range []map[string]any{stage.Order("2001", sorry, "fulfilled", 0), stage.Order("2002", glad, "fulfilled", 0), stage.Order("2001", sorry, "refunded", 0)} {
		if err := k.Report(ctx, o); err != nil {
			return 0, err
		}
	}
	err = stage.Until(ctx, 20*time.Second, "the letter of the order that was kept", func() (bool, error) { return lettersTo(in, glad) > 0, nil })
	if err != nil {
		return 0, err
	}
	time.Sleep(2 * time.Second)
	all, err := k.Deliveries(ctx, c.ID)
	for _, d := range all {
		if d.Email == sorry && d.State != "skipped" && d.State != "cancelled" {
			err = fmt.Errorf("the delivery of the refunded order is %s", d.State)
		}
	}
	return lettersTo(in, sorry), err
}

func lettersTo(in *stage.Inbox, email string) (n int) {
	for _, a := range in.All() {
		if a.To == email {
			n++
		}
	}
	return n
}
