package campaigns_test

import (
	"errors"
	"slices"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

func TestABlockThatItsKindCannotAnswerIsNamed(t *testing.T) {
	d, err := document.Parse(`{"v":1,"blocks":[{"id":"rating","type":"rating"},{"id":"contest","type":"contest"},{"id":"coupon","type":"coupon"},
		{"id":"button","type":"button","label":"Go","action":"respond"},{"id":"all","type":"coupon","source":"shared","code":"X"},{"id":"poll","type":"poll"},{"id":"link","type":"button","label":"Go","href":"https://x.test"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string][]string{
		"newsletter": {"rating", "contest", "coupon", "button.action"}, "knowledge": {"rating", "contest", "coupon", "button.action"},
		"feedback": {"contest", "coupon"}, "gift": {"rating", "contest"}, "contest": {"rating", "coupon"},
	} {
		info, err := campaigns.KindInfo(kind)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if f, ok := errors.AsType[*fault.Error](campaigns.Answers(info.New(), d)); ok {
			for _, field := range f.Fields {
				got = append(got, field.Field)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v; want %v", kind, got, want)
		}
	}
}
