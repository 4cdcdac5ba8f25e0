package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/value"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// shopHistory tells a store of random orders, again and again, late, twice and changed, and remembers what each came to.
type shopHistory struct {
	t      *testing.T
	st     *store.Store
	rnd    *rand.Rand
	people []int64
	orders map[string]audience.Order // by number, as the shop last knew it
	buyer  map[string]int
	lists  []int64
}

var (
	currencies = []string{"EUR", "JPY", "KWD"}
	channels   = []string{"", "web", "shop", "Магазин"}
	goods      = []audience.Item{{SKU: "t1", Name: "Tea", Category: "tea", PriceCents: 999}, {Name: "Cup", Category: "cups", PriceCents: 1450}, {SKU: "p", Name: "Pot", PriceCents: 3333}}
)

func newHistory(t *testing.T, st *store.Store, seed uint64) *shopHistory {
	h := &shopHistory{t: t, st: st, rnd: rand.New(rand.NewPCG(seed, 7)), orders: map[string]audience.Order{}, buyer: map[string]int{}}
	for i := range 12 {
		p := audience.Subscriber{Email: fmt.Sprintf("p%d@shop.test", i), EmailNorm: fmt.Sprintf("p%d@shop.test", i), Lang: "en"}
		must(t, st.SaveSubscriber(t.Context(), &p))
		h.people = append(h.people, p.ID)
	}
	for i := range 2 {
		l := audience.List{Name: fmt.Sprint("L", i), Label: fmt.Sprint("l", i), OptIn: audience.Single}
		must(t, st.CreateList(t.Context(), &l))
		h.lists = append(h.lists, l.ID)
	}
	return h
}

func (h *shopHistory) step(n int) {
	h.t.Helper()
	switch r := h.rnd.IntN(20); {
	case r < 10:
		h.newOrder(n)
	case r < 16:
		h.change()
	case r < 19:
		state := []audience.State{audience.Confirmed, audience.Unsubscribed, audience.Pending}[h.rnd.IntN(3)]
		who, list := h.people[h.rnd.IntN(len(h.people))], h.lists[h.rnd.IntN(2)]
		if state == audience.Unsubscribed {
			must(h.t, h.st.Unsubscribe(h.t.Context(), store.Leave{Subscriber: who, List: list, Source: "page"}))
		} else {
			must(h.t, h.st.Subscribe(h.t.Context(), who, list, state, audience.Consent{Source: "form"}))
		}
	case len(h.people) > 6 && n%5 == 0:
		h.erase()
	}
}

func (h *shopHistory) newOrder(n int) {
	at := tuesday.AddDate(0, 0, -h.rnd.IntN(900)).Add(-time.Duration(h.rnd.IntN(86400)) * time.Second)
	o := audience.Order{Number: fmt.Sprint("n", n), State: audience.OrderStates[h.rnd.IntN(5)], Currency: currencies[h.rnd.IntN(3)], Channel: channels[h.rnd.IntN(4)],
		Country: []string{"", "BG", "DE"}[h.rnd.IntN(3)], TotalCents: int64(h.rnd.IntN(9000)), PlacedAt: at, UpdatedAt: at}
	for range h.rnd.IntN(4) {
		it := goods[h.rnd.IntN(3)]
		it.Quantity = h.rnd.IntN(3)
		o.Items = append(o.Items, it)
	}
	h.buyer[o.Number] = h.rnd.IntN(len(h.people))
	h.tell(o)
}

