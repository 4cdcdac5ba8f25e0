package demo

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
)

// live goes through the last month day by day: orders come in, campaigns start, letters
// leave, and some people answer.
func (b *Builder) live(ctx context.Context) error {
	b.Say("Living through the sample shop's last month …")
	start := b.now.AddDate(0, 0, -lived)
	for day := 0; day <= lived; day++ {
		for _, hour := range []int{0, 9, 12} {
			moment := start.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour)
			if moment.After(b.now) {
				break
			}
			b.Clock.set(moment)
			if hour == 0 {
				if err := b.morning(ctx, day); err != nil {
					return err
				}
			}
			if err := errors.Join(b.Dispatch.Tick(ctx), b.Dispatch.Drain(ctx), b.react(ctx)); err != nil {
				return err
			}
		}
	}
	b.Clock.set(time.Time{})
	return errors.Join(b.Dispatch.Tick(ctx), b.Dispatch.Drain(ctx), b.answerAlerts(ctx))
}

// open is how many of the unhappy customers still wait for an answer.
const open = 3

// answerAlerts closes the older alerts: somebody in the sample shop saw to them.
func (b *Builder) answerAlerts(ctx context.Context) error {
	alerts, err := b.Store.Alerts(ctx, orders)
	if err != nil {
		return err
	}
	for _, a := range alerts[min(open, len(alerts)):] {
		if err := b.Store.CloseAlert(ctx, a.ID); err != nil {
			return err
		}
	}
	return nil
}

func (b *Builder) morning(ctx context.Context, day int) error {
	for _, p := range plans {
		if p.after == day {
			if err := b.Dispatch.Start(ctx, b.camps[p.name].ID); err != nil {
				return err
			}
		}
	}
	if day%7 == 0 {
		if err := b.writeArticle(ctx, day/7); err != nil {
			return err
		}
	}
	for i := 0; i < perDay && b.made < orders; i++ {
		if err := b.sell(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sell reports one order that was just fulfilled; the first two days' are still under way.
func (b *Builder) sell(ctx context.Context) error {
	p := b.folk[b.customer()]
	o := order(b.made, b.r, b.Clock.Now().Add(-30*time.Hour), "fulfilled")
	o.UpdatedAt = b.Clock.Now()
	b.made++
	return b.Store.RecordOrder(ctx, &p, &o)
}

// react lets some of those who got a letter at this moment open it, click and answer.
func (b *Builder) react(ctx context.Context) error {
	for _, p := range plans { // in order: the same shop each time
		c := b.camps[p.name]
		rows, _, err := b.Store.Deliveries(ctx, store.DeliveryQuery{Campaign: c.ID, State: ledger.Sent, SentSince: b.Clock.Now(), Limit: people})
		if err != nil {
			return err
		}
		for _, d := range rows {
			if err := b.reaction(ctx, c, d.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// Of a hundred letters about thirty-eight are opened, a fifth of them clicked, and of the
// letters that ask something a quarter is answered.
func (b *Builder) reaction(ctx context.Context, c campaigns.Campaign, delivery int64) error {
	roll := b.r.IntN(100)
	if roll >= 38 {
		return nil
	}
	if err := b.Store.RecordActivity(ctx, ledger.Activity{DeliveryID: delivery, Kind: "open", Verdict: "human", Why: "sample"}); err != nil || roll >= 26 {
		return err
	}
	if roll < 8 {
		if err := b.Store.RecordActivity(ctx, ledger.Activity{DeliveryID: delivery, Kind: "click", Verdict: "human", Why: "sample"}); err != nil {
			return err
		}
	}
	return b.answer(ctx, c, delivery)
}

var ratings = []string{"5", "5", "5", "4", "5", "4", "3", "5", "2", "4"}

var comments = map[string]map[string]string{
	"en": {"5": "Came quickly and smelled wonderful.", "2": "The tin was dented when it arrived."},
	"bg": {"5": "Пристигна бързо и ухаеше чудесно.", "2": "Кутията пристигна смачкана."},
	"ru": {"5": "Пришло быстро, аромат чудесный.", "2": "Банка пришла помятой."},
}

func (b *Builder) answer(ctx context.Context, c campaigns.Campaign, delivery int64) error {
	k, err := c.Open()
	if err != nil {
		return err
	}
	responder, ok := k.(campaigns.Responder)
	if !ok {
		return nil
	}
	w, err := b.Store.Work(ctx, delivery)
	if err != nil {
		return err
	}
	reply, err := responder.Respond(ctx, b.Dispatch.Desk(c), b.Dispatch.Recipient(c, w), b.form(w.Subscriber))
	if _, said := errors.AsType[*fault.Error](err); said { // closed, or answered before: as in life
		return nil
	}
	if err != nil {
		return err
	}
	if err := b.Store.Apply(ctx, w, reply); !fault.Is(err, fault.Conflict) {
		return err
	}
	return nil
}

func (b *Builder) form(p audience.Subscriber) url.Values {
	rating := ratings[b.r.IntN(len(ratings))]
	form := url.Values{"rating": {rating}, "answer": {strconv.Itoa(b.r.IntN(100))}}
	if b.r.IntN(3) == 0 {
		form.Set("comment", comments[p.Lang][rating])
	}
	return form
}
