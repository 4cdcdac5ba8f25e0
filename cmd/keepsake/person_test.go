package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keepsake/campaigns/fault"
	"keepsake/internal/config"
)

func TestOnePersonIsExportedAndErasedByCommand(t *testing.T) {
	t.Chdir(t.TempDir()) // no configuration of anybody's
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "person.zip")
	if _, err := command(t, "fixture", "--data", data, "--people", "100", "--orders", "200", "--events", "200"); err != nil {
		t.Fatal(err)
	}
	if _, err := (config.Config{Data: data}).Key(); err != nil {
		t.Fatal(err)
	}
	out, err := command(t, "person", "export", "--data", data, "7")
	if err != nil || !strings.Contains(out, `"subscriber":[`) {
		t.Fatalf("%.300s, %v", out, err)
	}
	_, rest, _ := strings.Cut(out, `"email":"`)
	email, _, _ := strings.Cut(rest, `"`)
	if _, err := command(t, "person", "export", "--data", data, "--lang", "ru", "--out", file, email); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(b), "PK") {
		t.Errorf("%.20q, %v", b, err)
	}
	exported := filepath.Join(data, "exports", "1.csv")
	if err := os.MkdirAll(filepath.Dir(exported), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(exported, []byte("email\n"+email+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := command(t, "person", "merge", "--data", data, "8", "9", "--take", "last_name"); err != nil || !strings.Contains(out, "Number 9 is number 8 now. To undo it: keepsake person part 1") {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := command(t, "person", "export", "--data", data, "9"); err != nil || !strings.Contains(out, `"subscriber":[
{"id":8,`) {
		t.Errorf("%.200s, %v", out, err)
	}
	if out, err := command(t, "person", "part", "--data", data, "1"); err != nil || !strings.Contains(out, "Number 9") {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := command(t, "person", "erase", "--data", data, email); !fault.Is(err, fault.Invalid) {
		t.Errorf("erased without --yes: %v", err)
	}
	if out, err := command(t, "person", "erase", "--data", data, "--yes", email); err != nil || !strings.Contains(out, "1 files") {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := command(t, "person", "traces", "--data", data, email); err != nil || !strings.Contains(out, "Nothing holds") {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := command(t, "value", "check", "--data", data); err != nil || !strings.Contains(out, "figure_mismatches: 0") {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := command(t, "person", "export", "--data", data, email); !fault.Is(err, fault.NotFound) {
		t.Errorf("an erased person's record: %v", err)
	}
}
