package dispatch_test

import (
	"strings"
	"testing"

	"keepsake/internal/dispatch"
	"keepsake/internal/store/storetest"
)

func TestAPreviewShowsSamplesInTheLettersLanguage(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 1)
		c := storetest.Campaign(t, b.st, "knowledge", l.ID, letter("{{ subscriber.first_name }}: {{ data.items[0].title }}", "shop.name"))
		c.Messages[0].Contents[0].Lang = "bg"
		p, err := b.Preview(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: c.Messages[0].Contents[0]})
		must(t, err)
		if want := "Мария: Примерна статия"; !strings.HasPrefix(p.Subject, want) {
			t.Errorf("subject %q; want %q", p.Subject, want)
		}
	})
}
