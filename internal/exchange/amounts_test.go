package exchange

import (
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

func TestAmountsAreReadAsTheyAreWritten(t *testing.T) {
	for in, want := range map[string]int64{"19.99": 1999, "19,99": 1999, "1,234.50": 123450, "1.234,50": 123450, "1 234,50 лв.": 123450, "€1'234.5": 123450, "1,234,567": 123456700, "1.234.567": 123456700, "12": 1200, ".5": 50, "20.0000": 2000,
		"0,50": 50, "0,500": 50, "0.500": 50, "1 234,500": 123450, "1.234,500": 123450, "1,234.500": 123450, "1234,500": 123450, "1 234": 123400, "лв. 50": 5000, "лв.5": 500, "Rs. 500": 50000, "€.50": 50, "1\u00a0234\u202f567,89": 123456789,
		"1,234": -1, "1.234": -1, "12,345 лв.": -1, "€123.456": -1, "0,333": -1, "0.333": -1, "1234,567": -1, "": -1, "x": -1, ".": -1, "-1": -1, "−12.50": -1, "(12.50)": -1, "1.999": -1, "1-2": -1, "12a3": -1, "99999999999999999999": -1} {
		got, err := amountOf(in, "EUR")
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q: got %d, want %d (%v)", in, got, want, err)
		}
	}
	for in, want := range map[string]int64{"1,234 KWD": 1234, "1.234 KWD": 1234, "1,234.5 KWD": 1234500, "1,234 JPY": 1234, "12,345,678 JPY": 12345678, "0,333 JPY": -1, "1.234 JPY": -1} {
		amount, currency, _ := strings.Cut(in, " ")
		got, err := amountOf(amount, currency)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%s: got %d, want %d (%v)", in, got, want, err)
		}
	}
	for in, want := range map[string]int{"2": 2, "2 (-1)": 2, "1.00": 1, "10": 10, "-1": -1, "1.5": -1, "x": -1} {
		got, err := quantityOf(in)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("quantity %q: got %d, want %d", in, got, want)
		}
	}
}

func TestPricesAreExactUntilTheyAreSummed(t *testing.T) {
	head := "number,email,placed_at,currency,item_name,item_quantity,item_price\n"
	for cells, want := range map[string]int64{"1000,0.333": 33300, "3,3.3333": 1000, "2,19.99": 3998, "1,\"1.234,50\"": 123450, "1000,\"0,333\"": 33300, "1,1.234": -1, "1,\"1,234\"": -1, "2,\"1 234,567\"": 246913, "3,1234.333": 370300, "1,12.345": -1, "1,−5": -1, "1,(5)": -1, "2,1e300": -1} {
		p, err := Sniff(strings.NewReader(head+"1,a@b.test,2024-01-15,EUR,Tea,"+cells+"\n"), Source{Of: audience.OfOrders})
		if err != nil {
			t.Fatal(err)
		}
		im := audience.Import{Of: p.Of, Encoding: p.Encoding, Delimiter: p.Delimiter, Mapping: p.Mapping}
		for row, err := range Orders(strings.NewReader(head+"1,a@b.test,2024-01-15,EUR,Tea,"+cells+"\n"), im, later) {
			got := row.Order.TotalCents
			if row.Fault != nil {
				got = -1
			}
			if err != nil || got != want {
				t.Errorf("%s: %d, want %d (%v, %v)", cells, got, want, err, row.Fault)
			}
		}
	}
}
