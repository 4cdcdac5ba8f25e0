package exchange

import (
	"cmp"
	"encoding/json"
	"io"
	"math/big"
	"strings"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// itemFields are those of one item.
var itemFields = []string{"item_sku", "item_name", "item_category", "item_quantity", "item_price", "item_url", "item_image"}

func (r *orders) items(row *audience.OrderRow, d *draft) error {
	o := &row.Order
	sum := new(big.Rat)
	if text := d.cells["items"]; text != "" && len(d.items) == 0 {
		dec := json.NewDecoder(strings.NewReader(text))
		if err := dec.Decode(&o.Items); err != nil || len(o.Items) > audience.MaxItems || dec.Decode(&struct{}{}) != io.EOF {
			return fault.Field("items", "The order's items are no list of JSON objects.")
		}
		for _, it := range o.Items {
			sum.Add(sum, many(it.Quantity, new(big.Rat).SetInt64(it.PriceCents)))
		}
	}
	for _, cells := range d.items {
		it, price, err := itemOf(cells, o.Currency)
		if err != nil {
			return err
		}
		o.Items = append(o.Items, it)
		sum.Add(sum, many(it.Quantity, price))
	}
	if o.TotalCents >= 0 {
		return nil
	}
	if len(o.Items) == 0 {
		return fault.Field("total", "The order has no total.")
	}
	return inCents(sum, &o.TotalCents)
}

// itemOf reads one line of an order, and what one of it costs exactly.
func itemOf(cells map[string]string, currency string) (it audience.Item, price *big.Rat, err error) {
	it = audience.Item{SKU: cells["item_sku"], Name: cmp.Or(cells["item_name"], cells["item_sku"]), Category: cells["item_category"], Quantity: 1, URL: web(cells["item_url"]), Image: web(cells["item_image"])}
	price = new(big.Rat)
	if cell := cells["item_quantity"]; cell != "" {
		if it.Quantity, err = quantityOf(cell); err != nil {
			return it, nil, err
		}
	}
	if cell := cells["item_price"]; cell != "" {
		if price, err = priceOf(cell, currency); err != nil {
			return it, nil, err
		}
	}
	return it, price, inCents(price, &it.PriceCents)
}

func many(n int, price *big.Rat) *big.Rat {
	return new(big.Rat).Mul(price, new(big.Rat).SetInt64(int64(n)))
}

// mostCents is more than anybody's order costs.
const mostCents = 1e14

// inCents rounds an exact sum of minor units to the nearest whole one, halves up.
func inCents(exact *big.Rat, to *int64) error {
	n := new(big.Int).Add(new(big.Int).Lsh(exact.Num(), 1), exact.Denom())
	n.Div(n, new(big.Int).Lsh(exact.Denom(), 1))
	if !n.IsInt64() || n.Sign() < 0 || n.Int64() > mostCents {
		return fault.Field("items", "An item's quantity and price are not below zero.")
	}
	*to = n.Int64()
	return nil
}

// web is an address of the web, or "": it will stand in letters.
func web(s string) string {
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}
