package segment

import (
	"slices"
	"strconv"
	"time"

	"keepsake/campaigns/audience"
)

// worth is a test on the kept figures of a customer: one currency that meets it will do.
func (j *judge) worth(r Rule) (d Decision) {
	if r.Field == "value.mood" {
		return Decision{Holds: Compare(r, Word, j.f.Mood, j.now), Text: j.f.Mood}
	}
	for _, w := range j.f.Worth {
		if !w.in(r.Where) {
			continue
		}
		if one := j.worthIn(r, w); one.Holds || d == (Decision{}) {
			d = one
		}
		if d.Holds {
			break
		}
	}
	return d
}

// in reports whether the figures are of a currency that the tests name.
func (w Worth) in(tests []Rule) bool {
	return !slices.ContainsFunc(tests, func(r Rule) bool {
		positive, not := r.Positive()
		return Compare(positive, Word, w.Currency, time.Time{}) == not
	})
}

func (j *judge) worthIn(r Rule, w Worth) Decision {
	switch r.Field {
	case "value.ltv":
		worth := audience.Mean(w.LTV, worthParts)
		return Decision{Holds: cents(r, worth, w.Currency), Cents: worth, Currency: w.Currency}
	case "value.next":
		from, to := r.Within.Moments(j.now)
		return Decision{Holds: !w.Next.IsZero() && within(w.Next, from, to), At: w.Next}
	case "value.recency", "value.frequency", "value.money":
		score := strconv.Itoa(map[string]int{"value.recency": w.Recency, "value.frequency": w.Frequency, "value.money": w.Money}[r.Field])
		return Decision{Holds: Compare(r, Number, score, j.now), Text: score}
	}
	text := map[string]string{"value.rhythm": w.Rhythm, "value.channel": w.Channel, "value.country": w.Country, "value.product": w.Product}[r.Field]
	return Decision{Holds: Compare(r, Word, text, j.now), Text: text}
}

// worthParts is how many parts of a minor unit Worth.LTV counts.
const worthParts = 10_000
