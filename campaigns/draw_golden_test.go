package campaigns_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
)

// plainDraw is the method in the words of DrawMethod, without a thought for its cost.
func plainDraw(list []string, seed, hash string, n int) (winners []string) {
	entry := func(ticket string) string { return strings.Split(ticket, "+")[0] }
	left := slices.Sorted(slices.Values(list))
	for counter := 0; len(left) > 0 && len(winners) < n; counter++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s:%s:%d", seed, hash, counter))
		number, most := binary.BigEndian.Uint64(sum[:8]), ^uint64(0)
		if number >= most-most%uint64(len(left)) {
			continue
		}
		winner := entry(left[number%uint64(len(left))])
		winners = append(winners, winner)
		left = slices.DeleteFunc(left, func(ticket string) bool { return entry(ticket) == winner })
	}
	return winners
}

func TestADrawOfManyTicketsIsTheOneThatWasPublished(t *testing.T) {
	for name, list := range map[string][]string{
		"tickets": withTickets(ids(300)), "one each": ids(200), "names that begin alike": {"a", "a+1", "a+10", "a+2", "a ", "ab", "ab+1", "a,", "a-", "b", "a+", "a+1"}, "twice": {"x", "x", "x+1", "y"},
	} {
		for seed := range 20 {
			r := campaigns.Draw(list, fmt.Append(nil, seed), 120)
			if want := plainDraw(list, r.Seed, r.ListHash, 120); !slices.Equal(r.Drawn, want) {
				t.Fatalf("%s, seed %d: drawn %q, want %q", name, seed, r.Drawn, want)
			}
		}
	}
	r := campaigns.Draw(withTickets(ids(1000)), []byte("golden"), 200) // drawn before the cost was taken out of it
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(r.Drawn, "\n")))); sum != "3c5bd854d09884fe083ec2f724ab224ac6f8032069f2e0b53dc4e326509d3572" {
		t.Errorf("the winners' hash is %s", sum)
	}
}

func TestAContestOfAMillionTicketsIsDrawnAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("a million tickets")
	}
	all := ids(200_000)
	for _, id := range all[:200_000] {
		for n := range 5 {
			all = append(all, fmt.Sprintf("%s+%d", id, n+1))
		}
	}
	slices.Sort(all)
	cost := func(n int) time.Duration {
		began := time.Now()
		if r := campaigns.Draw(all, []byte("seed"), n); len(r.Drawn) != n {
			t.Fatalf("%d winners", len(r.Drawn))
		}
		return time.Since(began)
	}
	one, many := cost(1), cost(1000)
	t.Logf("one winner %v, a thousand %v", one, many)
	if many > 3*one+time.Second { // a pass over the tickets for each would be a thousand passes
		t.Errorf("a thousand winners take %v, one takes %v", many, one)
	}
}
