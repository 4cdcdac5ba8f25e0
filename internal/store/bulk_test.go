package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// bulk does a job in bulk to its end, as a worker does, and returns its number and what came of it.
func bulk(t *testing.T, st *store.Store, b audience.Bulk) (int64, audience.BulkCounts) {
	t.Helper()
	ctx := t.Context()
	raw, _ := json.Marshal(b)
	j := ledger.Job{Kind: ledger.BulkJob, Params: string(raw)}
	must(t, st.CreateJob(ctx, &j))
	return j.ID, work(t, st, b)
}

func work(t *testing.T, st *store.Store, b audience.Bulk) (sum audience.BulkCounts) {
	t.Helper()
	ctx := t.Context()
	j, err := st.LeaseJob(ctx, ledger.BulkJob)
	must(t, err)
	if b.Do != audience.BulkUndo {
		must(t, st.ChooseBulk(ctx, j.ID, b, func(n int64) error { sum.Chosen = n; return nil }))
	}
	for last := int64(0); ; {
		last, err = st.BulkStep(ctx, j.Lease(), b, last, func(c audience.BulkCounts, _ int64) ledger.Progress {
			sum = sum.Add(c)
			return ledger.Progress{Result: "{}"}
		})
		must(t, err)
		if last == 0 {
			break
		}
	}
	must(t, st.FinishJob(ctx, j.Lease(), ledger.JobFinished, ""))
	return sum
}

func undo(t *testing.T, st *store.Store, id int64) audience.BulkCounts {
	t.Helper()
	j, err := st.Job(t.Context(), id)
	must(t, err)
	b := audience.Bulk{Do: audience.BulkUndo, Undoes: id, Wording: "undone"}
	raw, _ := json.Marshal(b)
	_, err = st.UndoJob(t.Context(), j, string(raw))
	must(t, err)
	return work(t, st, b)
}

// place is where a person stands on a list, and whether they may be mailed.
func placeOf(t *testing.T, st *store.Store, email string, list int64) string {
	t.Helper()
	p, err := st.SubscriberByEmail(t.Context(), email)
	must(t, err)
	rows, err := st.Subscriptions(t.Context(), p.ID)
	must(t, err)
	for _, r := range rows {
		if r.ListID == list {
			return string(r.State)
		}
	}
	return "none"
}

func TestAddingManyToAListConfirmsNobodyWhoLeftOrMayNotBeMailed(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		list, other := storetest.People(t, st, 0), audience.List{Name: "Other", OptIn: audience.Single}
		must(t, other.Validate())
		must(t, st.CreateList(ctx, &other))
		ids := map[string]int64{}
		for _, who := range []string{"new", "on", "left", "waits", "gone", "own"} {
			p := audience.Subscriber{Email: who + "@shop.test"}
			must(t, p.Validate())
			must(t, st.SaveSubscriber(ctx, &p))
			ids[who] = p.ID
			must(t, st.Subscribe(ctx, p.ID, other.ID, audience.Confirmed, audience.Consent{Source: "form"}))
		}
		must(t, st.Subscribe(ctx, ids["on"], list.ID, audience.Confirmed, audience.Consent{Source: "form"}))
		must(t, st.Subscribe(ctx, ids["left"], list.ID, audience.Confirmed, audience.Consent{Source: "form"}))
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: ids["left"], List: list.ID, Source: "one-click"}))
		must(t, st.Subscribe(ctx, ids["waits"], list.ID, audience.Pending, audience.Consent{}))
		must(t, st.Suppress(ctx, "gone@shop.test", audience.Complaint, "complaint"))
		id, c := bulk(t, st, audience.Bulk{Do: audience.BulkJoin, List: list.ID, Wording: "signed the card", Who: audience.Selection{List: other.ID}})
		if want := (audience.BulkCounts{Chosen: 6, Changed: 2, Same: 1, Unsubscribed: 1, Suppressed: 1, Pending: 1}); c != want {
			t.Errorf("came of it: %+v; want %+v", c, want)
		}
		for who, want := range map[string]string{"new": "confirmed", "on": "confirmed", "left": "unsubscribed", "waits": "pending", "gone": "none", "own": "confirmed"} {
			if got := placeOf(t, st, who+"@shop.test", list.ID); got != want {
				t.Errorf("%s is %s; want %s", who, got, want)
			}
		}
		if row, err := st.List(ctx, list.ID); err != nil || row.Confirmed != 3 || row.Pending != 1 {
			t.Errorf("the list counts %+v, %v", row, err)
		}
		clock.Add(time.Hour)
		must(t, st.Subscribe(ctx, ids["own"], list.ID, audience.Confirmed, audience.Consent{Source: "form"})) // says yes themselves
		if c := undo(t, st, id); c.Changed != 1 || c.Since != 1 {
			t.Errorf("undone: %+v", c)
		}
		for who, want := range map[string]string{"new": "none", "on": "confirmed", "own": "confirmed", "left": "unsubscribed"} {
			if got := placeOf(t, st, who+"@shop.test", list.ID); got != want {
				t.Errorf("after undoing %s is %s; want %s", who, got, want)
			}
		}
		if row, err := st.List(ctx, list.ID); err != nil || row.Confirmed != 2 {
			t.Errorf("after undoing the list counts %+v, %v", row, err)
		}
		consents, err := st.Consents(ctx, ids["new"])
		if err != nil || len(consents) != 3 || !consents[1].Given || consents[1].Source != fmt.Sprintf("bulk:%d", id) || consents[2].Given {
			t.Errorf("the proof is %+v, %v", consents, err)
		}
	})
}

