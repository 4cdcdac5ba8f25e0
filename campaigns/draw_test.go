package campaigns_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keepsake/campaigns"
)

func TestADrawIsAFunctionOfListSeedAndCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfNDistinct(rapid.StringMatching(`[0-9a-f]{32}`), 0, 60, rapid.ID).Draw(t, "entries")
		seed := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "seed")
		n := rapid.IntRange(0, 70).Draw(t, "n")
		r := campaigns.Draw(entries, seed, n)
		if len(r.Drawn) != min(n, len(entries)) {
			t.Fatalf("%d winners of %d entries; want %d", len(r.Drawn), len(entries), n)
		}
		if unique := slices.Compact(slices.Sorted(slices.Values(r.Drawn))); len(unique) != len(r.Drawn) {
			t.Fatal("somebody won twice")
		}
		for _, id := range r.Drawn {
			if !slices.Contains(entries, id) {
				t.Fatal("somebody won who did not enter")
			}
		}
		shuffled := rapid.Permutation(entries).Draw(t, "shuffled")
		if again := campaigns.Draw(shuffled, seed, n); !slices.Equal(again.Drawn, r.Drawn) || again.ListHash != r.ListHash {
			t.Fatal("the order of entering matters")
		}
		if more := campaigns.Draw(entries, seed, n+1); !slices.Equal(more.Drawn[:len(r.Drawn)], r.Drawn) {
			t.Fatal("a substitute changes those before")
		}
		if !r.Check() {
			t.Fatal("the record is not true to itself")
		}
	})
}

func TestNobodyIsLikelierToWin(t *testing.T) {
	const people, draws = 7, 7000
	wins := map[string]int{}
	var entries []string
	for i := range people {
		entries = append(entries, fmt.Sprintf("%032x", i))
	}
	for i := range draws {
		r := campaigns.Draw(entries, binary.BigEndian.AppendUint64(nil, uint64(i)), 2)
		wins[r.Drawn[0]]++
	}
	chi := 0.0
	for _, id := range entries {
		d := float64(wins[id] - draws/people)
		chi += d * d / (draws / people)
	}
	if chi > 22.46 { // six degrees of freedom, one in a thousand; the seeds are fixed, so it never flickers
		t.Errorf("chi-squared %.1f: %v", chi, wins)
	}
}

func TestAChangedRecordIsNotTrue(t *testing.T) {
	good := campaigns.Draw(ids(20), []byte("seed"), 3)
	for name, change := range map[string]func(*campaigns.DrawRecord){
		"an entry": func(r *campaigns.DrawRecord) { r.Entries[4] = strings.Repeat("f", 32) }, "an entry less": func(r *campaigns.DrawRecord) { r.Entries = r.Entries[1:] },
		"a winner": func(r *campaigns.DrawRecord) { r.Drawn[0] = r.Drawn[1] }, "the seed": func(r *campaigns.DrawRecord) { r.Seed = "00" + r.Seed[2:] },
		"the commitment": func(r *campaigns.DrawRecord) { r.Commitment = r.ListHash }, "the number of winners": func(r *campaigns.DrawRecord) { r.Winners++ },
		"the method": func(r *campaigns.DrawRecord) { r.Method = "2" }, "no seed": func(r *campaigns.DrawRecord) { r.Seed = "x" },
	} {
		r := copyOf(t, good)
		change(&r)
		if r.Check() {
			t.Errorf("with %s changed the record still passes", name)
		}
	}
}

// The script that the rules page shows draws again what we drew, without our code.
func TestAStrangersScriptFindsTheSameWinners(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("python3 is not installed")
		}
		t.Skip("python3 is not installed")
	}
	const script = "../docs/check_draw.py"
	shown, err := os.ReadFile("../templates/kinds/contest/check_draw.py")
	if own, readErr := os.ReadFile(script); err != nil || readErr != nil || string(own) != string(shown) {
		t.Fatalf("the script of the page is not the one in docs/: %v, %v", err, readErr)
	}
	if n := strings.Count(string(shown), "\n"); n > 30 {
		t.Errorf("the script has %d lines; a stranger reads 30", n)
	}
	run := func(r campaigns.DrawRecord) (string, bool) {
		file := filepath.Join(t.TempDir(), "record.json")
		b, err := json.Marshal(r)
		if err == nil {
			err = os.WriteFile(file, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), python, script, file).CombinedOutput()
		return string(out), err == nil
	}
	for _, n := range []int{0, 1, 2, 3, 64, 1000} {
		r := campaigns.Draw(ids(n), []byte(fmt.Sprint("seed ", n)), 5)
		if said, ok := run(r); !ok || strings.Count(said, "yes") != 3 {
			t.Errorf("%d entries: the script says\n%s", n, said)
		}
	}
	if said, ok := run(campaigns.Draw(withTickets(ids(40)), []byte("seed"), 7)); !ok || strings.Count(said, "yes") != 3 {
		t.Errorf("with tickets for friends the script says\n%s", said)
	}
	changed := copyOf(t, campaigns.Draw(ids(64), []byte("seed"), 5))
	changed.Entries[9] = strings.Repeat("0", 31) + "1"
	if said, ok := run(changed); ok || strings.Count(said, "NO") != 2 {
		t.Errorf("with one entry changed the script says\n%s", said)
	}
}

// withTickets gives every third entry two more tickets.
func withTickets(ids []string) (all []string) {
	for i, id := range ids {
		all = append(all, id)
		if i%3 == 0 {
			all = append(all, id+"+1", id+"+2")
		}
	}
	return all
}

func TestAnEntryWithMoreTicketsWinsOnceAndOftener(t *testing.T) {
	entries := withTickets(ids(4)) // the first and the last have three of eight each
	first := 0
	for i := range 4000 {
		r := campaigns.Draw(entries, binary.BigEndian.AppendUint64(nil, uint64(i)), 4)
		if unique := slices.Compact(slices.Sorted(slices.Values(r.Drawn))); len(unique) != 4 || !r.Check() || r.Method != "keepsake-draw-2" || r.Entrants() != 4 {
			t.Fatalf("%+v", r)
		}
		if r.Drawn[0] == entries[0] {
			first++
		}
	}
	if first < 1380 || first > 1620 { // 1,500 expected, within four standard deviations; the seeds are fixed
		t.Errorf("three tickets of eight won %d of 4,000 draws", first)
	}
}

func ids(n int) []string {
	var all []string
	for i := range n {
		all = append(all, campaigns.EntryID([]byte("salt"), int64(i)))
	}
	return all
}

func copyOf(t *testing.T, r campaigns.DrawRecord) campaigns.DrawRecord {
	t.Helper()
	r.Entries, r.Drawn = slices.Clone(r.Entries), slices.Clone(r.Drawn)
	return r
}

func TestADrawWithoutEntriesListsNone(t *testing.T) {
	b, err := json.Marshal(campaigns.Draw(nil, []byte("seed"), 3))
	if err != nil || !strings.Contains(string(b), `"entries":[]`) || !strings.Contains(string(b), `"winners":[]`) {
		t.Errorf("%s, %v", b, err)
	}
}
