package render

import (
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

func TestALetterWithNULIsRefusedWhereverItStands(t *testing.T) {
	for name, c := range map[string]campaigns.Content{
		"a merge tag": {Lang: "en", Mode: "html", Subject: "s", HTML: "<p>{{ subscriber.attributes[\"a\x00b\"] }}</p>"},
		"the subject": {Lang: "en", Mode: "html", Subject: "{{ subscriber.attributes['\x00'] }}", HTML: "<p></p>"},
		"a block":     {Lang: "en", Mode: "blocks", Subject: "s", Document: `{"version":1,"blocks":[{"id":"h","type":"html","code":"<p>{{ subscriber.attributes[\"a\u0000b\"] }}</p>"}]}`},
	} {
		if _, err := Compile(c, Options{}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "NUL") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
