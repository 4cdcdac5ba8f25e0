package store_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// nobodys are the tables with such a column that hold no person of the shop's books.
var nobodys = map[string]string{"users": "who signs in to Keepsake"}

func TestEachTableThatKnowsPeopleIsInTheRecordTheErasureAndTheMerge(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		names, err := st.PersonalTables(t.Context())
		must(t, err)
		if len(names) < 20 {
			t.Fatalf("only %v know people", names)
		}
		for _, name := range names {
			if nobodys[name] != "" {
				continue
			}
			if !slices.Contains(store.Recorded(), name) {
				t.Errorf("%s is not in a person's record: add it to record (record.go)", name)
			}
			if !slices.Contains(store.MergedTables, name) {
				t.Errorf("%s is not merged with two people: see to it in merge.go and unmerge.go, then name it in MergedTables", name)
			}
			if !slices.Contains(store.ErasedTables(), name) {
				t.Errorf("%s is not erased with a person: add it to erasure (erase.go)", name)
			}
		}
	})
}

// The words of one person, that stand nowhere else.
const (
	zoeEmail = "zoe.unmatched+1@person.test"
	zoeFirst = "Zoefirst"
	zoeLast  = "Zoelast"
	zoeWord  = "zoesecret"
)

// zoe has something in every table that knows people. She was sent two letters, and one of them waits.
func zoe(t *testing.T, st *store.Store) (audience.Subscriber, campaigns.Campaign) {
	t.Helper()
	ctx := t.Context()
	l := storetest.People(t, st, 2)
	p := audience.Subscriber{Email: zoeEmail, FirstName: zoeFirst, LastName: zoeLast, Lang: "en", Source: "test", Attributes: map[string]string{"hobby": zoeWord}}
	must(t, p.Validate())
	must(t, st.SaveSubscriber(ctx, &p))
	must(t, st.Subscribe(ctx, p.ID, l.ID, audience.Confirmed, audience.Consent{Source: "form", Wording: "I, " + zoeWord + ", agree", Address: "192.0.2.7"}))
	for i, state := range []string{"fulfilled", "refunded"} {
		o := audience.Order{Number: fmt.Sprintf("Z-%d", i), State: state, Currency: "EUR", TotalCents: 1000, Coupon: zoeWord, PlacedAt: tuesday, UpdatedAt: tuesday,
			Items: []audience.Item{{SKU: "A", Name: "Tea for " + zoeWord, Quantity: 1, PriceCents: 1000}}}
		must(t, st.RecordOrder(ctx, &p, &o))
	}
	must(t, st.RecordEvent(ctx, &p, audience.Event{Name: "trial.started", Key: zoeEmail, Data: map[string]string{"note": zoeWord}, At: tuesday}))
	c := storetest.Campaign(t, st, "feedback", l.ID, func(c *campaigns.Campaign) { now(t, c) })
	must(t, st.Start(ctx, c.ID))
	_, _, err := st.Plan(ctx, c, tuesday)
	must(t, err)
	fillPerson(t, st, p.ID, c.ID)
	return p, c
}

