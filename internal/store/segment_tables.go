package store

import (
	"strconv"

	"keepsake/campaigns/segment"
)

// happening is where things of a sort are on record.
type happening struct {
	from, person, at string
	only             string // which rows are such things
	count            string
}

// broughtBy joins an entry with the enrolment by whose link its writer came. It is said both ways, for one person and
// for all.
const broughtBy = `e.id = CASE WHEN a.field = 'friend_of' THEN CAST(a.value AS BIGINT) END AND a.campaign_id = e.campaign_id AND a.value = CAST(e.id AS TEXT)`

// happenings are the tables of what happens, but for orders. Opens and clicks are those of humans.
var happenings = map[string]happening{
	"sent":       {`deliveries a`, `a.subscriber_id`, `a.sent_at`, `a.sent_at IS NOT NULL`, `COUNT(DISTINCT a.id)`},
	"opened":     {`activities a`, `a.subscriber_id`, `a.at`, `a.kind = 'open' AND a.verdict = 'human'`, `COUNT(DISTINCT a.delivery_id)`},
	"clicked":    {`activities a`, `a.subscriber_id`, `a.at`, `a.kind = 'click' AND a.verdict = 'human'`, `COUNT(DISTINCT a.delivery_id)`},
	"bounced":    {`activities a`, `a.subscriber_id`, `a.at`, `a.kind = 'bounce'`, `COUNT(DISTINCT a.delivery_id)`},
	"complained": {`activities a`, `a.subscriber_id`, `a.at`, `a.kind = 'complaint'`, `COUNT(DISTINCT a.delivery_id)`},
	"responded":  {`responses a`, `a.subscriber_id`, `a.created_at`, `a.value <> ''`, `COUNT(*)`},
	"entered":    {`responses a`, `a.subscriber_id`, `a.created_at`, `a.field = 'entry' AND a.value <> ''`, `COUNT(*)`},
	"won":        {`responses a`, `a.subscriber_id`, `a.created_at`, `a.field = 'won' AND a.value <> ''`, `COUNT(*)`},
	"brought":    {`responses a JOIN enrolments e ON ` + broughtBy, `e.subscriber_id`, `a.created_at`, `a.field = 'friend_of'`, `COUNT(*)`},
	"came_by":    {`responses a`, `a.subscriber_id`, `a.created_at`, `a.field = 'friend_of' AND a.value <> ''`, `COUNT(*)`},
	"given":      {`codes a`, `a.subscriber_id`, `a.issued_at`, `a.subscriber_id IS NOT NULL AND a.issued_at IS NOT NULL`, `COUNT(*)`},
	"redeemed":   {`codes a`, `a.subscriber_id`, `a.redeemed_at`, `a.subscriber_id IS NOT NULL AND a.redeemed_at IS NOT NULL`, `COUNT(*)`},
	"event":      {`events a`, `a.subscriber_id`, `a.at`, `1 = 1`, `COUNT(*)`},
	"consented":  {`consents a`, `a.subscriber_id`, `a.at`, `a.given`, `COUNT(*)`},
}

func (k compiler) happened(r segment.Rule) clause {
	h := happenings[r.Field]
	var t terms
	t.add(h.only)
	k.part.in(`+`+h.person, &t)
	k.span(h.at, r.Within, &t)
	t.tests(r.Where, k.detail)
	return often(r, h.person, h.from, t, h.count, ``)
}

// detail is a test on one thing that happened.
func (k compiler) detail(r segment.Rule) (string, []any) {
	switch r.Field {
	case "campaign":
		return `a.campaign_id IN ?`, []any{ids(r.Values)}
	case "list":
		return `a.list_id IN ?`, []any{ids(r.Values)}
	case "name":
		return word(`a.name`, r)
	case "question":
		return word(`a.field`, r)
	case "answer":
		if r.Type == string(segment.Number) {
			return k.number(`TRIM(a.value)`, r)
		}
		return k.text(`TRIM(a.value)`, r)
	case "link":
		return k.text(`TRIM(COALESCE((SELECT l.url FROM links l WHERE l.id = a.link_id), ''))`, r)
	case "wording":
		return k.text(`TRIM(a.wording)`, r)
	}
	return k.text(`TRIM(a.source)`, r)
}

// word compares a name exactly.
func word(column string, r segment.Rule) (string, []any) {
	if r.Is == "filled" {
		return `TRIM(` + column + `) <> ''`, nil
	}
	return column + ` IN ?`, []any{r.Values}
}

func ids(values []string) []int64 {
	all := make([]int64, len(values))
	for i, v := range values {
		all[i], _ = strconv.ParseInt(v, 10, 64) // checked by Validate
	}
	return all
}

const endedStates = `('refunded', 'cancelled')`

// orders are the conditions on orders o that a test counts.
func (k compiler) orders(r segment.Rule, spanned bool) (t terms) {
	tests, lines := r.Split()
	k.part.in(`o.subscriber_id`, &t)
	if !r.TakenBack() {
		t.add(`o.state NOT IN ` + endedStates)
	}
	if spanned {
		k.span(`o.placed_at`, r.Within, &t)
	}
	t.tests(tests, k.ofOrder(r))
	if len(lines) > 0 {
		var l terms
		if spanned {
			k.span(`i.placed_at`, r.Within, &l)
		}
		l.tests(lines, k.ofLine)
		t.add(`o.id IN (SELECT i.order_id FROM order_items i`+l.where()+`)`, l.args...)
	}
	return t
}