// change tells of a known order again: paid back in part or wholly, cancelled, made dearer, in another currency, or late and older.
func (h *shopHistory) change() {
	if len(h.orders) == 0 {
		return
	}
	numbers := make([]string, 0, len(h.orders))
	for n := range h.orders {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	o := h.orders[numbers[h.rnd.IntN(len(numbers))]]
	if h.rnd.IntN(5) == 0 {
		o.UpdatedAt = o.UpdatedAt.Add(-time.Hour)
		o.PlacedAt = o.PlacedAt.Add(-time.Hour) // an order changes after it is placed
		o.TotalCents, o.RefundedCents = o.TotalCents+5, 0
	} else {
		o.UpdatedAt = o.UpdatedAt.Add(time.Duration(h.rnd.IntN(50)) * time.Hour)
		switch h.rnd.IntN(5) {
		case 0:
			o.State = "refunded"
		case 1:
			o.State = "cancelled"
		case 2:
			o.TotalCents, o.RefundedCents = int64(h.rnd.IntN(9000)), 0
		case 3:
			o.Currency = currencies[h.rnd.IntN(3)]
		case 4:
			o.RefundedCents = h.rnd.Int64N(o.TotalCents + 1)
		}
	}
	h.tell(o)
}

// tell reports an order, sometimes by another address: whose it is stays as it was.
func (h *shopHistory) tell(o audience.Order) {
	who := h.buyer[o.Number]
	if h.rnd.IntN(9) == 0 && h.orders[o.Number].Number != "" {
		who = h.rnd.IntN(len(h.people))
	}
	if o.Ended() {
		o.RefundedCents = o.TotalCents
	}
	p, err := h.st.Subscriber(h.t.Context(), h.people[who])
	must(h.t, err)
	told := o
	must(h.t, h.st.RecordOrder(h.t.Context(), &p, &told))
	h.orders[o.Number] = o
}

func (h *shopHistory) erase() {
	i := len(h.people) - 1
	storetest.Erase(h.t, h.st, h.people[i])
	h.people = h.people[:i]
	for n, who := range h.buyer {
		if who == i {
			delete(h.orders, n)
			delete(h.buyer, n)
		}
	}
}

func TestKeptFiguresAreThoseOfTheOrdersToTheCent(t *testing.T) {
	for _, zone := range []string{"UTC", "Europe/Sofia", "Pacific/Auckland"} {
		clock := storetest.NewClock(tuesday)
		storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
			ctx := t.Context()
			clock.Set(tuesday)
			shop, err := st.Shop(ctx)
			must(t, err)
			shop.Zone = zone
			must(t, st.SaveShop(ctx, shop))
			must(t, st.SaveMargin(ctx, store.Margin{Kind: store.OfProduct, Name: "t1", ShareBP: 6150}))
			must(t, st.SaveMargin(ctx, store.Margin{Kind: store.OfCategory, Name: "cups", ShareBP: 3333}))
			must(t, st.SaveMargin(ctx, store.Margin{Kind: store.OfDefault, ShareBP: 2500}))
			h := newHistory(t, st, uint64(len(zone)))
			moods := map[int64]int{}
			for i, id := range h.people {
				if moods[id] = i % 4; moods[id] != 0 {
					must(t, st.RunSQL(ctx, `INSERT INTO subscriber_moods (subscriber_id, mood, rated_at) VALUES (?, ?, ?)`, id, moods[id], tuesday))
				}
			}
			for n := range 150 {
				h.step(n)
				if n%50 == 0 {
					compare(t, st, zone)
					compareFigures(t, st, zone, moods)
				}
			}
			compare(t, st, zone)
			compareFigures(t, st, zone, moods)
			clock.Add(300 * 24 * time.Hour) // nobody buys any more
			if late := compareFigures(t, st, zone, moods); late == 0 {
				t.Error("nobody is at risk: that tries little")
			}
			checked, err := st.CheckValue(ctx)
			if err != nil || checked.Mismatches != 0 || checked.Rows == 0 || checked.Cells == 0 {
				t.Errorf("the check says %+v, %v", checked, err)
			}
			// Another zone and another margin make everything anew, and a repair changes nothing.
			shop.Zone = "America/New_York"
			must(t, st.SaveShop(ctx, shop))
			must(t, st.DeleteMargin(ctx, store.OfProduct, "t1"))
			_, err = st.RefreshValue(ctx)
			must(t, err)
			compare(t, st, shop.Zone)
			_, err = st.RepairValue(ctx)
			must(t, err)
			compare(t, st, shop.Zone)
			compareFigures(t, st, shop.Zone, nil) // no ratings are on record: repaired, nobody has a mood
		})
	}
}

