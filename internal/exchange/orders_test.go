package exchange

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
)

var later = time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)

// told is an order in one line.
func told(row audience.OrderRow) string {
	if row.Fault != nil {
		return fmt.Sprintf("%d: %s", row.Line, row.Fault)
	}
	o, p := row.Order, row.Subscriber
	s := fmt.Sprintf("%d: %s %s %s %s %d-%d %s/%s/%s %s..%s", row.Line, o.Number, p.Email[:strings.IndexByte(p.Email, '@')], o.State, o.Currency, o.TotalCents, o.RefundedCents, o.Coupon, o.Country, o.Channel,
		o.PlacedAt.Format("060102.1504"), o.UpdatedAt.Format("060102.1504"))
	for _, it := range o.Items {
		s += fmt.Sprintf(" %d×%s(%s,%s)@%d", it.Quantity, it.Name, it.SKU, it.Category, it.PriceCents)
	}
	return s
}

func TestOrdersOfKnownShops(t *testing.T) {
	for file, c := range map[string]struct {
		tool string
		want []string
	}{
		"shopify_orders.csv": {"Shopify", []string{
			"2: #1001 ana fulfilled EUR 6000-0 SPRING/BG/web 240115.0830..240117.0700 2×Black tea(TEA-1,)@2000 1×Cup(CUP-1,)@1500",
			"4: #1002 boris refunded EUR 1500-1500 /BG/pos 240201.1000..240201.1000 1×Cup(CUP-1,)@1500",
			"5: #1003 vera fulfilled USD 3000-1500 /GB/web 240301.1000..240302.1000 2×Cup(CUP-1,)@1500",
			"6: #1004 vera cancelled EUR 3000-3000 /BG/web 240301.1000..240302.0600 2×Cup(CUP-1,)@1500"}},
		"woocommerce_orders.csv": {"WooCommerce", []string{
			"2: 501 ana fulfilled EUR 6000-0 SPRING/BG/ 240115.1030..240115.1030 2×Black tea(TEA-1,Tea)@2000 1×Cup(CUP-1,Cups)@1500",
			"4: 502 boris paid EUR 1500-0 /BG/ 240201.1200..240201.1200 1×Cup(CUP-1,Cups)@1500",
			"5: 503 boris cancelled EUR 1500-1500 /BG/ 240202.1200..240202.1200 1×Cup(CUP-1,Cups)@1500"}},
		"woocommerce_suite_orders.csv": {"WooCommerce", []string{"2: 601 ana fulfilled EUR 6000-0 /BG/ 240115.1030..240115.1031 3×Black tea(TEA-1,)@2000"}},
		"keepsake_orders.csv": {"Keepsake", []string{
			"2: #1 ana paid EUR 1999-0 X/BG/web 240115.1030..240115.1031 1×Tea(T-1,Teas)@1999", "3: #2 boris placed JPY 1200-0 // 240115.1030..240115.1030"}},
		"keepsake_order_lines.csv": {"Keepsake", []string{"2: #1 ana paid EUR 1999-0 X/BG/web 240115.1030..240115.1031 1×Tea(T-1,Teas)@999 2×Cup(C-1,Cups)@500"}},
	} {
		p, im := sniffed(t, file)
		if p.Tool != c.tool || im.Of != audience.OfOrders {
			t.Errorf("%s is of %q, %s", file, p.Tool, p.Of)
		}
		var got []string
		for row, err := range Orders(opened(t, file), im, later) {
			if err != nil {
				t.Fatalf("%s: %v, mapped %q", file, err, p.Mapping)
			}
			got = append(got, told(row))
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: mapped %q\n got %s\nwant %s", file, p.Mapping, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
	}
}

func TestAFileOfOrdersFromAnybody(t *testing.T) {
	const in = "Номер на поръчка;Имейл;Дата;Сума;Статус;Продукт;Количество;Цена\n" +
		"7;a@b.test;15.01.2024 10:30;1 234,50 лв.;изпълнена;Чай;2;617,25\n" +
		"7;;;;;Чаша;1;0,00\n" +
		";;;;;Лъжица;1;0\n" +
		"8;a@b.test;3/4/2024;10,00;платена;Чай;1;10\n" +
		"9;;15.01.2024;10,00;платена;Чай;1;10\n" +
		"10;a@b.test;15.01.2024;десет;платена;Чай;1;10\n" +
		"11;a@b.test;15.01.2024;10,00;кой знае;Чай;1;10\n" +
		"12;a@b.test;15.01.2024;;платена;Чай;3;3.3333\n" +
		"13;a@b.test;15.01.2027;1;платена;Чай;1;1\n" +
		"14;a@b.test;15.01.2024;1;платена\n"
	p, err := Sniff(strings.NewReader(in), Source{})
	if err != nil || p.Of != audience.OfOrders || p.Tool != "" {
		t.Fatalf("%+v, %v", p, err)
	}
	im := audience.Import{Of: p.Of, Encoding: p.Encoding, Delimiter: p.Delimiter, Mapping: p.Mapping, Orders: audience.OrderOptions{Shop: "Old", Currency: "BGN", Zone: "Europe/Sofia"}}
	var got []string
	for row, err := range Orders(strings.NewReader(in), im, later) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, told(row))
	}
	want := []string{
		"2: Old 7 a fulfilled BGN 123450-0 //Old 240115.0830..240115.0830 2×Чай(,)@61725 1×Чаша(,)@0 1×Лъжица(,)@0",
		"5: “3/4/2024” is no moment we can be sure of: write it as 2026-11-22 14:30.",
		"6: The order does not say whose it is: its address is missing.",
		"7: “десет” is no amount in BGN: write digits and a point, like 19.99.",
		"8: “кой знае” is no state of an order that we know.",
		"9: Old 12 a paid BGN 1000-0 //Old 240114.2200..240114.2200 3×Чай(,)@333",
		"10: This moment has not come yet.",
		"11: The line has 5 cells, the header has 8.",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("mapped %q\n%s\nwant\n%s", p.Mapping, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAnOrderOfAMillionLinesIsOneFault(t *testing.T) {
	var b strings.Builder
	b.WriteString("number,email,total,currency,placed_at,item_name\n")
	for range 200_000 {
		b.WriteString("1,a@b.test,1.00,EUR,2024-01-15,Tea\n")
	}
	im := audience.Import{Of: audience.OfOrders, Encoding: "UTF-8", Delimiter: ",", Mapping: []string{"number", "email", "total", "currency", "placed_at", "item_name"}}
	n := 0
	for row, err := range Orders(strings.NewReader(b.String()), im, later) {
		if err != nil || row.Fault == nil {
			t.Errorf("%+v, %v", row, err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d orders", n)
	}
}

func FuzzOrders(f *testing.F) {
	f.Add("number,email,placed_at,total,currency\n1,a@b.test,2024-01-15,1.00,EUR\n")
	f.Fuzz(func(t *testing.T, file string) {
		p, err := Sniff(strings.NewReader(file), Source{Of: audience.OfOrders})
		if err != nil {
			return
		}
		im := audience.Import{Of: audience.OfOrders, Encoding: p.Encoding, Delimiter: p.Delimiter, Mapping: p.Mapping, Orders: audience.OrderOptions{Currency: "EUR"}}
		for row, err := range Orders(strings.NewReader(file), im, later) {
			if err != nil {
				return
			}
			if o := row.Order; row.Fault == nil && (o.TotalCents < 0 || o.RefundedCents > o.TotalCents || o.Number == "" || o.PlacedAt.IsZero()) {
				t.Fatalf("%+v", row)
			}
		}
	})
}
