package store_test

import (
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestADesignIsFoundRenamedArchivedAndBroughtBack(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		for _, d := range []campaigns.Design{{Name: "Spring 100%", Kind: "newsletter", Content: campaigns.Content{Lang: "en", Subject: "Tulips"}},
			{Name: "Gift", Kind: "gift", Content: campaigns.Content{Lang: "bg", Subject: "Подарък"}}} {
			must(t, st.CreateDesign(ctx, &d, "Ana"))
		}
		for q, want := range map[store.DesignQuery]int{{}: 2, {Search: "100%"}: 1, {Search: "tulip"}: 1, {Kind: "gift"}: 1, {Lang: "en", Kind: "gift"}: 0, {Archived: true}: 0} {
			if got, _, err := st.Designs(ctx, q); err != nil || len(got) != want {
				t.Errorf("%+v: %d designs, %v; want %d", q, len(got), err, want)
			}
		}
		first, next, err := st.Designs(ctx, store.DesignQuery{Limit: 1})
		if err != nil || len(first) != 1 || first[0].Name != "Gift" || next != first[0].ID {
			t.Fatalf("the first page: %+v, %d, %v", first, next, err)
		}
		id := first[0].ID
		must(t, st.RenameDesign(ctx, id, "Present"))
		must(t, st.ArchiveDesign(ctx, id, true))
		if got, _, err := st.Designs(ctx, store.DesignQuery{Archived: true}); err != nil || len(got) != 1 || got[0].Name != "Present" {
			t.Errorf("archived: %+v, %v", got, err)
		}
		must(t, st.ArchiveDesign(ctx, id, false))
		if err := st.RenameDesign(ctx, 99, "x"); !fault.Is(err, fault.NotFound) {
			t.Errorf("renamed what is not there: %v", err)
		}
	})
}

func TestADesignSavedElsewhereMeanwhileIsAConflict(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		d := campaigns.Design{Name: "D", Kind: "newsletter", Content: campaigns.Content{Lang: "en", Subject: "1"}}
		must(t, st.CreateDesign(t.Context(), &d, "Ana"))
		mine, theirs := d.Content, d.Content
		must(t, st.SaveDesign(t.Context(), d.ID, &theirs, "Bo"))
		if err := st.SaveDesign(t.Context(), d.ID, &mine, "Ana"); !fault.Is(err, fault.Conflict) {
			t.Errorf("saved over: %v", err)
		}
		if got, err := st.Design(t.Context(), d.ID); err != nil || got.Content.Version != 2 || got.UpdatedBy != "Bo" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestASavedBlockInUseIsNotTakenAway(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		before, err := st.SavedRevision(ctx)
		must(t, err)
		b := campaigns.SavedBlock{Name: "Hours", Block: `{"id":"b1","type":"text"}`}
		must(t, st.CreateSavedBlock(ctx, &b, "Ana"))
		d := campaigns.Design{Name: "Spring", Kind: "newsletter", Content: campaigns.Content{Lang: "en", Document: `{"v":1,"blocks":[{"id":"c","type":"columns","cols":[[{"id":"s","type":"saved","ref":1}]]}]}`}}
		must(t, st.CreateDesign(ctx, &d, "Ana"))
		uses, err := st.SavedUses(ctx)
		if err != nil || len(uses) != 1 || uses[0].Block != b.ID || uses[0].Design != d.ID || uses[0].Name != "Spring" {
			t.Fatalf("the uses are %+v, %v", uses, err)
		}
		if err := st.ArchiveSavedBlock(ctx, b.ID, true); !fault.Is(err, fault.Conflict) {
			t.Errorf("taken away though in use: %v", err)
		}
		must(t, st.ArchiveDesign(ctx, d.ID, true))
		must(t, st.ArchiveSavedBlock(ctx, b.ID, true))
		if list, err := st.SavedBlocks(ctx, false); err != nil || len(list) != 0 {
			t.Errorf("left: %+v, %v", list, err)
		}
		must(t, st.ArchiveSavedBlock(ctx, b.ID, false))
		old := b
		b.Version = 3
		must(t, st.SaveSavedBlock(ctx, &b, "Ana"))
		if err := st.SaveSavedBlock(ctx, &old, "Bo"); !fault.Is(err, fault.Conflict) {
			t.Errorf("saved over: %v", err)
		}
		if after, err := st.SavedRevision(ctx); err != nil || after != before+4 {
			t.Errorf("the revision went from %d to %d, %v", before, after, err)
		}
	})
}
