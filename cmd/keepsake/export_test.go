package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
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
	for _, of := range []string{"--list", "--segment", "--campaign"} {
		args := []string{"export", "--data", data, of, "99"}
		if of == "--campaign" {
			args = append(args, "--what", "deliveries")
		}
		if out, err := command(t, args...); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of nothing: %d bytes, %v", of, len(out), err)
		}
	}
	if _, err := command(t, "export", "--data", data, "--out", file); err == nil {
		t.Error("a file that is there was written over")
	}
}

func TestAnExportIsNarrowedToASegmentByItsNumberOrItsName(t *testing.T) {
	t.Chdir(t.TempDir())
	data := t.TempDir()
	if _, err := command(t, "fixture", "--data", data, "--people", "100", "--orders", "100", "--events", "100"); err != nil {
		t.Fatal(err)
	}
	err := withStore(t.Context(), flags{data: data}, func(ctx context.Context, st *store.Store) error {
		for _, name := range []string{"Nobody", "Everybody", "Twice", "Twice", "7"} {
			rule := segment.Rule{Field: "email", Is: "contains", Values: []string{"@example.com"}}
			if name == "Nobody" {
				rule.Values = []string{"@nowhere.example"}
			}
			if err := st.SaveSegment(ctx, &segment.Segment{Name: name, Rule: segment.Rule{Match: segment.All, Rules: []segment.Rule{rule}}}, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for called, lines := range map[string]int{"1": 1, "2": 101, "Everybody": 101, " everybody ": 101, "Nobody": 1, "7": 101} {
		out, err := command(t, "export", "--data", data, "--form", "raw", "--fields", "email", "--segment", called)
		if got := strings.Count(out, "\r\n"); err != nil || got != lines {
			t.Errorf("%q: %d lines, %v", called, got, err)
		}
	}
	for called, says := range map[string]string{"Someone": "no segment with the number or the name “Someone”", "99": "no segment", "Twice": "2 segments are called “Twice”. Give the number of the one you mean: 3, 4."} {
		if out, err := command(t, "export", "--data", data, "--segment", called); err == nil || !strings.Contains(err.Error(), says) || out != "" {
			t.Errorf("%q: %d bytes, %v", called, len(out), err)
		}
	}
	if _, err := command(t, "export", "--data", data, "--what", "results", "--segment", "Everybody"); !fault.Is(err, fault.Invalid) {
		t.Errorf("rows that are nobody's: %v", err)
	}
}

func TestTheDemoGivesSavedExportsAFolderOfItsData(t *testing.T) {
	for _, f := range []flags{{}, {data: t.TempDir()}} {
		dir := t.TempDir()
		if f.data != "" {
			dir = f.data
		}
		c, err := demoConfig(f, dir)
		if err != nil || c.Exports.Folder != filepath.Join(dir, "saved-exports") || c.Data != dir {
			t.Errorf("%+v, %v", c, err)
		}
		if info, err := os.Stat(c.Exports.Folder); err != nil || !info.IsDir() {
			t.Errorf("%v, %v", info, err)
		}
	}
}
