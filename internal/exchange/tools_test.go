package exchange

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

// stands of the sample people: where each may be on the list, at most.
func stood(row audience.ImportRow, im audience.Import) string {
	if row.Fault != nil {
		return "fault: " + row.Fault.Error()
	}
	s := string(audience.Cautious(row.State, im.State))
	if row.Never != "" {
		s = string(row.Never)
	}
	if row.Told != nil {
		s += "@" + strings.TrimPrefix(row.Told.At.Format("20060102"), "00010101") + "/" + row.Told.Address + "/" + row.Told.More
	}
	return s
}

func name(row audience.ImportRow) string {
	local, _, _ := strings.Cut(row.Subscriber.Email, "@")
	return local
}

func TestExportsOfKnownToolsConfirmNobodyWhoWasNot(t *testing.T) {
	for file, c := range map[string]struct{ tool, people, attributes string }{
		"mailchimp.csv":               {"Mailchimp", "ana:confirmed@20240115/192.0.2.1/ boris:confirmed@20231102/192.0.2.2/", "address birthday country phone_number region tags"},
		"unsubscribed_mailchimp.csv":  {"Mailchimp", "vera:unsubscribed@20220505/192.0.2.3/", "unsub_reason"},
		"cleaned_mailchimp.csv":       {"Mailchimp", "gone:hard_bounce@20220505//", ""},
		"nonsubscribed_mailchimp.csv": {"Mailchimp", "never:none@20240404//", ""},
		"klaviyo.csv": {"Klaviyo", "ana:confirmed@20240115//Footer form boris:none vera:unsubscribed gone:hard_bounce@20240115// angry:complaint@20240115// empty:none",
			"city country phone_number zip_code"},
		"brevo.csv":                 {"Brevo", "ana:confirmed vera:unsubscribed", "phone"},
		"sendpulse.csv":             {"SendPulse", "ana:confirmed boris:none vera:unsubscribed gone:hard_bounce angry:complaint", "city phone"},
		"mailerlite.csv":            {"MailerLite", "ana:confirmed@20240115/192.0.2.1/ boris:pending@20240116// vera:unsubscribed@20240117// gone:hard_bounce@20240117// angry:complaint@20240117//", "city company country groups location"},
		"activecampaign.csv":        {"ActiveCampaign", "ana:confirmed boris:pending vera:unsubscribed gone:hard_bounce", "company phone tags"},
		"kit.csv":                   {"Kit", "ana:confirmed@20240115//Welcome form boris:declined@20240115// vera:unsubscribed@20240115// gone:hard_bounce@20240115// angry:complaint@20240115//", "tags"},
		"listmonk.csv":              {"listmonk", "ana:confirmed vera:unsubscribed boris:declined", "age city"},
		"shopify_customers.csv":     {"Shopify", "ana:confirmed boris:declined", "city country phone tags total_orders total_spent zip"},
		"woocommerce_customers.csv": {"WooCommerce", "ana:none boris:none", "city country orders postal_code region total_spend"},
	} {
		p, im := sniffed(t, file)
		if p.Tool != c.tool || p.Of != audience.OfPeople {
			t.Errorf("%s is of %q, %s", file, p.Tool, p.Of)
		}
		var people []string
		attributes := map[string]bool{}
		for row, err := range People(opened(t, file), im) {
			if err != nil {
				t.Fatalf("%s: %v, mapped %q", file, err, im.Mapping)
			}
			people = append(people, name(row)+":"+stood(row, im))
			for key := range row.Subscriber.Attributes {
				attributes[key] = true
			}
			if row.Subscriber.FirstName == "" {
				t.Errorf("%s: %s has no name", file, row.Subscriber.Email)
			}
		}
		if got := strings.Join(people, " "); got != c.people {
			t.Errorf("%s: mapped %q\n got %s\nwant %s", file, p.Mapping, got, c.people)
		}
		keys := slices.Sorted(maps(attributes))
		want := strings.Fields(c.attributes)
		slices.Sort(want)
		if !slices.Equal(keys, want) {
			t.Errorf("%s: attributes %q, want %q", file, keys, want)
		}
	}
}

func maps(m map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func opened(t *testing.T, file string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "tools", file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// sniffed is what we make of a tool's file without being told anything.
func sniffed(t *testing.T, file string) (Preview, audience.Import) {
	t.Helper()
	p, err := Sniff(opened(t, file), Source{Name: file})
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	im := audience.Import{Name: file, Of: p.Of, Encoding: p.Encoding, Delimiter: p.Delimiter, Mapping: p.Mapping, Types: p.Types, Rules: p.Rules, List: 1, Wording: "a sample", State: p.State}
	if err := im.Validate(); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return p, im
}

func TestTypesAreGuessedWhereAllValuesFit(t *testing.T) {
	p, _ := sniffed(t, "shopify_customers.csv")
	if got, want := fmt.Sprint(p.Types), "map[tags:list total_orders:number total_spent:number]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if p.Rules["attributes.tags"] != audience.AddItems {
		t.Errorf("rules %v", p.Rules)
	}
	for want, cells := range map[string][]string{"date": {"2024-01-15", "15.1.2024"}, "number": {"1", "2.5"}, "money": {"1.00 EUR", "€2"}, "yes_no": {"yes", "no"}, "": {"007", "008"}} {
		if got := guessType("Something", cells); got != want {
			t.Errorf("%v: got %q, want %q", cells, got, want)
		}
	}
	if got := guessType("Phone", []string{"5550001", "5550002"}); got != "" {
		t.Errorf("a phone is a %s", got)
	}
}

func TestAValueThatIsNotOfItsTypeIsAReason(t *testing.T) {
	im := audience.Import{Encoding: "UTF-8", Delimiter: ",", Mapping: []string{"email", "attributes.born", "attributes.size"}, Types: map[string]string{"born": "number"},
		Attributes: []audience.Attribute{{Key: "born", Type: audience.DateAttribute}, {Key: "size", Type: audience.ChoiceAttribute, Choices: []string{"S", "M"}}}}
	var got []string
	for row, err := range People(strings.NewReader("email,born,size\na@b.test,1.2.1990,m\nc@d.test,soon,S\ne@f.test,,XXL\n"), im) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(row.Subscriber.Attributes, row.Fault, row.Untaken))
	}
	want := "[map[born:1990-02-01 size:M] <nil> [] map[size:S] <nil> [“soon” is no day: write it as 2026-11-22.] map[] <nil> [“XXL” is none of the choices: S, M.]]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v", got)
	}
}

func TestAHeaderIsFoundByAnAttributesLabel(t *testing.T) {
	known := []audience.Attribute{{Key: "size", Type: "number", Labels: map[string]string{"bg": "Размер"}}, {Key: "name", Type: "text"}}
	p, err := Sniff(strings.NewReader("Email,размер,Name\na@b.test,38,Ana\n"), Source{Attributes: known})
	if err != nil || fmt.Sprint(p.Mapping) != "[email attributes.size name]" {
		t.Errorf("%v, %v", p.Mapping, err)
	}
}
