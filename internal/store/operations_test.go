package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

var home = []byte("a secret for tests that is long enough")

func bind(t *testing.T, st *store.Store, dir string) *store.Instance {
	t.Helper()
	i, err := st.Bind(t.Context(), store.Home{Dir: dir, Secret: home})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func beat(t *testing.T, i *store.Instance) {
	t.Helper()
	if err := i.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func wantHeld(t *testing.T, i *store.Instance, want string) {
	t.Helper()
	if got := i.Held(); got != want {
		t.Errorf("held %q; want %q", got, want)
	}
}

func confirm(t *testing.T, i *store.Instance) {
	t.Helper()
	if err := i.Confirm(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	wantHeld(t, i, "")
}

func openAt(t *testing.T, dsn string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// copyFile copies bytes, as cp does.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFreshDatabaseSendsAndStaysBound(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		dir := t.TempDir()
		i := bind(t, st, dir)
		beat(t, i)
		wantHeld(t, i, "")
		wantHeld(t, bind(t, st, dir), "")
	})
}

// liveFolder is a data folder in use: its database has counted on a few times.
func liveFolder(t *testing.T) (dir string, close func()) {
	t.Helper()
	dir = t.TempDir()
	st, err := store.Open(t.Context(), store.Options{DSN: filepath.Join(dir, "keepsake.db")})
	if err != nil {
		t.Fatal(err)
	}
	i := bind(t, st, dir)
	for range 3 {
		beat(t, i)
	}
	return dir, func() { st.Close() }
}

func TestACopiedSQLiteDatabaseAsks(t *testing.T) {
	dir, stop := liveFolder(t)
	stop()
	for name, files := range map[string][]string{"the database alone": {"keepsake.db"}, "the whole folder": {"keepsake.db", "instance.json"}} {
		t.Run(name, func(t *testing.T) {
			to := t.TempDir()
			for _, f := range files {
				copyFile(t, filepath.Join(dir, f), filepath.Join(to, f))
			}
			st := openAt(t, filepath.Join(to, "keepsake.db"))
			i := bind(t, st, to)
			wantHeld(t, i, store.HeldCopied)
			beat(t, i)
			wantHeld(t, i, store.HeldCopied)
			confirm(t, i)
			beat(t, i)
			wantHeld(t, bind(t, st, to), "")
		})
	}
	st := openAt(t, filepath.Join(dir, "keepsake.db"))
	wantHeld(t, bind(t, st, dir), "")
}

func TestARenamedFolderDoesNotAsk(t *testing.T) {
	dir, stop := liveFolder(t)
	stop()
	to := filepath.Join(filepath.Dir(dir), "renamed")
	if err := os.Rename(dir, to); err != nil {
		t.Fatal(err)
	}
	st := openAt(t, filepath.Join(to, "keepsake.db"))
	wantHeld(t, bind(t, st, to), "")
	wantHeld(t, bind(t, st, to), "")
}

func TestAnOlderDatabaseRestoredInPlaceAsks(t *testing.T) {
	dir, stop := liveFolder(t)
	stop()
	path, backup := filepath.Join(dir, "keepsake.db"), filepath.Join(t.TempDir(), "backup.db")
	copyFile(t, path, backup)
	st, err := store.Open(t.Context(), store.Options{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	beat(t, bind(t, st, dir)) // life went on after the backup
	st.Close()
	for _, f := range []string{path, path + "-wal", path + "-shm"} {
		os.Remove(f)
	}
	copyFile(t, backup, path)
	st = openAt(t, path)
	i := bind(t, st, dir)
	wantHeld(t, i, store.HeldRestored)
	confirm(t, i)
	beat(t, i)
	wantHeld(t, i, "")
}

func TestAnotherSecretHoldsThisProcessAlone(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		dir := t.TempDir()
		first := bind(t, st, dir)
		other, err := st.Bind(t.Context(), store.Home{Dir: dir, Secret: []byte("another secret, also long enough")})
		if err != nil {
			t.Fatal(err)
		}
		wantHeld(t, other, store.HeldSecret)
		beat(t, first)
		wantHeld(t, first, "")
	})
}

func TestANewSecretIsConfirmedByItsName(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		dir, ctx := t.TempDir(), t.Context()
		old := bind(t, st, dir)
		if err := old.Hold(ctx); err != nil {
			t.Fatal(err)
		}
		kept := filepath.Join(t.TempDir(), "secret.key")
		other, err := st.Bind(ctx, store.Home{Dir: dir, Secret: []byte("another secret, also long enough"), Unkept: kept})
		if err != nil {
			t.Fatal(err)
		}
		wantHeld(t, other, store.HeldAsked)
		if got := other.Reasons(); !other.NewSecret() || len(got) != 2 || got[1] != store.HeldWords(store.HeldSecret) {
			t.Errorf("the reasons are %q", got)
		}
		if err := other.Confirm(ctx, "test"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a new secret is confirmed without a word: %v", err)
		}
		wantHeld(t, other, store.HeldAsked)
		if err := other.ConfirmSecret(ctx, "test"); err != nil {
			t.Fatal(err)
		}
		wantHeld(t, other, "")
		if b, err := os.ReadFile(kept); err != nil || string(b) != "another secret, also long enough\n" || other.NewSecret() {
			t.Errorf("kept %q, %v", b, err)
		}
		beat(t, other)
		wantHeld(t, other, "")
		beat(t, old)
		wantHeld(t, old, store.HeldSecret)
	})
}

