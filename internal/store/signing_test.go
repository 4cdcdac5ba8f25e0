package store_test

import (
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/sending"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func twoKeys(name string) []sending.SigningKey {
	return []sending.SigningKey{{Selector: name, Algorithm: "rsa", PrivateKey: "sealed", Record: "v=DKIM1; k=rsa; p=AA"},
		{Selector: name + "e", Algorithm: "ed25519", PrivateKey: "sealed", Record: "v=DKIM1; k=ed25519; p=BB"}}
}

// standings are the keys in words: "ks1 active, ks1e waits".
func signingStandings(t *testing.T, st *store.Store) string {
	t.Helper()
	keys, err := st.SigningKeys(t.Context())
	must(t, err)
	var all []string
	for _, k := range keys {
		word := "retired"
		if k.Active {
			word = "active"
		} else if k.Waits() {
			word = "waits"
		}
		if k.PrivateKey == "" {
			word += " without its private half"
		}
		all = append(all, k.Domain+"/"+k.Selector+" "+word)
	}
	return strings.Join(all, ", ")
}

func TestAKeySignsFromItsRecordsSightUntilANewerOneDoes(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		is := func(want string) {
			t.Helper()
			if got := signingStandings(t, st); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
		ids := func() (all []int64) {
			keys, err := st.SigningKeys(ctx)
			must(t, err)
			for _, k := range keys {
				if k.Waits() {
					all = append(all, k.ID)
				}
			}
			return all
		}
		must(t, st.AddSigningKeys(ctx, "tea.test", twoKeys("ks0")))
		must(t, st.AddSigningKeys(ctx, "tea.test", twoKeys("ks1"))) // in place of those that only waited
		must(t, st.AddSigningKeys(ctx, "a.test", twoKeys("ks1")[:1]))
		is("a.test/ks1 waits, tea.test/ks1 waits, tea.test/ks1e waits")
		waiting := ids()
		must(t, st.ActivateSigning(ctx, "tea.test", waiting[1:]))
		if err := st.ActivateSigning(ctx, "tea.test", waiting[:1]); !fault.Is(err, fault.NotFound) {
			t.Errorf("another domain's key: %v", err)
		}
		is("a.test/ks1 waits, tea.test/ks1 active, tea.test/ks1e active")

		clock.Add(time.Hour)
		must(t, st.AddSigningKeys(ctx, "tea.test", twoKeys("ks2")))
		is("a.test/ks1 waits, tea.test/ks1 active, tea.test/ks1e active, tea.test/ks2 waits, tea.test/ks2e waits")
		must(t, st.ActivateSigning(ctx, "tea.test", ids()[1:2])) // only its RSA record was found
		is("a.test/ks1 waits, tea.test/ks1 retired, tea.test/ks1e active, tea.test/ks2 active, tea.test/ks2e waits")
		must(t, st.ActivateSigning(ctx, "tea.test", ids()[1:]))
		is("a.test/ks1 waits, tea.test/ks1 retired, tea.test/ks1e retired, tea.test/ks2 active, tea.test/ks2e active")

		clock.Add(8 * 24 * time.Hour)
		must(t, st.SweepSigning(ctx))
		is("a.test/ks1 waits, tea.test/ks1 retired without its private half, tea.test/ks1e retired without its private half, tea.test/ks2 active, tea.test/ks2e active")
		clock.Add(60 * 24 * time.Hour)
		must(t, st.SweepSigning(ctx))
		is("a.test/ks1 waits, tea.test/ks2 active, tea.test/ks2e active")
	})
}

func TestSigningThatWasStoppedGoesOn(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		must(t, st.AddSigningKeys(ctx, "tea.test", twoKeys("ks1")))
		keys, err := st.SigningKeys(ctx)
		must(t, err)
		must(t, st.ActivateSigning(ctx, "tea.test", []int64{keys[0].ID}))
		before := signingStandings(t, st)
		must(t, st.StopSigning(ctx, "tea.test"))
		if got := signingStandings(t, st); strings.Contains(got, "active") || strings.Contains(got, "waits") {
			t.Errorf("stopped: %s", got)
		}
		if err := st.StopSigning(ctx, "tea.test"); !fault.Is(err, fault.NotFound) {
			t.Errorf("stopped twice: %v", err)
		}
		must(t, st.ResumeSigning(ctx, "tea.test", time.Minute))
		if got := signingStandings(t, st); got != before {
			t.Errorf("taken back: %s, before: %s", got, before)
		}
		must(t, st.StopSigning(ctx, "tea.test"))
		clock.Add(time.Hour)
		if err := st.ResumeSigning(ctx, "tea.test", time.Minute); !fault.Is(err, fault.Conflict) {
			t.Errorf("an hour later: %v", err)
		}
	})
}

func TestASelfTestKeepsTheLetterAsItFirstArrived(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		ctx := t.Context()
		first, err := st.BeginSelfTest(ctx, "news@tea.test")
		must(t, err)
		must(t, st.SentSelfTest(ctx, store.SelfTest{ID: first, Recipient: "x@bounces.tea.test", SentAt: tuesday, Reply: "250 OK"}))
		clock.Add(2 * time.Second)
		must(t, st.TakeSelfTest(ctx, first, []byte("From: a")))
		must(t, st.TakeSelfTest(ctx, first, []byte("From: b")))
		got, err := st.SelfTest(ctx, first)
		if err != nil || string(got.Letter) != "From: a" || got.ArrivedAt == nil || got.ArrivedAt.Sub(got.SentAt) != 2*time.Second || got.Reply != "250 OK" {
			t.Errorf("kept %+v, %v", got, err)
		}
		for range 20 {
			_, err := st.BeginSelfTest(ctx, "news@tea.test")
			must(t, err)
		}
		if _, err := st.SelfTest(ctx, first); !fault.Is(err, fault.NotFound) {
			t.Errorf("the oldest of 21 is still kept: %v", err)
		}
	})
}
