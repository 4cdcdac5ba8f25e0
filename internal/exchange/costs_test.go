package exchange

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/value"
)

var latest, _ = value.ParseMonth("2026-11")

func TestAFileOfCostsTellsAllItsFaultsAtOnceAndTakesNothingIn(t *testing.T) {
	costs, err := Costs(strings.NewReader("month,channel,currency,spent\n2026-05,web,EUR,5\nsoon,web,EUR,much\n2026-05,web,QQQ,5\n2026-12,web,,5\n2026-05,\"web,EUR,5\n"), "EUR", latest)
	f, ok := errors.AsType[*fault.Error](err)
	if len(costs) != 0 || !ok || f.Code != fault.Invalid || len(f.Fields) != 5 {
		t.Fatalf("%+v, %v: %+v", costs, err, f)
	}
	for i, says := range []string{"Line 3: “soon” is no month", "Line 3: “much” is no amount in EUR", "Line 4: there is no currency “QQQ”", "Line 5: the month 2026-12 is not here yet", "Line 6: it cannot be read. A quotation mark may be open"} {
		if got := f.Fields[i].Error(); !strings.HasPrefix(got, says) || f.Fields[i].Field != "file" {
			t.Errorf("%q, want %q", got, says)
		}
	}
	var many strings.Builder
	many.WriteString("month,spent\n")
	for i := range 500 {
		fmt.Fprintf(&many, "month %d,5\n", i)
	}
	if _, err = Costs(strings.NewReader(many.String()), "EUR", latest); err == nil {
		t.Fatal("taken in")
	}
	if f, _ := errors.AsType[*fault.Error](err); len(f.Fields) != MostCostFaults || !strings.HasPrefix(f.Fields[19].Error(), "Line 21:") {
		t.Errorf("%d faults, the last %v", len(f.Fields), f.Fields[len(f.Fields)-1])
	}
}

func TestCostsWithAThousandsSignAreRefusedNotDivided(t *testing.T) {
	for spent, want := range map[string]int64{"1250.00": 125000, "1250,5": 125050, "\"1,250\"": -1, "1.250": -1, "\"1.250,00\"": -1} {
		costs, err := Costs(strings.NewReader("month;channel;spent\n2026-05;web;"+spent+"\n"), "EUR", latest)
		if err == nil && (want == -1 || len(costs) != 1 || costs[0].Cents != want) || err != nil && want != -1 {
			t.Errorf("%s: %+v, %v; want %d", spent, costs, err, want)
		}
	}
}
