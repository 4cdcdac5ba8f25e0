package jobs_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// undone takes an import back.
func undone(t *testing.T, st *store.Store, r *jobs.Runner, j ledger.Job) (ledger.Job, jobs.Report) {
	t.Helper()
	var im audience.Import
	must(t, json.Unmarshal([]byte(j.Params), &im))
	im.Undo = true
	b, err := json.Marshal(im)
	must(t, err)
	must(t, st.UndoImport(t.Context(), j.ID, string(b)))
	must(t, r.Drain(t.Context(), ledger.ImportJob))
	return report(t, st, j)
}

// wholeBooks are all people, where they stand and what they bought, in words.
func wholeBooks(t *testing.T, st *store.Store) string {
	t.Helper()
	var b strings.Builder
	people, _, err := st.Subscribers(t.Context(), store.SubscriberQuery{Limit: 5000})
	must(t, err)
	for _, p := range people {
		one, err := st.Subscriber(t.Context(), p.ID)
		must(t, err)
		fmt.Fprintln(&b, one.ID, one.Email, one.FirstName, one.LastName, one.Lang, one.Zone, one.Attributes, one.Source)
		places, err := st.Subscriptions(t.Context(), p.ID)
		must(t, err)
		for _, s := range places {
			fmt.Fprintln(&b, "  ", s.ListID, s.State)
		}
		orders, err := st.Orders(t.Context(), p.ID, 100)
		must(t, err)
		for _, o := range orders {
			fmt.Fprintln(&b, "  ", o)
		}
	}
	lists, err := st.Lists(t.Context())
	must(t, err)
	for _, l := range lists {
		fmt.Fprintln(&b, l.Name, l.Confirmed, l.Pending)
	}
	return b.String()
}

func TestAnUndoneImportLeavesTheBooksAsTheyWere(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 20) // p1 to p20, called Ana
		known := audience.Subscriber{Email: "p500@shop.test", FirstName: "Known", Attributes: map[string]string{"size": "38"}}
		must(t, known.Validate())
		must(t, st.SaveSubscriber(t.Context(), &known))
		before := wholeBooks(t, st)
		r := runner(st, t.TempDir())
		clock.Add(time.Hour)
		o := options(l.ID)
		o.Mapping = []string{"email", "first_name", "attributes.size"}
		var file strings.Builder
		file.WriteString("email,first_name,size\n")
		for i := range 3000 {
			fmt.Fprintf(&file, "p%d@shop.test,Maria,%d\n", i%2500, 40+i/2500)
		}
		j := queue(t, st, r, ledger.ImportJob, file.String(), o)
		must(t, r.Drain(t.Context(), ledger.ImportJob))
		j, rep := report(t, st, j)
		if j.State != ledger.JobFinished || rep.New != 2479 || wholeBooks(t, st) == before {
			t.Fatalf("%s %s %+v", j.State, j.Error, rep)
		}
		clock.Add(6 * 24 * time.Hour)
		j, rep = undone(t, st, r, j)
		if j.State != ledger.JobUndone || rep.Undone.Removed != 2479 || rep.Undone.Restored < 21 || rep.Undone.Left != 0 || rep.New != 2479 {
			t.Errorf("%s %s %+v", j.State, j.Error, rep)
		}
		if after := wholeBooks(t, st); after != before {
			t.Errorf("before\n%s\nafter\n%s", before, after)
		}
		if wrong, err := st.CheckValue(t.Context()); err != nil || wrong.Mismatches != 0 {
			t.Errorf("%+v, %v", wrong, err)
		}
		if err := st.UndoImport(t.Context(), j.ID, "{}"); !fault.Is(err, fault.Conflict) {
			t.Errorf("once more: %v", err)
		}
	})
}