// independent is what the raw orders come to, added up without any of the program's own arithmetic.
type independent struct {
	customers, repeaters, orders, net, margin, span int64 // margin in ten thousandths of a minor unit
}

// compare adds the orders up by a plain loop and looks at each kept sum.
func compare(t *testing.T, st *store.Store, zone string) {
	t.Helper()
	want := added(t, st, zone)
	for _, currency := range currencies {
		for _, dim := range []string{store.ByAll, store.ByList, store.ByChannel, store.ByCountry, store.ByProduct, store.ByMonth} {
			rows, err := st.ValueBy(t.Context(), currency, dim, 1000)
			must(t, err)
			seen := 0
			for _, r := range rows {
				w := want[currency+"|"+dim+"|"+r.Name]
				got := independent{r.Customers, r.Repeaters, r.Orders, r.NetCents, r.EarnedCents*value.Whole + r.PlainCents*2500, r.SpanSeconds}
				if got != w {
					t.Errorf("%s by %s %q: kept %+v, the orders say %+v", currency, dim, r.Name, got, w)
				}
				seen++
			}
			for k := range want {
				if strings.HasPrefix(k, currency+"|"+dim+"|") {
					seen--
				}
			}
			if seen != 0 {
				t.Errorf("%s by %s: %d rows too many", currency, dim, seen)
			}
		}
	}
}

func added(t *testing.T, st *store.Store, zone string) map[string]independent {
	t.Helper()
	ctx := t.Context()
	loc, err := time.LoadLocation(zone)
	must(t, err)
	m, err := st.Margins(ctx)
	must(t, err)
	out := map[string]independent{}
	eachCustomer(t, st, func(p audience.Subscriber, currency string, list []audience.Order) {
		places, err := st.Subscriptions(ctx, p.ID)
		must(t, err)
		one := independent{customers: 1, orders: int64(len(list)), span: list[len(list)-1].PlacedAt.Unix() - list[0].PlacedAt.Unix()}
		if one.orders > 1 {
			one.repeaters = 1
		}
		for _, o := range list {
			net := o.TotalCents - o.RefundedCents
			one.net += net
			one.margin += marginByHand(m, o, net)
		}
		product := ""
		if len(list[0].Items) > 0 {
			product = list[0].Items[0].Name
		}
		keys := []string{"all|", "channel|" + list[0].Channel, "country|" + list[0].Country, "product|" + product, "month|" + list[0].PlacedAt.In(loc).Format("2006-01")}
		for _, s := range places {
			if s.State == audience.Confirmed {
				keys = append(keys, fmt.Sprint("list|", s.ListID))
			}
		}
		for _, k := range keys {
			k = currency + "|" + k
			a := out[k]
			out[k] = independent{a.customers + 1, a.repeaters + one.repeaters, a.orders + one.orders, a.net + one.net, a.margin + one.margin, a.span + one.span}
		}
	})
	return out
}

// marginByHand is the margin of an order in ten thousandths of a minor unit, at a default of 25 %.
func marginByHand(m store.Margins, o audience.Order, net int64) int64 {
	var all, own, weighed int64
	for _, it := range o.Items {
		v := it.PriceCents * int64(it.Quantity)
		all += v
		bp, ok := m.Products[it.SKU]
		if it.SKU == "" {
			bp, ok = m.Products[it.Name]
		}
		if !ok {
			bp, ok = m.Categories[it.Category]
		}
		if ok {
			own, weighed = own+v, weighed+v*int64(bp)
		}
	}
	if all == 0 {
		return net * 2500
	}
	half := func(n, d int64) int64 { return (2*n + d) / (2 * d) }
	return half(net*weighed, all*10_000)*10_000 + (net-half(net*own, all))*2500
}
