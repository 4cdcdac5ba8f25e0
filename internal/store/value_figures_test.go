package store_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/value"
	"keepsake/internal/store"
)

// eachCustomer gives whoever bought something that counts in a currency, with those orders in the order they were placed.
func eachCustomer(t *testing.T, st *store.Store, do func(p audience.Subscriber, currency string, orders []audience.Order)) {
	t.Helper()
	people, _, err := st.Subscribers(t.Context(), store.SubscriberQuery{Limit: 1000})
	must(t, err)
	for _, p := range people {
		orders, err := st.Orders(t.Context(), p.ID, 10_000)
		must(t, err)
		by := map[string][]audience.Order{}
		for _, o := range orders {
			if o.State != "refunded" && o.State != "cancelled" && o.TotalCents > o.RefundedCents {
				by[o.Currency] = append(by[o.Currency], o)
			}
		}
		for _, currency := range slices.Sorted(maps.Keys(by)) {
			slices.SortFunc(by[currency], func(a, b audience.Order) int { return cmp.Or(a.PlacedAt.Compare(b.PlacedAt), cmp.Compare(a.ID, b.ID)) })
			do(p, currency, by[currency])
		}
	}
}

// figures are what the pages of one currency show, as text, so that they can be told apart at a glance.
type figures struct{ cohorts, grid, rhythms, late []string }

// counted is one cell by hand: customers, net and margin in ten thousandths of a minor unit.
type counted struct{ customers, net, margin int64 }

// byHand reads the figures of one currency off the orders, without the program's own arithmetic.
type byHand struct {
	margins       store.Margins
	zone          *time.Location
	now           time.Time
	cohorts, grid map[string]counted
	rhythms       map[string][4]int64 // by mood: keeping, at risk, lost and too few to tell
	late          []lateByHand
}

type lateByHand struct {
	risk time.Time
	id   int64
	text string
}

// cohort counts a customer in each month that something was bought in, among all channels and in the one of the first order.
func (h *byHand) cohort(list []audience.Order) {
	first := list[0].PlacedAt.In(h.zone)
	months := map[int]counted{}
	for _, o := range list {
		at, net := o.PlacedAt.In(h.zone), o.TotalCents-o.RefundedCents
		later := 12*(at.Year()-first.Year()) + int(at.Month()) - int(first.Month())
		months[later] = counted{1, months[later].net + net, months[later].margin + marginByHand(h.margins, o, net)}
	}
	for later, c := range months {
		for _, of := range []string{"all", "of " + list[0].Channel} {
			k := fmt.Sprintf("%s %s +%02d ", of, first.Format("2006-01"), later)
			h.cohorts[k] = counted{h.cohorts[k].customers + 1, h.cohorts[k].net + c.net, h.cohorts[k].margin + c.margin}
		}
	}
}

func netByHand(list []audience.Order) (net int64) {
	for _, o := range list {
		net += o.TotalCents - o.RefundedCents
	}
	return net
}

func (h *byHand) score(list []audience.Order) {
	days := int(h.now.Truncate(24*time.Hour).Sub(list[len(list)-1].PlacedAt.UTC().Truncate(24*time.Hour)).Hours() / 24)
	recency, frequency := 1, 1
	for _, most := range []int{365, 180, 90, 30} {
		if days <= most {
			recency++
		}
	}
	for _, least := range []int{2, 3, 5, 10} {
		if len(list) >= least {
			frequency++
		}
	}
	k := fmt.Sprintf("R%d F%d ", recency, frequency)
	h.grid[k] = counted{h.grid[k].customers + 1, h.grid[k].net + netByHand(list), 0}
}

// rhythm counts a customer among all and, with a mood, among those of the mood.
func (h *byHand) rhythm(p audience.Subscriber, mood int, list []audience.Order) {
	first, last, is := list[0].PlacedAt, list[len(list)-1].PlacedAt, 3
	gap := last.Sub(first) / time.Duration(max(1, len(list)-1)) / time.Second * time.Second
	if risk, lost := last.Add(2*gap), last.Add(4*gap); len(list) >= 3 && gap >= 24*time.Hour {
		switch {
		case !lost.After(h.now):
			is = 2
		case risk.After(h.now):
			is = 0
		default:
			is = 1
			h.late = append(h.late, lateByHand{risk, p.ID, lateText(p.ID, p.Email, int64(len(list)), netByHand(list), last, last.Add(gap))})
		}
	}
	for _, m := range slices.Compact([]int{0, mood}) {
		k := fmt.Sprint("mood ", m, " ")
		r := h.rhythms[k]
		r[is]++
		h.rhythms[k] = r
	}
}

