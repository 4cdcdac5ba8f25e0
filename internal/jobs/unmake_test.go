package jobs_test

import (
	"io"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestAnUndoneImportTakesTheAttributesAlongThatNothingElseUses(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 1)
		r := runner(st, t.TempDir())
		file := "email,city,asked,had,known\nnew@shop.test,Sofia,yes,x,1\np1@shop.test,Varna,no,y,2\n"
		known := audience.Attribute{Key: "known", Type: audience.TextAttribute}
		must(t, known.Validate())
		must(t, st.SaveAttribute(t.Context(), &known))
		j := queue(t, st, r, "import", file, suggestedImport(t, st, file, audience.Import{List: l.ID, Wording: "till"}))
		must(t, r.Drain(t.Context(), "import"))
		j, rep := report(t, st, j)
		if strings.Join(rep.Made, " ") != "asked city had" && strings.Join(rep.Made, " ") != "city asked had" {
			t.Fatalf("made %q", rep.Made)
		}
		s := segment.Segment{Name: "Who was asked", Rule: segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: segment.Attribute + "asked", Type: audience.TextAttribute, Is: "filled"}}}}
		must(t, st.SaveSegment(t.Context(), &s, "test"))
		p, err := st.SubscriberByEmail(t.Context(), "p1@shop.test")
		must(t, err)
		p.Attributes["had"] = "mine"
		must(t, st.UpdateSubscriber(t.Context(), &p))
		j, rep = undone(t, st, r, j)
		all, err := st.Attributes(t.Context())
		must(t, err)
		var keys []string
		for _, a := range all {
			keys = append(keys, a.Key)
		}
		if strings.Join(keys, " ") != "asked had known" || rep.Undone.Attributes != 1 || rep.Made != nil {
			t.Errorf("%q are left, %+v", keys, rep)
		}
		f, err := r.Left(j)
		must(t, err)
		defer f.Close()
		b, err := io.ReadAll(f)
		must(t, err)
		for _, want := range []string{"The attribute “asked” stays: “Who was asked” uses it.", "The attribute “had” stays: people have values for it."} {
			if !strings.Contains(string(b), want) {
				t.Errorf("lacks %s:\n%s", want, b)
			}
		}
	})
}
