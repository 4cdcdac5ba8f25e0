package jobs_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// suggestedImport is an import of which somebody changes nothing of what is suggested.
func suggestedImport(t *testing.T, st *store.Store, file string, im audience.Import) audience.Import {
	t.Helper()
	var err error
	im.Attributes, err = st.Attributes(t.Context())
	must(t, err)
	im.Lists, err = st.ListsOf(t.Context())
	must(t, err)
	look, err := exchange.Sniff(strings.NewReader(file), exchange.SourceOf(im))
	must(t, err)
	im.Of, im.Encoding, im.Delimiter, im.Mapping, im.Types, im.Rules = look.Of, look.Encoding, look.Delimiter, look.Mapping, look.Types, look.Rules
	must(t, im.Validate())
	return im
}

func secondList(t *testing.T, st *store.Store, name string) audience.List {
	t.Helper()
	l := audience.List{Name: name, OptIn: audience.Double}
	must(t, l.Validate())
	must(t, st.CreateList(t.Context(), &l))
	return l
}

// Everything that the page of exports offers, brought back as it is.
func TestAWholeExportOfPeopleBroughtBackChangesNothing(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		first := storetest.People(t, st, 6)
		club := secondList(t, st, "Tea club")
		p2, err := st.SubscriberByEmail(ctx, "p2@shop.test")
		must(t, err)
		must(t, st.Subscribe(ctx, p2.ID, club.ID, audience.Confirmed, audience.Consent{Source: "form", Wording: "Yes"}))
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: p2.ID, List: first.ID, Source: "page"}))
		must(t, st.Suppress(ctx, "p3@shop.test", audience.HardBounce, "bounce"))
		e := audience.Export{Fields: []string{"email", "first_name", "last_name", "lang", "zone", "source", "created_at", "id", "consent_at", "consent_ip", "consent_source", "consent_wording", "suppressed", "attributes",
			"lists." + first.Label, "lists." + club.Label}}
		must(t, e.Validate())
		var out bytes.Buffer
		_, err = runner(st, "").Write(ctx, e, &out, func(jobs.Report) error { return nil })
		must(t, err)
		before := wholeBooks(t, st)
		clock.Add(time.Hour)
		r := runner(st, t.TempDir())
		j := queue(t, st, r, ledger.ImportJob, out.String(), suggestedImport(t, st, out.String(), audience.Import{Wording: "as before"}))
		must(t, r.Drain(ctx, ledger.ImportJob))
		j, rep := report(t, st, j)
		if want := (audience.ImportCounts{Rows: 6, Same: 5, Suppressed: 1}); j.State != ledger.JobFinished || rep.ImportCounts != want {
			t.Errorf("%s %s %+v, want %+v", j.State, j.Error, rep.ImportCounts, want)
		}
		if after := wholeBooks(t, st); after != before {
			t.Errorf("before\n%s\nafter\n%s", before, after)
		}
		all, err := st.Attributes(ctx)
		must(t, err)
		if len(all) != 0 {
			t.Errorf("new attributes: %+v", all)
		}
	})
}

func TestAColumnPutsPeopleOnItsListAndWhoLeftStaysOut(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		first := storetest.People(t, st, 3)
		club := secondList(t, st, "Tea club")
		p1, err := st.SubscriberByEmail(ctx, "p1@shop.test")
		must(t, err)
		must(t, st.Subscribe(ctx, p1.ID, club.ID, audience.Confirmed, audience.Consent{Source: "form", Wording: "Yes"}))
		must(t, st.Unsubscribe(ctx, store.Leave{Subscriber: p1.ID, List: club.ID, Source: "page"}))
		file := "email,consent_at,lists." + first.Label + ",lists." + club.Label + "\n" +
			"p1@shop.test,,confirmed,confirmed\np2@shop.test,,unsubscribed,confirmed\np3@shop.test,,,pending\nnew@shop.test,2020-01-02,confirmed,confirmed\n"
		im := suggestedImport(t, st, file, audience.Import{Wording: "the till"})
		r := runner(st, t.TempDir())
		j := queue(t, st, r, ledger.ImportJob, file, im)
		must(t, r.Drain(ctx, ledger.ImportJob))
		j, rep := report(t, st, j)
		if want := (audience.ImportCounts{Rows: 4, New: 1, Same: 3, Joined: 4, Left: 1, Unsubscribed: 1}); rep.ImportCounts != want {
			t.Errorf("%s %s %+v, want %+v", j.State, j.Error, rep.ImportCounts, want)
		}
		stands := func(email string) string {
			p, err := st.SubscriberByEmail(ctx, email+"@shop.test")
			must(t, err)
			places, err := st.Subscriptions(ctx, p.ID)
			must(t, err)
			got := map[int64]audience.State{}
			for _, s := range places {
				got[s.ListID] = s.State
			}
			return string(got[first.ID] + "," + got[club.ID])
		}
		for email, want := range map[string]string{"p1": "confirmed,unsubscribed", "p2": "unsubscribed,confirmed", "p3": "confirmed,pending", "new": "confirmed,confirmed"} {
			if got := stands(email); got != want {
				t.Errorf("%s stands %s, want %s", email, got, want)
			}
		}
		fresh, err := st.SubscriberByEmail(ctx, "new@shop.test")
		must(t, err)
		proof, err := st.Consents(ctx, fresh.ID)
		must(t, err)
		for _, c := range proof {
			if !c.At.Equal(clock.Now()) || c.Wording != "the till" {
				t.Errorf("a proof nobody gave: %+v", c) // the file tells a moment, but not for which list
			}
		}
		undone(t, st, r, j)
		for email, want := range map[string]string{"p1": "confirmed,unsubscribed", "p2": "unsubscribed,", "p3": "confirmed,"} { // who left by the file stays out
			if got := stands(email); got != want {
				t.Errorf("undone, %s stands %s, want %s", email, got, want)
			}
		}
		if _, err := st.SubscriberByEmail(ctx, "new@shop.test"); !fault.Is(err, fault.NotFound) {
			t.Errorf("whom the import made is still here: %v", err)
		}
	})
}
