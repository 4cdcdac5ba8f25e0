package campaigns_test

import (
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/kindtest"
)

func TestEveryKindKeepsItsPromises(t *testing.T) {
	good := map[string][]campaigns.Kind{
		"newsletter": {&campaigns.Newsletter{}},
		"knowledge":  {&campaigns.Knowledge{}, &campaigns.Knowledge{FeedURL: "https://shop.test/feed", Most: 1, Least: 1}},
		"feedback": {&campaigns.Feedback{}, &campaigns.Feedback{Question: "How was it?", Scale: "stars", ReviewURL: "https://r.test", Promise: "We will call."},
			&campaigns.Feedback{Scale: "nps"}, &campaigns.Feedback{Scale: "thumbs"}},
		"gift": {&campaigns.Gift{Reward: "Tea"}, &campaigns.Gift{Reward: "Tea", Terms: "One each.", ValidDays: 30}},
		"contest": {contest(nil), contest(func(c *campaigns.Contest) { c.Question = "Why?"; c.Winners = 1000 }),
			contest(func(c *campaigns.Contest) { c.Starts = c.Starts.AddDate(0, 0, 2) }), contest(func(c *campaigns.Contest) { c.Extra = 5 })},
	}
	for _, k := range campaigns.Kinds {
		if len(good[k.Name]) == 0 {
			t.Errorf("there are no settings to exercise %s with", k.Name)
		}
		t.Run(k.Name, func(t *testing.T) { kindtest.Exercise(t, k.Name, good[k.Name]...) })
	}
}

// contest is open at kindtest.Now for a week.
func contest(shape func(*campaigns.Contest)) *campaigns.Contest {
	c := &campaigns.Contest{Prize: "A teapot", Starts: kindtest.Now.Add(-time.Hour), Ends: kindtest.Now.AddDate(0, 0, 7), Winners: 3,
		Organiser: "Tea House, Sofia", Eligible: "Adults"}
	if shape != nil {
		shape(c)
	}
	return c
}

func TestBadSettingsNameTheFieldToCorrect(t *testing.T) {
	for name, k := range map[string]campaigns.Kind{
		"a scale nobody knows": &campaigns.Feedback{Scale: "hearts"}, "a review page without TLS": &campaigns.Feedback{ReviewURL: "http://r.test"},
		"a script for a review page": &campaigns.Feedback{ReviewURL: "javascript:alert(1)"},
		"no reward":                  &campaigns.Gift{}, "valid for a negative time": &campaigns.Gift{Reward: "Tea", ValidDays: -1}, "valid for ages": &campaigns.Gift{Reward: "Tea", ValidDays: 5000},
		"a feed in a file": &campaigns.Knowledge{FeedURL: "file:///etc/passwd"}, "too many articles": &campaigns.Knowledge{Most: 51},
		"more at least than at most": &campaigns.Knowledge{Most: 2, Least: 3},
		"no prize":                   contest(func(c *campaigns.Contest) { c.Prize = " " }), "closing before opening": contest(func(c *campaigns.Contest) { c.Ends = c.Starts }),
		"too many tickets": contest(func(c *campaigns.Contest) { c.Extra = 21 }),
		"nobody wins":      contest(func(c *campaigns.Contest) { c.Winners = 0 }), "no organiser": contest(func(c *campaigns.Contest) { c.Organiser = "" }),
		"no opening": contest(func(c *campaigns.Contest) { c.Starts = time.Time{} }), "open to nobody": contest(func(c *campaigns.Contest) { c.Eligible = "" }),
	} {
		wantFault(t, name, k.Validate())
	}
}

func TestValuesAreNamedAsPeopleChooseThem(t *testing.T) {
	for path, want := range map[string]any{
		"subscriber.first_name": fault.Word("First name"), "subscriber.attributes.city": "city", "subscriber.attributes.tier": fault.Word("Tier"),
		"data.reward": fault.Word("What you give"), "data.code": fault.Word("Code"), "data.other": "data.other", "order.total": fault.Word("Order total"),
	} {
		if got := campaigns.Named(&campaigns.Gift{}, path); got != want {
			t.Errorf("%s: %#v; want %#v", path, got, want)
		}
	}
	if got := campaigns.Named(nil, "data.reward"); got != "data.reward" {
		t.Errorf("without a kind: %v", got)
	}
}
