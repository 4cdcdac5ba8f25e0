package exchange

import (
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

func TestAFileTellsNothingOfWhatItHasNoColumnFor(t *testing.T) {
	everything := audience.Silence{State: true, Refunded: true, Channel: true, Coupon: true, Country: true, Items: true}
	for header, want := range map[string]audience.Silence{
		"": everything,
		",order_state,refunded,channel,coupon,country,items": {},
		",refunded": {State: true, Channel: true, Coupon: true, Country: true, Items: true},
		",item_sku": {State: true, Refunded: true, Channel: true, Coupon: true, Country: true},
	} {
		header = "number,email,total,currency,placed_at" + header
		fields := strings.Split(header, ",")
		im := audience.Import{Of: audience.OfOrders, Encoding: "UTF-8", Delimiter: ",", Mapping: fields}
		in := header + "\n1,a@b.test,1.00,EUR,2024-01-15" + strings.Repeat(",", len(fields)-5) + "\n"
		for row, err := range Orders(strings.NewReader(in), im, later) {
			if err != nil || row.Fault != nil || row.Silent != want {
				t.Errorf("%s: %+v, %v, %v", header, row.Silent, row.Fault, err)
			}
		}
	}
}

func TestACountryThatIsWrittenOutIsToldToo(t *testing.T) {
	im := audience.Import{Of: audience.OfOrders, Encoding: "UTF-8", Delimiter: ",", Mapping: []string{"number", "email", "total", "currency", "placed_at", "country"}}
	for cell, want := range map[string]string{"Bulgaria": "BG", "България": "BG", "BGR": "BG", "BG": "BG", "": "", "Atlantis": "FR"} {
		in := "n,e,t,c,p,country\n1,a@b.test,1.00,EUR,2024-01-15," + cell + "\n"
		for row, err := range Orders(strings.NewReader(in), im, later) {
			known := audience.Order{Country: "FR"}
			if err == nil && row.Fault == nil {
				told := row.Order
				row.Silent.Keep(&told, known)
				known = told
			}
			if err != nil || known.Country != want {
				t.Errorf("after %q it is %q, want %q (%v, %v)", cell, known.Country, want, err, row.Fault)
			}
		}
	}
}
