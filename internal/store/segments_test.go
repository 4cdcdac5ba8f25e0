package store_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
	"keepsake/campaigns/segment/segmenttest"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

const (
	somePeople = 60
	someRules  = 1500
	someSaved  = 6
)

// crowdOf puts the same people at random into a database, with everything rules ask about.
func crowdOf(t *testing.T, st *store.Store, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	ctx := t.Context()
	run := func(sql string, args ...any) { t.Helper(); must(t, st.RunSQL(ctx, sql, args...)) }
	text := func() string { return segmenttest.Texts[r.IntN(len(segmenttest.Texts))] }
	name := func() string {
		return append(slices.Clone(segmenttest.Names), "", "entry", "rating")[r.IntN(len(segmenttest.Names)+3)]
	}
	ago := func() time.Time { // edges too: to the second what spans begin with
		return tuesday.AddDate(0, 0, -r.IntN(60)).Add(time.Duration(r.IntN(3)-1) * time.Second * time.Duration(r.IntN(40_000))).Truncate(time.Microsecond)
	}
	for i := range 3 {
		run(`INSERT INTO lists (name, label, description, opt_in, created_at) VALUES (?, ?, '', 'single', ?)`, fmt.Sprint(i), fmt.Sprint(i), tuesday)
		run(`INSERT INTO links (message_id, url) VALUES (1, ?)`, fmt.Sprintf("https://Shop.test/%d/чай", i))
	}
	run(`INSERT INTO campaigns (name, kind, state, lang, created_at, updated_at) VALUES ('c', 'newsletter', 'finished', 'en', ?, ?)`, tuesday, tuesday)
	order := 0
	for id := int64(1); id <= somePeople; id++ {
		attributes := map[string]string{}
		for _, key := range []string{"city", "size", "день", `k"y`, "a.b"} {
			if r.IntN(3) > 0 {
				attributes[key] = text()
			}
		}
		raw, _ := json.Marshal(attributes)
		email := fmt.Sprintf("p%d@shop.test", id)
		run(`INSERT INTO subscribers (email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			email, email, text(), text(), []string{"en", "bg", "ru"}[r.IntN(3)], []string{"", "Europe/Sofia"}[r.IntN(2)], string(raw), text(), ago(), tuesday)
		for list := int64(1); list <= 3; list++ {
			if r.IntN(2) == 0 {
				run(`INSERT INTO subscriptions (list_id, subscriber_id, state, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`, list, id, []string{"confirmed", "pending", "unsubscribed"}[r.IntN(3)], tuesday, tuesday)
			}
		}
		if r.IntN(6) == 0 {
			run(`INSERT INTO suppressions (email_norm, reason, source, at) VALUES (?, 'manual', '', ?)`, email, tuesday)
		}
		for range r.IntN(3) {
			run(`INSERT INTO consents (subscriber_id, list_id, given, source, wording, address, at) VALUES (?, ?, ?, ?, ?, '', ?)`, id, 1+r.IntN(3), r.IntN(3) > 0, text(), text(), ago())
		}
		for range r.IntN(4) {
			run(`INSERT INTO events (subscriber_id, name, occasion, at) VALUES (?, ?, ?, ?)`, id, name(), fmt.Sprint(r.Uint64()), ago())
		}
		for range r.IntN(8) {
			at := ago().AddDate(0, -4*r.IntN(2), 0) // some are due to be forgotten
			run(`INSERT INTO activities (delivery_id, campaign_id, subscriber_id, kind, link_id, verdict, at) VALUES (?, ?, ?, ?, ?, ?, ?)`, r.IntN(4), 1+r.IntN(3), id,
				[]string{"open", "click", "bounce", "complaint", "unsubscribe"}[r.IntN(5)], r.IntN(5), []string{"human", "human", "machine"}[r.IntN(3)], at)
		}
		for range r.IntN(3) {
			run(`INSERT INTO responses (enrolment_id, field, campaign_id, subscriber_id, value, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				int64(r.Uint32()), name(), 1+r.IntN(3), id, text(), ago(), tuesday)
		}
		if r.IntN(2) == 0 {
			run(`INSERT INTO runs (campaign_id, run_key, state, due_at, started_at) VALUES (1, ?, 'finished', ?, ?)`, fmt.Sprint("e", id), tuesday, tuesday)
			run(`INSERT INTO enrolments (id, campaign_id, run_id, subscriber_id, occasion, state, created_at) SELECT ?, ?, MAX(id), ?, '', 'finished', ? FROM runs`, 1000+id, 1+r.IntN(3), id, tuesday)
		}
		for _, field := range []string{"won", "friend_of", "friend_of"} {
			if r.IntN(2) == 0 {
				run(`INSERT INTO responses (enrolment_id, field, campaign_id, subscriber_id, value, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
					int64(r.Uint32()), field, 1+r.IntN(3), id, fmt.Sprint(1001+r.IntN(int(id))), ago(), tuesday)
			}
		}
		for range r.IntN(2) {
			at := ago()
			redeemed := []any{nil, at.Add(time.Hour)}[r.IntN(2)]
			run(`INSERT INTO codes (campaign_id, code, code_norm, state, subscriber_id, issued_at, redeemed_at, created_at) VALUES (?, ?, ?, 'issued', ?, ?, ?, ?)`,
				1+r.IntN(3), fmt.Sprint(r.Uint64()), fmt.Sprint(r.Uint64()), id, at, redeemed, tuesday)
		}
		for range r.IntN(5) {
			order++
			p := audience.Subscriber{Email: email, EmailNorm: email}
			o := audience.Order{Number: fmt.Sprint(order), State: audience.OrderStates[r.IntN(5)], Currency: []string{"EUR", "JPY"}[r.IntN(2)], TotalCents: int64(r.IntN(6000)),
				Channel: name(), Coupon: name(), Country: []string{"", "BG", "DE"}[r.IntN(3)], PlacedAt: ago(), UpdatedAt: tuesday}
			if o.RefundedCents = int64(r.IntN(2)) * o.TotalCents / 2; o.Ended() {
				o.RefundedCents = o.TotalCents
			}
			for range r.IntN(4) {
				o.Items = append(o.Items, audience.Item{SKU: name(), Name: text(), Category: name(), Quantity: r.IntN(3), PriceCents: 100})
			}
			must(t, st.RecordOrder(ctx, &p, &o))
		}
		if mood := r.IntN(5); mood > 0 && mood < 4 {
			run(`INSERT INTO subscriber_moods (subscriber_id, mood, rated_at) VALUES (?, ?, ?)`, id, mood, tuesday)
		}
		if r.IntN(2) == 0 {
			run(`INSERT INTO runs (campaign_id, run_key, state, due_at, started_at) VALUES (1, ?, 'finished', ?, ?)`, fmt.Sprint(id), tuesday, tuesday)
			run(`INSERT INTO deliveries (run_id, campaign_id, enrolment_id, message_id, subscriber_id, state, due_at, created_at, updated_at, sent_at)
				SELECT MAX(id), ?, ?, 1, ?, 'sent', ?, ?, ?, ? FROM runs`, 1+r.IntN(3), id, id, tuesday, tuesday, tuesday, ago())
		}
	}
	must(t, st.Resee(ctx))
}

// savedSegments are a few segments at random, each of which may refer to those before it.
func savedSegments(t *testing.T, st *store.Store, seed uint64) {
	t.Helper()
	r := segmenttest.Rules{Rand: rand.New(rand.NewPCG(seed, 2)), Lists: 3, Campaigns: 3}
	for i := range someSaved {
		r.Segments = i
		must(t, st.SaveSegment(t.Context(), &segment.Segment{Name: fmt.Sprint(i), Rule: r.Rule(2)}, "Ana"))
	}
}

func TestARuleMeansTheSameInBothDatabasesAndInGo(t *testing.T) {
	seed := uint64(20261122)
	if s := os.Getenv("KEEPSAKE_TEST_SEED"); s != "" { // others than the usual rules and people
		fmt.Sscan(s, &seed)
	}
	store.KeepAll(t) // SQLite counts in two halves, as it does many
	disagreements := 0
	var meant [][]int64 // by SQLite, whom PostgreSQL has to follow to the last person
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		crowdOf(t, st, seed)
		clock.Set(tuesday.Add(-store.RetainAfter))
		must(t, st.SaveRetention(t.Context(), audience.Retention{Opens: 3, Clicks: 3}))
		clock.Set(tuesday)
		retain(t, st)
		if r, err := st.Retained(t.Context()); err != nil || r.Total.Opens == 0 || r.Total.Clicks == 0 {
			t.Fatalf("nothing is forgotten: %+v, %v", r, err)
		}
		savedSegments(t, st, seed)
		for key, kind := range map[string]string{"city": "text", "size": "number", "день": "list", "a.b": "date"} {
			typed(t, st, key, kind)
		}
		facts := make([]segment.Facts, somePeople)
		for i := range facts {
			var err error
			facts[i], err = st.Facts(t.Context(), int64(i+1))
			must(t, err)
		}
		r := segmenttest.Rules{Rand: rand.New(rand.NewPCG(seed, 3)), Lists: 3, Campaigns: 3, Segments: someSaved}
		nobody, everybody := 0, 0
		first := len(meant) == 0
		for i := range someRules {
			rule := r.Rule(3)
			got, err := st.Meant(t.Context(), rule)
			if n, err := st.CountSegment(t.Context(), rule); err != nil || n != int64(len(got)) {
				disagreements++
				t.Errorf("rule %d: %d are counted, %d meant, %v", i, n, len(got), err)
			}
			whole, err2 := st.ExpandRule(t.Context(), rule)
			var want []int64
			for _, f := range facts {
				if segment.Match(whole, f, st.Now()) {
					want = append(want, f.ID)
				}
			}
			if err != nil || err2 != nil || !slices.Equal(got, want) {
				disagreements++
				raw, _ := json.Marshal(rule)
				t.Errorf("rule %d: SQL means %v, Go means %v, %v, %v\n%s", i, got, want, err, err2, raw)
			}
			if first {
				meant = append(meant, got)
			} else if !slices.Equal(got, meant[i]) {
				disagreements++
				t.Errorf("rule %d means %v here, %v on SQLite", i, got, meant[i])
			}
			if len(got) == 0 {
				nobody++
			} else if len(got) == somePeople {
				everybody++
			}
			if disagreements > 8 {
				t.FailNow()
			}
		}
		if nobody+everybody > someRules*3/4 {
			t.Errorf("%d of %d rules mean nobody, %d everybody: that tries little", nobody, someRules, everybody)
		}
	})
	t.Logf("rule_disagreements: %d of %d rules × %d people", disagreements, someRules, somePeople)
}

func TestSegmentsReferToEachOtherButNeverInACircle(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		refer := func(id int64) segment.Rule {
			return segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "segment", Is: "in", Values: []string{fmt.Sprint(id)}}}}
		}
		a := segment.Segment{Name: "a", Rule: segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "lang", Is: "is", Values: []string{"bg"}}}}}
		must(t, st.SaveSegment(ctx, &a, "Ana"))
		b := segment.Segment{Name: "b", Rule: refer(a.ID)}
		must(t, st.SaveSegment(ctx, &b, "Ana"))
		stale := a
		a.Rule = refer(b.ID)
		if err := st.SaveSegment(ctx, &a, "Ana"); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "itself") {
			t.Errorf("a circle: %v", err)
		}
		if err := st.DeleteSegment(ctx, a.ID); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "“b”") {
			t.Errorf("deleted though in use: %v", err)
		}
		a.Rule = refer(99)
		if err := st.SaveSegment(ctx, &a, "Ana"); !fault.Is(err, fault.Invalid) {
			t.Errorf("refers to nothing: %v", err)
		}
		must(t, st.DeleteSegment(ctx, b.ID))
		stale.Name = "A"
		must(t, st.SaveSegment(ctx, &stale, "Ana"))
		if err := st.SaveSegment(ctx, &a, "Ana"); err == nil {
			t.Error("an old version was saved")
		}
		must(t, st.RestoreSegment(ctx, b.ID))
		all, err := st.Segments(ctx)
		if err != nil || len(all) != 2 || all[0].Version != 2 && all[1].Version != 2 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestABirthdayCakeOfRulesIsCompiledWithValuesBound(t *testing.T) {
	if os.Getenv("KEEPSAKE_TEST_POSTGRES") == "" {
		t.Log("on SQLite only")
	}
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		evil := `'); DROP TABLE subscribers; --`
		r := segment.Rule{Match: segment.Any}
		for _, f := range []string{"first_name", "attributes." + evil, "source", "email"} {
			for _, is := range segment.Tests[segment.Text] {
				one := segment.Rule{Field: f, Is: is}
				if is != "filled" && is != "empty" {
					one.Values = []string{evil, "?", "@p1", "$1"}
				}
				r.Rules = append(r.Rules, one)
			}
		}
		must(t, r.Validate())
		if _, err := st.CountSegment(t.Context(), r); err != nil {
			t.Error(err)
		}
		most := segment.Rule{Match: segment.Any}
		for i := range segment.MaxTests {
			one := segment.Rule{Field: "attributes.x", Is: []string{"is", "contains"}[i%2]}
			for j := range segment.MaxAll / segment.MaxTests {
				one.Values = append(one.Values, fmt.Sprintf("%d и %d", i, j))
			}
			most.Rules = append(most.Rules, one)
		}
		must(t, most.Validate())
		if _, err := st.CountSegment(t.Context(), most); err != nil {
			t.Errorf("the largest rule: %v", err)
		}
	})
}
