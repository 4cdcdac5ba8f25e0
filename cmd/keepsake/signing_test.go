package main

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/sending"
	"keepsake/internal/dkim"
	"keepsake/internal/link"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// txt is a DNS of TXT records alone.
type txt map[string]string

var errNoName = &net.DNSError{Err: "no such host", IsNotFound: true}

func (r txt) LookupTXT(_ context.Context, name string) ([]string, error) {
	if text, ok := r[strings.TrimSuffix(name, ".")]; ok {
		return []string{text}, nil
	}
	return nil, errNoName
}
func (txt) LookupMX(context.Context, string) ([]*net.MX, error)  { return nil, errNoName }
func (txt) LookupAddr(context.Context, string) ([]string, error) { return nil, errNoName }
func (txt) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, errNoName
}

func TestKeysSignOnceTheirRecordsAreInDNSInEveryProcess(t *testing.T) {
	storetest.Each(t, storetest.NewClock(time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)), func(t *testing.T, st *store.Store) {
		links := link.New([]byte("0123456789abcdef0123456789abcdef"), "https://mail.tea.test")
		var keys []sending.SigningKey
		zone := txt{}
		for _, algorithm := range []string{dkim.RSA, dkim.Ed25519} {
			k, err := dkim.NewKey("tea.test", "ks"+algorithm, algorithm)
			if err != nil {
				t.Fatal(err)
			}
			private, _ := k.Private()
			record, _ := k.Record()
			keys = append(keys, sending.SigningKey{Selector: k.Selector, Algorithm: algorithm, Record: record, PrivateKey: links.Seal(sending.SigningUse, private)})
		}
		if err := st.AddSigningKeys(t.Context(), "tea.test", keys); err != nil {
			t.Fatal(err)
		}
		letter := "From: a@tea.test\r\nSubject: Hello\r\n\r\nHello\r\n"
		ring := signing(st, links)
		for i, want := range []int{0, 1, 2} {
			if i > 0 {
				zone[dkim.Name(keys[i-1].Selector, "tea.test")] = keys[i-1].Record
			}
			if err := signFound(t.Context(), st, zone); err != nil {
				t.Fatal(err)
			}
			ring.Reload()
			signed, err := ring.Sign("tea.test", []byte(letter))
			if got := strings.Count(string(signed), "DKIM-Signature:"); err != nil || got != want {
				t.Errorf("with %d records in DNS: %d signatures, %v", i, got, err)
			}
		}
		other, err := signing(st, link.New([]byte("another secret, also long enough"), "")).Sign("tea.test", []byte(letter))
		if err != nil || string(other) != letter {
			t.Errorf("a process with another secret signs: %v", err)
		}
	})
}

func TestATestLetterComesBackThroughTheIntake(t *testing.T) {
	st := storetest.SQLite(t, storetest.NewClock(time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)))
	in := intake{st, link.New([]byte("0123456789abcdef0123456789abcdef"), "https://mail.tea.test"), "receiver"}
	id, err := st.BeginSelfTest(t.Context(), "news@tea.test")
	if err != nil {
		t.Fatal(err)
	}
	to := in.links.TestAddress(id, "bounces.tea.test")
	letter := []byte("From: news@tea.test\r\nTo: " + to + "\r\nSubject: A test\r\n\r\nHello\r\n")
	if !in.accepts(to) || in.accepts("bounce+nobody@bounces.tea.test") {
		t.Error("the receiver does not take the test's address, or takes any")
	}
	for _, came := range [][]string{{to}, nil} { // by the envelope, or by the header as out of a mailbox
		if note, left, err := in.take(t.Context(), came, letter); err != nil || left || note != "a test letter of ours" {
			t.Errorf("taken as %q, left %t, %v", note, left, err)
		}
	}
	if got, err := st.SelfTest(t.Context(), id); err != nil || string(got.Letter) != string(letter) || got.ArrivedAt == nil {
		t.Errorf("kept %+v, %v", got, err)
	}
}
