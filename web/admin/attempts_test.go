package admin

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAStrangersFailuresLockNobodyOut(t *testing.T) {
	now := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	a := newAttempts(func() time.Time { return now })
	for range perAccount {
		if _, err := a.begin("ana@shop.test", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	if wait, err := a.begin("ana@shop.test", "192.0.2.1"); err == nil || wait != attemptWindow {
		t.Errorf("one too many: wait %v, %v", wait, err)
	}
	if _, err := a.begin("ana@shop.test", "192.0.2.2"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

func TestOldFailuresAreForgotten(t *testing.T) {
	now := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	a := newAttempts(func() time.Time { return now })
	for i := range 50 {
		_, _ = a.begin(strings.Repeat("x", 1<<16), fmt.Sprint(i))
	}
	now = now.Add(attemptWindow)
	_, _ = a.begin("ana@shop.test", "192.0.2.1")
	if len(a.failed) != 2 {
		t.Errorf("%d are remembered", len(a.failed))
	}
}
