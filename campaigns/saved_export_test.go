package campaigns_test

import (
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

func TestADestinationIsWhollyDescribed(t *testing.T) {
	s3 := campaigns.Destination{Kind: "s3", Host: "s3.example.org", Bucket: "b", Username: "k", Secret: "v1."}
	sftp := campaigns.Destination{Kind: "sftp", Host: "h:2222", Username: "u", Secret: "v1.", HostKey: "ssh-ed25519 A", Folder: "/srv/in"}
	for name, d := range map[string]campaigns.Destination{"here": {}, "folder": {Kind: "folder", Folder: "a/b/"}, "s3": s3, "sftp": sftp} {
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, d := range map[string]campaigns.Destination{
		"kind": {Kind: "ftp"}, "up": {Kind: "folder", Folder: "../x"}, "inside up": {Kind: "folder", Folder: "a/../../x"}, "backslash": {Kind: "folder", Folder: `a\..\b`}, "NUL": {Kind: "folder", Folder: "a\x00b"},
		"no bucket": {Kind: "s3", Host: "h", Username: "k", Secret: "s"}, "address": {Kind: "s3", Host: "https://h", Bucket: "b", Username: "k", Secret: "s"},
		"no host key": {Kind: "sftp", Host: "h", Username: "u", Secret: "s"}, "no secret": {Kind: "sftp", Host: "h", Username: "u", HostKey: "k"},
	} {
		if err := d.Validate(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASavedExportsFileIsNamedByItsMoment(t *testing.T) {
	at := time.Date(2026, 11, 22, 6, 30, 5, 0, time.FixedZone("", 7200))
	s := campaigns.SavedExport{ID: 3, Name: "Хора / daily", Export: audience.Export{Format: audience.JSONL, Gzip: true}}
	if got := s.File(at); got != "hora-daily-2026-11-22T043005Z.jsonl.gz" {
		t.Error(got)
	}
	if s.To.Replace = true; s.File(at) != "hora-daily.jsonl.gz" {
		t.Error(s.File(at))
	}
	if s.Cron = "TZ=UTC"; !fault.Is(s.Validate(), fault.Invalid) {
		t.Error("a schedule that is none")
	}
}