// purchases are so many orders, or so many pieces of goods.
func (k compiler) purchases(r segment.Rule) clause {
	if r.Field == "ordered" {
		return often(r, `o.subscriber_id`, `orders o`, k.orders(r, true), `COUNT(*)`, ``)
	}
	tests, lines := r.Split()
	var t terms
	from := `order_items i`
	tests = k.givenBack(tests, &t)
	if len(tests) > 0 {
		from += ` JOIN orders o ON o.id = i.order_id`
	}
	if !r.TakenBack() {
		t.add(`i.ended = ?`, false)
	}
	k.part.in(`+i.subscriber_id`, &t)
	k.span(`i.placed_at`, r.Within, &t)
	t.tests(lines, k.ofLine)
	t.tests(tests, k.ofOrder(r))
	return often(r, `i.subscriber_id`, from, t, `SUM(i.quantity)`, `i.quantity > 0`)
}

// givenBack asks lines whether money was given back for their order, by an index of such orders, and returns the other tests.
func (k compiler) givenBack(tests []segment.Rule, t *terms) (others []segment.Rule) {
	for _, r := range tests {
		switch {
		case r.Field != "refunded":
			others = append(others, r)
		case r.Is == "yes":
			t.add(`(i.ended = ? OR i.order_id IN (SELECT o.id FROM orders o WHERE o.refunded_cents > 0))`, true)
		case k.postgres():
			t.add(`i.ended = ? AND NOT EXISTS (SELECT 1 FROM orders b WHERE b.id = i.order_id AND b.refunded_cents > 0)`, false)
		default:
			t.add(`i.ended = ? AND i.order_id NOT IN (SELECT o.id FROM orders o WHERE o.refunded_cents > 0)`, false)
		}
	}
	return others
}

// ofLine is a test on a line i of an order. That the name is not empty is said where an index knows only such lines.
func (k compiler) ofLine(r segment.Rule) (string, []any) {
	column := map[string]string{"category": `i.category`, "sku": `i.sku`}[r.Field]
	switch {
	case column == ``:
		return k.text(`TRIM(i.name)`, r)
	case r.Is == "is":
		return `(` + column + ` IN ? AND ` + column + ` <> '')`, []any{r.Values}
	}
	return word(column, r)
}

// ofOrder is a test on an order o.
func (k compiler) ofOrder(of segment.Rule) func(segment.Rule) (string, []any) {
	currency, _ := of.Currency()
	return func(r segment.Rule) (string, []any) {
		switch r.Field {
		case "refunded":
			sign := ``
			if r.Is == "no" {
				sign = `NOT `
			}
			return sign + `(o.refunded_cents > 0 OR o.state IN ` + endedStates + `)`, nil
		case "total":
			return amount(`o.total_cents`, r, currency)
		case "coupon": // the index has no orders without one
			sql, args := word(`o.coupon`, r)
			return `(o.coupon <> '' AND ` + sql + `)`, args
		}
		return word(`o.`+r.Field, r) // one of segment's own names
	}
}

// amount compares a sum of minor units with the amounts of a test.
func amount(sum string, r segment.Rule, currency string) (string, []any) {
	const want = ` CAST(? AS bigint)`
	sign := map[string]string{"at_least": ` >=`, "at_most": ` <=`, "above": ` >`, "below": ` <`}[r.Is]
	if sign != `` {
		return sum + sign + want, []any{segment.Cents(r.Values[0], currency)}
	}
	return `(` + sum + ` >=` + want + ` AND ` + sum + ` <=` + want + `)`, []any{segment.Cents(r.Values[0], currency), segment.Cents(r.Values[1], currency)}
}

const net = `CAST(SUM(o.total_cents - o.refunded_cents) AS bigint)` // PostgreSQL's sum is no whole number, and would not divide like one

// average is the mean as audience.Mean rounds it.
const average = `(2 * ` + net + ` + COUNT(*)) / (2 * COUNT(*))`

// figure is a sum or an average of orders. Who ordered nothing has a sum of nothing, and no average.
func (k compiler) figure(r segment.Rule) clause {
	currency, _ := r.Currency()
	t := k.orders(r, true)
	c := clause{set: true, args: t.args, bound: true, once: true}
	of := net
	if r.Field == "orders.average" {
		of = average
	}
	having, args := amount(of, r, currency)
	if r.Field == "orders.sum" && segment.Nothing(r) {
		having, c.not = `NOT (`+having+`)`, true
	}
	c.sql = `SELECT o.subscriber_id AS id FROM orders o` + t.where() + ` GROUP BY o.subscriber_id HAVING ` + having
	c.args = append(c.args, args...)
	return c
}

// when is the first or the last order within a span. An end that is open needs no first or last: any order will do.
func (k compiler) when(r segment.Rule) clause {
	from, to := r.Within.Moments(k.now)
	last := r.Field == "orders.last"
	if last && to.IsZero() || !last && from.IsZero() {
		t := k.orders(r, true)
		return clause{sql: `SELECT o.subscriber_id AS id FROM orders o` + t.where(), args: t.args, set: true, bound: true}
	}
	at := `MIN(o.placed_at)`
	if last {
		at = `MAX(o.placed_at)`
	}
	t := k.orders(r, false)
	var having terms
	k.span(at, r.Within, &having)
	c := clause{sql: `SELECT o.subscriber_id AS id FROM orders o` + t.where() + ` GROUP BY o.subscriber_id`, args: t.args, set: true, bound: true, once: true}
	for i, one := range having.sql {
		c.sql += map[bool]string{true: ` HAVING `, false: ` AND `}[i == 0] + one
	}
	c.args = append(c.args, having.args...)
	return c
}
