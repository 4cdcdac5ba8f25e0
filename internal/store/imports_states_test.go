package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestNobodyIsConfirmedWhomTheFileDoesNotConfirm(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 3) // p1 to p3, confirmed
		bounced, complained := line(t, 6, "bounced@shop.test", "B", audience.Unsubscribed), line(t, 7, "p3@shop.test", "C", audience.Unsubscribed)
		bounced.Never, complained.Never = audience.HardBounce, audience.Complaint
		rows := []audience.ImportRow{
			line(t, 2, "yes@shop.test", "Y", audience.Confirmed), line(t, 3, "nowhere@shop.test", "N", audience.Nowhere), line(t, 4, "declined@shop.test", "D", audience.Declined),
			line(t, 5, "p1@shop.test", "D", audience.Declined), bounced, complained, line(t, 8, "p2@shop.test", "N", audience.Nowhere),
			line(t, 9, "twice@shop.test", "T", audience.Unsubscribed), line(t, 10, "twice@shop.test", "T", audience.Confirmed), line(t, 11, "bounced@shop.test", "B", audience.Confirmed),
		}
		want := audience.ImportCounts{Rows: 10, New: 4, Updated: 2, Same: 1, Joined: 1, Unsubscribed: 2, Never: 2, Suppressed: 1, Repeated: 1}
		dry := importing(l.ID)
		dry.Dry = true
		for _, b := range []ledger.Batch{dry, importing(l.ID)} {
			got, err := st.ImportBatch(ctx, rows, b)
			if err != nil || got.ImportCounts != want {
				t.Fatalf("dry %v: %+v, %v\nwant %+v", b.Dry, got.ImportCounts, err, want)
			}
		}
		for email, state := range map[string]audience.State{"yes": audience.Confirmed, "nowhere": "", "declined": "", "p1": audience.Unsubscribed, "p2": audience.Confirmed, "twice": audience.Unsubscribed} {
			p, err := st.SubscriberByEmail(ctx, email+"@shop.test")
			must(t, err)
			subs, err := st.Subscriptions(ctx, p.ID)
			must(t, err)
			got := audience.State("")
			for _, s := range subs {
				if s.ListID == l.ID {
					got = s.State
				}
			}
			if got != state {
				t.Errorf("%s is %q, want %q", email, got, state)
			}
		}
		for email, reason := range map[string]audience.Reason{"bounced": audience.HardBounce, "p3": audience.Complaint} {
			if s, err := st.Suppression(ctx, email+"@shop.test"); err != nil || s.Reason != reason || s.Source != "import:1" {
				t.Errorf("%s: %+v, %v", email, s, err)
			}
		}
		checkCounters(t, st, l.ID)
		again, err := st.ImportBatch(ctx, rows, importing(l.ID))
		if err != nil || again.New+again.Updated+again.Joined+again.Unsubscribed+again.Never != 0 {
			t.Errorf("once more: %+v, %v", again.ImportCounts, err)
		}
	})
}

func TestAFileMayOnlySayLessThanTheImport(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		o := importing(l.ID)
		for state, want := range map[audience.State]audience.ImportCounts{
			audience.Pending:      {Rows: 1, New: 1, Joined: 1},
			audience.Nowhere:      {Rows: 1, New: 1},
			audience.Unsubscribed: {Rows: 1, New: 1, Unsubscribed: 1},
		} {
			o.State = state
			if got, err := st.ImportBatch(t.Context(), []audience.ImportRow{line(t, 2, string(state)+"@shop.test", "", audience.Confirmed)}, o); err != nil || got.ImportCounts != want {
				t.Errorf("%s: %+v, %v", state, got.ImportCounts, err)
			}
		}
		if row, err := st.List(t.Context(), l.ID); err != nil || row.Confirmed != 0 || row.Pending != 1 {
			t.Errorf("%+v, %v", row, err)
		}
	})
}