func TestADatabaseWithLettersIsNotBoundToAPassingSecret(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		dir := t.TempDir()
		i, err := st.Bind(t.Context(), store.Home{Dir: dir, Secret: []byte("good for this run alone, and no more"), Unkept: filepath.Join(dir, "secret.key")})
		if err != nil {
			t.Fatal(err)
		}
		wantHeld(t, i, store.HeldSecret)
		beat(t, i)
		wantHeld(t, i, store.HeldSecret)
	})
}

func TestHoldAndConfirmReachAnotherProcess(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		dir := t.TempDir()
		one, two := bind(t, st, dir), bind(t, st, dir)
		if err := one.Hold(t.Context()); err != nil {
			t.Fatal(err)
		}
		beat(t, two)
		wantHeld(t, two, store.HeldAsked)
		confirm(t, two)
		beat(t, one)
		wantHeld(t, one, "")
	})
}

func postgres(t *testing.T) string {
	t.Helper()
	dsn := os.Getenv("KEEPSAKE_TEST_POSTGRES")
	if dsn == "" {
		t.Skip("KEEPSAKE_TEST_POSTGRES is not set")
	}
	return dsn
}

func TestAnotherMachineOfOnePostgresNeedNotAsk(t *testing.T) {
	st := storetest.Postgres(t, postgres(t), nil)
	one, two := bind(t, st, t.TempDir()), bind(t, st, t.TempDir())
	for range 3 {
		beat(t, one)
		beat(t, two)
	}
	wantHeld(t, one, "")
	wantHeld(t, two, "")
}

func TestAPostgresDatabaseInAnotherPlaceAsks(t *testing.T) {
	dsn := postgres(t)
	st, dir := storetest.Postgres(t, dsn, nil), t.TempDir()
	beat(t, bind(t, st, dir))
	copied := storetest.PostgresCopy(t, dsn, st)
	for _, folder := range []string{dir, t.TempDir()} {
		wantHeld(t, bind(t, copied, folder), store.HeldCopied)
	}
	wantHeld(t, bind(t, storetest.PostgresCopy(t, dsn, copied), t.TempDir()), store.HeldCopied)
}

func TestAPostgresDatabaseBroughtBackUnderARunningProcessAsks(t *testing.T) {
	dsn := postgres(t)
	st, dir := storetest.Postgres(t, dsn, nil), t.TempDir()
	running := bind(t, st, dir)
	for range 3 {
		beat(t, running)
	}
	storetest.Exec(t, st, `UPDATE instances SET beat = beat - 2`) // what a restore in place leaves
	beat(t, running)
	wantHeld(t, running, store.HeldRestored)
	confirm(t, running)
	storetest.Exec(t, st, `UPDATE instances SET beat = 1`)
	again := bind(t, st, dir) // and at a start
	wantHeld(t, again, store.HeldRestored)
}

