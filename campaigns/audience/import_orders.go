package audience

import (
	"strings"

	"keepsake/campaigns/fault"
)

// OrderOptions are what an import of orders must know besides its columns.
type OrderOptions struct {
	Shop     string `json:"shop"`     // whose numbers these are, where several shops count from one: "Old shop" makes #1001 "Old shop #1001"
	Currency string `json:"currency"` // of orders that do not name theirs
	Zone     string `json:"zone"`     // of moments without one; "" is UTC
	// Letters lets automations write for these orders as for those that come in by themselves. Without it nobody gets a
	// letter for an old order, now or when the shop reports the same state of it again.
	Letters bool `json:"letters"`
}

// OrderFields are what a column of orders may be. An order may stand on several lines, one for each of its items; of
// changed_at, the moments when it was paid or sent, there may be several, and the latest counts.
var OrderFields = []string{"number", "email", "first_name", "last_name", "name", "lang", "order_state", "fulfilled", "placed_at", "changed_at", "cancelled_at", "currency", "total", "refunded",
	"channel", "coupon", "country", "item_sku", "item_name", "item_category", "item_quantity", "item_price", "item_url", "item_image", "items"}

// MaxItems is how many items an order of a file may have.
const MaxItems = 1000

func (o *OrderOptions) validate() error {
	o.Shop, o.Currency = CleanName(o.Shop), strings.ToUpper(strings.TrimSpace(o.Currency))
	switch {
	case o.Currency != "" && (len(o.Currency) != 3 || !letters(o.Currency)):
		return fault.Field("currency", "Name the currency by its three letters, like EUR.")
	case o.Zone != "" && !isZone(o.Zone):
		return fault.Field("zone", "There is no time zone “%s”.", o.Zone)
	}
	return nil
}

// OrderRow is one order of a file, or what is wrong with it.
type OrderRow struct {
	Line       int // where it begins; the first is 1
	Subscriber Subscriber
	Order      Order
	Silent     Silence      // what the file does not tell of any order
	Again      bool         // the same number stood earlier
	Cells      [][]string   // its lines as they stand in the file, where they can be read
	Fault      *fault.Error // when set, of the rest only the address as written may be
}