// fillPerson writes what takes letters, servers and months to come about.
func fillPerson(t *testing.T, st *store.Store, id, campaign int64) {
	t.Helper()
	const at = "'2026-11-17 10:00:00+00:00'"
	d := fmt.Sprintf("(SELECT MIN(id) FROM deliveries WHERE subscriber_id = %d)", id)
	e := fmt.Sprintf("(SELECT MIN(id) FROM enrolments WHERE subscriber_id = %d)", id)
	m := fmt.Sprintf("(SELECT MIN(id) FROM messages WHERE campaign_id = %d)", campaign)
	v := strings.NewReplacer("@id", fmt.Sprint(id), "@campaign", fmt.Sprint(campaign), "@at", at, "@email", zoeEmail, "@word", zoeWord, "@d", d, "@e", e, "@m", m)
	must(t, st.ExecAll(t.Context(), v.Replace(`UPDATE deliveries SET state = 'sent', sent_at = @at, reply = '250 ok <@email>' WHERE id = @d;
INSERT INTO links (id, message_id, url) VALUES (7001, @m, 'https://shop.test/tea');
INSERT INTO activities (delivery_id, campaign_id, subscriber_id, kind, link_id, verdict, why, at) VALUES (@d, @campaign, @id, 'click', 7001, 'human', '', @at);
INSERT INTO activities (delivery_id, campaign_id, subscriber_id, kind, link_id, verdict, why, at) VALUES (@d, @campaign, @id, 'bounce', 0, 'machine', 'no @email here', @at);
INSERT INTO responses (enrolment_id, field, campaign_id, subscriber_id, value, created_at, updated_at) VALUES (@e, 'rating', @campaign, @id, '4', @at, @at);
INSERT INTO responses (enrolment_id, field, campaign_id, subscriber_id, value, created_at, updated_at) VALUES (@e, 'comment', @campaign, @id, 'Call me, @word', @at, @at);
INSERT INTO codes (campaign_id, code, code_norm, state, subscriber_id, enrolment_id, created_at) VALUES (@campaign, 'TEA-1', 'TEA1', 'issued', @id, @e, @at);
INSERT INTO alerts (campaign_id, subscriber_id, text, at) VALUES (@campaign, @id, 'somebody is unhappy', @at);
INSERT INTO reports (report_key, email_norm, subscriber_id, delivery_id, campaign_id, verdict, status, source, counts, words, at) VALUES ('k', '@email', @id, @d, @campaign, 'soft', '4.2.2', 'test', TRUE, 'mailbox @email is full', @at);
INSERT INTO unproven_reports (subscriber_id, verdict, status, words, source, at) VALUES (@id, 'hard', '5.1.1', 'no @email', 'test', @at);
INSERT INTO confirmations (subscriber_id, asked_at) VALUES (@id, @at);
INSERT INTO suppressions (email_norm, reason, source, at) VALUES ('@email', 'soft_bounce', 'test', @at);
INSERT INTO former_addresses (email_norm, email, subscriber_id, at) VALUES ('old.@email', 'Old.@email', @id, @at);
INSERT INTO merges (kept_id, gone_id, at, record) VALUES (@id, 9001, @at, '{"email":"old.@email"}');
INSERT INTO jobs (kind, state, params, result, created_at) VALUES ('export', 'finished', '{"search":"@email"}', '{"who":"@email"}', @at);
INSERT INTO bulk_people (job_id, subscriber_id, mail, was) SELECT MAX(id), @id, FALSE, '=@word' FROM jobs;
INSERT INTO import_changes (job_id, subscriber_id, kind, ref, was, became) SELECT MAX(id), @id, 'person', 0, '{}', '{"first_name":"@word"}' FROM jobs;
INSERT INTO saved_exports (name, export, cron, zone, destination, secret, created_at, updated_at) VALUES ('For Zoefirst Zoelast', '{"search":"@email"}', '', '', '{}', '', @at, @at);
INSERT INTO segments (name, rule, created_at, updated_at) VALUES ('One', '{"match":"all","rules":[{"field":"email","is":"is","values":["@email"]}]}', @at, @at);
INSERT INTO self_tests (sender, recipient, sent_at, reply) VALUES ('us@shop.test', '@email', @at, '250 ok');
INSERT INTO import_changes (job_id, subscriber_id, kind, ref, was, became) VALUES (1, @id, 'person', 0, '{"first_name":"@word"}', '{}');
INSERT INTO audits (user_id, action, object, at) VALUES (1, 'subscriber.suppress', 'subscriber:@id', @at)`)))
	must(t, st.KeepLetter(t.Context(), store.BoxLetter{Sender: "us@shop.test", Recipient: zoeEmail, Subject: "To " + zoeFirst, Data: []byte("To: " + zoeEmail)}))
	must(t, st.KeepLetter(t.Context(), store.BoxLetter{Sender: "us@shop.test", Recipient: "owner@shop.test", Subject: "Somebody wrote", Data: []byte("From " + zoeEmail)}))
}