func TestUndoingALeaveOfManyBringsNobodyBackWhoLeftThemselves(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		list := storetest.People(t, st, 4)
		id, c := bulk(t, st, audience.Bulk{Do: audience.BulkLeave, List: list.ID, Who: audience.Selection{List: list.ID}})
		if c.Changed != 4 {
			t.Fatalf("%+v", c)
		}
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: 1, List: list.ID, Source: "one-click"}))
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: 2, Source: "one-click"}))
		must(t, st.Suppress(ctx, "p3@shop.test", audience.Complaint, "complaint"))
		if c := undo(t, st, id); c.Changed != 1 || c.Since != 0 {
			t.Errorf("undone: %+v", c)
		}
		for i, want := range []string{"unsubscribed", "unsubscribed", "unsubscribed", "confirmed"} {
			if got := placeOf(t, st, fmt.Sprintf("p%d@shop.test", i+1), list.ID); got != want {
				t.Errorf("p%d is %s; want %s", i+1, got, want)
			}
		}
		j, err := st.Job(ctx, id)
		must(t, err)
		if _, err := st.UndoJob(ctx, j, "{}"); !fault.Is(err, fault.Conflict) {
			t.Errorf("undone twice: %v", err)
		}
	})
}

func TestAJobInBulkCountsThoseThereAre(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		storetest.People(t, st, 2)
		for name, who := range map[string]audience.Selection{"by number": {IDs: []int64{1, 2, 998, 999}}, "in any state": {State: store.AnyState}} {
			if _, c := bulk(t, st, audience.Bulk{Do: audience.BulkSet, Attribute: "wave", Value: name, Who: who}); c.Chosen != 2 || c.Done() != 2 {
				t.Errorf("%s: %+v", name, c)
			}
		}
	})
}

