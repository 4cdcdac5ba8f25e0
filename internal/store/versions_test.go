package store_test

import (
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestEverySaveKeepsAVersionAndOnesOwnQuickSavesShareOne(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		c := storetest.Campaign(t, st, "newsletter", storetest.People(t, st, 1).ID, nil)
		m := c.Messages[0]
		letter, content := store.Letter{Message: m.ID, Lang: "en"}, m.Contents[0]
		save := func(subject, by string, restored int) {
			t.Helper()
			content.Subject, content.Restored = subject, restored
			must(t, st.SaveContent(ctx, m.ID, &content, by))
		}
		save("A", "Ana", 0)
		clock.Add(time.Minute)
		save("Ab", "Ana", 0)
		save("Abc", "Bo", 0)
		clock.Add(time.Minute)
		save("Abcd", "Ana", 0)
		clock.Add(campaigns.VersionTime)
		save("Abcde", "Ana", 0)
		save("Ab", "Ana", 2)
		save("Ab!", "Ana", 0)
		list, err := st.Versions(ctx, letter)
		must(t, err)
		var subjects []string
		for _, v := range list {
			one, err := st.Version(ctx, letter, v.N)
			must(t, err)
			subjects = append(subjects, one.Subject)
		}
		want := []string{"Ab!", "Ab", "Abcde", "Abcd", "Abc", "Ab", "Hello"}
		if len(subjects) != len(want) {
			t.Fatalf("got %q, want %q", subjects, want)
		}
		for i := range want {
			if subjects[i] != want[i] {
				t.Errorf("got %q, want %q", subjects, want)
			}
		}
		if list[1].Restored != 2 || list[1].By != "Ana" {
			t.Errorf("the restored version is %+v", list[1])
		}
		must(t, st.NameVersion(ctx, letter, 7, "With the cake"))
		save("Next", "Ana", 0)
		if v, err := st.Version(ctx, letter, 7); err != nil || v.Subject != "Ab!" || v.Name != "With the cake" {
			t.Errorf("the named version is %+v, %v", v, err)
		}
		if _, err := st.Version(ctx, letter, 99); !fault.Is(err, fault.NotFound) {
			t.Errorf("a version that is not kept: %v", err)
		}
		if err := st.NameVersion(ctx, letter, 99, "x"); !fault.Is(err, fault.NotFound) {
			t.Errorf("named what is not kept: %v", err)
		}
	})
}

func TestTheVersionThatWasSentIsKeptAndMarked(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		c := storetest.Campaign(t, st, "newsletter", storetest.People(t, st, 1).ID, nil)
		m := c.Messages[0]
		letter, content := store.Letter{Message: m.ID, Lang: "en"}, m.Contents[0]
		content.Subject = "As sent"
		must(t, st.SaveContent(ctx, m.ID, &content, "Ana"))
		must(t, st.KeepSent(ctx, letter, content))
		clock.Add(time.Minute)
		must(t, st.KeepSent(ctx, letter, content))
		content.Subject = "Later"
		must(t, st.SaveContent(ctx, m.ID, &content, "Ana"))
		list, err := st.Versions(ctx, letter)
		must(t, err)
		if len(list) != 3 || list[1].SentAt == nil || !list[1].SentAt.Equal(tuesday) || list[0].SentAt != nil {
			t.Fatalf("the versions are %+v", list)
		}
		if v, err := st.Version(ctx, letter, list[1].N); err != nil || v.Subject != "As sent" {
			t.Errorf("as sent: %+v, %v", v, err)
		}
		counts, err := st.SentTo(ctx, letter, list, []string{"en"}, true)
		if err != nil || counts[2] != 0 {
			t.Errorf("sent to %v, %v", counts, err)
		}
		// A save that came between reading and sending: what was sent is kept all the same.
		content.Version, content.Subject = 77, "Read before"
		must(t, st.KeepSent(ctx, letter, content))
		if v, err := st.Version(ctx, letter, 4); err != nil || v.Subject != "Read before" || v.SentAt == nil {
			t.Errorf("got %+v, %v", v, err)
		}
	})
}

func TestALetterKeepsABoundedNumberOfVersions(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		d := campaigns.Design{Name: "D", Kind: "newsletter", Content: campaigns.Content{Lang: "en"}}
		must(t, st.CreateDesign(t.Context(), &d, "Ana"))
		for range 60 {
			clock.Add(campaigns.VersionTime)
			must(t, st.SaveDesign(t.Context(), d.ID, &d.Content, "Ana"))
		}
		list, err := st.Versions(t.Context(), store.Letter{Design: d.ID})
		if err != nil || len(list) > 40 || list[0].N != 61 || list[len(list)-1].N != 1 {
			t.Errorf("%d versions, %v", len(list), err)
		}
	})
}

func TestALetterThatBecomesCodeKeepsTheVersionOfItsBlocks(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := storetest.Campaign(t, st, "newsletter", storetest.People(t, st, 1).ID, nil)
		m := c.Messages[0]
		content := m.Contents[0]
		for _, mode := range []string{"blocks", "mjml", "html", "html"} {
			content.Mode, content.HTML = mode, "<"+mode+">"
			must(t, st.SaveContent(ctx, m.ID, &content, "Ana"))
		}
		list, err := st.Versions(ctx, store.Letter{Message: m.ID, Lang: "en"})
		must(t, err)
		var modes []string
		for _, v := range list {
			one, err := st.Version(ctx, store.Letter{Message: m.ID, Lang: "en"}, v.N)
			must(t, err)
			modes = append(modes, one.Mode)
		}
		if got := strings.Join(modes, " "); got != "html mjml blocks html" {
			t.Errorf("the versions are %s", got)
		}
	})
}
