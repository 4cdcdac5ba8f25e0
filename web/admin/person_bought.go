package admin

import (
	"math/big"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/value"
	"keepsake/internal/store"
)

// ordersShown is how many orders of a person a page shows, and itemsShown how many lines of each.
const ordersShown, itemsShown = 10, 30

// boughtOrder is an order with its first lines.
type boughtOrder struct {
	audience.Order
	More int // lines that are not shown
}

// boughtOrders are the newest orders of a person.
func (a *Admin) boughtOrders(c *gin.Context, id int64) ([]boughtOrder, error) {
	orders, err := a.Store.Orders(c.Request.Context(), id, ordersShown)
	out := make([]boughtOrder, len(orders))
	for i, o := range orders {
		out[i] = boughtOrder{o, max(0, len(o.Items)-itemsShown)}
		out[i].Items = o.Items[:len(o.Items)-out[i].More]
	}
	return out, err
}

// personWorth is what one person is worth in one currency.
type personWorth struct {
	store.PersonValue
	LTVCents int64
	Margin   string // share of the net
	Few      bool   // too few orders to judge by
}

// worths are the figures of a person as the API has them.
func (a *Admin) worths(c *gin.Context, id int64) ([]personWorth, error) {
	all, err := a.Store.ValueOf(c.Request.Context(), id)
	if err != nil {
		return nil, err
	}
	m, err := a.Store.Margins(c.Request.Context())
	out := make([]personWorth, len(all))
	for i, p := range all {
		margin := p.Sums().Margin(m.Default)
		share := new(big.Rat).Quo(margin, big.NewRat(p.NetCents, 1)) // who has a value kept something
		out[i] = personWorth{p, value.Round(margin), a.percent(a.Lang(c), share), p.Orders < value.RhythmOrders}
	}
	return out, err
}
