package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func someone(t *testing.T, st *store.Store, email, first string) audience.Subscriber {
	t.Helper()
	p := audience.Subscriber{Email: email, FirstName: first, Lang: "en", Source: "form"}
	must(t, p.Validate())
	must(t, st.SaveSubscriber(t.Context(), &p))
	return p
}

func TestWhoCameOfManyMergesIsErasedWithAllOfThem(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		var all []audience.Subscriber
		for _, name := range []string{"aaaunique", "bbbunique", "cccunique", "other", "parted"} {
			all = append(all, someone(t, st, name+"@person.test", strings.ToUpper(name)))
		}
		merge := func(keep, gone int) int64 {
			id, err := st.Merge(ctx, audience.Merge{Keep: all[keep].ID, Gone: all[gone].ID})
			must(t, err)
			return id
		}
		merge(1, 0) // a into b, and that one into c
		was := merge(1, 4)
		_, err := st.Unmerge(ctx, was) // who is their own again
		must(t, err)
		merge(2, 1)
		merge(4, 3)
		out := &pad{sections: map[string][]map[string]any{}}
		must(t, st.WriteRecord(ctx, all[2].ID, out, "merges"))
		if n := len(out.sections["merges"]); n != 3 {
			t.Errorf("the record tells of %d merges; want the first, the one that was undone, and the second", n)
		}
		words, err := st.Erase(ctx, all[2].ID, "test")
		must(t, err)
		forget(t, st, "cccunique@person.test")
		if traces, err := st.Traces(ctx, append(words, "aaaunique", "bbbunique", "cccunique")...); err != nil || len(traces) > 0 {
			t.Errorf("%+v, %v tell of them still", traces, err)
		}
		if rows, err := st.Merges(ctx, all[4].ID); err != nil || len(rows) != 1 {
			t.Errorf("another's merges: %+v, %v", rows, err)
		}
	})
}

// held are the files of a database, and beside it, that hold a text.
func held(t *testing.T, st *store.Store, text string) (files []string) {
	t.Helper()
	all, err := filepath.Glob(storetest.DSN(st) + "*")
	must(t, err)
	for _, file := range all {
		b, err := os.ReadFile(file)
		must(t, err)
		if bytes.Contains(bytes.ToLower(b), []byte(text)) {
			files = append(files, filepath.Base(file))
		}
	}
	return files
}

func TestAnErasedPersonIsInNoFileOfTheDatabase(t *testing.T) {
	st := storetest.SQLite(t, storetest.NewClock(tuesday))
	ctx := t.Context()
	p, other := someone(t, st, "walunique@person.test", "W"), someone(t, st, "stays@person.test", "S")
	must(t, st.Answered("me", 1, ledger.Outcome{DeliveryID: 7, Reply: "250 <WalUnique@person.test> queued"}))
	must(t, st.Answered("me", 1, ledger.Outcome{DeliveryID: 8, Reply: "250 <stays@person.test> queued"}))
	if files := held(t, st, "walunique"); len(files) < 2 {
		t.Fatalf("before, %v hold the address: too little is tried", files)
	}
	_, err := st.Erase(ctx, p.ID, "test")
	must(t, err)
	forget(t, st, "walunique@person.test")
	if files := held(t, st, "walunique"); len(files) > 0 {
		t.Errorf("%v hold the address", files)
	}
	if files := held(t, st, "stays@person.test"); len(files) < 2 {
		t.Errorf("%v hold another's answer", files)
	}
	// Nobody waits for who reads, and the log is emptied later.
	x := audience.Export{What: audience.Subscribers, Fields: []string{"email"}, Form: audience.Raw, Format: audience.CSV}
	must(t, x.Validate())
	someone(t, st, "late@person.test", "L")
	must(t, st.ExportRows(ctx, x, func([][]byte) error {
		if _, err := st.Subscriber(ctx, other.ID); err != nil { // the first row
			return nil
		}
		_, err := st.Erase(ctx, other.ID, "test")
		return err
	}))
	forget(t, st, "stays@person.test")
	_, err = st.SweepPending(ctx)
	must(t, err)
	if files := held(t, st, "stays@person.test"); len(files) > 0 {
		t.Errorf("%v hold the address after a sweep", files)
	}
}
