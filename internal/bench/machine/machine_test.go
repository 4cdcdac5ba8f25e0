package machine

import (
	"os"
	"regexp"
	"testing"
	"time"
)

func TestAProcessIsMeasured(t *testing.T) {
	began, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for sum, end := 0, time.Now().Add(10*time.Second); ; sum++ {
		used, err := CPU(os.Getpid())
		if err != nil || time.Now().After(end) {
			t.Fatalf("%v after %d looks, %v", used-began, sum, err)
		}
		if used-began >= 2*tick {
			break
		}
	}
	if peak, err := Peak(os.Getpid()); err != nil || peak < 1<<20 {
		t.Errorf("a peak of %d octets, %v", peak, err)
	}
	if _, err := Peak(0); err == nil {
		t.Error("nobody's memory was measured")
	}
}

func TestTheMachineIsDescribed(t *testing.T) {
	got := Describe(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	if !regexp.MustCompile(`^.+, \d+ cores, \d+ GiB of memory, Linux \d.+, go\S+, 2026-03-01$`).MatchString(got) {
		t.Errorf("described as %q", got)
	}
}
