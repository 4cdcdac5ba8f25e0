package store_test

import (
	"fmt"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestAnAttributeIsRenamedDeletedAndBroughtBack(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a := audience.Attribute{Key: "tea", Type: "choice", Choices: []string{"green", "black"}, Labels: map[string]string{"bg": "Чай"}}
		must(t, a.Validate())
		must(t, st.SaveAttribute(ctx, &a))
		a.Labels["bg"] = "Любим чай"
		must(t, st.SaveAttribute(ctx, &a))
		got, err := st.Attribute(ctx, "tea")
		if err != nil || got.Label("bg") != "Любим чай" || got.Label("en") != "tea" || fmt.Sprint(got.Choices) != "[green black]" || got.Type != "choice" {
			t.Errorf("%+v, %v", got, err)
		}
		must(t, st.DeleteAttribute(ctx, "tea"))
		if all, err := st.Attributes(ctx); err != nil || len(all) != 0 {
			t.Errorf("after deleting: %+v, %v", all, err)
		}
		if err := st.DeleteAttribute(ctx, "tea"); !fault.Is(err, fault.NotFound) {
			t.Errorf("deleted twice: %v", err)
		}
		must(t, st.RestoreAttribute(ctx, a.ID))
		if all, err := st.Attributes(ctx); err != nil || len(all) != 1 || all[0].Type != "choice" {
			t.Errorf("after undoing: %+v, %v", all, err)
		}
	})
}

func TestAnAttributeThatNobodyRegisteredIsRegisteredAsTextByItsFirstValue(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		must(t, st.RegisterAttributes(ctx, []audience.Attribute{{Key: "size", Type: "number"}, {Key: "aroma"}}))
		p := audience.Subscriber{Email: "a@shop.test", Attributes: map[string]string{"size": "4", "city": "София", " odd\n": "x"}}
		must(t, p.Validate())
		must(t, st.SaveSubscriber(ctx, &p))
		p.Attributes["shoe"] = "44"
		must(t, st.UpdateSubscriber(ctx, &p))
		row := audience.ImportRow{Line: 2, Subscriber: audience.Subscriber{Email: "b@shop.test", Attributes: map[string]string{"pet": "cat"}}}
		must(t, row.Subscriber.Validate())
		for _, dry := range []bool{true, false} {
			_, err := st.ImportBatch(ctx, []audience.ImportRow{row}, ledger.Batch{Import: audience.Import{State: audience.Confirmed, Dry: dry}})
			must(t, err)
			all, err := st.Attributes(ctx)
			must(t, err)
			if got, want := fmt.Sprint(keysOf(all)), map[bool]string{true: "[aroma:text city:text shoe:text size:number]", false: "[aroma:text city:text pet:text shoe:text size:number]"}[dry]; got != want {
				t.Errorf("dry %v: registered are %s; want %s", dry, got, want)
			}
		}
		must(t, st.DeleteAttribute(ctx, "city"))
		clock.Add(time.Minute)
		must(t, st.SaveSubscriber(ctx, &p))
		if _, err := st.Attribute(ctx, "city"); err != nil {
			t.Errorf("a deleted attribute that somebody has again: %v", err)
		}
	})
}

func keysOf(all []audience.Attribute) (keys []string) {
	for _, a := range all {
		keys = append(keys, a.Key+":"+a.Type)
	}
	return keys
}

func TestAttributesSayHowManyHaveThemAndWhereTheyAreUsed(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		for i := range 10 {
			must(t, st.AddPerson(ctx, fmt.Sprintf("a%d@shop.test", i), map[string]string{"city": []string{"", "Sofia"}[i%2], `k"y`: "x"}))
		}
		counts, err := st.AttributeCounts(ctx)
		if err != nil || counts["city"] != (store.AttributeCount{People: 5}) || counts[`k"y`].People != 10 {
			t.Errorf("%+v, %v", counts, err)
		}
		list := storetest.People(t, st, 1)
		c := storetest.Campaign(t, st, "newsletter", list.ID, func(c *campaigns.Campaign) {
			c.Messages[0].Contents[0].Subject = `{{ subscriber.attributes.city }} and {{ subscriber.attributes["shoe size"] }}`
		})
		one := segment.Segment{Name: "s", Rule: segment.Rule{Match: segment.Any, Rules: []segment.Rule{{Field: "attributes.city", Is: "filled"}, {Field: "attributes.city", Is: "is", Values: []string{"x"}}}}}
		must(t, st.SaveSegment(ctx, &one, "Ana"))
		uses, err := st.UsesOfAttributes(ctx)
		if err != nil || len(uses["city"].Segments) != 1 || len(uses["city"].Letters) != 1 || uses["city"].Letters[0].ID != c.ID || len(uses["shoe size"].Letters) != 1 {
			t.Errorf("%+v, %v", uses, err)
		}
	})
}

func TestOfManyPeopleAttributesAreCountedByAPart(t *testing.T) {
	store.FewBranches(t, 50, 20)
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		for i := range 300 {
			must(t, st.AddPerson(ctx, fmt.Sprintf("a%d@shop.test", i), map[string]string{"all": "x", "rare": []string{"y", ""}[min(i, 1)], "one": map[int]string{1: "x"}[i]}))
		}
		typed(t, st, "rare", "text")
		must(t, st.RegisterAttributes(ctx, []audience.Attribute{{Key: "one"}})) // whom the sample does not meet
		counts, err := st.AttributeCounts(ctx)
		if err != nil || !counts["one"].Estimate {
			t.Errorf("of a part of the people it is not known that nobody has it: %+v, %v", counts["one"], err)
		}
		if counts["all"] != (store.AttributeCount{People: 300, Estimate: true}) || counts["rare"].Estimate {
			t.Errorf("%+v, %v", counts, err)
		}
	})
}

func TestEverybodyIsCountedExactlyWhereThePeopleAreKnownFromBefore(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		must(t, st.AddPerson(ctx, "a@shop.test", nil))
		must(t, st.RunSQL(ctx, `UPDATE subscribers SET id = 200000`)) // their numbers are far apart
		if n, err := st.CountLately(ctx, store.SubscriberQuery{}); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		must(t, st.RunSQL(ctx, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234)
			INSERT INTO subscribers (id, email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at)
			SELECT 300000 + i, CAST(i AS TEXT), CAST(i AS TEXT), '', '', 'en', '', '{"city":"Sofia"}', '', created_at, created_at FROM n, subscribers WHERE id = 200000`))
		if counts, err := st.AttributeCounts(ctx); err != nil || counts["city"] != (store.AttributeCount{People: 1234}) {
			t.Errorf("%+v, %v", counts, err)
		}
	})
}
