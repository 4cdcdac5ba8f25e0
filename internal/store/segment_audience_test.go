package store_test

import (
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestACampaignReachesWhoIsInItsSegmentsWhenItIsPlanned(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		list := storetest.People(t, st, 0)
		for _, email := range []string{"a@shop.test", "b@shop.test", "c@shop.test", "d@shop.test"} {
			storetest.Join(t, st, list.ID, email)
		}
		c := storetest.Campaign(t, st, "newsletter", list.ID, func(c *campaigns.Campaign) { c.State = campaigns.Scheduled })
		speak := func(email, lang string) {
			p, err := st.SubscriberByEmail(ctx, email)
			must(t, err)
			p.Lang, p.FirstName = lang, email[:1]
			must(t, st.UpdateSubscriber(ctx, &p))
		}
		save := func(name, field, value string) int64 {
			one := segment.Segment{Name: name, Rule: segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: field, Is: "is", Values: []string{value}}}}}
			must(t, one.Validate())
			must(t, st.SaveSegment(ctx, &one, "Ana"))
			return one.ID
		}
		speak("a@shop.test", "bg")
		speak("b@shop.test", "bg")
		speak("c@shop.test", "ru")
		speak("d@shop.test", "en")
		bg, ru, b := save("bg", "lang", "bg"), save("ru", "lang", "ru"), save("b", "first_name", "B")
		c.Audience.Segments, c.Audience.NotSegments = []int64{bg, ru}, []int64{b}
		must(t, st.SaveCampaign(ctx, &c))
		c, err := st.Campaign(ctx, c.ID)
		must(t, err)
		r, err := st.Reach(ctx, c.Audience)
		if err != nil || r.People != 2 || r.Outside != 2 {
			t.Errorf("before: %+v, %v", r, err)
		}
		people, err := st.Sample(ctx, c.Audience, 10)
		if err != nil || len(people) != 2 || people[0].Email != "c@shop.test" || people[1].Email != "a@shop.test" {
			t.Errorf("some of them: %+v, %v", people, err)
		}
		if err := st.DeleteSegment(ctx, ru); err == nil {
			t.Error("a segment that a campaign needs was deleted")
		}
		speak("d@shop.test", "ru") // joins the segment before the letter is planned
		speak("a@shop.test", "en") // and leaves it
		_, planned, err := st.Plan(ctx, c, tuesday)
		must(t, err)
		left, _, err := st.Deliveries(ctx, store.DeliveryQuery{Campaign: c.ID, Limit: 10})
		if err != nil || !planned || len(left) != 2 {
			t.Fatalf("planned %v for %d, %v", planned, len(left), err)
		}
		for _, d := range left {
			if d.Email != "c@shop.test" && d.Email != "d@shop.test" {
				t.Errorf("%s gets it", d.Email)
			}
		}
		only := audience.Audience{Segments: []int64{ru}} // no consent: nobody is reached by a segment alone
		if r, err := st.Reach(ctx, only); err != nil || r.People != 0 {
			t.Errorf("without a list: %+v, %v", r, err)
		}
	})
}
