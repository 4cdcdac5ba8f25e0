package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/segment"
	"keepsake/campaigns/value"
)

// moodWords are what a rule calls a mood.
var moodWords = map[string]campaigns.Mood{"happy": campaigns.Happy, "neither": campaigns.Neither, "unhappy": campaigns.Unhappy}

// worth is a test on the kept figures of customers: in some currency they meet it.
func (k compiler) worth(r segment.Rule) clause {
	if r.Field == "value.mood" {
		return moods(r)
	}
	var t terms
	t.tests(r.Where, func(r segment.Rule) (string, []any) { return word(`v.currency`, r) })
	from := `subscriber_value v`
	switch r.Field {
	case "value.ltv":
		currency, _ := r.Currency()
		sql, args := amount(ltvCents, r, currency)
		t.add(sql, args...)
	case "value.next":
		t.add(`v.next_at IS NOT NULL`)
		k.span(`v.next_at`, r.Within, &t)
	case "value.rhythm":
		k.rhythm(r, &t)
	case "value.recency", "value.frequency", "value.money":
		if r.Field == "value.money" {
			from += ` JOIN value_sums a ON a.currency = v.currency AND a.dim = '` + ByAll + `' AND a.name = ''`
		}
		k.scored(r, &t)
	default:
		sql, args := word(map[string]string{"value.channel": `v.channel`, "value.country": `v.country`, "value.product": `v.product`}[r.Field], r)
		t.add(sql, args...)
	}
	return clause{sql: `SELECT v.subscriber_id AS id FROM ` + from + t.where(), args: t.args, set: true, bound: true}
}

// ltv is what a customer brought, in ten-thousandths of a minor unit: whole numbers.
const ltv = `(v.earned_cents * 10000 + v.plain_cents * COALESCE((SELECT g.share_bp FROM margins g WHERE g.kind = '` + OfDefault + `' AND g.name = ''), 10000))`

// ltvCents is it as it is shown: rounded as audience.Mean does.
const ltvCents = `((` + ltv + ` + 5000) / 10000)`

func moods(r segment.Rule) clause {
	c := clause{sql: `SELECT m.subscriber_id AS id FROM subscriber_moods m`, set: true, bound: true, once: true}
	if r.Is != "filled" {
		numbers := []int{0} // of no mood
		for _, v := range r.Values {
			if mood, ok := moodWords[v]; ok {
				numbers = append(numbers, int(mood))
			}
		}
		c.sql, c.args = c.sql+` WHERE m.mood IN ?`, []any{numbers}
	}
	return c
}

// rhythm is how a customer keeps the own rhythm, now; each word is a stretch of an index.
func (k compiler) rhythm(r segment.Rule, t *terms) {
	if r.Is == "filled" {
		t.add(`v.risk_at IS NOT NULL`)
		return
	}
	var any terms
	for _, v := range r.Values {
		switch v {
		case "keeping":
			any.add(`v.risk_at > ?`, k.now)
		case "at_risk":
			any.add(`(v.risk_at <= ? AND v.lost_at > ?)`, k.now, k.now)
		case "lost":
			any.add(`(v.risk_at <= ? AND v.lost_at <= ?)`, k.now, k.now)
		}
	}
	t.add(either(any.sql), any.args...)
}

// scored asks for those scores of 1 to 5 that meet the test, by the stretches that campaigns/value cuts them from.
func (k compiler) scored(r segment.Rule, t *terms) {
	var any terms
	for score := 1; score <= 5; score++ {
		if !segment.Compare(r, segment.Number, fmt.Sprint(score), k.now) {
			continue
		}
		one := terms{sql: []string{`1 = 1`}}
		if score > 1 {
			k.cut(r.Field, score, ` >= `, &one)
		}
		if score < 5 {
			k.cut(r.Field, score+1, ` < `, &one)
		}
		any.add(`(`+strings.Join(one.sql, ` AND `)+`)`, one.args...)
	}
	t.add(either(any.sql), any.args...)
}

// cut compares with the least of what has a score above 1.
func (k compiler) cut(field string, score int, sign string, t *terms) {
	switch at := 5 - score; field {
	case "value.recency":
		t.add(`v.last_at`+sign+`?`, k.now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -value.RecencyDays[at]))
	case "value.frequency":
		t.add(`v.orders`+sign+`?`, value.FrequencyOrders[at])
	default: // the shares are quarters of the mean, and what is not whole is rounded up
		t.add(`v.net_cents`+sign+`(a.net_cents * CAST(? AS bigint) + 4 * a.customers - 1) / (4 * a.customers)`, 4*value.MoneyShares[at]/value.Whole)
	}
}

// either is that one of some conditions holds; of none never.
func either(any []string) string {
	if len(any) == 0 {
		return `1 = 0`
	}
	return `(` + strings.Join(any, ` OR `) + `)`
}

// worthOf are the kept figures of a person as rules ask about them.
func (s *Store) worthOf(ctx context.Context, f *segment.Facts) error {
	all, err := s.ValueOf(ctx, f.ID)
	if err != nil {
		return err
	}
	m, err := s.Margins(ctx)
	for _, p := range all {
		w := segment.Worth{Currency: p.Currency, LTV: p.EarnedCents*value.Whole + p.PlainCents*int64(m.Default), Recency: p.Recency, Frequency: p.Frequency,
			Money: p.Money, Channel: p.Channel, Country: p.Country, Product: p.Product}
		if p.Rhythm != nil {
			w.Next, w.Rhythm = p.Rhythm.Next, p.Keeps()
		}
		f.Worth = append(f.Worth, w)
	}
	if err != nil {
		return err
	}
	var mood int
	err = s.read.WithContext(ctx).Raw(`SELECT mood FROM subscriber_moods WHERE subscriber_id = ?`, f.ID).Scan(&mood).Error
	f.Mood = moodWord(mood)
	return err
}

// MoodWord is the mood in a rule's word, "" for none.
func (p PersonValue) MoodWord() string { return moodWord(p.Mood) }

func moodWord(mood int) string {
	for word, one := range moodWords {
		if int(one) == mood {
			return word
		}
	}
	return ""
}

// Keeps is how the customer keeps the own rhythm, in a rule's word; "" while there is none.
func (p PersonValue) Keeps() string {
	switch {
	case p.Rhythm == nil:
		return ""
	case p.Lost:
		return "lost"
	case p.AtRisk:
		return "at_risk"
	}
	return "keeping"
}