func TestOneOfSeveralLeadsAndTheNextFollows(t *testing.T) {
	st := storetest.Postgres(t, postgres(t), nil)
	one, two := st.Stand("one"), st.Stand("two")
	one.Try(t.Context())
	two.Try(t.Context())
	if !one.Leads(t.Context()) || two.Leads(t.Context()) {
		t.Fatal("not the first leads, or both")
	}
	storetest.Exec(t, st, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`) // other tests hold locks in theirs
	for !two.Leads(t.Context()) { // the server lets go of the lock when the session has ended
		two.Try(t.Context())
	}
	if one.Leads(t.Context()) {
		t.Error("the first leads on without its session")
	}
	one.Try(t.Context())
	if one.Leads(t.Context()) || !two.Leads(t.Context()) {
		t.Error("the first took the lead from the second")
	}
}

func TestSeveralProcessesMigrateAtOnce(t *testing.T) {
	dsn := storetest.PostgresDSN(t, postgres(t))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			st, err := store.Open(context.Background(), store.Options{DSN: dsn})
			if err != nil {
				t.Error(err)
				return
			}
			st.Close()
		})
	}
	all.Wait()
}

// owed leases everything of a campaign with n people as owner, and begins the hand-over of the first.
func owed(t *testing.T, st *store.Store, clock *storetest.Clock, owner string, n int) (campaigns.Campaign, []ledger.Work) {
	t.Helper()
	l := storetest.People(t, st, n)
	at := clock.Now()
	c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { c.Trigger = campaigns.Trigger{At: &at} })
	if err := st.Start(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	c, err := st.Campaign(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := st.Plan(t.Context(), c, at); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Promote(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	work, err := st.Lease(t.Context(), owner, n)
	if err != nil || len(work) != n {
		t.Fatalf("leased %d of %d: %v", len(work), n, err)
	}
	if _, err := st.Record(t.Context(), owner, []int64{work[0].ID}, nil); err != nil {
		t.Fatal(err)
	}
	return c, work
}

func totals(t *testing.T, st *store.Store, campaign int64) ledger.Counts {
	t.Helper()
	all, err := st.Totals(t.Context(), campaign)
	if err != nil {
		t.Fatal(err)
	}
	return all[campaign]
}

func TestWhatALostProcessHeldComesBackWithinAboutAMinute(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		_, work := owed(t, st, clock, "lost", 3)
		roll := store.Roll{}
		watch := func(alive bool) (lost []string, unsure int) {
			t.Helper()
			if alive {
				if err := st.Here(t.Context(), store.Process{Owner: "lost", StartedAt: clock.Now()}); err != nil {
					t.Fatal(err)
				}
			}
			lost, unsure, err := st.RecoverLost(t.Context(), roll)
			if err != nil {
				t.Fatal(err)
			}
			clock.Add(10 * time.Second)
			return lost, unsure
		}
		for range 20 {
			if lost, _ := watch(true); len(lost) > 0 {
				t.Fatal("a living process was called lost")
			}
		}
		for range 5 {
			if lost, _ := watch(false); len(lost) > 0 {
				t.Fatal("called lost too early")
			}
		}
		if lost, unsure := watch(false); len(lost) != 1 || unsure != 1 {
			t.Fatalf("after a minute of silence: lost %v, unsure %d", lost, unsure)
		}
		again, err := st.Lease(t.Context(), "other", 10)
		if err != nil || len(again) != 2 {
			t.Errorf("%d letters came back: %v; want those 2 that were not handed over", len(again), err)
		}
		if got, err := st.Work(t.Context(), work[0].ID); err != nil || got.State != ledger.Unsure {
			t.Errorf("the one being handed over is %s, %v", got.State, err)
		}
		if all, err := st.Processes(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("still listed: %v, %v", all, err)
		}
	})
}

func TestAWatcherThatSleptCallsNobodyLost(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		if err := st.Here(t.Context(), store.Process{Owner: "other", StartedAt: clock.Now()}); err != nil {
			t.Fatal(err)
		}
		roll := store.Roll{}
		for _, slept := range []time.Duration{0, time.Hour, 40 * time.Second} {
			clock.Add(slept)
			if lost, _, err := st.RecoverLost(t.Context(), roll); err != nil || len(lost) > 0 {
				t.Errorf("after %s: lost %v, %v", slept, lost, err)
			}
		}
	})
}

func TestALeaderThatIsFrozenIsFollowed(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	st := storetest.Postgres(t, postgres(t), clock)
	frozen, next := st.Stand("frozen"), st.Stand("next")
	frozen.Try(t.Context()) // and then never again, but its session lives
	if err := st.Here(t.Context(), store.Process{Owner: "frozen", StartedAt: clock.Now()}); err != nil {
		t.Fatal(err)
	}
	roll := store.Roll{}
	for range 6 {
		if lost, _, err := st.RecoverLost(t.Context(), roll); err != nil || len(lost) > 0 {
			t.Fatalf("lost %v, %v", lost, err)
		}
		next.Try(t.Context())
		clock.Add(10 * time.Second)
	}
	if next.Leads(t.Context()) {
		t.Fatal("two lead")
	}
	if lost, _, err := st.RecoverLost(t.Context(), roll); err != nil || len(lost) != 1 {
		t.Fatalf("lost %v, %v", lost, err)
	}
	for !next.Leads(t.Context()) { // the server lets go of the lock when the session has ended
		next.Try(t.Context())
	}
	if frozen.Leads(t.Context()) {
		t.Error("the frozen one leads on")
	}
}

func TestTheRuleDecidesLettersThatComeIntoDoubtLater(t *testing.T) {
	for rule, want := range map[string]ledger.State{ledger.Hold: ledger.Unsure, ledger.Resend: ledger.Queued, ledger.CountSent: ledger.Sent} {
		t.Run(rule, func(t *testing.T) {
			clock := storetest.NewClock(tuesday)
			storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
				c, work := owed(t, st, clock, "lost", 2)
				if err := st.ConfigureUnsure(t.Context(), rule); err != nil {
					t.Fatal(err)
				}
				clock.Add(time.Minute)
				if n, err := st.RecoverAll(t.Context()); err != nil || n != 1 {
					t.Fatalf("unsure %d, %v", n, err)
				}
				if _, err := st.ApplyUnsure(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got, err := st.Work(t.Context(), work[0].ID); err != nil || got.State != want {
					t.Errorf("it is %s, %v; want %s", got.State, err, want)
				}
				n := totals(t, st, c.ID)
				if wantSent := map[bool]int64{true: 1}[want == ledger.Sent]; n.Sent != wantSent || n.Unsure != map[bool]int64{true: 1}[want == ledger.Unsure] {
					t.Errorf("counted %+v", n)
				}
				clock.Add(time.Minute)
				if err := st.ChooseUnsure(t.Context(), ledger.Resend); err != nil {
					t.Fatal(err)
				}
				if n, err := st.ApplyUnsure(t.Context()); err != nil || n != 0 {
					t.Errorf("a new rule decided %d old letters, %v", n, err)
				}
			})
		})
	}
}

func TestAPersonsDecisionCanBeTakenBack(t *testing.T) {
	for _, to := range []ledger.State{ledger.Sent, ledger.Queued} {
		t.Run(string(to), func(t *testing.T) {
			clock := storetest.NewClock(tuesday)
			storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
				c, work := owed(t, st, clock, "lost", 2)
				if _, err := st.Record(t.Context(), "lost", []int64{work[1].ID}, nil); err != nil {
					t.Fatal(err)
				}
				if _, err := st.RecoverAll(t.Context()); err != nil {
					t.Fatal(err)
				}
				d, err := st.DecideUnsure(t.Context(), c.ID, 0, to)
				if err != nil || d.N != 2 {
					t.Fatalf("decided %d, %v", d.N, err)
				}
				if n := totals(t, st, c.ID); n.Unsure != 0 || n.Sent != map[bool]int64{true: 2}[to == ledger.Sent] {
					t.Errorf("counted %+v", n)
				}
				if n, err := st.Undecide(t.Context(), c.ID, to, d.At); err != nil || n != 2 {
					t.Errorf("took back %d, %v", n, err)
				}
				if n := totals(t, st, c.ID); n.Unsure != 2 || n.Sent != 0 {
					t.Errorf("counted %+v", n)
				}
				if _, err := st.Undecide(t.Context(), c.ID, to, d.At); !fault.Is(err, fault.Conflict) {
					t.Errorf("taken back twice: %v", err)
				}
				if d, err = st.DecideUnsure(t.Context(), c.ID, work[0].ID, to); err != nil || d.N != 1 {
					t.Errorf("decided %d of one, %v", d.N, err)
				}
				clock.Add(time.Minute)
				if err := st.Cancel(t.Context(), c.ID); err != nil {
					t.Fatal(err)
				}
				if _, err = st.DecideUnsure(t.Context(), c.ID, 0, ledger.Queued); !fault.Is(err, fault.Conflict) {
					t.Errorf("a cancelled campaign sends again: %v", err)
				}
			})
		})
	}
}

// outcomeOf says that a letter was sent.
func outcomeOf(w ledger.Work) []ledger.Outcome {
	return []ledger.Outcome{{DeliveryID: w.ID, State: ledger.Sent, Reply: "250 2.0.0 ok"}}
}

// A read that fails proves nothing: the file is there again a moment later.
func TestAFileThatCannotBeReadJustNowHoldsNothing(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		dir := t.TempDir()
		i := bind(t, st, dir)
		beat(t, i)
		path, aside := filepath.Join(dir, "instance.json"), filepath.Join(dir, "aside")
		for _, err := range []error{os.Rename(path, aside), os.Mkdir(path, 0o700)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		h := store.Home{Dir: dir, Secret: home}
		_, atBind := st.Bind(t.Context(), h)
		_, examined := st.Examine(t.Context(), h)
		for what, err := range map[string]error{"Beat": i.Beat(t.Context()), "Bind": atBind, "Examine": examined, "Confirm": i.Confirm(t.Context(), "test")} {
			if err == nil {
				t.Errorf("%s says nothing of a file that it could not read", what)
			}
		}
		wantHeld(t, i, "")
		for _, err := range []error{os.Remove(path), os.Rename(aside, path)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		beat(t, i)
		wantHeld(t, i, "")
		wantHeld(t, bind(t, st, dir), "")
	})
}

// hideCluster makes a PostgreSQL fail with a code when it is asked for its cluster's number
// the n-th time; 0 is each time.
func hideCluster(t *testing.T, code string, n int) *store.Store {
	t.Helper()
	st := storetest.Postgres(t, postgres(t), nil)
	storetest.Exec(t, st, fmt.Sprintf(`CREATE SEQUENCE asked; CREATE FUNCTION public.pg_control_system() RETURNS TABLE (system_identifier bigint) LANGUAGE plpgsql AS $$
		BEGIN IF nextval('asked') = %[2]d OR %[2]d = 0 THEN RAISE EXCEPTION 'no' USING ERRCODE = '%[1]s'; END IF; RETURN QUERY SELECT 42::bigint; END $$;
		DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET search_path = public, pg_catalog', current_database()); END $$`, code, n))
	return openAt(t, storetest.DSN(st))
}

func TestAServerInTroubleIsNotAnotherPlace(t *testing.T) {
	for _, code := range []string{"53300", "57014", "40001"} { // too many clients, cancelled, serialization
		i := bind(t, hideCluster(t, code, 4), t.TempDir()) // three times at the start
		if err := i.Beat(t.Context()); err == nil {
			t.Errorf("%s: Beat says nothing of it", code)
		}
		wantHeld(t, i, "")
		beat(t, i)
		wantHeld(t, i, "")
	}
}

func TestAServiceMayKeepItsClustersNumberToItself(t *testing.T) {
	for _, code := range []string{"42501", "42883"} { // not allowed, no such function
		st, dir := hideCluster(t, code, 0), t.TempDir()
		i := bind(t, st, dir)
		beat(t, i)
		wantHeld(t, i, "")
		wantHeld(t, bind(t, st, dir), "")
	}
}

func TestOneOfAllHasAPieceOfWorkUntilItIsGone(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, st *store.Store) {
		takes := func(owner string, want bool) {
			t.Helper()
			if got, err := st.Takes(t.Context(), owner, "mailbox"); err != nil || got != want {
				t.Errorf("%s takes it: %v, %v; want %v", owner, got, err, want)
			}
		}
		for _, owner := range []string{"one", "two"} {
			must(t, st.Here(t.Context(), store.Process{Owner: owner, StartedAt: st.Now()}))
		}
		takes("one", true)
		takes("two", false)
		takes("one", true)
		must(t, st.Gone(t.Context(), "one"))
		takes("two", true)
		takes("one", false)
		all, err := st.Processes(t.Context())
		if err != nil || len(all) != 1 || all[0].Leads {
			t.Errorf("%+v, %v; want one that does not lead the planning", all, err)
		}
	})
}
