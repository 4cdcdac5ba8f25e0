package ledger

import "testing"

func TestTheGuardGoesByFloorsFirstAndByShareThen(t *testing.T) {
	usual := Guard{After: 1000, Hard: 5, Complaints: 0.3}
	for _, c := range []struct {
		what string
		g    Guard
		n    Counts
		was  Guarded
		want string
	}{
		{"nothing sent", usual, Counts{}, Guarded{}, ""},
		{"all good", usual, Counts{Sent: 100_000}, Guarded{}, ""},
		{"49 of a small run", usual, Counts{Sent: 60, HardBounced: 49}, Guarded{}, ""},
		{"50 of a small run", usual, Counts{Sent: 60, HardBounced: 50}, Guarded{}, ByHard},
		{"50 of which none was taken", usual, Counts{HardBounced: 50}, Guarded{}, ByHard},
		{"4 complaints of a small run", usual, Counts{Sent: 999, Complained: 4}, Guarded{}, ""},
		{"5 complaints of a small run", usual, Counts{Sent: 999, Complained: 5}, Guarded{}, ByComplaint},
		{"5 % of 1,000", usual, Counts{Sent: 1000, HardBounced: 50}, Guarded{}, ""},
		{"5.1 % of 1,000", usual, Counts{Sent: 1000, HardBounced: 51}, Guarded{}, ByHard},
		{"refused letters are handed over too", usual, Counts{Sent: 949, Failed: 51, HardBounced: 51}, Guarded{}, ByHard},
		{"0.3 % of 1,000", usual, Counts{Sent: 1000, Complained: 3}, Guarded{}, ""},
		{"0.4 % of 1,000", usual, Counts{Sent: 1000, Complained: 4}, Guarded{}, ByComplaint},
		{"0.3 % of a million", usual, Counts{Sent: 1_000_000, Complained: 3000}, Guarded{}, ""},
		{"off", Guard{After: 1000}, Counts{Sent: 1000, HardBounced: 999, Complained: 999}, Guarded{}, ""},
		{"hard off", Guard{After: 1000, Complaints: 0.3}, Counts{Sent: 1000, HardBounced: 999}, Guarded{}, ""},
		{"a patient operator's small run", Guard{After: 1000, Hard: 20}, Counts{Sent: 500, HardBounced: 199}, Guarded{}, ""},
		{"passed, and grown a little", usual, Counts{Sent: 1000, HardBounced: 89}, Guarded{HardPassed: 6}, ""},
		{"passed, and grown by half", usual, Counts{Sent: 1000, HardBounced: 90}, Guarded{HardPassed: 6}, ByHard},
		{"passed for bounces, not for complaints", usual, Counts{Sent: 1000, HardBounced: 60, Complained: 9}, Guarded{HardPassed: 6}, ByComplaint},
	} {
		if got := c.g.Trips(c.n, c.was); got != c.want {
			t.Errorf("%s: %q; want %q", c.what, got, c.want)
		}
	}
}
