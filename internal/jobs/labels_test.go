package jobs_test

import (
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestAnAttributeMadeOfACyrillicHeaderIsCalledAsTheFileCallsIt(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		storetest.People(t, st, 0)
		r := runner(st, t.TempDir())
		file := "Email,Клубна карта,Размер обуви,Любимый цвет,Club\na@shop.test,1,2,3,4\n"
		im := suggestedImport(t, st, file, audience.Import{Lang: "bg"})
		im.Header = []string{"Email", "Клубна карта", "Размер обуви", "Любимый цвет", "Club"}
		queue(t, st, r, ledger.ImportJob, file, im)
		must(t, r.Drain(t.Context(), ledger.ImportJob))
		all, err := st.Attributes(t.Context())
		must(t, err)
		for key, want := range map[string][2]string{"klubna_karta": {"bg", "Клубна карта"}, "lyubimyy_tsvet": {"ru", "Любимый цвет"}, "club": {"en", "club"}} {
			if got := audience.AttributeLabel(all, key, want[0]); got != want[1] {
				t.Errorf("%s is called %s: %+v", key, got, all)
			}
		}
	})
}
