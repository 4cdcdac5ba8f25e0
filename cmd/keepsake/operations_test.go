package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/internal/config"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// says runs the program to its end and returns its status and what it said.
func says(t *testing.T, env []string, args ...string) (status int, said string) {
	t.Helper()
	cmd := keepsake(t, args...)
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func wantSaid(t *testing.T, status int, said string, want int, words ...string) {
	t.Helper()
	if status != want {
		t.Errorf("status %d; want %d:\n%s", status, want, said)
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("it does not say %q:\n%s", w, said)
		}
	}
}

func TestABackupOfARunningServeAsksWhenItIsRestored(t *testing.T) {
	data, to := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	s := startServe(t, data)
	defer s.stop(t)
	if err := os.WriteFile(filepath.Join(data, "media", "a.png"), []byte("picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, said := says(t, nil, "backup", to, "--with-secret", "--data", data)
	wantSaid(t, status, said, 0, "1 pictures")
	status, said = says(t, nil, "backup", to, "--data", data)
	wantSaid(t, status, said, 1, "is not empty")
	var m manifest
	b, err := os.ReadFile(filepath.Join(to, "manifest.json"))
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if got, err2 := sum(filepath.Join(to, "keepsake.db")); err != nil || err2 != nil || got != m.Database || !m.Secret {
		t.Errorf("the manifest %+v does not fit: %+v, %v, %v", m, got, err, err2)
	}

	restored := startServe(t, to) // a backup is a data folder
	defer restored.stop(t)
	status, said = says(t, nil, "doctor", "--data", to)
	wantSaid(t, status, said, 1, "was copied or restored", "keepsake confirm")
	status, said = says(t, nil, "confirm", "--data", t.TempDir())
	wantSaid(t, status, said, 1, "There is no secret in")
	status, said = says(t, nil, "confirm", "--data", to)
	wantSaid(t, status, said, 0, "sending goes on")
	status, said = says(t, nil, "confirm", "--data", to)
	wantSaid(t, status, said, 0, "Nothing is held")
	restored.hears(t, "confirmed: sending goes on")
	status, said = says(t, nil, "hold", "--data", to)
	wantSaid(t, status, said, 0, "Held")
	restored.hears(t, "nothing is sent")
}

func TestARestoreWithoutItsSecretSaysBothAndAsksForANewOne(t *testing.T) {
	data, to := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	s := startServe(t, data)
	status, said := says(t, nil, "backup", to, "--data", data)
	wantSaid(t, status, said, 0)
	s.stop(t)
	restored := startServe(t, to)
	defer restored.stop(t)
	const another = "another secret than this database was confirmed with"
	status, said = says(t, nil, "doctor", "--data", to)
	wantSaid(t, status, said, 1, "was copied or restored", another, "keepsake confirm --new-secret")
	status, said = says(t, nil, "confirm", "--data", to)
	wantSaid(t, status, said, 1, "was copied or restored", another, "links in letters already sent stop working")
	status, said = says(t, nil, "confirm", "--new-secret", "--data", to)
	wantSaid(t, status, said, 0, "Confirmed with the new secret")
	restored.hears(t, "confirmed: sending goes on")
}

func TestNoSecretIsMadeForADatabaseThatHasSent(t *testing.T) {
	st := storetest.SQLite(t, nil)
	p := &program{store: st, config: config.Config{Data: t.TempDir()}}
	l := storetest.People(t, st, 1)
	at := time.Now()
	c := storetest.Campaign(t, st, "newsletter", l.ID, func(c *campaigns.Campaign) { c.Trigger = campaigns.Trigger{At: &at} })
	ctx := t.Context()
	if err := st.Start(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	c, err := st.Campaign(ctx, c.ID)
	if err == nil {
		_, _, err = st.Plan(ctx, c, at)
	}
	if err == nil {
		_, err = st.Advance(ctx, c, time.Time{})
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, unkept, err := p.key(ctx); err != nil || unkept != "" || os.Remove(p.config.SecretPath()) != nil {
		t.Errorf("before the first letter: %q, %v", unkept, err)
	}
	work, err := st.Lease(ctx, "me", 1)
	if err == nil {
		_, err = st.Record(ctx, "me", []int64{work[0].ID}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	key, unkept, err := p.key(ctx)
	if err != nil || len(key) < 32 || unkept != p.config.SecretPath() || p.config.HasKey() {
		t.Errorf("%d octets, to be kept in %q, %v", len(key), unkept, err)
	}
}

func TestASenderWithoutPagesNeedsBaseURL(t *testing.T) {
	status, said := says(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", t.TempDir(), "--role", "send")
	wantSaid(t, status, said, 1, "Set base_url:", "every link in its letters would be dead")
}

func TestTheDoctorSaysWhatIsWrong(t *testing.T) {
	data := t.TempDir()
	status, said := says(t, nil, "doctor", "--data", filepath.Join(data, "none"))
	wantSaid(t, status, said, 1, "there is no folder", "no mail server is set", "→")
	if _, err := os.Stat(filepath.Join(data, "none")); !os.IsNotExist(err) {
		t.Errorf("the doctor made the folder: %v", err)
	}
	s := startServe(t, data)
	status, said = says(t, nil, "doctor", "--json", "--data", data)
	var found []finding
	if err := json.Unmarshal([]byte(said), &found); err != nil {
		t.Fatalf("%v in %s", err, said)
	}
	levels := map[string]string{}
	for _, f := range found {
		levels[f.Name] = f.Level
	}
	for name, want := range map[string]string{"config": well, "database": well, "instance": well, "processes": well, "queue": well, "secret": well,
		"clock": well, "zones": well, "smtp": bad, "sender": bad, "base_url": warning, "bounces": warning} {
		if levels[name] != want {
			t.Errorf("%s is %q; want %q:\n%s", name, levels[name], want, said)
		}
	}
	if status != 1 {
		t.Errorf("status %d", status)
	}
	if err := s.stop(t); err != nil {
		t.Error(err)
	}
	status, said = says(t, nil, "doctor", "--data", data)
	wantSaid(t, status, said, 1, "nobody sends")
}

func TestDoctorFindsNothingWrongWhereNothingIs(t *testing.T) {
	data := t.TempDir()
	box := smtptest.Start(t)
	env := []string{"KEEPSAKE_SMTP_HOST=" + box.Host, "KEEPSAKE_SMTP_PORT=" + fmt.Sprint(box.Port), "KEEPSAKE_SMTP_TLS=none", "KEEPSAKE_SENDER_EMAIL=shop@shop.example"}
	s := startServe(t, data, env...)
	defer s.stop(t)
	status, said := says(t, env, "doctor", "--data", data)
	wantSaid(t, status, said, 0, "answers and takes letters from us")
}

func TestPostgresIsBackedUpByItsOwnMeans(t *testing.T) {
	status, said := says(t, []string{"KEEPSAKE_DATABASE=postgres://keeper:hush@db.example:5433/shop"}, "backup", "there")
	wantSaid(t, status, said, 2, "pg_dump --format=custom --file=keepsake.dump 'postgres://keeper@db.example:5433/shop'")
	if strings.Contains(said, "hush") {
		t.Error("it says the password")
	}
}

// postgres is an empty database, as the environment names it.
func postgres(t *testing.T) (dsn string, env []string) {
	t.Helper()
	server := os.Getenv("KEEPSAKE_TEST_POSTGRES")
	if server == "" {
		t.Skip("KEEPSAKE_TEST_POSTGRES is not set")
	}
	dsn = storetest.PostgresDSN(t, server)
	return dsn, []string{"KEEPSAKE_DATABASE=" + dsn}
}

func TestAMovedInstallationGoesOnInPostgres(t *testing.T) {
	dsn, env := postgres(t)
	data := t.TempDir()
	s := startServe(t, data)
	status, said := says(t, nil, "move", "--to", dsn, "--data", data)
	wantSaid(t, status, said, 1, "Another Keepsake already uses")
	if err := s.stop(t); err != nil {
		t.Fatal(err)
	}
	status, said = says(t, nil, "move", "--to", dsn, "--data", data)
	wantSaid(t, status, said, 0, "counted on both sides")
	status, said = says(t, nil, "move", "--to", dsn, "--data", data)
	wantSaid(t, status, said, 1, "moved already")
	there, here := startServe(t, data, env...), startServe(t, data)
	defer there.stop(t)
	defer here.stop(t)
	if strings.Contains(there.log.String(), "nothing is sent") {
		t.Errorf("PostgreSQL does not send:\n%s", there.log)
	}
	here.hears(t, "was moved to PostgreSQL")
}

func TestOnePlansAndAnotherFollowsWhenItIsKilled(t *testing.T) {
	dsn, env := postgres(t)
	first := startRole(t, env, "cron")
	st, err := store.Open(t.Context(), store.Options{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	leader := func(want string) {
		t.Helper()
		until(t, "it leads", func() bool {
			all, err := st.Processes(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range all {
				if p.Leads && p.Owner == want {
					return true
				}
			}
			return false
		})
	}
	leader(first.owner(t))
	second := startRole(t, env, "cron")
	sender := startRole(t, append(slices.Clone(env), "KEEPSAKE_BASE_URL=http://127.0.0.1"), "send")
	pages := startServe(t, t.TempDir(), append(slices.Clone(env), "KEEPSAKE_ROLES=web", "KEEPSAKE_SECRET="+secret)...)
	if code, _ := get(t, pages.base+"/sign-in"); code != http.StatusOK {
		t.Errorf("pages: %d", code)
	}
	for _, s := range []*server{first, second, sender} {
		if code, _ := get(t, s.base+"/readyz"); code != http.StatusOK {
			t.Errorf("/readyz: %d", code)
		}
		if code, _ := get(t, s.base+"/sign-in"); code != http.StatusNotFound {
			t.Errorf("a process without pages answers %d", code)
		}
	}
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.finished
	leader(second.owner(t))
	for _, s := range []*server{second, sender, pages} {
		if err := s.stop(t); err != nil {
			t.Errorf("%v\n%s", err, s.log)
		}
	}
	all, err := st.Processes(t.Context())
	if err != nil || len(all) != 1 || all[0].Owner != first.owner(t) {
		t.Errorf("still listed: %+v, %v; want the killed one alone, until somebody finds it lost", all, err)
	}
}

func TestAServiceThatIsStartedAgainDoesNotWaitForItsDeadSelf(t *testing.T) {
	dsn, env := postgres(t)
	data := t.TempDir()
	first, other := startServe(t, data, env...), startServe(t, data, env...)
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.finished
	again := startServe(t, data, env...)
	st, err := store.Open(t.Context(), store.Options{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	until(t, "the two that live, and they alone", func() bool {
		all, err := st.Processes(t.Context())
		return err == nil && len(all) == 2 && all[0].Owner == other.owner(t) && all[1].Owner == again.owner(t)
	})
	for _, s := range []*server{other, again} {
		if err := s.stop(t); err != nil {
			t.Errorf("%v\n%s", err, s.log)
		}
	}
	if left, err := os.ReadDir(filepath.Join(data, "run")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// secret is what all processes on one database share.
const secret = "one secret for all processes of the test"

// startRole starts `keepsake serve` with one role and no pages.
func startRole(t *testing.T, env []string, role string) *server {
	t.Helper()
	s := launch(t, append(env, "KEEPSAKE_SECRET="+secret, "KEEPSAKE_BASE_URL=http://127.0.0.1"), "serve", "--addr", "127.0.0.1:0", "--data", t.TempDir(), "--role", role)
	s.base = s.say(t, `(http://127\.0\.0\.1:\d+)/readyz`)
	return s
}

// owner is the name under which it leases.
func (s *server) owner(t *testing.T) string {
	t.Helper()
	s.hears(t, "process=")
	return regexp.MustCompile(`process=(\S+)`).FindStringSubmatch(s.log.String())[1]
}

// hears waits until the log says something.
func (s *server) hears(t *testing.T, words string) {
	t.Helper()
	until(t, words, func() bool { return strings.Contains(s.log.String(), words) })
}

// until asks again and again: another process has its own pace.
func until(t *testing.T, what string, true func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for !true() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never: %s", what)
		}
	}
}

// journal keeps a log that is written by one process and read by another.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