func lateText(id int64, email string, orders, net int64, last, next time.Time) string {
	return fmt.Sprintf("%d %s %d orders %d until %s next %s", id, email, orders, net, last.UTC().Format(time.RFC3339), next.UTC().Format(time.RFC3339))
}

func textOf[V any](all map[string]V) (out []string) {
	for k, v := range all {
		out = append(out, k+fmt.Sprint(v))
	}
	return out
}

func (h *byHand) figures() figures {
	f := figures{cohorts: textOf(h.cohorts), grid: textOf(h.grid), rhythms: textOf(h.rhythms)}
	slices.SortFunc(h.late, func(a, b lateByHand) int { return cmp.Or(b.risk.Compare(a.risk), cmp.Compare(a.id, b.id)) })
	for _, l := range h.late {
		f.late = append(f.late, l.text)
	}
	return f
}

// figuresByHand are those of each currency; moods are by person.
func figuresByHand(t *testing.T, st *store.Store, zone string, moods map[int64]int) map[string]figures {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	must(t, err)
	m, err := st.Margins(t.Context())
	must(t, err)
	all, out := map[string]*byHand{}, map[string]figures{}
	eachCustomer(t, st, func(p audience.Subscriber, currency string, list []audience.Order) {
		if all[currency] == nil {
			all[currency] = &byHand{margins: m, zone: loc, now: st.Now(), cohorts: map[string]counted{}, grid: map[string]counted{}, rhythms: map[string][4]int64{}}
		}
		h := all[currency]
		h.cohort(list)
		h.score(list)
		h.rhythm(p, moods[p.ID], list)
	})
	for currency, h := range all {
		out[currency] = h.figures()
	}
	return out
}

// figuresKept are what the store answers.
func figuresKept(t *testing.T, st *store.Store, currency string) figures {
	t.Helper()
	ctx := t.Context()
	var f figures
	cells := func(of string, all []value.Cell, err error) {
		must(t, err)
		for _, c := range all {
			f.cohorts = append(f.cohorts, fmt.Sprint(fmt.Sprintf("%s %s +%02d ", of, c.Month, c.Later), counted{c.Customers, c.NetCents, c.EarnedCents*value.Whole + c.PlainCents*2500}))
		}
	}
	all, err := st.Cohorts(ctx, currency, 0)
	cells("all", all, err)
	for _, channel := range channels {
		some, err := st.ChannelCohorts(ctx, currency, channel)
		cells("of "+channel, some, err)
	}
	grid, err := st.RFM(ctx, currency)
	must(t, err)
	for _, c := range grid {
		f.grid = append(f.grid, fmt.Sprint(fmt.Sprintf("R%d F%d ", c.Recency, c.Frequency), counted{c.Customers, c.NetCents, 0}))
	}
	sums, err := st.ValueBy(ctx, currency, store.ByAll, 1)
	must(t, err)
	if len(sums) > 0 {
		whole, err := st.Rhythms(ctx, currency, sums[0].Customers)
		must(t, err)
		moods, err := st.Moods(ctx, currency)
		must(t, err)
		for _, r := range append(moods, whole) {
			f.rhythms = append(f.rhythms, fmt.Sprint("mood ", r.Mood, " ", [4]int64{r.Keeping, r.AtRisk, r.Lost, r.Untold}))
		}
	}
	late, err := st.AtRisk(ctx, currency, 1000)
	must(t, err)
	for _, l := range late {
		f.late = append(f.late, lateText(l.SubscriberID, l.Email, l.Orders, l.NetCents, l.LastAt, l.NextAt))
	}
	return f
}

// compareFigures looks at every figure of the pages, and returns how many customers are at risk.
func compareFigures(t *testing.T, st *store.Store, zone string, moods map[int64]int) (late int) {
	t.Helper()
	want := figuresByHand(t, st, zone, moods)
	for _, currency := range currencies {
		w, got := want[currency], figuresKept(t, st, currency)
		late += len(w.late)
		for _, one := range []struct {
			name      string
			got, want []string
			ordered   bool
		}{{"cohorts", got.cohorts, w.cohorts, false}, {"the grid", got.grid, w.grid, false}, {"rhythms", got.rhythms, w.rhythms, false}, {"who is at risk", got.late, w.late, true}} {
			if !one.ordered {
				slices.Sort(one.got)
				slices.Sort(one.want)
			}
			if !slices.Equal(one.got, one.want) {
				t.Errorf("%s of %s: kept\n%s\nthe orders say\n%s", one.name, currency, strings.Join(one.got, "\n"), strings.Join(one.want, "\n"))
			}
		}
		if some, err := st.AtRisk(t.Context(), currency, 1); err != nil || len(some) != min(1, len(w.late)) {
			t.Errorf("one at risk: %v, %v", some, err)
		}
	}
	return late
}
