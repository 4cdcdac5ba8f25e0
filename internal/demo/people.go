package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"keepsake/campaigns/audience"
)

// names are common ones, so that no person is meant.
var names = map[string]struct {
	zone   string
	first  []string
	last   []string
	ladies []string // the last names' second half, where it has one
}{
	"en": {"Europe/London",
		[]string{"Emma", "Oliver", "Amelia", "George", "Isla", "Harry", "Ava", "Jack", "Mia", "Noah", "Grace", "Leo", "Ruby", "Oscar", "Alice", "Henry"},
		[]string{"Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Walker", "Wright", "Green", "Hall", "Wood", "Clarke"}, nil},
	"bg": {"Europe/Sofia",
		[]string{"Мария", "Георги", "Елена", "Иван", "Десислава", "Димитър", "Радост", "Николай", "Йоана", "Петър", "Виктория", "Стефан"},
		[]string{"Иванов", "Петров", "Георгиев", "Димитров", "Николов", "Стоянов", "Тодоров", "Илиев", "Василев", "Колев"}, []string{"а"}},
	"ru": {"Europe/Moscow",
		[]string{"Анна", "Дмитрий", "Ольга", "Сергей", "Наталья", "Алексей", "Светлана", "Михаил", "Ирина", "Павел", "Татьяна", "Андрей"},
		[]string{"Смирнов", "Кузнецов", "Попов", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов", "Волков", "Зайцев"}, []string{"а"}},
}

// langOf spreads the languages: half English, three tenths Bulgarian, the rest Russian.
func langOf(i int) string {
	switch {
	case i%10 < 5:
		return "en"
	case i%10 < 8:
		return "bg"
	}
	return "ru"
}

// person is the i-th sample subscriber. Even first names in the lists are women's.
func person(i int, r *rand.Rand, now time.Time) audience.Subscriber {
	lang := langOf(i)
	n := names[lang]
	f := r.IntN(len(n.first))
	last := n.last[r.IntN(len(n.last))]
	if f%2 == 0 && n.ladies != nil {
		last += n.ladies[0]
	}
	p := audience.Subscriber{FirstName: n.first[f], LastName: last, Lang: lang, Zone: n.zone, Source: "sample",
		CreatedAt: now.AddDate(0, 0, -35-r.IntN(700)), Attributes: map[string]string{"sample": "yes", "city": cities[lang][r.IntN(3)]}}
	p.Email = fmt.Sprintf("%s.%s.%d@example.com", audience.Label(p.FirstName), audience.Label(p.LastName), i+1)
	p.EmailNorm = audience.NormEmail(p.Email)
	if i%40 == 0 { // some people never told us their name
		p.FirstName, p.LastName = "", ""
	}
	return p
}

var cities = map[string][]string{"en": {"London", "Leeds", "Bristol"}, "bg": {"София", "Пловдив", "Варна"}, "ru": {"Москва", "Казань", "Самара"}}

// products of a tea shop, prices in euro cents.
var products = []audience.Item{
	{SKU: "tea-sencha", Category: "Green tea", Name: "Sencha, 100 g", PriceCents: 1290}, {SKU: "tea-assam", Category: "Black tea", Name: "Assam, 100 g", PriceCents: 890},
	{SKU: "tea-oolong", Category: "Oolong", Name: "Oolong, 50 g", PriceCents: 1650}, {SKU: "tea-linden", Category: "Herbal tea", Name: "Linden blossom, 60 g", PriceCents: 550},
	{SKU: "tea-mursal", Category: "Herbal tea", Name: "Mursal tea, 40 g", PriceCents: 690}, {SKU: "pot-iron", Category: "Teaware", Name: "Cast-iron teapot", PriceCents: 4900},
	{SKU: "cup-pair", Category: "Teaware", Name: "Two stoneware cups", PriceCents: 2400}, {SKU: "kettle", Category: "Teaware", Name: "Gooseneck kettle", PriceCents: 6900},
	{SKU: "honey", Category: "Sweet things", Name: "Acacia honey, 250 g", PriceCents: 780}, {SKU: "box", Category: "Gifts", Name: "Tasting box, eight teas", PriceCents: 3200},
}

var channels = []string{"shop", "shop", "shop", "market", "phone"}

// order is the i-th sample order, placed at that moment.
func order(i int, r *rand.Rand, placed time.Time, state string) audience.Order {
	o := audience.Order{Number: fmt.Sprintf("S-%05d", 10000+i), State: state, Currency: "EUR", Channel: channels[r.IntN(len(channels))],
		PlacedAt: placed, UpdatedAt: placed.Add(time.Duration(20+r.IntN(40)) * time.Hour)}
	for range 1 + r.IntN(3) {
		it := products[r.IntN(len(products))]
		it.Quantity = 1 + r.IntN(2)
		o.Items = append(o.Items, it)
		o.TotalCents += it.PriceCents * int64(it.Quantity)
	}
	if o.Ended() {
		o.RefundedCents = o.TotalCents
	}
	return o
}
