// Package segmenttest makes rules and values at random, for the tests of what rules mean.
package segmenttest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"keepsake/campaigns/segment"
)

// Texts are values that are easily compared in two ways: both cases, letters whose case is special, signs of patterns,
// and what is almost a number or a day.
var Texts = []string{"", "Ana", "ana", "ANA", " ana ", "Анна", "АННА", "анна", "İstanbul", "istanbul", "ΟΔΟΣ", "οδος", "οδοσ", "\u212Aelvin", "kelvin", "straße", "STRASSE",
	"100%", "a_c", "abc", "*", "[a]", "O'Hara", `"q"`, `\`, "?", "1", "1.5", "1.50", "-1.5", "01", "1.", ".5", "-.5", "1e3", "1,5", "12345678901", "123456789012", "1.23456", "--1", "-", "2 ", "1.50 EUR", "1.5  EUR", "2 JPY", " 4 EUR ", "EUR", "x EUR", "4 EURO", "4 eur",
	"2026-11-01", "2026-11-01T10:00:00Z", "2026-11-01x", "2026-10-20", "2026-12-05", "2026-1-1", "2026-99-99", "yes", "YES", "true", "да", "ДА", "no", "нет", "red, blue", "red;blue ,green", "Red", "blue", "redblue", "日本", "a\tb"}

// Names are words out of a set.
var Names = []string{"tea", "Tea", "cups", "чай", "web", "shop", "SAVE10", "a b"}

// Rules makes rules of a random source.
type Rules struct {
	*rand.Rand
	Lists, Campaigns, Segments int // how many there are, by number from 1
}

// Rule is a valid group of at most so many levels.
func (r Rules) Rule(depth int) segment.Rule {
	g := segment.Rule{Match: pick(r, []string{segment.All, segment.Any, segment.None})}
	for range 1 + r.IntN(3) {
		if depth > 1 && r.IntN(3) == 0 {
			g.Rules = append(g.Rules, r.Rule(depth-1))
		} else {
			g.Rules = append(g.Rules, r.valid())
		}
	}
	return g
}

// valid is a test that passes; most that are made at random do.
func (r Rules) valid() segment.Rule {
	for {
		one := r.test(segment.Fields)
		if (segment.Rule{Match: segment.All, Rules: []segment.Rule{one}}).Validate() == nil {
			return one
		}
	}
}

func pick[T any](r Rules, of []T) T { return of[r.IntN(len(of))] }

func (r Rules) test(fields []segment.Field) segment.Rule {
	f := pick(r, fields)
	one := segment.Rule{Field: f.Name}
	if len(fields) == len(segment.Fields) && r.IntN(3) == 0 {
		one.Field, one.Type = segment.Attribute+pick(r, []string{"city", "size", "день", `k"y`, "a.b"}), string(pick(r, segment.Types))
		f, _ = one.FieldOf()
	}
	if f.Name == "segment" && r.Segments == 0 {
		return r.test(fields)
	}
	if f.Name == "answer" && r.IntN(2) == 0 {
		one.Type, f.Sort = "number", segment.Number
	}
	one.Is = pick(r, f.Tests())
	needs := f.NeedsOf(one.Is)
	if needs.Values > 0 {
		for range max(needs.Least, 1+r.IntN(min(3, needs.Values))) {
			one.Values = append(one.Values, r.value(f))
		}
	}
	if f.Sort == segment.Place && r.IntN(3) == 0 {
		one.Values = nil
	}
	if needs.Within && (f.Sort != segment.Happening || r.IntN(2) == 0) || f.Figured() && r.IntN(2) == 0 {
		one.Within = r.within(f)
	}
	if needs.Times && r.IntN(2) == 0 {
		one.Times = &segment.Times{Is: pick(r, []string{"at_least", "at_most", "exactly"}), N: r.IntN(4)}
	}
	r.where(&one, f)
	return one
}

func (r Rules) where(one *segment.Rule, f segment.Field) {
	money := f.Amount()
	if len(f.Where) > 0 {
		for range r.IntN(3) {
			w := r.test(f.Where)
			money = money || w.Field == "total"
			one.Where = append(one.Where, w)
		}
	}
	if money {
		one.Where = append(slices.Clone(one.Where), segment.Rule{Field: "currency", Is: "is", Values: []string{pick(r, []string{"EUR", "JPY"})}})
	}
}

func (r Rules) within(f segment.Field) *segment.Within {
	units := []string{"days", "weeks", "months", "years", "hours"}
	switch w := (&segment.Within{Unit: pick(r, units)}); r.IntN(4) {
	case 0:
		return &segment.Within{From: r.day(), To: "2026-12-31"}
	case 1:
		return &segment.Within{To: r.day()}
	case 2:
		w.Next = 1 + r.IntN(30)
		if f.Sort == segment.Date || f.Name == "value.next" {
			return w
		}
		fallthrough
	default:
		w.Next, w.Last = 0, 1+r.IntN(40)
		return w
	}
}

func (r Rules) day() string { return fmt.Sprintf("2026-%02d-%02d", 9+r.IntN(4), 1+r.IntN(28)) }

func (r Rules) value(f segment.Field) string {
	switch {
	case f.Named == "list":
		return fmt.Sprint(1 + r.IntN(r.Lists))
	case f.Named == "campaign":
		return fmt.Sprint(1 + r.IntN(r.Campaigns))
	case f.Named == "segment":
		return fmt.Sprint(1 + r.IntN(max(r.Segments, 1)))
	case f.Amount() || f.Name == "total":
		return fmt.Sprint(r.IntN(60))
	case f.Sort == segment.Money && r.IntN(2) == 0:
		return pick(r, []string{"1.5 EUR", "1.50 EUR", "2 JPY", "4 EUR", "0 USD"})
	case f.Name == "value.rhythm" || f.Name == "value.mood":
		return pick(r, []string{"keeping", "at_risk", "lost", "happy", "neither", "unhappy"})
	case f.Worth() && f.Sort == segment.Number:
		return pick(r, []string{"1", "2", "3", "4.5", "5"})
	case f.Sort == segment.Number || f.Sort == segment.Money:
		return pick(r, []string{"0", "1", "1.5", "-1.5", "12345678901", "2", "4"})
	case f.Sort == segment.Date:
		return r.day()
	case f.Name == "state":
		return pick(r, []string{"placed", "paid", "fulfilled", "refunded", "cancelled"})
	case f.Name == "currency":
		return pick(r, []string{"EUR", "JPY"})
	case f.Name == "email":
		return pick(r, []string{"p1@shop.test", "P2@Shop.test", "shop", "p1", "ъ"})
	case f.Sort == segment.Word:
		return pick(r, append(slices.Clone(Names), "en", "bg", "entry", "rating", "Europe/Sofia"))
	}
	v := pick(r, Texts)
	if f.Sort == segment.Several {
		v = strings.NewReplacer(",", "", ";", "").Replace(v)
	}
	return strings.TrimSpace(v + strings.Repeat(" ", r.IntN(2)))
}
