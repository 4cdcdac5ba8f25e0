package store

import (
	"slices"
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/segment"
)

// byIndex is a test on an attribute as the set of those to whom its index leads, where there is one that serves the test.
func (k compiler) byIndex(key string, r segment.Rule, sort segment.Sort) (clause, bool) {
	kind, ready := k.indexes[key]
	if !ready || kind != indexKinds[sort] || r.Is == "filled" || r.Is == "yearly_in" { // an index of days knows no day of any year
		return clause{}, false
	}
	var t terms
	k.part.in(`x.id`, &t)
	what := `(` + k.indexed(kind, `x.`, key) + `)`
	exact := kind == numberIndex || kind == dateIndex
	switch kind {
	case numberIndex, moneyIndex:
		k.numbersIndexed(what, r, &t)
	case dateIndex:
		k.daysIndexed(what, r, &t)
	case listIndex:
		if k.postgres() {
			t.add(what+` && CAST(? AS text[])`, pgArray(known(lowered(r))))
		}
		t.add(what + ` IS NOT NULL`)
	default:
		want := lowered(r)
		if sort == segment.YesNo {
			want = segment.YesForms[r.Is]
		} else if r.Is != "is" {
			return clause{}, false
		}
		t.add(what+` IN ?`, known(want))
		exact = sort != segment.YesNo && !slices.ContainsFunc(want, ambiguous)
	}
	if !exact {
		sql, args := k.attribute(`x`, key, r, sort)
		t.add(`(`+sql+`)`, args...)
	}
	return clause{sql: `SELECT x.id AS id FROM subscribers x` + t.where(), args: t.args, set: true, bound: true, once: true}, true
}

// lowered are the values of a test in small letters, as an index has them.
func lowered(r segment.Rule) []string {
	want := make([]string, len(r.Values))
	for i, v := range r.Values {
		want[i] = strings.ToLower(segment.Want(r, v))
	}
	return want
}

// known is as much of each text as an index knows.
func known(texts []string) []string {
	all := make([]string, len(texts))
	for i, s := range texts {
		all[i] = string([]rune(s)[:min(utf8.RuneCountInString(s), longIndexed)])
	}
	return all
}

// ambiguous reports whether an index may lead to others than those who have this text: where it is longer than what the
// index knows of it, and where it is of ASCII and a letter of it is also the small one of a sign beyond (K, the kelvin).
func ambiguous(want string) bool {
	return utf8.RuneCountInString(want) >= longIndexed || segment.IsASCII(want) && strings.ContainsAny(want, "ki")
}

func (k compiler) numbersIndexed(what string, r segment.Rule, t *terms) {
	want := make([]any, len(r.Values))
	for i, one := range r.Values {
		want[i], _, _ = segment.Amount(one) // checked by Validate
	}
	switch sign := map[string]string{"at_least": ` >= ?`, "at_most": ` <= ?`, "above": ` > ?`, "below": ` < ?`}[r.Is]; {
	case sign != ``:
		t.add(what+sign, want[0])
	case r.Is == "between":
		t.add(what+` >= ?`, want[0])
		t.add(what+` <= ?`, want[1])
	default:
		t.add(what+` IN ?`, want)
	}
}

func (k compiler) daysIndexed(what string, r segment.Rule, t *terms) {
	if sign := map[string]string{"on": ` = ?`, "before": ` < ?`, "after": ` > ?`}[r.Is]; sign != `` {
		t.add(what+sign, r.Values[0])
		return
	}
	from, to := r.Within.Days(k.now)
	if from != "" {
		t.add(what+` >= ?`, from)
	}
	if to != "" {
		t.add(what+` <= ?`, to)
	}
}

// pgArray is an array of texts as PostgreSQL reads it.
func pgArray(texts []string) string {
	quoted := make([]string, len(texts))
	for i, s := range texts {
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return `{` + strings.Join(quoted, `,`) + `}`
}