func TestTheProofIsWhatTheFileTells(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		rows := []audience.ImportRow{line(t, 2, "a@shop.test", "", ""), line(t, 3, "b@shop.test", "", "")}
		at := time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)
		rows[0].Told = &audience.Told{At: at, Address: "192.0.2.1", More: "Footer form"}
		_, err := st.ImportBatch(t.Context(), rows, importing(l.ID))
		must(t, err)
		for email, want := range map[string]audience.Consent{"a@shop.test": {At: at, Address: "192.0.2.1", Wording: "the shop's till · Footer form"}, "b@shop.test": {At: tuesday, Wording: "the shop's till"}} {
			p, err := st.SubscriberByEmail(t.Context(), email)
			must(t, err)
			got, err := st.Consents(t.Context(), p.ID)
			if err != nil || len(got) != 1 || !got[0].At.Equal(want.At) || got[0].Address != want.Address || got[0].Wording != want.Wording || got[0].Source != "import:1" {
				t.Errorf("%s: %+v, %v", email, got, err)
			}
		}
	})
}

func TestEachFieldIsMergedByItsRule(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		known := audience.Subscriber{Email: "a@shop.test", FirstName: "Ana", Attributes: map[string]string{"tags": "vip; tea", "size": "38", "city": "Sofia"}}
		must(t, known.Validate())
		must(t, st.SaveSubscriber(t.Context(), &known))
		o := importing(0)
		o.Rules = map[string]string{"first_name": audience.KeepField, "last_name": audience.FillEmpty, "attributes.tags": audience.AddItems, "attributes.size": audience.FillEmpty, "attributes.note": audience.KeepField}
		row := line(t, 2, "a@shop.test", "Anna", "")
		row.Subscriber.LastName = "Petrova"
		row.Subscriber.Attributes = map[string]string{"tags": "Tea; blog", "size": "40", "city": "Varna", "note": "new"}
		got, err := st.ImportBatch(t.Context(), []audience.ImportRow{row}, o)
		if err != nil || got.Updated != 1 {
			t.Fatalf("%+v, %v", got.ImportCounts, err)
		}
		p, err := st.SubscriberByEmail(t.Context(), "a@shop.test")
		must(t, err)
		if p.Name() != "Ana Petrova" || p.Attributes["tags"] != "vip; tea; blog" || p.Attributes["size"] != "38" || p.Attributes["city"] != "Varna" || p.Attributes["note"] != "" {
			t.Errorf("%+v", p)
		}
	})
}

// On PostgreSQL the numbers of new people come back by their addresses.
func TestANewAddressThatBouncedInALaterLineIsKnownAndNeverMailed(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		rows := []audience.ImportRow{line(t, 2, "new@shop.test", "Nina", ""), line(t, 3, "new@shop.test", "", ""), line(t, 4, "other@shop.test", "", "")}
		rows[1].Never = audience.HardBounce
		got, err := st.ImportBatch(t.Context(), rows, importing(l.ID))
		if want := (audience.ImportCounts{Rows: 3, New: 2, Joined: 1, Unsubscribed: 1, Never: 1}); err != nil || got.ImportCounts != want {
			t.Errorf("%+v, %v; want %+v", got.ImportCounts, err, want)
		}
		checkCounters(t, st, l.ID)
	})
}

// With no list chosen a status is of no list in particular.
func TestWhoLeftByTheStatusJoinsNoListOfAColumn(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 2) // p1 and p2, confirmed
		b := importing(0)
		b.Mapping = []string{"email", "state", "lists." + l.Label}
		all := map[string]audience.State{"new": audience.Unsubscribed, "p1": audience.Unsubscribed, "no": audience.Declined, "p2": audience.Nowhere, "yes": audience.Nowhere, "sure": audience.Confirmed}
		want := map[string]audience.State{"new": audience.Unsubscribed, "p1": audience.Unsubscribed, "no": "", "p2": audience.Confirmed, "yes": audience.Confirmed, "sure": audience.Confirmed}
		var rows []audience.ImportRow
		for name, state := range all {
			row := line(t, 2+len(rows), name+"@shop.test", "X", state)
			row.Places = audience.Places{l.Label: audience.Confirmed}
			rows = append(rows, row)
		}
		_, err := st.ImportBatch(t.Context(), rows, b)
		must(t, err)
		for name := range all {
			p, err := st.SubscriberByEmail(t.Context(), name+"@shop.test")
			must(t, err)
			subs, err := st.Subscriptions(t.Context(), p.ID)
			must(t, err)
			got := audience.State("")
			for _, s := range subs {
				got = s.State
			}
			if got != want[name] {
				t.Errorf("%s is %q, want %q", name, got, want[name])
			}
		}
		checkCounters(t, st, l.ID)
	})
}

