package audience_test

import (
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

func TestUndoingManyItemsTakesAndBringsOnlyThoseThatCameOrWent(t *testing.T) {
	for _, c := range []struct{ do, value, was, now, want string }{
		{audience.BulkAdd, "red; blue", "red", "red; blue; green", "red; green"},
		{audience.BulkAdd, "red; blue", "Red", "Red; blue", "Red"},
		{audience.BulkAdd, "red; blue", "red, blue, x", "red; blue; x; y", "red; blue; x; y"},
		{audience.BulkAdd, "red", "", "red; y", "y"},
		{audience.BulkTake, "red; blue", "red; x", "x; green", "x; green; red"},
		{audience.BulkTake, "RED; blue", "red; x", "x", "red; x"},
		{audience.BulkTake, "red; blue", "x", "x, green", "x, green"},
		{audience.BulkSet, "red", "x", "y", "y"},
	} {
		b := audience.Bulk{Do: c.do, Value: c.value}
		if got := b.Back(c.was, c.now); got != c.want {
			t.Errorf("%s %q: was %q, now %q, undone %q; want %q", c.do, c.value, c.was, c.now, got, c.want)
		}
	}
}

func TestPeopleAreMeantByNumberOrByFiltersNotBoth(t *testing.T) {
	for _, who := range []audience.Selection{{Search: "ana"}, {List: 1}, {State: audience.Confirmed}, {Lang: "bg"}, {Segment: 1}, {Attribute: "pet"}} {
		who.IDs = []int64{1}
		b := audience.Bulk{Do: audience.BulkSuppress, Who: who}
		if err := b.Validate(audience.Attribute{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", who, err)
		}
	}
	if !(audience.Selection{State: "any"}).Everybody() || (audience.Selection{List: 1, State: "any"}).Everybody() {
		t.Error("any state is everybody's, but of a list")
	}
}
