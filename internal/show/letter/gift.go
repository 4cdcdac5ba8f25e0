package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"keepsake/internal/show/stage"
)

const (
	guests   = 60
	pool     = 50
	rivals   = 8 // try to redeem one code at once
	contests = 20
)

// giftDraft gives each person of a list a code, now.
func giftDraft(list int64) stage.Draft {
	return stage.Draft{Kind: "gift", Name: "Thank you", Lang: "bg", Settings: map[string]any{"reward": "пакетче чай"}, Trigger: stage.Now, Lists: []int64{list},
		Messages: []stage.Message{stage.After("gift", 0)}}
}

// gift gives 50 codes to 60 people and lets several people redeem one code at once.
func gift(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	in, err := w.Inbox()
	if err != nil {
		return nil, err
	}
	k, err := w.serve(ctx, in.Addr())
	if err != nil {
		return nil, err
	}
	c, err := k.giveAway(ctx, stage.People(guests, names...))
	if err != nil {
		return nil, err
	}
	given, err := k.given(ctx, c, in)
	if err != nil {
		return nil, err
	}
	skipped, err := k.skipped(ctx, c, "no gifts left")
	if err != nil {
		return nil, err
	}
	double, err := k.race(ctx, given)
	letters := len(in.All())
	return map[string]stage.Figure{"codes_twice": stage.Count(letters-len(given), 0), "gift_letters": stage.Count(letters, pool),
		"gift_skipped": stage.Count(skipped, guests-pool), "double_redemptions": stage.Count(double, 0)}, err
}

func (k *keepsake) giveAway(ctx context.Context, all []stage.Person) (int64, error) {
	list, err := k.List(ctx, "Club", all)
	if err != nil {
		return 0, err
	}
	c, err := stage.Call[stage.Running](ctx, k.Keepsake, http.MethodPost, "/campaigns", giftDraft(list))
	if err != nil {
		return 0, err
	}
	if _, err := stage.Call[any](ctx, k.Keepsake, http.MethodPost, fmt.Sprintf("/campaigns/%d/codes", c.ID), map[string]any{"generate": pool, "prefix": "TEA"}); err != nil {
		return 0, err
	}
	if _, err := k.Change(ctx, c.ID, "start"); err != nil {
		return 0, err
	}
	_, err = k.Finished(ctx, c.ID, len(all), time.Minute)
	return c.ID, err
}

// given reads the code in each letter; the letters of one code are counted once.
func (k *keepsake) given(ctx context.Context, campaign int64, in *stage.Inbox) (map[string]stage.Letter, error) {
	codes, err := stage.Pages[struct {
		Code string `json:"code"`
	}](ctx, k.Keepsake, fmt.Sprintf("/campaigns/%d/codes", campaign))
	if err != nil {
		return nil, err
	}
	letters, err := in.Opened()
	given := map[string]stage.Letter{}
	for _, l := range letters {
		found := 0
		for _, c := range codes {
			if strings.Contains(l.Text, c.Code) && strings.Contains(l.HTML, c.Code) {
				given[c.Code] = l
				found++
			}
		}
		if found != 1 {
			return nil, fmt.Errorf("the letter to %s holds %d codes", l.To, found)
		}
	}
	return given, err
}

func (k *keepsake) skipped(ctx context.Context, campaign int64, reason string) (n int, err error) {
	all, err := k.Deliveries(ctx, campaign)
	for _, d := range all {
		if d.Message == "gift" && d.State == "skipped" && d.Reason == reason {
			n++
		}
	}
	return n, err
}

// race has rivals redeem each of some codes at once, half by the API and half by the page. It returns how
// many succeeded beyond the first.
func (k *keepsake) race(ctx context.Context, given map[string]stage.Letter) (double int, err error) {
	tried := 0
	for code, l := range given {
		if tried++; tried > contests {
			return double, nil
		}
		won, err := k.redeemAtOnce(ctx, code, l)
		if err != nil {
			return double, err
		}
		if won == 0 {
			return double, fmt.Errorf("nobody could redeem a code")
		}
		double += won - 1
	}
	return double, nil
}

func (k *keepsake) redeemAtOnce(ctx context.Context, code string, l stage.Letter) (won int, err error) {
	page, err := l.Link("/r/")
	if err != nil {
		return 0, err
	}
	oks, errs := make([]bool, rivals), make([]error, rivals)
	gun := make(chan struct{})
	var all sync.WaitGroup
	for i := range rivals {
		all.Go(func() {
			<-gun
			if i%2 == 0 {
				oks[i], errs[i] = k.redeemByAPI(ctx, code)
			} else {
				oks[i], errs[i] = k.redeemByPage(ctx, page)
			}
		})
	}
	close(gun)
	all.Wait()
	for _, ok := range oks {
		if ok {
			won++
		}
	}
	return won, errors.Join(errs...)
}

func (k *keepsake) redeemByAPI(ctx context.Context, code string) (bool, error) {
	_, err := stage.Call[any](ctx, k.Keepsake, http.MethodPost, "/codes/redeem", map[string]any{"code": strings.ToLower(code), "by": "till"})
	if p, ok := errors.AsType[*stage.Problem](err); ok && p.Status == http.StatusConflict {
		return false, nil
	}
	return err == nil, err
}

func (k *keepsake) redeemByPage(ctx context.Context, page string) (bool, error) {
	status, text, err := k.Visit(ctx, http.MethodPost, page, url.Values{})
	switch {
	case err != nil:
		return false, err
	case status == http.StatusConflict:
		return false, nil
	case status == http.StatusOK || status == http.StatusSeeOther:
		return true, nil
	}
	return false, fmt.Errorf("the page answered %d: %s", status, stage.Last(text, 300))
}