func TestAnErasedPersonLeavesAHashAndNothingElse(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		p, c := zoe(t, st)
		before, err := st.Totals(ctx, c.ID)
		must(t, err)
		clicks, err := st.Clicks(ctx, c.ID)
		must(t, err)
		if traces, err := st.Traces(ctx, zoeEmail, zoeFirst, zoeWord); err != nil || len(traces) < 20 {
			t.Fatalf("before, %v, %v tell of her: too little is tried", traces, err)
		}
		words, err := st.Erase(ctx, p.ID, "test")
		if err != nil || !slices.Contains(words, "old."+zoeEmail) {
			t.Fatalf("words %v, %v", words, err)
		}
		forget(t, st, "old."+zoeEmail)
		if traces, err := st.Traces(ctx, zoeEmail, zoeFirst, zoeLast, zoeWord); err != nil || len(traces) > 0 {
			t.Errorf("%+v, %v tell of her still", traces, err)
		}
		after, err := st.Totals(ctx, c.ID)
		if err != nil || fmt.Sprint(after) == "" || before[c.ID].Sent != after[c.ID].Sent || before[c.ID].Planned != after[c.ID].Planned {
			t.Errorf("the campaign's figures were %+v and are %+v, %v", before, after, err)
		}
		if now, err := st.Clicks(ctx, c.ID); err != nil || fmt.Sprint(now) != fmt.Sprint(clicks) || len(now) != 1 || now[0].People != 1 {
			t.Errorf("clicks were %+v and are %+v, %v", clicks, now, err)
		}
		if n, err := st.Tally(ctx, c.ID, "rating"); err != nil || n["4"] != 1 {
			t.Errorf("ratings %v, %v", n, err)
		}
		if n, err := st.Tally(ctx, c.ID, "comment"); err != nil || len(n) != 0 {
			t.Errorf("comments %v, %v", n, err)
		}
		for _, state := range []ledger.State{ledger.Planned, ledger.Queued} {
			if rows, _, err := st.Deliveries(ctx, store.DeliveryQuery{Subscriber: p.ID, State: state}); err != nil || len(rows) > 0 {
				t.Errorf("%d letters to nobody are %s, %v", len(rows), state, err)
			}
		}
		if check, err := st.CheckValue(ctx); err != nil || check.Mismatches != 0 {
			t.Errorf("%+v, %v", check, err)
		}
		sums, err := st.ErasedOrders(ctx)
		if err != nil || len(sums) != 1 || sums[0] != (store.ErasedOrders{Currency: "EUR", Orders: 2, TotalCents: 2000}) {
			t.Errorf("sums of erased orders: %+v, %v", sums, err)
		}
		refusedAgain(t, st, p)
	})
}

// forget looks whether a word is kept for the files, and forgets it.
func forget(t *testing.T, st *store.Store, word string) {
	t.Helper()
	people, still, err := st.ToForget(t.Context())
	must(t, err)
	if words := slices.Concat(slices.Collect(maps.Values(people))...); !slices.Contains(words, word) || !still {
		t.Errorf("to forget are %v, %v", words, still)
	}
	must(t, st.Forgotten(t.Context(), slices.Collect(maps.Keys(people))))
}