func TestAnAttributeOfManyIsChangedAndChangedBackWhereNobodyDidSince(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		before := []map[string]string{{"tags": "red; blue", "a": "1"}, {"tags": "Gold"}, {}, {"tags": "gold, red"}}
		for i, values := range before {
			must(t, st.AddPerson(ctx, fmt.Sprintf("p%d@shop.test", i), values))
		}
		tags := func() (all []string) {
			for i := range before {
				p, err := st.Subscriber(ctx, int64(i+1))
				must(t, err)
				all = append(all, p.Attributes["tags"])
			}
			return all
		}
		for _, c := range []struct {
			b           audience.Bulk
			want, after string
			changed     int64
		}{
			{audience.Bulk{Do: audience.BulkAdd, Value: "gold"}, "[red; blue; gold Gold gold gold; red]", "[red; blue Gold theirs gold, red]", 3},
			{audience.Bulk{Do: audience.BulkTake, Value: "RED"}, "[blue Gold theirs gold]", "[red; blue Gold theirs gold, red]", 2},
			{audience.Bulk{Do: audience.BulkAdd, Value: "gold; new"}, "[red; blue; gold; new Gold; new theirs; gold; new gold; red; new]", "[red; blue Gold theirs gold, red]", 4},
			{audience.Bulk{Do: audience.BulkSet, Value: "one"}, "[one one one one]", "[red; blue Gold theirs gold, red]", 4},
			{audience.Bulk{Do: audience.BulkClear}, "[   ]", "[red; blue Gold theirs gold, red]", 4},
		} {
			c.b.Attribute = "tags"
			id, counts := bulk(t, st, c.b)
			if got := fmt.Sprint(tags()); got != c.want || counts.Changed != c.changed || counts.Chosen != 4 || counts.Done() != 4 {
				t.Errorf("%s: %s, %+v; want %s", c.b.Do, got, counts, c.want)
			}
			p, err := st.Subscriber(ctx, 3)
			must(t, err)
			p.Attributes["tags"] = "theirs"
			must(t, st.UpdateSubscriber(ctx, &p))
			undo(t, st, id)
			if got := fmt.Sprint(tags()); got != c.after {
				t.Errorf("%s undone: %s; want %s", c.b.Do, got, c.after)
			}
		}
		if p, err := st.Subscriber(ctx, 1); err != nil || p.Attributes["a"] != "1" {
			t.Errorf("another attribute: %v, %v", p.Attributes, err)
		}
		clock.Add(ledger.BulkBack + time.Hour)
		must(t, st.ForgetBulk(ctx))
		id, _ := bulk(t, st, audience.Bulk{Do: audience.BulkClear, Attribute: "tags"})
		clock.Add(ledger.BulkBack + time.Hour)
		j, err := st.Job(ctx, id)
		must(t, err)
		if _, err := st.UndoJob(ctx, j, "{}"); !fault.Is(err, fault.Conflict) {
			t.Errorf("undone after a week: %v", err)
		}
	})
}

func TestManyAreSuppressedAndMailedAgainButForThoseWhoComplained(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		list := storetest.People(t, st, 3)
		must(t, st.Suppress(ctx, "p1@shop.test", audience.HardBounce, "mailbox"))
		id, c := bulk(t, st, audience.Bulk{Do: audience.BulkSuppress, Who: audience.Selection{IDs: []int64{1, 2, 3, 99}}})
		if c.Changed != 2 || c.Same != 1 {
			t.Errorf("%+v", c)
		}
		must(t, st.Suppress(ctx, "p2@shop.test", audience.Complaint, "complaint"))
		undo(t, st, id)
		for i, mailed := range []bool{false, false, true} {
			_, err := st.Suppression(ctx, fmt.Sprintf("p%d@shop.test", i+1))
			if fault.Is(err, fault.NotFound) != mailed {
				t.Errorf("p%d: %v", i+1, err)
			}
		}
		_ = list
	})
}

func TestASelectionIsWhoFitsAllFilters(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		list := storetest.People(t, st, 5)
		for i := range 5 {
			p, err := st.Subscriber(ctx, int64(i+1))
			must(t, err)
			p.Attributes = map[string]string{"size": fmt.Sprint(40 + i%2)}
			must(t, st.UpdateSubscriber(ctx, &p))
		}
		a := audience.Attribute{Key: "size", Type: audience.NumberAttribute}
		must(t, st.SaveAttribute(ctx, &a))
		q := store.SubscriberQuery{List: list.ID, Attribute: "size", Value: "40.0"}
		n, err := st.CountSubscribers(ctx, q)
		people, _, err2 := st.Subscribers(ctx, q)
		_, c := bulk(t, st, audience.Bulk{Do: audience.BulkClear, Attribute: "size", Who: audience.Selection{List: list.ID, Attribute: "size", Value: "40.0"}})
		if err != nil || err2 != nil || n != 3 || len(people) != 3 || c.Changed != 3 {
			t.Errorf("%d, %d, %+v, %v, %v", n, len(people), c, err, err2)
		}
		if _, err := st.CountSubscribers(ctx, store.SubscriberQuery{Attribute: "size", Value: "many"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a filter that makes no sense: %v", err)
		}
	})
}
