package dkim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

const domain = "tea.example"

// zone answers for the records of some keys.
func zone(t testing.TB, keys ...Key) func(string) ([]string, error) {
	t.Helper()
	records := map[string]string{}
	for _, k := range keys {
		text, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		records[Name(k.Selector, k.Domain)] = text
	}
	return func(name string) ([]string, error) {
		if text, ok := records[name]; ok {
			return []string{text}, nil
		}
		return nil, errors.New("no such name")
	}
}

func pair(t testing.TB) (Key, Key) {
	t.Helper()
	r, err := NewKey(domain, "ks1", RSA)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewKey(domain, "ks1e", Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	return r, e
}

// letters are those a signer stumbles over, if over any.
func letters() map[string]string {
	head := "Date: Sun, 22 Nov 2026 10:00:00 +0200\r\nMIME-Version: 1.0\r\nMessage-ID: <abc@tea.example>\r\nFrom: Leaf <news@tea.example>\r\nTo: ana@example.org\r\n"
	list := "List-Unsubscribe: <https://mail.tea.example/u/AAAA>,\r\n <mailto:unsub+AAAA@mail.tea.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" +
		"List-ID: Tea news <tea-news.tea.example>\r\nList-Post: NO\r\nFeedback-ID: c1:l1:newsletter:keepsake\r\nPrecedence: bulk\r\n"
	return map[string]string{
		"plain":             head + "Subject: Hello\r\n\r\nHello.\r\n",
		"campaign":          head + "Subject: Hello\r\nReply-To: shop@tea.example\r\n" + list + "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b--\r\n",
		"Cyrillic subject":  head + "Subject: =?utf-8?B?0J3QvtCy0LDRgiDRh9Cw0Lk=?=\r\n =?utf-8?B?INC1INGC0YPQuiE=?=\r\n\r\nЧай.\r\n",
		"folded by tabs":    head + "Subject: one\r\n\ttwo   three \r\n" + list + "\r\nHello.\r\n",
		"dots":              head + "Subject: Hello\r\n\r\n.\r\n..\r\n.hidden\r\nend.\r\n",
		"long lines":        head + "Subject: Hello\r\n\r\n" + strings.Repeat("long words ", 90) + "\r\n",
		"empty lines":       head + "Subject: Hello\r\n\r\nHello.  \t \r\n\r\n\r\n\r\n",
		"no last line end":  head + "Subject: Hello\r\n\r\nHello",
		"no body":           head + "Subject: Hello\r\n\r\n",
		"long folded names": head + "Subject: " + strings.Repeat("=?utf-8?B?0J3QvtCy0LDRgiDRh9Cw0Lk=?=\r\n ", 12) + "end\r\n" + list + "\r\nHello.\r\n",
	}
}

func TestEverySignatureHoldsAndCoversTheListHeaders(t *testing.T) {
	r, e := pair(t)
	s := NewSigner(r, e)
	for name, letter := range letters() {
		signed, err := s.Sign([]byte(letter))
		if err != nil || !bytes.HasSuffix(signed, []byte(letter)) {
			t.Fatalf("%s: %v, or the letter itself changed", name, err)
		}
		got, err := Verify(signed, zone(t, r, e))
		if err != nil || len(got) != 2 || got[0].Algorithm != "rsa-sha256" || got[1].Algorithm != "ed25519-sha256" {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		for _, sig := range got {
			if sig.Err != nil || sig.Domain != domain || !strings.HasPrefix(sig.Selector, "ks1") {
				t.Errorf("%s: %+v", name, sig)
			}
			for i, header := range covered {
				if want := i < oversigned || strings.Contains("\r\n"+letter, "\r\n"+header+":"); want != sig.Covers(header) {
					t.Errorf("%s: %s should be covered: %t, is: %t", name, header, want, sig.Covers(header))
				}
			}
		}
		for line := range strings.SplitSeq(string(signed), "\r\n") {
			if len(line) > 998 {
				t.Errorf("%s: a line of %d", name, len(line))
			}
		}
	}
}

func TestWhatIsChangedOnTheWayIsSeen(t *testing.T) {
	r, e := pair(t)
	letter := letters()["campaign"]
	signed, err := NewSigner(r, e).Sign([]byte(letter))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another unsubscribe link": {"/u/AAAA", "/u/BBBB"},
		"another one-click header": {"List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Click"},
		"a second From":            {"From: Leaf", "From: Evil <evil@bad.example>\r\nFrom: Leaf"},
		"a From before all":        {"DKIM-Signature", "From: Evil <evil@bad.example>\r\nDKIM-Signature"},
		"another word":             {"Hello\r\n--b--", "Hallo\r\n--b--"},
	} {
		got, err := Verify([]byte(strings.Replace(string(signed), change[0], change[1], 1)), zone(t, r, e))
		for _, sig := range got {
			if sig.Err == nil {
				t.Errorf("%s: %s holds", name, sig.Algorithm)
			}
		}
		if err != nil || len(got) != 2 {
			t.Errorf("%s: %d signatures, %v", name, len(got), err)
		}
	}
	for name, change := range map[string][2]string{"folded anew": {">,\r\n <mailto", ">, \r\n\t<mailto"}, "spaces": {"Subject: Hello", "Subject:  Hello  "}} {
		got, err := Verify([]byte(strings.Replace(string(signed), change[0], change[1], 1)), zone(t, r, e))
		if err != nil || got[0].Err != nil || got[1].Err != nil {
			t.Errorf("%s: relaxed should bear it: %+v, %v", name, got, err)
		}
	}
}

// verdicts are what each signature of a letter comes to.
func verdicts(t *testing.T, letter string, keys ...Key) (errs []error) {
	t.Helper()
	got, err := Verify([]byte(letter), zone(t, keys...))
	if err != nil || len(got) != len(keys) {
		t.Fatalf("%d signatures, %v", len(got), err)
	}
	for _, sig := range got {
		errs = append(errs, sig.Err)
	}
	return errs
}

func TestNothingThatAReaderTrustsCanBeAdded(t *testing.T) {
	r, e := pair(t)
	for name, letter := range letters() {
		signed, err := NewSigner(r, e).Sign([]byte(letter))
		if err != nil {
			t.Fatal(err)
		}
		for _, header := range []string{"From: evil@bad.example", "To: evil@bad.example", "Subject: evil", "Reply-To: evil@bad.example",
			"List-Unsubscribe: <https://bad.example/>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"} {
			for where, added := range map[string]string{"on top": header + "\r\n" + string(signed),
				"at the end": strings.Replace(string(signed), "\r\n\r\n", "\r\n"+header+"\r\n\r\n", 1)} {
				for _, err := range verdicts(t, added, r, e) {
					if err == nil {
						t.Errorf("%s: with %q added %s a signature holds", name, header, where)
					}
				}
			}
		}
	}
}

func TestASignatureBearsTheMessageIDAndDateOfSES(t *testing.T) {
	r, e := pair(t)
	signed, err := NewSigner(r, e).Sign([]byte(letters()["campaign"]))
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.NewReplacer("<abc@tea.example>", "<0102019a@eu-west-1.amazonses.com>", "Sun, 22 Nov 2026 10:00:00 +0200", "Sun, 22 Nov 2026 08:00:02 +0000").Replace(string(signed))
	if theirs == string(signed) {
		t.Fatal("nothing was replaced")
	}
	for _, err := range verdicts(t, "X-SES-Outgoing: 2026.11.22-192.0.2.1\r\n"+theirs, r, e) {
		if err != nil {
			t.Errorf("a signature broke: %v", err)
		}
	}
}

func TestALetterIsSignedInItsOwnMemory(t *testing.T) {
	r, _ := pair(t)
	letter := append(make([]byte, 0, 8192), letters()["plain"]...)
	signed, err := NewSigner(r).Sign(letter)
	if err != nil || &signed[0] != &letter[0] {
		t.Errorf("copied, or %v", err)
	}
}

func TestAKeyIsTheSameWhenOpenedAgain(t *testing.T) {
	r, e := pair(t)
	for _, k := range []Key{r, e} {
		private, err := k.Private()
		if err != nil {
			t.Fatal(err)
		}
		again, err := OpenKey(k.Domain, k.Selector, private)
		if err != nil || again.Algorithm() != k.Algorithm() {
			t.Fatalf("%s: %v", k.Algorithm(), err)
		}
		a, _ := k.Record()
		if b, _ := again.Record(); a != b {
			t.Errorf("%s: the record changed", k.Algorithm())
		}
	}
	if _, err := OpenKey(domain, "x", "bm8="); err == nil {
		t.Error("no key was opened")
	}
	if _, err := NewKey(domain, "x", "dsa"); err == nil {
		t.Error("a key of an unknown algorithm")
	}
}

func TestARecordSaysWhatItsKeyIs(t *testing.T) {
	r, e := pair(t)
	for _, k := range []Key{r, e} {
		text, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		p, err := ParsePublic(text)
		if err != nil || p.Algorithm != k.Algorithm() || p.Bits != map[string]int{RSA: 2048, Ed25519: 256}[p.Algorithm] || p.Testing {
			t.Errorf("%s: %+v, %v", k.Algorithm(), p, err)
		}
		spaced, err := ParsePublic(strings.Replace(text, "p=", "t=y; p= ", 1))
		if err != nil || !spaced.Same(p) || !spaced.Testing {
			t.Errorf("with spaces: %+v, %v", spaced, err)
		}
	}
	for text, want := range map[string]error{"v=DKIM1; p=": ErrRevoked, "v=spf1 -all": ErrRecord, "p=????": ErrRecord, "v=DKIM1; k=rsa": ErrRecord,
		"v=DKIM1; k=ed25519; p=AAAA": ErrRecord, "p=AAAA; p=AAAA": ErrRecord, "": ErrRecord} {
		if _, err := ParsePublic(text); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

func TestAZoneFileTakesTheRecordInPieces(t *testing.T) {
	r, _ := pair(t)
	text, err := r.Record()
	if err != nil {
		t.Fatal(err)
	}
	whole := ""
	for _, part := range strings.Split(strings.Trim(ZoneText(text), `"`), `" "`) {
		if len(part) > 255 {
			t.Errorf("a string of %d octets", len(part))
		}
		whole += part
	}
	if whole != text || len(text) <= 255 {
		t.Errorf("put together it is %q", whole)
	}
	if got := ZoneText("v=spf1 -all"); got != `"v=spf1 -all"` {
		t.Errorf("a short one: %s", got)
	}
}

// keeper is a store of keys that changes.
type keeper struct {
	mu    sync.Mutex
	keys  []Stored
	err   error
	looks int
}

func (k *keeper) load(context.Context) ([]Stored, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looks++
	return k.keys, k.err
}

func (k *keeper) set(err error, keys ...Key) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.err = nil, err
	for _, one := range keys {
		private, _ := one.Private()
		k.keys = append(k.keys, Stored{one.Domain, one.Selector, "sealed " + private})
	}
}

func unseal(s string) (string, error) {
	if private, ok := strings.CutPrefix(s, "sealed "); ok {
		return private, nil
	}
	return "", errors.New("not sealed by us")
}

func TestARingFollowsTheKeysThatAreStored(t *testing.T) {
	r, e := pair(t)
	letter := letters()["plain"]
	store := &keeper{err: errors.New("the database is away")}
	ring := NewRing(store.load, unseal)
	if _, err := ring.Sign(domain, []byte(letter)); err == nil {
		t.Error("a letter left unsigned before the keys were read")
	}
	store.set(nil)
	ring.Reload()
	if got, err := ring.Sign(domain, []byte(letter)); err != nil || string(got) != letter {
		t.Errorf("without a key: %v", err)
	}
	store.set(nil, r, e)
	ring.Reload()
	signed := func(domain string) int {
		got, err := ring.Sign(domain, []byte(letter))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(got), "DKIM-Signature:")
	}
	if signed(domain) != 2 || signed("other.example") != 0 {
		t.Error("not the letters of that domain alone are signed, or not with both keys")
	}
	store.set(errors.New("the database is away"))
	ring.Reload()
	if signed(domain) != 2 {
		t.Error("signing stopped because the keys could not be read anew")
	}
	store.set(nil, e)
	store.keys = append(store.keys, Stored{domain, "broken", "plain"})
	ring.Reload()
	if signed(domain) != 1 {
		t.Error("a key that cannot be opened is in the way of another")
	}
}

func TestManySignAtOnce(t *testing.T) {
	r, e := pair(t)
	store := &keeper{}
	store.set(nil, r, e)
	ring := NewRing(store.load, unseal)
	answer := zone(t, r, e)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			letter := strings.Replace(letters()["campaign"], "Hello", fmt.Sprint("Hello ", i), 1)
			signed, err := ring.Sign(domain, []byte(letter))
			if err != nil {
				t.Error(err)
				return
			}
			got, err := Verify(signed, answer)
			if err != nil || len(got) != 2 || got[0].Err != nil || got[1].Err != nil {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	wg.Wait()
	if store.looks != 1 {
		t.Errorf("the keys were read %d times for 8 letters", store.looks)
	}
}

func benchmark(b *testing.B, keys ...Key) {
	s := NewSigner(keys...)
	letter := []byte(letters()["campaign"] + strings.Repeat("A line of a letter as they are, with some words in it.=\r\n", 180))
	buf := make([]byte, 0, 2*len(letter))
	b.SetBytes(int64(len(letter)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Sign(append(buf[:0], letter...)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignRSA(b *testing.B)     { r, _ := pair(b); benchmark(b, r) }
func BenchmarkSignEd25519(b *testing.B) { _, e := pair(b); benchmark(b, e) }
func BenchmarkSignBoth(b *testing.B)    { r, e := pair(b); benchmark(b, r, e) }
