package exchange

import (
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

// stoodBy is where each person of a file stands by what is guessed of it, and by which mapping.
func stoodBy(t *testing.T, file string, known ...audience.Attribute) (stands, mapping string) {
	t.Helper()
	p, err := Sniff(strings.NewReader(file), Source{Attributes: known})
	if err != nil {
		t.Fatal(err)
	}
	im := audience.Import{Encoding: p.Encoding, Delimiter: p.Delimiter, State: audience.Confirmed, Mapping: p.Mapping, Types: p.Types}
	var out []string
	for row, err := range People(strings.NewReader(file), im) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.SplitN(stood(row, im), ":", 2)[0])
	}
	return strings.Join(out, " "), strings.Join(p.Mapping, ",")
}

func columnFile(header, values string) string {
	lines := []string{"Email," + header}
	for i, v := range strings.Split(values, "|") {
		lines = append(lines, string(rune('a'+i))+"@shop.test,"+v)
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestOneUnknownWordOfAStatusConfirmsNobodyWhoLeft(t *testing.T) {
	made := audience.Attribute{Key: "status", Type: audience.TextAttribute}
	for _, header := range []string{"Status", "State", "status", "Email status", "Статус"} {
		got, mapping := stoodBy(t, columnFile(header, "subscribed|unsubscribed|bounced|whatever"), made)
		if mapping != "email,state" || got != "confirmed unsubscribed hard_bounce fault" {
			t.Errorf("%s is %s: %s", header, mapping, got)
		}
	}
	if _, mapping := stoodBy(t, columnFile("Status", "gold|silver|bounced|bronze")); mapping != "email,state" {
		t.Errorf("one word of leaving among unknown ones: %s", mapping)
	}
	if _, mapping := stoodBy(t, columnFile("State", "Sofia|Varna|new|Ruse")); mapping != "email,attributes.state" {
		t.Errorf("a part of the country: %s", mapping)
	}
}

func TestAColumnNamedByLeavingTakesOffTheListWhomItSaysYesOf(t *testing.T) {
	for header, want := range map[string]string{"Unsubscribed": "left_at unsubscribed", "Opted out": "left_at unsubscribed", "Opt-out": "left_at unsubscribed", "Отписан": "left_at unsubscribed", "Отказ": "left_at unsubscribed",
		"Bounced": "bounced_at hard_bounce", "Complained": "blocked unsubscribed", "Blocked": "blocked unsubscribed", "Suppressed": "blocked unsubscribed", "Do not email": "blocked unsubscribed", "unsubscribed": "left_at unsubscribed"} {
		for _, words := range []string{"yes|no|", "TRUE|FALSE|never", "1|0|", "да|не|", "2026-01-02||n/a"} {
			field, stands, _ := strings.Cut(want, " ")
			got, mapping := stoodBy(t, columnFile(header, words), audience.Attribute{Key: "unsubscribed", Type: audience.TextAttribute})
			if mapping != "email,"+field || got != stands+" confirmed confirmed" {
				t.Errorf("%s, %s is %s: %s", header, words, mapping, got)
			}
		}
	}
	if _, mapping := stoodBy(t, columnFile("Bounced", "0|3|1")); mapping != "email,attributes.bounced" {
		t.Errorf("how often is %s", mapping)
	}
}

func TestASecondStatusThatSaysThatSomebodyLeftIsNotPassedOver(t *testing.T) {
	got, mapping := stoodBy(t, "Email,Consent,Status\na@shop.test,yes,active\nb@shop.test,yes,unsubscribed\n")
	if mapping != "email,state,state" || got != "confirmed unsubscribed" {
		t.Errorf("%s: %s", mapping, got)
	}
}

func TestAColumnOfWordsOfLeavingIsToldWhateverItIsCalled(t *testing.T) {
	for values, want := range map[string]bool{"unsubscribed|bounced|spam": true, "active|unsubscribed|": true, "red|blue|unsubscribed": false, "active|pending|": false, "||": false} {
		p, err := Sniff(strings.NewReader(columnFile("Segment", values)), Source{})
		if err != nil || p.Mapping[1] != "attributes.segment" || slices.Contains(p.Leaving, "Segment") != want {
			t.Errorf("%s: %q, %v, %v", values, p.Mapping, p.Leaving, err)
		}
	}
}
