package segment

// ReadyMade is a segment to begin with. Its name stands in addresses; who is in it, its rule says.
type ReadyMade struct {
	Name, Label string
	Rule        Rule
}

func last(n int, unit string) *Within { return &Within{Last: n, Unit: unit} }

func allOf(rules ...Rule) Rule { return Rule{Match: All, Rules: rules} }

func onAnyList() Rule { return Rule{Field: "list", Is: "confirmed"} }

// Ready are all that are ready-made. None needs to know the shop's goods or its currency.
var Ready = []ReadyMade{
	{"bought-twice-silent", "Bought twice, not opened in 30 days", allOf(
		Rule{Field: "ordered", Is: "did", Times: &Times{"at_least", 2}},
		Rule{Field: "opened", Is: "did_not", Within: last(30, "days")})},
	{"win-back", "Win back: no order for half a year", allOf(
		Rule{Field: "ordered", Is: "did"},
		Rule{Field: "ordered", Is: "did_not", Within: last(6, "months")})},
	{"vip", "VIP: five orders within a year", allOf(
		Rule{Field: "ordered", Is: "did", Times: &Times{"at_least", 5}, Within: last(1, "years")})},
	{"birthday", "Birthday within a month", allOf(
		Rule{Field: Attribute + "birthday", Type: string(Date), Is: "yearly_in", Within: &Within{Next: 1, Unit: "months"}})},
	{"never-ordered", "Never ordered", allOf(onAnyList(), Rule{Field: "ordered", Is: "did_not"})},
	{"first-order", "New customers", allOf(Rule{Field: "orders.first", Is: "in", Within: last(30, "days")})},
	{"once", "Ordered once, not again in 60 days", allOf(
		Rule{Field: "ordered", Is: "did", Times: &Times{"exactly", 1}},
		Rule{Field: "orders.last", Is: "not_in", Within: last(60, "days")})},
	{"asleep", "Gets letters and opens none", allOf(
		Rule{Field: "sent", Is: "did", Times: &Times{"at_least", 5}, Within: last(90, "days")},
		Rule{Match: None, Rules: []Rule{{Field: "opened", Is: "did", Within: last(90, "days")}, {Field: "clicked", Is: "did", Within: last(90, "days")}}})},
	{"keen", "Clicked, not ordered since", allOf(
		Rule{Field: "clicked", Is: "did", Within: last(14, "days")},
		Rule{Field: "ordered", Is: "did_not", Within: last(14, "days")})},
	{"coupon", "Buys with coupons", allOf(
		Rule{Field: "ordered", Is: "did", Times: &Times{"at_least", 2}, Within: last(1, "years"), Where: []Rule{{Field: "coupon", Is: "filled"}}})},
	{"refunded", "Had money back lately", allOf(
		Rule{Field: "ordered", Is: "did", Within: last(60, "days"), Where: []Rule{{Field: "refunded", Is: "yes"}}})},
	{"played", "Played, but never ordered", allOf(Rule{Field: "entered", Is: "did"}, Rule{Field: "ordered", Is: "did_not"})},
}
