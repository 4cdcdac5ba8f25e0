package campaigns_test

import (
	"crypto/rand"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"keepsake/campaigns"
)

var codeForm = regexp.MustCompile(`^[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}$`)

func TestCodesAreReadableAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	signs := map[rune]int{}
	for range 20_000 {
		code, err := campaigns.NewCode(rand.Reader, "")
		if err != nil || !codeForm.MatchString(code) || seen[code] {
			t.Fatalf("%q, %v", code, err)
		}
		seen[code] = true
		for _, r := range code[:9] {
			signs[r]++
		}
	}
	if delete(signs, '-'); len(signs) != 31 {
		t.Errorf("%d different signs; want 31", len(signs))
	}
	if code, err := campaigns.NewCode(rand.Reader, " tea-"); err != nil || !strings.HasPrefix(code, "TEA-") || !codeForm.MatchString(code[4:]) {
		t.Errorf("with a prefix: %q, %v", code, err)
	}
	if _, err := campaigns.NewCode(iotest.ErrReader(io.ErrUnexpectedEOF), ""); err == nil {
		t.Error("a code without randomness")
	}
}

func TestACodeIsFoundHoweverItIsTyped(t *testing.T) {
	for _, typed := range []string{"ABCD-2345-WXYZ", "abcd-2345-wxyz", "ABCD2345WXYZ", " abcd 2345\twxyz\r\n", "a-b-c-d-2-3-4-5-w-x-y-z"} {
		if got := campaigns.NormCode(typed); got != "ABCD2345WXYZ" {
			t.Errorf("%q: %q", typed, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		once := campaigns.NormCode(rapid.String().Draw(t, "typed"))
		if again := campaigns.NormCode(once); again != once {
			t.Fatalf("%q becomes %q", once, again)
		}
	})
}
