package api_test

import "testing"

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
