package store_test

import (
	"fmt"
	"sync"
	"testing"

	"keepsake/campaigns"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// atOnce runs what is to happen at the same time and ends the test with what went wrong.
func atOnce(t *testing.T, all ...func() error) {
	t.Helper()
	begin, errs := make(chan struct{}), make([]error, len(all))
	var done sync.WaitGroup
	for i, f := range all {
		done.Go(func() {
			<-begin
			errs[i] = f()
		})
	}
	close(begin)
	done.Wait()
	for _, err := range errs {
		must(t, err)
	}
}

func TestWhatWasSentOrNamedIsNeverWrittenOverByASaveAtTheSameMoment(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := storetest.Campaign(t, st, "newsletter", storetest.People(t, st, 1).ID, nil)
		m := c.Messages[0]
		letter, content := store.Letter{Message: m.ID, Lang: "en"}, m.Contents[0]
		sent := map[int]string{} // the subject by the content's version
		for i := range 60 {
			before := content
			sent[before.Version] = before.Subject
			content.Subject = fmt.Sprint("save ", i)
			atOnce(t,
				func() error { return st.SaveContent(ctx, m.ID, &content, "Ana") },
				func() error { return st.KeepSent(ctx, letter, before) },
				func() error { return st.KeepSent(ctx, letter, before) }) // two processes send
			if i%2 == 0 { // Ana's next save may take the place of this one
				must(t, st.SaveContent(ctx, m.ID, &content, "Ana"))
			}
		}
		list, err := st.Versions(ctx, letter)
		must(t, err)
		found := map[int]string{}
		for _, v := range list {
			one, err := st.Version(ctx, letter, v.N)
			must(t, err)
			if v.SentAt != nil && found[v.Content.Version] != "" {
				t.Errorf("version %d was kept twice", v.Content.Version)
			}
			if v.SentAt != nil {
				found[v.Content.Version] = one.Subject
			}
		}
		for version, subject := range sent {
			if found[version] != subject {
				t.Errorf("version %d was sent as %q, %q is kept", version, subject, found[version])
			}
		}
	})
}

func TestANameGivenWhileSomebodySavesKeepsTheVersion(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d := campaigns.Design{Name: "D", Kind: "newsletter", Content: campaigns.Content{Lang: "en", Subject: "first"}}
		must(t, st.CreateDesign(ctx, &d, "Ana"))
		letter := store.Letter{Design: d.ID}
		for i := range 30 {
			list, err := st.Versions(ctx, letter)
			must(t, err)
			last, err := st.Version(ctx, letter, list[0].N)
			must(t, err)
			d.Content.Subject = fmt.Sprint("save ", i)
			atOnce(t,
				func() error { return st.SaveDesign(ctx, d.ID, &d.Content, "Ana") },
				func() error { return st.NameVersion(ctx, letter, last.N, fmt.Sprint("name ", i)) })
			kept, err := st.Version(ctx, letter, last.N)
			must(t, err)
			// Whichever came first: what is on record under the name is what was named, or, when
			// the save came first, what it made of it; what comes later leaves it alone.
			was := kept.Subject
			d.Content.Subject = "after"
			must(t, st.SaveDesign(ctx, d.ID, &d.Content, "Ana"))
			if kept, err = st.Version(ctx, letter, last.N); err != nil || kept.Name == "" || kept.Subject != was {
				t.Fatalf("named %q, kept %+v, %v", was, kept, err)
			}
		}
	})
}