// refusedAgain looks whether an erased person comes back by no way.
func refusedAgain(t *testing.T, st *store.Store, p audience.Subscriber) {
	t.Helper()
	ctx := t.Context()
	for _, email := range []string{zoeEmail, strings.ToUpper(zoeEmail), "old." + zoeEmail} {
		why, err := st.Suppression(ctx, email)
		if err != nil || why.Reason != audience.Erased {
			t.Errorf("%s: %+v, %v", email, why, err)
		}
		again := audience.Subscriber{Email: email, Lang: "en"}
		must(t, again.Validate())
		r, err := st.ImportBatch(ctx, []audience.ImportRow{{Line: 1, Subscriber: again}}, ledger.Batch{Import: audience.Import{Lang: "en"}, Source: "import:1"})
		if err != nil || r.Suppressed != 1 || r.New != 0 {
			t.Errorf("import of %s: %+v, %v", email, r, err)
		}
	}
	buyer := audience.Subscriber{Email: zoeEmail, Lang: "en", Source: "order"}
	must(t, buyer.Validate())
	o := audience.Order{Number: "Z-9", State: "paid", Currency: "EUR", TotalCents: 500, PlacedAt: tuesday, UpdatedAt: tuesday}
	must(t, st.RecordOrder(ctx, &buyer, &o))
	reach, err := st.Standings(ctx, []audience.Subscriber{buyer})
	if err != nil || buyer.ID == p.ID || reach[buyer.ID].Suppressed != audience.Erased {
		t.Errorf("who buys again is number %d, %+v, %v", buyer.ID, reach, err)
	}
	_, err = st.Erase(ctx, buyer.ID, "test")
	must(t, err)
	forget(t, st, zoeEmail)
	if traces, err := st.Traces(ctx, zoeEmail); err != nil || len(traces) > 0 {
		t.Errorf("erased twice: %+v, %v", traces, err)
	}
}

func TestNobodyIsErasedWhileALetterLeavesOrWithoutTheSecret(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		p, c := zoe(t, st)
		must(t, st.ExecAll(ctx, fmt.Sprintf(`UPDATE deliveries SET state = 'sending' WHERE subscriber_id = %d`, p.ID)))
		if _, err := st.Erase(ctx, p.ID, "test"); !fault.Is(err, fault.Conflict) {
			t.Errorf("erased while a letter of campaign %d leaves: %v", c.ID, err)
		}
		other, err := store.Open(ctx, store.Options{DSN: storetest.DSN(st), Beside: true, Now: st.Now})
		must(t, err)
		defer other.Close()
		if _, err := other.Erase(ctx, p.ID, "test"); !fault.Is(err, fault.Conflict) {
			t.Errorf("erased without a secret: %v", err)
		}
	})
}

// pad is a record as a test reads it.
type pad struct {
	sections map[string][]map[string]any
	name     string
	columns  []string
}

func (p *pad) Section(name string, columns []string) error {
	p.name, p.columns = name, slices.Clone(columns)
	p.sections[name] = []map[string]any{}
	return nil
}

func (p *pad) Row(cells []any) error {
	row := map[string]any{}
	for i, c := range cells {
		row[p.columns[i]] = c
	}
	p.sections[p.name] = append(p.sections[p.name], row)
	return nil
}

func TestThePersonsRecordIsWhole(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		p, _ := zoe(t, st)
		out := &pad{sections: map[string][]map[string]any{}}
		must(t, st.WriteRecord(t.Context(), p.ID, out))
		for _, section := range store.RecordSections() {
			if len(out.sections[section]) == 0 && section != "mood" { // a rating outside of its scale is none
				t.Errorf("%s is empty: nothing of the person, or nothing is tried", section)
			}
		}
		b, err := json.Marshal(out.sections)
		must(t, err)
		for _, want := range []string{zoeEmail, zoeFirst, zoeLast, `"hobby":"` + zoeWord + `"`, `"note":"` + zoeWord + `"`, "Call me", "192.0.2.7", "Z-1", "TEA-1", "https://shop.test/tea"} {
			if !bytes.Contains(b, []byte(want)) {
				t.Errorf("the record lacks %s", want)
			}
		}
		if err := st.WriteRecord(t.Context(), 999999, out); !fault.Is(err, fault.NotFound) {
			t.Errorf("nobody's record: %v", err)
		}
	})
}
