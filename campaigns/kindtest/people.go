package kindtest

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
)

// Person is one recipient at Now, of a message with that name.
func Person(message string) campaigns.Recipient {
	return campaigns.Recipient{EnrolmentID: 7, Message: message, At: Now, Responses: map[string]string{},
		Subscriber: audience.Subscriber{ID: 1, Email: "ana@shop.test", EmailNorm: "ana@shop.test", FirstName: "Ana", Lang: "en", Attributes: map[string]string{}},
		Event:      &audience.Event{Name: "order.fulfilled", Key: "A1", At: Now, Order: &audience.Order{Number: "A1", State: "fulfilled", Currency: "EUR", TotalCents: 1999, PlacedAt: Now}}}
}

// hostile are forms that no page of ours makes.
func hostile() []url.Values {
	values := []string{"", " ", "-1", "99", "4.5", "NaN", "Inf", "1e400", "0x1", "４", "٣", "\x00", "5\x00", "\xff\xfe", "\u202eevil", "<script>alert(1)</script>",
		"=HYPERLINK(\"https://evil.test\")", "{{ 7 | times: 7 }}", "' OR 1=1 --", "\r\nBcc: x@evil.test", strings.Repeat("9", 5000), strings.Repeat("я", 300_000)}
	var forms []url.Values
	for _, v := range values {
		form := url.Values{}
		for _, field := range []string{"rating", "comment", "answer", "enter", "entry", "won", "redeemed", v} {
			form.Set(field, v)
		}
		forms = append(forms, form, url.Values{"rating": {"5", v}, "answer": {v}, "comment": {v}})
	}
	return forms
}

// storable reports whether any database and any reader takes the text.
func storable(s string) bool {
	return utf8.ValidString(s) && len(s) <= 16_000 && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t'
	})
}
