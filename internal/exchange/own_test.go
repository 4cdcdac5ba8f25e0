package exchange

import (
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

// What our own export holds besides the person is no proof of consent and no attribute.
func TestOurOwnExportSuggestsNoConsentAndNoNewAttribute(t *testing.T) {
	lists := []audience.List{{ID: 1, Label: "newsletter"}}
	attributes := []audience.Attribute{{Key: "source", Type: audience.TextAttribute}, {Key: "Suppressed", Type: audience.TextAttribute}}
	for header, want := range map[string]string{
		"email,first_name,last_name,created_at,source,lists.newsletter,lists.gone": "email,first_name,last_name,,,lists.newsletter,",
		"email,first_name,created_at":                                      "email,first_name,",
		"id,email,source,suppressed,attributes.city,attributes":            ",email,,blocked,attributes.city,attributes",
		"email,state,consent_at,consent_ip,consent_source,consent_wording": "email,state,consent_at,consent_ip,consent_source,consent_source",
		"First name,email,created_at,lists.newsletter":                     "first_name,email,,lists.newsletter",
		"first_name,email,status,created_at":                               "first_name,email,state,consent_at", // Kit's
	} {
		p, err := Sniff(strings.NewReader(header+"\nana@shop.test,Ana\n"), Source{Lists: lists, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(p.Mapping, ","); got != want {
			t.Errorf("%s\n got %s\nwant %s", header, got, want)
		}
	}
}

func TestAColumnMayBeAPlaceOnAList(t *testing.T) {
	file := "email,suppressed,lists.a,lists.b\nana@shop.test,,confirmed,\nboris@shop.test,,unsubscribed,pending\nvera@shop.test,manual,confirmed,confirmed\nfalse@shop.test,,who knows,\n"
	im := audience.Import{Encoding: "UTF-8", Delimiter: ",", Mapping: []string{"email", "blocked", "lists.a", "lists.b"}}
	var got []string
	for row, err := range People(strings.NewReader(file), im) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Fault != nil {
			got = append(got, row.Fault.Error())
			continue
		}
		got = append(got, name(row)+" "+string(row.Places["a"])+" "+string(row.Places["b"]))
	}
	if want := []string{"ana confirmed ", "boris unsubscribed pending", "vera unsubscribed unsubscribed", "“who knows” is no status we know."}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
