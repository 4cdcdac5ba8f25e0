package jobs_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/ledger"
	"keepsake/internal/jobs"
	"keepsake/internal/store/storetest"
)

func TestItIsSaidWhyAFileIsGone(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	st, data := storetest.SQLite(t, clock), t.TempDir()
	r := jobs.New(jobs.Options{Store: st, Data: data, Now: clock.Now})
	f, err := r.Upload(bytes.NewReader([]byte("PK\x03\x04…")))
	must(t, err)
	j := ledger.Job{Kind: ledger.ImportJob, Params: "{}", File: f}
	must(t, st.CreateJob(t.Context(), &j))
	j, _ = report(t, st, j)
	list := storetest.People(t, st, 1)
	storetest.Erase(t, st, storetest.Join(t, st, list.ID, "ana@shop.test").ID)
	if n, err := r.Forget(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	for age, want := range map[time.Duration]string{time.Hour: "erased", 6 * 24 * time.Hour: "erased", jobs.Keep + time.Hour: "stay for 7 days"} {
		clock.Set(tuesday.Add(age))
		if _, err := r.Source(j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("after %s: %v", age, err)
		}
		finished := tuesday
		over := ledger.Job{ID: 7, Kind: ledger.ExportJob, State: ledger.JobFinished, FinishedAt: &finished, CreatedAt: tuesday, Result: `{"reasons":1,"left_file":1}`}
		for name, open := range map[string]func(ledger.Job) (*os.File, error){"export": r.Export, "reasons": r.Reasons, "left": r.Left, "manifest": r.Manifest} {
			if _, err := open(over); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s after %s: %v", name, age, err)
			}
		}
	}
	if _, err := r.Left(j); err == nil || strings.Contains(err.Error(), "erased") {
		t.Errorf("what was never written: %v", err)
	}
}
