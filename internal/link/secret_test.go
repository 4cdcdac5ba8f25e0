package link_test

import (
	"strings"
	"testing"

	"keepsake/internal/link"
)

func TestASealedSecretOpensForItsUseAlone(t *testing.T) {
	s, other := link.New([]byte(strings.Repeat("a", 32)), "https://x.test"), link.New([]byte(strings.Repeat("b", 32)), "https://x.test")
	sealed := s.Seal("smtp", "hunter2")
	if strings.Contains(sealed, "hunter2") || sealed == s.Seal("smtp", "hunter2") {
		t.Errorf("sealed as %q, twice the same or readable", sealed)
	}
	if got, err := s.Unseal("smtp", sealed); err != nil || got != "hunter2" {
		t.Errorf("unsealed %q, %v", got, err)
	}
	if got, err := s.Unseal("smtp", s.Seal("smtp", "")); err != nil || got != "" {
		t.Errorf("an empty secret became %q, %v", got, err)
	}
	changed := []byte(sealed)
	changed[len(changed)/2] ^= 1
	for name, try := range map[string]func() (string, error){
		"another use":    func() (string, error) { return s.Unseal("imap", sealed) },
		"another secret": func() (string, error) { return other.Unseal("smtp", sealed) },
		"changed":        func() (string, error) { return s.Unseal("smtp", string(changed)) },
		"plain":          func() (string, error) { return s.Unseal("smtp", "hunter2") },
		"short":          func() (string, error) { return s.Unseal("smtp", "v1.AAAA") },
	} {
		if got, err := try(); err == nil || got != "" {
			t.Errorf("%s: opened as %q", name, got)
		}
	}
}
