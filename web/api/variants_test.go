package api_test

import (
	"fmt"
	"testing"

	"keepsake/campaigns"
	"keepsake/internal/store/storetest"
)

func TestADraftMayHaveVariantsAndARule(t *testing.T) {
	b := newBench(t)
	letter := func(variant, subject string) m {
		one := m{"lang": "en", "subject": subject, "html": "<p>Hello</p>"}
		if variant != "" {
			one["variant"], one["sender_name"] = variant, "Maria\r\nBcc: x@evil.test"
		}
		return one
	}
	var c m
	b.ask(t, "POST", "/campaigns", m{"kind": "newsletter", "name": "News", "messages": []m{{"name": "news", "contents": []m{letter("", "A"), letter("b", "B")},
		"test": m{"share": 50, "measure": "revenue", "after_seconds": 3600}}}}, 201, &c)
	news := c["messages"].([]any)[0].(m)
	test, variant := news["test"].(m), news["contents"].([]any)[1].(m)
	if test["share"] != 50.0 || test["after_seconds"] != 3600.0 || test["confidence"] != 0.95 || test["close"] != "a" || test["days"] != 7.0 {
		t.Errorf("the rule: %v", test)
	}
	if variant["variant"] != "b" || variant["subject"] != "B" || variant["sender_name"] != "Maria Bcc: x@evil.test" {
		t.Errorf("the variant: %v", variant)
	}
	for _, bad := range []m{{"share": 101, "measure": "clicks", "after_seconds": 3600}, {"share": 10, "measure": "opens", "after_seconds": 3600}} {
		b.ask(t, "POST", "/campaigns", m{"kind": "newsletter", "name": "News", "messages": []m{{"name": "news", "test": bad}}}, 422, nil)
	}
}

func TestADeliveryThatWaitsForAWinnerIsDueAtNoMoment(t *testing.T) {
	b := newBench(t)
	l := storetest.People(t, b.st, 20)
	c := storetest.Campaign(t, b.st, "newsletter", l.ID, func(c *campaigns.Campaign) {
		_, err := c.Messages[0].AddVariant("a")
		must(t, err)
		at := tuesday
		c.Trigger = campaigns.Trigger{At: &at}
	})
	must(t, b.st.Start(t.Context(), c.ID))
	must(t, b.site.Dispatch.Tick(t.Context()))
	var got struct{ Items []m }
	b.ask(t, "GET", fmt.Sprintf("/campaigns/%d/deliveries", c.ID), nil, 200, &got)
	waits := 0
	for _, d := range got.Items {
		_, due := d["due_at"]
		if d["waits_for"] == "the winner of the A/B test" {
			waits++
		}
		if due == (d["waits_for"] != nil) {
			t.Errorf("%v", d)
		}
	}
	if waits != 16 {
		t.Errorf("%d of %d wait; want 16", waits, len(got.Items))
	}
}
