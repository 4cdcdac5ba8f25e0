package render

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
)

func TestManyRulesOnManyTagsTakeNeitherLongNorMuch(t *testing.T) {
	var other, same strings.Builder
	for i := range 8000 {
		fmt.Fprintf(&other, ".c%d{color:#111}", i)
		same.WriteString(".a{color:#111}")
	}
	tags := strings.Repeat(`<p class="a">x</p>`, 8000)
	for name, css := range map[string]string{"other": other.String(), "same": same.String()} {
		began := time.Now()
		l, err := htmlSources(campaigns.Content{Lang: "en", Mode: "html", Subject: "x", HTML: "<html><head><style>" + css + "</style></head><body>" + tags + "</body></html>"}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 15*time.Second || len(l.html) > 2*mostInlined {
			t.Errorf("%s: %s, %d octets", name, took, len(l.html))
		}
	}
}
