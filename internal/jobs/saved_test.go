package jobs_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// shelf is a depot that remembers where files were brought.
type shelf struct{ folders []string }

func (s *shelf) Put(_ context.Context, to campaigns.Destination, _ string, _ *os.File) error {
	s.folders = append(s.folders, to.Folder)
	return nil
}

// meddling does something while an export reads its rows.
type meddling struct {
	*store.Store
	do func()
}

func (m *meddling) ExportRows(ctx context.Context, e audience.Export, yield func([][]byte) error) error {
	m.do()
	return m.Store.ExportRows(ctx, e, yield)
}

func TestTheFileOfASavedExportGoesWhereItWasToGoWhenItWasAskedForOrNowhere(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		storetest.People(t, st, 3)
		one := campaigns.SavedExport{Name: "People", Zone: "UTC", To: campaigns.Destination{Kind: campaigns.ToFolder, Folder: "ours"},
			Export: audience.Export{What: audience.Subscribers, Fields: []string{"email"}, Form: audience.Raw, Format: audience.CSV}}
		must(t, st.SaveExport(ctx, &one))
		edit := func(what func(*campaigns.SavedExport)) func() {
			return func() {
				now, err := st.SavedExport(ctx, one.ID)
				must(t, err)
				what(&now)
				must(t, st.SaveExport(ctx, &now))
			}
		}
		for name, c := range map[string]struct {
			do   func()
			want []string
		}{
			"1 another name":  {edit(func(e *campaigns.SavedExport) { e.Name, e.Paused = "All people", true }), []string{"ours", "ours"}}, // the file and its manifest
			"2 another place": {edit(func(e *campaigns.SavedExport) { e.To.Folder = "theirs" }), nil},
		} {
			t.Run(name, func(t *testing.T) {
				must(t, st.SaveExport(ctx, &one))
				to := &shelf{}
				r := shipping(&meddling{st, c.do}, t.TempDir(), to)
				id, err := st.RunSavedExport(ctx, one.ID, 0)
				must(t, err)
				must(t, r.Drain(ctx, ledger.ExportJob))
				j, err := st.Job(ctx, id)
				must(t, err)
				if !slices.Equal(to.folders, c.want) || (j.State == ledger.JobFinished) != (c.want != nil) || c.want == nil && !strings.Contains(j.Error, "Run it again") {
					t.Errorf("brought to %v, job %s: %s", to.folders, j.State, j.Error)
				}
			})
		}
	})
}
