package dispatch_test

import (
	"fmt"
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/trial"
	"keepsake/internal/dispatch"
	"keepsake/internal/render"
	"keepsake/internal/store/storetest"
	"keepsake/templates"
)

// starters are the newsletter's letters as the program gives them.
func starters(t *testing.T) (all []campaigns.Content) {
	t.Helper()
	for _, lang := range []string{"en", "bg", "ru"} {
		content, err := render.Starter("newsletter", "news", lang, templates.FS)
		must(t, err)
		all = append(all, content)
	}
	return all
}

// untouched are the warnings of letters left as they began, with the letter each leads to.
func untouched(lines []dispatch.Line) string {
	var all []string
	for _, l := range lines {
		if l.About == "untouched" && l.Block == "" {
			all = append(all, strings.TrimSpace(l.Lang+" "+l.Variant)+": "+fmt.Sprintf(l.Format, l.Args...))
		}
	}
	return strings.Join(all, "\n")
}

const written = `{"v":1,"blocks":[{"id":"a","type":"heading","level":1,"rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"New teas"}]}]}}]}`

func TestALanguageThatIsStillTheSampleIsNamedOnceAnotherWasWritten(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 1)
		contents := starters(t)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, func(c *campaigns.Campaign) { c.Messages[0].Contents = contents })
		lines, err := b.Review(t.Context(), c)
		must(t, err)
		if got := untouched(lines); got != "" {
			t.Errorf("with nothing written: %s", got)
		}
		draft := c.Messages[0].Contents[0]
		draft.Subject, draft.Document = "New teas", written
		lines, err = b.Preflight(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: draft})
		must(t, err)
		want := "bg: Bulgarian is still the sample text you began with.\nru: Russian is still the sample text you began with."
		if got := untouched(lines); got != want {
			t.Errorf("English as it is being written:\n%s\nwant:\n%s", got, want)
		}
		russian := c.Messages[0].Contents[2]
		russian.Document = strings.Replace(written, "New teas", "Новые чаи", 1)
		c.Messages[0].Contents = []campaigns.Content{draft, c.Messages[0].Contents[1], russian}
		lines, err = b.Review(t.Context(), c)
		must(t, err)
		want = "bg: Bulgarian is still the sample text you began with.\nru: The Russian subject is still the sample's."
		if got := untouched(lines); got != want {
			t.Errorf("the review:\n%s\nwant:\n%s", got, want)
		}
	})
}

func TestAVariantThatIsStillAInOneLanguageIsNamed(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 1)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, func(c *campaigns.Campaign) {
			m := &c.Messages[0]
			m.Contents = nil
			for _, one := range []struct{ lang, variant, subject string }{{"en", "", "Tea"}, {"bg", "", "Чай"}, {"en", "b", "More tea"}, {"bg", "b", "Чай"}, {"en", "c", "Tea"}, {"bg", "c", "Чай"}} {
				m.Contents = append(m.Contents, campaigns.Content{Lang: one.lang, Variant: one.variant, Subject: one.subject, Mode: "blocks", Document: written})
			}
			m.Test = trial.Default()
		})
		lines, err := b.Review(t.Context(), c)
		must(t, err)
		want := "bg b: Variant B in Bulgarian is still exactly the same as A.\nen c: A/B test: variant C is still the same as A."
		if got := untouched(lines); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	})
}

func TestWordsToBeginWithAndConditionsThatNobodyFitsAreNamed(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 2)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, nil)
		says := func(document string) (all []string) {
			t.Helper()
			content := campaigns.Content{Lang: "en", Mode: "blocks", Subject: "Hello", Document: document}
			lines, err := b.Preflight(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: content})
			must(t, err)
			for _, l := range lines {
				if l.Level == "warn" && (l.About == "untouched" || l.About == "show") {
					all = append(all, l.Block+"."+l.Field+": "+fmt.Sprintf(l.Format, l.Args...))
				}
			}
			return all
		}
		poll := `{"v":1,"blocks":[{"id":"p","type":"poll","question":"Which?","options":["Green","The second","The third"]%s}]}`
		got := fmt.Sprint(says(fmt.Sprintf(poll, "")))
		if want := "[p.options: Words to begin with are still there: “The second” and “The third”. Write your own.]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		for rule, want := range map[string]string{
			`{"path":"subscriber.attributes.city","is":"is","value":"Sofja"}`: "p.show: This block is shown to nobody: no reader of the letter fits its condition.",
			`{"path":"subscriber.email","is":"contains","value":"shop.test"}`: "",
			`{"path":"order.total","is":"above","value":"10"}`:                "",
		} {
			shown := says(fmt.Sprintf(poll, `,"show":{"rules":[`+rule+`]}`))
			if got := strings.Join(shown[1:], " "); got != want {
				t.Errorf("%s: %q, want %q", rule, got, want)
			}
		}
	})
}