func TestAListThatIsFullTakesNothingMore(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 3)
		tags := audience.Attribute{Key: "tags", Type: audience.ListAttribute}
		must(t, tags.Validate())
		must(t, st.SaveAttribute(t.Context(), &tags))
		p, err := st.SubscriberByEmail(t.Context(), "p1@shop.test")
		must(t, err)
		full := strings.Repeat("я", audience.MaxAttributeValue-4)
		p.Attributes = map[string]string{"tags": full}
		must(t, st.SaveSubscriber(t.Context(), &p))
		b := importing(l.ID)
		b.Rules = map[string]string{"attributes.tags": audience.AddItems}
		var rows []audience.ImportRow
		for i, tag := range []string{"ab", "cd", "ef"} { // the first fits
			row := line(t, 2+i, "p1@shop.test", "Ana", audience.Confirmed)
			if row.Subscriber.Attributes = map[string]string{"tags": tag}; tag == "ef" {
				row.State = audience.Unsubscribed
			}
			rows = append(rows, row)
		}
		rows[1].Places.Take("tea-club", audience.Unsubscribed) // of a list that the file has no column of
		r, err := st.ImportBatch(t.Context(), rows, b)
		must(t, err)
		if len(r.Faults) != 2 || r.Wrong != 2 || r.WrongLeft != 2 || !strings.Contains(r.Faults[0].Fault.Error(), "2000 characters") || !r.Faults[1].Left {
			t.Errorf("%+v", r)
		}
		p, err = st.SubscriberByEmail(t.Context(), "p1@shop.test")
		must(t, err)
		if p.Attributes["tags"] != full+"; ab" {
			t.Errorf("%d characters", len([]rune(p.Attributes["tags"])))
		}
		checkCounters(t, st, l.ID)
		_, counts := bulk(t, st, audience.Bulk{Do: audience.BulkAdd, Attribute: "tags", Value: "gold"})
		if counts.Full != 1 || counts.Changed != 2 || counts.Done() != 3 {
			t.Errorf("in bulk: %+v", counts)
		}
	})
}

func TestAStrangersWrongLineMakesNobodyWhereThereIsNoListToRememberOn(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		for list, made := range map[int64]int64{0: 0, l.ID: 1} {
			for n, state := range []audience.State{audience.Declined, audience.Unsubscribed} {
				row := line(t, 2, fmt.Sprintf("s%d-%d@shop.test", n, list), "S", state)
				row = row.Refuse(fault.Field("birthday", "This is no day."))
				r, err := st.ImportBatch(t.Context(), []audience.ImportRow{row}, importing(list))
				if want := made * int64(n); err != nil || r.New != want || r.WrongLeft != want || r.Wrong != 1 {
					t.Errorf("list %d, %s: %+v, %v", list, state, r.ImportCounts, err)
				}
			}
		}
	})
}

func TestWhoLeavesByAFileLeavesAProofOfTheDay(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 2) // p1 and p2, who agreed to it
		day := tuesday.AddDate(0, 0, -16)
		known, stranger, wrong, undated := line(t, 2, "p1@shop.test", "Ana", audience.Unsubscribed), line(t, 3, "new@shop.test", "New", audience.Unsubscribed),
			line(t, 4, "bad@shop.test", "Bad", audience.Unsubscribed), line(t, 5, "p2@shop.test", "Ana", audience.Unsubscribed)
		for _, row := range []*audience.ImportRow{&known, &stranger, &wrong} {
			row.Left = &audience.Told{At: day}
		}
		wrong = wrong.Refuse(fault.Field("birthday", "This is no day."))
		_, err := st.ImportBatch(t.Context(), []audience.ImportRow{known, stranger, wrong, undated}, importing(l.ID))
		must(t, err)
		for email, at := range map[string]time.Time{"p1@shop.test": day, "new@shop.test": day, "bad@shop.test": day, "p2@shop.test": tuesday} {
			p, err := st.SubscriberByEmail(t.Context(), email)
			must(t, err)
			all, err := st.Consents(t.Context(), p.ID)
			must(t, err)
			found := false
			for _, c := range all {
				if !c.Given {
					found = c.At.Equal(at) && c.Wording == "" && c.Source == "import:1" && c.ListID == l.ID
				}
			}
			if !found {
				t.Errorf("%s: %+v", email, all)
			}
		}
		checkCounters(t, st, l.ID)
	})
}