func TestWhatWasChangedSinceAnImportStays(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		l := storetest.People(t, st, 3)
		r := runner(st, t.TempDir())
		clock.Add(time.Hour)
		j := queue(t, st, r, ledger.ImportJob, "email,first_name\np1@shop.test,Maria\np2@shop.test,Maria\nnew@shop.test,New\nleft@shop.test,Left\nedited@shop.test,E\nbought@shop.test,B\ngone@shop.test,G\n", options(l.ID))
		must(t, r.Drain(ctx, ledger.ImportJob))
		j, _ = report(t, st, j)
		clock.Add(time.Hour)
		one := func(email string) audience.Subscriber {
			p, err := st.SubscriberByEmail(ctx, email+"@shop.test")
			must(t, err)
			return p
		}
		p1, edited := one("p1"), one("edited")
		p1.FirstName, edited.LastName = "Own", "Own"
		must(t, st.SaveSubscriber(ctx, &p1))
		must(t, st.SaveSubscriber(ctx, &edited))
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: one("left").ID, List: l.ID, Source: "page"}))
		bought := one("bought")
		must(t, st.RecordOrder(ctx, &bought, &audience.Order{Number: "#1", State: "paid", Currency: "EUR", TotalCents: 100, PlacedAt: clock.Now(), UpdatedAt: clock.Now()}))
		must(t, st.Suppress(ctx, "gone@shop.test", audience.Complaint, "report"))
		j, rep := undone(t, st, r, j)
		if want := (audience.UndoCounts{Removed: 2, Restored: 1, Places: 2, Left: 4}); rep.Undone != want {
			t.Errorf("%s %s %+v, want %+v", j.State, j.Error, rep.Undone, want)
		}
		for email, want := range map[string]string{"p1": "Own confirmed", "p2": "Ana confirmed", "left": "Left unsubscribed", "edited": "E Own", "bought": "B"} {
			p := one(email)
			places, err := st.Subscriptions(ctx, p.ID)
			must(t, err)
			got := p.Name()
			for _, s := range places {
				got += " " + string(s.State)
			}
			if got != want {
				t.Errorf("%s is %q, want %q", email, got, want)
			}
		}
		if _, err := st.Suppression(ctx, "gone@shop.test"); err != nil {
			t.Errorf("a suppression was undone: %v", err)
		}
		proof, err := st.Consents(ctx, edited.ID)
		if err != nil || len(proof) != 2 { // given by the import, and ended by its undoing
			t.Errorf("proof %+v, %v", proof, err)
		}
		f, err := r.Left(j)
		must(t, err)
		defer f.Close()
		b, _ := io.ReadAll(f)
		for _, say := range []string{`"p1@shop.test","What was changed since stays."`, `"left@shop.test","This person left a list: that stays known."`} {
			if !strings.Contains(string(b), say) {
				t.Errorf("%s lacks %s", b, say)
			}
		}
	})
}

func TestAnUndoneImportOfOrdersLeavesTheBooksAsTheyWere(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		buyer := audience.Subscriber{Email: "p1@shop.test", Source: "order"}
		must(t, buyer.Validate())
		item := audience.Item{SKU: "T", Name: "Tea", Category: "Teas", Quantity: 1, PriceCents: 1000}
		at := time.Date(2024, 1, 1, 10, 0, 0, 0, time.UTC)
		must(t, st.RecordOrder(ctx, &buyer, &audience.Order{Number: "#1", State: "paid", Currency: "EUR", TotalCents: 1000, PlacedAt: at, UpdatedAt: at, Items: []audience.Item{item}}))
		before := wholeBooks(t, st)
		r := runner(st, t.TempDir())
		o := audience.Import{Of: audience.OfOrders, Encoding: "UTF-8", Delimiter: ",", Mapping: []string{"number", "email", "order_state", "currency", "total", "placed_at"}}
		var file strings.Builder
		file.WriteString("number,email,state,currency,total,placed_at\n#1,p1@shop.test,refunded,EUR,10.00,2024-01-15\n")
		for i := range 1500 {
			fmt.Fprintf(&file, "#%d,p%d@shop.test,paid,EUR,7.00,2024-01-15\n", i+2, i%400)
		}
		j := queue(t, st, r, ledger.ImportJob, file.String(), o)
		must(t, r.Drain(ctx, ledger.ImportJob))
		j, rep := report(t, st, j)
		if rep.New != 1500 || rep.Updated != 1 || rep.People != 399 {
			t.Fatalf("%+v", rep)
		}
		must(t, st.RecordOrder(ctx, &audience.Subscriber{Email: "p7@shop.test", EmailNorm: "p7@shop.test", Lang: "en"}, &audience.Order{Number: "#9", State: "fulfilled", Currency: "EUR", TotalCents: 700, PlacedAt: at, UpdatedAt: clock.Now()}))
		_, rep = undone(t, st, r, j)
		if want := (audience.UndoCounts{Removed: 398, Orders: 1499, OrdersRestored: 1, Left: 1}); rep.Undone != want {
			t.Errorf("%+v, want %+v", rep.Undone, want)
		}
		after := wholeBooks(t, st)
		i := strings.Index(after, "p7@shop.test") // the shop told of one order since: it stays, and its buyer
		if i < 0 || !strings.Contains(after, before[:strings.Index(before, "\n")]) || strings.Count(after, "#") != 2 {
			t.Errorf("before\n%s\nafter\n%s", before, after)
		}
		if wrong, err := st.CheckValue(ctx); err != nil || wrong.Mismatches != 0 {
			t.Errorf("%+v, %v", wrong, err)
		}
	})
}

func TestAnImportIsUndoneForSevenDays(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	st := storetest.SQLite(t, clock)
	r := runner(st, t.TempDir())
	dry := options(0)
	dry.Dry = true
	checked := queue(t, st, r, ledger.ImportJob, file(5), dry)
	j := queue(t, st, r, ledger.ImportJob, file(5), options(0))
	must(t, r.Drain(t.Context(), ledger.ImportJob))
	if err := st.UndoImport(t.Context(), checked.ID, "{}"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a dry run: %v", err)
	}
	clock.Add(7*24*time.Hour + time.Minute)
	if err := st.UndoImport(t.Context(), j.ID, "{}"); !fault.Is(err, fault.Conflict) {
		t.Errorf("after seven days: %v", err)
	}
	must(t, st.SweepImports(t.Context(), clock.Now().AddDate(0, 0, -7)))
}
