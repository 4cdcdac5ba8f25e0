package segment_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
	"keepsake/campaigns/segment/segmenttest"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func nested(depth int) []byte {
	return []byte(strings.Repeat(`{"match":"all","rules":[`, depth) + `{"field":"email","is":"filled"}` + strings.Repeat(`]}`, depth))
}

func TestARuleTenThousandDeepIsRefusedInLittleMemory(t *testing.T) {
	raw := nested(10_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := segment.Decode(raw)
	runtime.ReadMemStats(&after)
	f, ok := err.(*fault.Error)
	if !ok || f.Code != fault.Invalid || !strings.Contains(f.Error(), "levels deep") {
		t.Fatalf("%v", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<10 {
		t.Errorf("it took %d bytes", used)
	}
}

func TestTheDeepestRuleIsTakenAndADeeperOneRefused(t *testing.T) {
	if _, err := segment.Decode(nested(segment.MaxDepth - 1)); err != nil {
		t.Error(err)
	}
	for _, deep := range []int{segment.MaxDepth, segment.MaxDepth + 1, segment.MaxDepth + 5} {
		if _, err := segment.Decode(nested(deep)); err == nil || !strings.Contains(err.Error(), "levels deep") {
			t.Errorf("%d groups: %v", deep, err)
		}
	}
}

func TestWhatIsNoRuleIsRefusedWithItsPath(t *testing.T) {
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	for raw, want := range map[string]string{
		`{"match":"all","rules":[{"field":"email","is":"filled"},{"match":"any","rules":[{"field":"nose","is":"is"}]}]}`: "rule.1.0: There is nothing called “nose” to ask about.",
		`{"match":"some","rules":[{"field":"email","is":"filled"}]}`:                                                     "rule: A group asks for all, any or none of its rules.",
		`{"match":"all","rules":[]}`:                                                                                                                 "rule: This group is empty: add a rule to it.",
		`{"field":"email","is":"filled"}`:                                                                                                            "rule: A rule begins with a group: all, any or none of its rules.",
		`{"match":"all","field":"email","rules":[{"field":"email","is":"filled"}]}`:                                                                  "rule: A rule is a group or a test, not both.",
		`{"match":"all","rules":[{"field":"email","is":"is"}]}`:                                                                                      "rule.0: Say with what it is compared.",
		`{"match":"all","rules":[{"field":"email","is":"filled","values":["x"]}]}`:                                                                   "rule.0: “filled” takes no values here.",
		`{"match":"all","rules":[{"field":"created_at","is":"in"}]}`:                                                                                 "rule.0: Say when: in the last so many days, or from one day to another.",
		`{"match":"all","rules":[{"field":"ordered","is":"did","where":[{"field":"total","is":"above","values":["5"]}]}]}`:                           "rule.0: Amounts are compared in one currency: add which, like EUR.",
		`{"match":"all","rules":[{"field":"ordered","is":"did","where":[{"field":"sku","is":"is","values":["\u0000"]}]}]}`:                           "rule.0.where.0: A text in a rule has at most 500 bytes, and no control characters.",
		`{"match":"all","rules":[{"field":"attributes.n","type":"number","is":"above","values":["1e9"]}]}`:                                           "rule.0: “1e9” is no number: up to 11 digits, a point and up to 4 more, like 19.99.",
		`{"match":"all","rules":[{"field":"list","is":"confirmed","values":["news"]}]}`:                                                              "rule.0: “news” is not the number of a list, a campaign or a segment.",
		`{"match":"all","rules":[` + many(201, `{"field":"email","is":"filled"}`) + `]}`:                                                             "rule: A rule has at most 200 tests; this one has 201.",
		`{"match":"all","rules":[{"field":"lang","is":"is","values":[` + many(501, `"en"`) + `]}]}`:                                                  "rule.0: A test has at most 500 values here.",
		`{"match":"all","rules":[{"field":"source","is":"is","values":["` + strings.Repeat("x", 501) + `"]}]}`:                                       "rule.0: A text in a rule has at most 500 bytes, and no control characters.",
		`{"match":"all","rules":[{"field":"opened","is":"did","within":{"last":5}}]}`:                                                                "rule.0: A span is counted in hours, days, weeks, months or years; of dates in days and more.",
		`{"match":"all","rules":[{"field":"opened","is":"did","within":{"from":"2026-02-30"}}]}`:                                                     "rule.0: “2026-02-30” is no day: write it as 2026-11-22.",
		`{"match":"all","rules":[{"field":"opened","is":"did","times":{"is":"at_least","n":-1}}]}`:                                                   "rule.0: Say how often: at least, at most or exactly so many times, up to a million.",
		`{"match":"all","rules":[{"field":"orders.sum","is":"above","values":["1.234"],"where":[{"field":"currency","is":"is","values":["EUR"]}]}]}`: "rule.0: “1.234” is no amount in EUR: write digits and a point, like 19.99.",
		`{"match":"all","rulez":[]}`: `rule: This is no rule: json: unknown field "rulez".`,
		`{"match":3}`:                "rule: At “match” of the rule there is a number.",
		nestedText(2) + `{}`:         "rule: There is something after the end of the rule.",
		strings.Repeat(" ", 1<<20+1): "rule: The rule is longer than 1024 KB.",
		``:                           "rule: This is no rule: EOF.",
	} {
		_, err := segment.Decode([]byte(raw))
		f, ok := err.(*fault.Error)
		if !ok || len(f.Fields) != 1 || f.Fields[0].Field+": "+f.Error() != want {
			t.Errorf("%.200s\ngot  %v\nwant %s", raw, err, want)
		}
	}
}

func nestedText(n int) string { return string(nested(n)) }

// english says sentences in English.
type english struct{}

func (english) T(id string, args ...any) string { return fmt.Sprintf(id, args...) }
func (english) N(id string, n int64) string     { return fmt.Sprintf(id, n) }

func TestTestsReadAsSentences(t *testing.T) {
	name := func(named, id string) string {
		if named == "attribute" {
			return id
		}
		return named + " " + id
	}
	for raw, want := range map[string]string{
		`{"field":"bought","is":"did","times":{"is":"at_least","n":2},"within":{"last":90,"unit":"days"},"where":[{"field":"category","is":"is","values":["tea"]},{"field":"refunded","is":"no"}]}`: "Bought at least 2 pieces in the last 90 days, category is “tea”, nothing was given back",
		`{"field":"opened","is":"did_not","within":{"last":30,"unit":"days"},"where":[{"field":"campaign","is":"is","values":["7"]}]}`:                                                              "Did not open a letter in the last 30 days, campaign is “campaign 7”",
		`{"field":"list","is":"left","values":["3","4"]}`:                                                                                                      "Unsubscribed from “list 3”, “list 4”",
		`{"field":"list","is":"confirmed"}`:                                                                                                                    "Is confirmed on any list",
		`{"field":"attributes.city","is":"is_not","values":["Sofia","Varna"]}`:                                                                                 "city is none of “Sofia”, “Varna”",
		`{"field":"attributes.size","type":"number","is":"between","values":["1","2.5"]}`:                                                                      "size is between 1 and 2.5",
		`{"field":"attributes.birthday","type":"date","is":"in","within":{"next":7,"unit":"days"}}`:                                                            "Birthday: in the next 7 days",
		`{"field":"created_at","is":"not_in","within":{"from":"2026-01-01","to":"2026-02-01"}}`:                                                                "Added: not from 2026-01-01 to 2026-02-01",
		`{"field":"orders.sum","is":"at_least","values":["100"],"within":{"last":1,"unit":"years"},"where":[{"field":"currency","is":"is","values":["EUR"]}]}`: "Sum of orders is at least 100 EUR in the last year",
		`{"field":"lang","is":"is","values":["a","b","c","d","e","f"]}`:                                                                                        "Language is one of “a”, “b”, “c”, “d” and 2 more",
		`{"field":"segment","is":"not_in","values":["2"]}`:                                                                                                     "Is not in the segment “segment 2”",
		`{"field":"suppressed","is":"no"}`:                                                                                                                     "May be mailed",
		`{"match":"none","rules":[{"field":"email","is":"filled"}]}`:                                                                                           "None of these is true",
	} {
		var r segment.Rule
		if err := json.Unmarshal([]byte(raw), &r); err != nil {
			t.Fatal(err)
		}
		if got := segment.Say(r, english{}, name); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestEveryTestThereIsHasASentence(t *testing.T) {
	r := segmenttest.Rules{Rand: rand.New(rand.NewPCG(1, 1)), Lists: 2, Campaigns: 2, Segments: 2}
	for range 3000 {
		rule := r.Rule(3)
		if err := rule.Validate(); err != nil {
			t.Fatal(err)
		}
		rule.Each(func(one *segment.Rule) {
			if one.Field != "" && segment.Label(english{}, one.Field) == "" {
				t.Errorf("%s has no name", one.Field)
			}
		})
		for _, one := range rule.Rules {
			if said := segment.Say(one, english{}, nil); said == "" || strings.Contains(said, "%!") || strings.Contains(said, "MISSING") {
				t.Errorf("%+v is said as %q", one, said)
			}
		}
	}
	for _, f := range segment.Fields {
		for _, is := range f.Tests() {
			if segment.LabelOfTest(english{}, f, is) == "" {
				t.Errorf("%s %s has no name", f.Name, is)
			}
		}
	}
}

func TestExplainSaysWhichFigureDecided(t *testing.T) {
	f := segment.Facts{Subscriber: audience.Subscriber{Lang: "bg", Attributes: map[string]string{"city": "Варна"}},
		Orders: []audience.Order{{State: "paid", Currency: "EUR", TotalCents: 5000, RefundedCents: 1000, PlacedAt: now.AddDate(0, 0, -3), Items: []audience.Item{{Category: "tea", Quantity: 3}}},
			{State: "refunded", Currency: "EUR", TotalCents: 900, RefundedCents: 900, PlacedAt: now, Items: []audience.Item{{Category: "tea", Quantity: 9}}}}}
	r, err := segment.Decode([]byte(`{"match":"all","rules":[
		{"field":"bought","is":"did","times":{"is":"at_least","n":2},"within":{"last":90,"unit":"days"},"where":[{"field":"category","is":"is","values":["tea"]}]},
		{"field":"orders.average","is":"above","values":["40.00"],"where":[{"field":"currency","is":"is","values":["EUR"]}]},
		{"match":"none","rules":[{"field":"attributes.city","is":"is","values":["варна"]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	all := segment.Explain(r, f, now)
	want := []string{"rule false", "rule.0 true 3", "rule.1 false 40.00 EUR", "rule.2 false", "rule.2.0 true Варна"}
	for i, one := range all {
		got := fmt.Sprint(one.Path, " ", one.Holds)
		switch {
		case one.Counts:
			got += fmt.Sprint(" ", one.Count)
		case one.Currency != "":
			got += " " + audience.FormatMoney(one.Cents, one.Currency) + " " + one.Currency
		case one.Text != "":
			got += " " + one.Text
		}
		if i >= len(want) || got != want[i] {
			t.Errorf("%d: %s", i, got)
		}
	}
	if len(all) != len(want) || segment.Match(r, f, now) {
		t.Errorf("%d reasons", len(all))
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(nestedText(3)))
	f.Add([]byte(`{"match":"all","rules":[{"field":"bought","is":"did","times":{"is":"exactly","n":0},"within":{"last":9,"unit":"weeks"},"where":[{"field":"sku","is":"is_not","values":["a"]}]}]}`))
	f.Add([]byte(`{"match":"any","rules":[{"field":"attributes.\u2028","type":"date","is":"on","values":["2026-11-22"]},{"field":"segment","is":"in","values":["1"]}]}`))
	r := segmenttest.Rules{Rand: rand.New(rand.NewPCG(7, 7)), Lists: 2, Campaigns: 2, Segments: 2}
	for range 20 {
		raw, _ := json.Marshal(r.Rule(3))
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		rule, err := segment.Decode(raw)
		if err != nil {
			if _, ok := err.(*fault.Error); !ok {
				t.Fatalf("not for people: %v", err)
			}
			return
		}
		again, err := json.Marshal(rule)
		if err != nil {
			t.Fatal(err)
		}
		back, err := segment.Decode(again)
		if err != nil || !reflect.DeepEqual(tidy(t, back), tidy(t, rule)) {
			t.Fatalf("%s became %s: %v", raw, again, err)
		}
		whole, err := rule.Expand(func(int64) (segment.Rule, error) {
			return segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "email", Is: "filled"}}}, nil
		})
		if err != nil {
			return
		}
		segment.Match(whole, segment.Facts{}, now)
		segment.Explain(whole, segment.Facts{Orders: []audience.Order{{}}, Happened: []segment.Happened{{Field: "opened"}}}, now)
		segment.Say(rule, english{}, nil)
	})
}

// tidy is a rule as JSON: a list of nothing and no list are the same.
func tidy(t *testing.T, r segment.Rule) string {
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
