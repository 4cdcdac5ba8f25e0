package store

import (
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns/segment"
)

// clause is what a rule asks of a subscriber s, in SQL with bound values only.
type clause struct {
	sql  string
	args []any
	set  bool // sql is a SELECT of subscribers' numbers, else it is a condition
	not  bool // those who are not in the set, or of whom the condition is not true
	// deep is a condition that holds sets: PostgreSQL joins them where they stand beside each other under AND, and
	// nowhere else, so it is made a set before it is put elsewhere.
	deep  bool
	bound bool // a set that the database keeps to people who are there, and calls id
	once  bool // a set that names nobody twice
	kept  bool // sql is a condition on a row f of subscriber_latest; without a row it does not hold
}

// settled is a clause of subscriber_latest as a set.
func (c clause) settled() clause {
	if c.kept {
		c.sql, c.set, c.kept = `SELECT f.subscriber_id AS id FROM subscriber_latest f WHERE `+c.sql, true, false
		c.bound, c.once = true, true
	}
	return c
}

// compiler turns an expanded rule into SQL. Big tables are read as sets, each once, never person by person.
type compiler struct {
	s       *Store
	now     time.Time
	indexes map[string]indexKind // of attributes, by key
	part    stretch              // whom alone it is about
}

func (k compiler) postgres() bool { return k.s.d.name == goose.DialectPostgres }

// where is the condition, under AND, that the rule holds of a subscriber s.
func (k compiler) where(r segment.Rule) (sql string, args []any) {
	return k.beside(k.rule(r))
}

// beside is a clause as it may stand under AND.
func (k compiler) beside(c clause) (string, []any) {
	switch {
	case c.kept && c.not: // looked up person by person, which goes along with the table's order
		return `NOT EXISTS (SELECT 1 FROM subscriber_latest f WHERE f.subscriber_id = s.id AND (` + c.sql + `))`, c.args
	case c.kept:
		return k.beside(c.settled())
	case !c.set && !c.not:
		return c.sql, c.args
	case !c.set && c.deep && k.postgres():
		return k.beside(clause{sql: `SELECT s.id FROM subscribers s WHERE ` + c.sql, args: c.args, set: true, not: true})
	case !c.set:
		return `NOT ` + c.sql, c.args
	case !c.not:
		return `s.id IN (` + c.sql + `)`, c.args
	case k.postgres(): // NOT IN would look through the set for each person once it outgrows work_mem
		return `NOT EXISTS (SELECT 1 FROM (` + c.sql + `) AS x(id) WHERE x.id = s.id)`, c.args
	}
	return `s.id NOT IN (` + c.sql + `)`, c.args
}

// numbers is a clause as a SELECT of subscribers' numbers.
func (k compiler) numbers(c clause) (string, []any) {
	if !c.not {
		c = c.settled()
	}
	if c.set && !c.not {
		return c.sql, c.args
	}
	sql, args := k.beside(c)
	return `SELECT s.id FROM subscribers s WHERE ` + sql, args
}

func (k compiler) rule(r segment.Rule) clause {
	if !r.Group() {
		return k.test(r)
	}
	all := make([]clause, len(r.Rules))
	for i, one := range r.Rules {
		all[i] = k.rule(one)
	}
	switch r.Match {
	case segment.All:
		return k.all(all)
	case segment.None:
		for i := range all {
			all[i].not = !all[i].not
		}
		return k.all(all)
	}
	return k.any(all)
}

// all holds when each of the clauses does; of no clauses always.
func (k compiler) all(of []clause) clause {
	if of = joinKept(of, true); len(of) == 1 {
		return of[0]
	}
	whole := clause{sql: `(1 = 1)`}
	var parts []string
	for _, c := range of {
		sql, args := k.beside(c)
		parts, whole.args = append(parts, sql), append(whole.args, args...)
		whole.deep = whole.deep || c.set || c.kept || c.deep
	}
	if len(parts) > 0 {
		whole.sql = `(` + strings.Join(parts, ` AND `) + `)`
	}
	return whole
}

