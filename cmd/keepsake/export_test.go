package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keepsake/campaigns/fault"
	"keepsake/internal/jobs"
)

// command runs a command of ours and returns what it printed.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	cmd := root()
	cmd.SetOut(&out)
	cmd.SetErr(io.Discard)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestAFixtureIsExportedWithItsManifest(t *testing.T) {
	t.Chdir(t.TempDir()) // no configuration of anybody's
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "people.csv")
	if _, err := command(t, "fixture", "--data", data, "--people", "300", "--orders", "500", "--events", "900"); err != nil {
		t.Fatal(err)
	}
	if _, err := command(t, "fixture", "--data", data, "--people", "300", "--orders", "500", "--events", "900"); !fault.Is(err, fault.Conflict) {
		t.Errorf("filled twice: %v", err)
	}
	if _, err := command(t, "export", "--data", data, "--form", "raw", "--fields", "email,attributes.sample", "--out", file); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(string(b), "\r\n"); len(lines) != 302 || lines[0] != "email,attributes.sample" || !strings.HasSuffix(lines[1], "@example.com,yes") {
		t.Errorf("%d lines, %.200s", len(lines), b)
	}
	var m jobs.Manifest
	said, err := os.ReadFile(file + ".manifest.json")
	if err != nil || json.Unmarshal(said, &m) != nil || m.Rows != 300 || m.SHA256 != fmt.Sprintf("%x", sha256.Sum256(b)) {
		t.Errorf("manifest %s, %v", said, err)
	}
	if out, err := command(t, "export", "--data", data, "--form", "raw", "--fields", "email,attributes.sample"); err != nil || out != string(b) {
		t.Errorf("standard output holds %d bytes, the file %d, %v", len(out), len(b), err)
	}
	if _, err := command(t, "export", "--data", data, "--out", file); err == nil {
		t.Error("a file that is there was written over")
	}
}
