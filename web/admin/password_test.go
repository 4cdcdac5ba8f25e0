package admin

import (
	"testing"

	"keepsake/campaigns/fault"
)

func TestPasswordsAreCheckedAndKept(t *testing.T) {
	for _, bad := range []string{"short", "password123", "aaaaaaaaaa", "Password123", "ana.petrova", "ana.petrova@shop.test"} {
		if err := CheckNewPassword(bad, "Ana", "ana.petrova@shop.test"); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	const good = "четири думи в ред"
	if err := CheckNewPassword(good, "Ana", "ana@shop.test"); err != nil {
		t.Fatal(err)
	}
	hash, err := HashPassword(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{good: true, good + " ": false, "": false} {
		if ok, err := checkPassword(t.Context(), hash, password); err != nil || ok != want {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	if ok, _ := checkPassword(t.Context(), "", ""); ok {
		t.Error("no password opens an account without one")
	}
}
