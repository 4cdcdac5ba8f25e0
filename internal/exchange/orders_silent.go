package exchange

import (
	"slices"

	"keepsake/campaigns/audience"
)

// silent is what the file does not tell of an order: what no column is mapped to. An empty cell of a column that is there
// says that there is nothing. A country that nobody knows says nothing either: its line is wrong, and changes no order.
func (r *orders) silent(d *draft) audience.Silence {
	mapped := func(fields ...string) bool {
		return slices.ContainsFunc(fields, func(field string) bool { return slices.Contains(r.im.Mapping, field) })
	}
	return audience.Silence{
		State:    !mapped("order_state") && d.cells["cancelled_at"] == "" && plain(d.cells["fulfilled"]) != "fulfilled",
		Refunded: !mapped("refunded"),
		Channel:  !mapped("channel") && r.im.Orders.Shop == "",
		Coupon:   !mapped("coupon"),
		Country:  !mapped("country"),
		Items:    !mapped("items", "item_sku", "item_name"),
	}
}