// any holds when one of the clauses does; of no clauses never.
func (k compiler) any(of []clause) clause {
	if of = joinKept(of, false); len(of) == 1 {
		return of[0]
	}
	whole, bound := clause{sql: `(1 = 0)`}, true
	for _, c := range of {
		whole.deep = whole.deep || c.set || c.kept || c.deep
		bound = bound && !c.not && (c.bound || c.kept)
	}
	union := whole.deep && k.postgres()
	var parts []string
	for _, c := range of {
		sql, args := k.beside(c)
		if union {
			sql, args = k.numbers(c)
		}
		parts, whole.args = append(parts, sql), append(whole.args, args...)
	}
	switch {
	case union && bound: // people who are there: it need not be asked again whether they are
		whole = clause{sql: strings.Join(parts, ` UNION `), args: whole.args, set: true, bound: true, once: true}
	case union:
		whole.sql, whole.set, whole.deep = strings.Join(parts, ` UNION ALL `), true, false
	case len(parts) > 0:
		whole.sql = `(` + strings.Join(parts, ` OR `) + `)`
	}
	return whole
}

// test is one test; which table answers it depends on its field.
func (k compiler) test(r segment.Rule) clause {
	f, _ := r.FieldOf()
	positive, not := r.Positive()
	var c clause
	switch {
	case k.keeps(positive, &c):
	case r.Field == "orders.first" || r.Field == "orders.last":
		c = k.when(positive)
	case f.Figured():
		c = k.figure(positive)
	case f.Worth():
		c = k.worth(positive)
	case r.Field == "ordered" || r.Field == "bought":
		c = k.purchases(positive)
	case f.Sort == segment.Happening:
		c = k.happened(positive)
	case f.Sort == segment.Place:
		c = k.place(positive)
	case f.Sort == segment.Membership:
		all := make([]clause, len(r.Rules))
		for i, one := range r.Rules {
			all[i] = k.rule(one)
		}
		c = k.any(all)
	case r.Field == "suppressed":
		c = clause{sql: `SELECT y.id FROM suppressions p JOIN subscribers y ON y.email_norm = p.email_norm`, set: true, not: r.Is == "no"}
	default:
		c = k.profile(positive, f)
	}
	c.not = c.not != not
	return c
}

// place is one's place on any of some lists, or on any list.
func (k compiler) place(r segment.Rule) clause {
	c := clause{sql: `SELECT x.subscriber_id AS id FROM subscriptions x WHERE 1 = 1`, set: true, not: r.Is == "never", bound: true, once: len(r.Values) == 1}
	if len(r.Values) > 0 {
		c.sql, c.args = c.sql+` AND x.list_id IN ?`, append(c.args, ids(r.Values))
	}
	if r.Is != "never" {
		c.sql, c.args = c.sql+` AND x.state = ?`, append(c.args, segment.StateOf(r.Is))
	}
	return c
}

// span adds the bounds of a span to a condition.
func (k compiler) span(column string, w *segment.Within, t *terms) {
	from, to := w.Moments(k.now)
	if !from.IsZero() {
		t.add(column+` >= ?`, from)
	}
	if !to.IsZero() {
		t.add(column+` < ?`, to)
	}
}

// terms are conditions under AND.
type terms struct {
	sql  []string
	args []any
}

func (t *terms) add(sql string, args ...any) {
	t.sql, t.args = append(t.sql, sql), append(t.args, args...)
}

// tests adds tests, each by the condition of its positive.
func (t *terms) tests(all []segment.Rule, of func(segment.Rule) (string, []any)) {
	for _, r := range all {
		positive, not := r.Positive()
		sql, args := of(positive)
		if not {
			sql = `NOT (` + sql + `)`
		}
		t.add(sql, args...)
	}
}

func (t *terms) where() string {
	if len(t.sql) == 0 {
		return ``
	}
	return ` WHERE ` + strings.Join(t.sql, ` AND `)
}

// often is the set of those to whom something happened so often. once is what holds of a single thing that counts, where
// that is more than being there.
func often(r segment.Rule, person, from string, t terms, count, once string) clause {
	is, n := r.Times.Asked()
	c := clause{set: true, args: t.args, bound: !strings.HasPrefix(from, `activities`) && !strings.HasPrefix(from, `responses`)}
	sign := ` >= ?`
	switch {
	case is == "exactly" && n > 0:
		sign = ` = ?`
	case is == "at_most" || is == "exactly":
		c.not, n = true, n+1
	}
	if n == 0 { // at least never: everybody
		return clause{sql: `(1 = 1)`}
	}
	if n == 1 && sign == ` >= ?` {
		if once != `` {
			t.add(once)
		}
		c.sql = `SELECT ` + person + ` AS id FROM ` + from + t.where()
		return c
	}
	c.once = true
	c.sql = `SELECT ` + person + ` AS id FROM ` + from + t.where() + ` GROUP BY ` + person + ` HAVING ` + count + sign
	c.args = append(c.args, n)
	return c
}
