package store

import (
	"slices"
	"strings"

	"keepsake/campaigns/segment"
)

// latestColumns are the moments that subscriber_latest keeps.
var latestColumns = map[string]string{"orders.first": `f.first_order_at`, "orders.last": `f.last_order_at`, "ordered": `f.last_order_at`,
	"opened": `f.last_open_at`, "clicked": `f.last_click_at`}

// keeps answers a positive test from subscriber_latest, if that can: what is asked of all of a person's orders, opens or
// clicks, of any time or up to now.
func (k compiler) keeps(r segment.Rule, c *clause) bool {
	column := latestColumns[r.Field]
	is, n := r.Times.Asked()
	_, to := r.Within.Moments(k.now)
	figured := strings.HasPrefix(r.Field, "orders.")
	var t terms
	switch {
	case column == `` || len(r.Where) > 0 || is != "at_least":
		return false
	case r.Field == "ordered" && r.Within == nil && n > 0:
		t.add(`f.orders >= ?`, n)
	case n == 1 && (figured || r.ByLatest(k.now) || r.Field == "ordered" && to.IsZero()):
		t.add(column + ` IS NOT NULL`)
		k.span(column, r.Within, &t)
	default:
		return false
	}
	*c = clause{sql: `(` + strings.Join(t.sql, ` AND `) + `)`, args: t.args, kept: true}
	return true
}

// from is who a rule means as what stands after FROM, called s, each once. Where all of its conditions are sets it begins with
// one of them: a set is read in a tenth of the time that it takes to look its people up.
func (k compiler) from(r segment.Rule) (sql string, args []any) {
	for r.Group() && r.Match != segment.None && len(r.Rules) == 1 {
		r = r.Rules[0]
	}
	parts := []clause{k.rule(r)}
	if r.Match == segment.All {
		parts = parts[:0]
		for _, one := range r.Rules {
			parts = append(parts, k.rule(one))
		}
		parts = joinKept(parts, true)
	}
	var t terms
	k.part.in(`s.id`, &t)
	first := k.first(parts)
	if first < 0 {
		where, args := k.beside(k.all(parts))
		t.add(where, args...)
		return `subscribers s` + t.where(), t.args
	}
	begin := parts[first].settled()
	for _, c := range slices.Delete(parts, first, first+1) {
		sql, args := k.beside(c)
		t.add(sql, args...)
	}
	if !begin.once {
		begin.sql = `SELECT DISTINCT ` + strings.TrimPrefix(begin.sql, `SELECT `)
	}
	return `(` + begin.sql + `) s` + t.where(), append(begin.args, t.args...)
}

// first is the clause to begin with: a set of people who are there, if all are sets; -1 is none.
func (k compiler) first(parts []clause) int {
	for _, c := range parts {
		if !c.set && !c.kept {
			return -1
		}
	}
	return slices.IndexFunc(parts, func(c clause) bool { return !c.not && (c.kept || c.bound) })
}

// joinKept makes one clause of those of subscriber_latest in a group, so that the table is read once; of a group of which
// one must hold, two where some are negative.
func joinKept(of []clause, all bool) []clause {
	var yes, no, others []clause
	for _, c := range of {
		switch {
		case !c.kept:
			others = append(others, c)
		case c.not:
			no = append(no, c)
		default:
			yes = append(yes, c)
		}
	}
	var kept []clause
	switch {
	case all && len(yes) > 0:
		kept = []clause{joined(append(yes, no...), ` AND `)}
	case all:
		kept = []clause{joined(no, ` OR `)}
	default:
		kept = []clause{joined(yes, ` OR `), joined(no, ` AND `)}
	}
	kept = slices.DeleteFunc(kept, func(c clause) bool { return c.sql == `` })
	return append(kept, others...)
}

// joined is conditions on one row. One that is negative among positive ones holds also of what is not there; if the first
// is negative, all are, and the whole is.
func joined(of []clause, sign string) (c clause) {
	var parts []string
	for i, one := range of {
		if i == 0 {
			c = clause{kept: true, not: one.not}
		}
		if one.not != c.not {
			one.sql += ` IS NOT TRUE`
		}
		parts, c.args = append(parts, one.sql), append(c.args, one.args...)
	}
	if c.sql = strings.Join(parts, sign); len(parts) > 1 {
		c.sql = `(` + c.sql + `)`
	}
	return c
}
