package link

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keepsake/campaigns/fault"
)

var signer = New([]byte("0123456789abcdef0123456789abcdef"), "https://shop.test/")

func claims(t *rapid.T) Claims {
	return Claims{Purpose: Purpose(rapid.IntRange(1, int(Preferences)).Draw(t, "purpose")),
		Delivery: rapid.Int64().Draw(t, "delivery"), Subscriber: rapid.Int64().Draw(t, "subscriber"), List: rapid.Int64().Draw(t, "list"),
		Enrolment: rapid.Int64().Draw(t, "enrolment"), Link: rapid.Int64().Draw(t, "link"), Extra: rapid.StringN(0, 20, -1).Draw(t, "extra")}
}

func TestTokenSaysWhatWasSigned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := claims(t)
		token := signer.Token(c)
		if got, err := signer.Open(c.Purpose, token); err != nil || got != c {
			t.Fatalf("got %+v, %v; want %+v", got, err, c)
		}
		for p := Purpose(0); p <= Share; p++ {
			if _, err := signer.Open(p, token); p != c.Purpose && !fault.Is(err, fault.NotFound) {
				t.Fatalf("purpose %d opened a token for %d", p, c.Purpose)
			}
		}
		if _, err := New([]byte("another"), "").Open(c.Purpose, token); err == nil {
			t.Fatal("another secret opened it")
		}
	})
}

func TestOneChangedCharacterIsEnough(t *testing.T) {
	token := signer.Token(Claims{Purpose: Click, Delivery: 123456, Link: 7, Extra: "rating=4"})
	for i := range token {
		for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/\n\r. \x00" {
			changed := token[:i] + string(c) + token[i+1:]
			if _, err := signer.Open(Click, changed); changed != token && err == nil {
				t.Errorf("opened %q", changed)
			}
			if _, err := signer.Open(Click, token[:i]+string(c)+token[i:]); err == nil {
				t.Errorf("opened with %q before %d", c, i)
			}
		}
		if _, err := signer.Open(Click, token[:i]); err == nil {
			t.Errorf("opened the first %d characters", i)
		}
	}
}

func TestTokensAreShort(t *testing.T) {
	c := Claims{Delivery: 100_000_000, Subscriber: 1_000_000, Link: 40}
	if token := signer.Token(c); len(token) > 36 {
		t.Errorf("%d characters: %s", len(token), token)
	}
}

func TestURLs(t *testing.T) {
	c := Claims{Delivery: 12, Subscriber: 3}
	for prefix, e := range map[string]struct {
		url     string
		purpose Purpose
	}{
		"/u/": {signer.UnsubscribeURL(c), Unsubscribe}, "/r/": {signer.RespondURL(c), Respond}, "/v/": {signer.ViewURL(c), View},
		"/o/": {signer.OpenURL(c), Open}, "/c/": {signer.ClickURL(c), Click}, "/confirm/": {signer.ConfirmURL(c), Confirm},
		"/p/": {signer.PreferencesURL(c), Preferences}, "/q/": {signer.CodeURL(c), Code},
	} {
		token, ok := strings.CutPrefix(e.url, "https://shop.test"+prefix)
		got, err := signer.Open(e.purpose, strings.TrimSuffix(token, ".gif"))
		if !ok || err != nil || got.Delivery != 12 || got.Subscriber != 3 || strings.HasSuffix(token, ".gif") != (prefix == "/o/") {
			t.Errorf("%s: %s, %+v, %v", prefix, e.url, got, err)
		}
	}
}

func TestOneClickHeaders(t *testing.T) {
	h := signer.OneClick(3, 2, 12, "unsub@shop.test")
	if len(h) != 2 || h[0].Name != "List-Unsubscribe" || h[1] != (Header{"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"}) {
		t.Fatalf("got %+v", h)
	}
	web, mail, _ := strings.Cut(h[0].Value, ", ")
	want := Claims{Delivery: 12, Subscriber: 3, List: 2, Purpose: Unsubscribe}
	token := strings.TrimSuffix(strings.TrimPrefix(web, "<https://shop.test/u/"), ">")
	if c, err := signer.Open(Unsubscribe, token); err != nil || c != want {
		t.Errorf("%s: %+v, %v", web, c, err)
	}
	addr := strings.TrimSuffix(strings.TrimPrefix(mail, "<mailto:"), ">")
	want.Purpose = unsubscribeMail
	if c, err := signer.UnsubscribeOf(addr); err != nil || c != want || !strings.HasSuffix(addr, "@shop.test") {
		t.Errorf("%s: %+v, %v", mail, c, err)
	}
	if h := signer.OneClick(3, 2, 12, ""); strings.Contains(h[0].Value, "mailto") {
		t.Errorf("a mailto appeared: %s", h[0].Value)
	}
	if h := signer.OneClick(1<<62, 1<<62, 1<<62, "unsub@shop.test"); strings.Contains(h[0].Value, "mailto") {
		t.Errorf("a mailto too long to be an address: %s", h[0].Value)
	}
}

func TestReturnPathLeadsBackToItsDelivery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64Min(1).Draw(t, "id")
		addr, message := signer.ReturnPath(id, "b.shop.test"), signer.MessageID(id, "shop.test")
		local, _, _ := strings.Cut(addr, "@")
		if len(local) > maxLocal || addr != signer.ReturnPath(id, "b.shop.test") {
			t.Fatalf("%s", addr)
		}
		token := strings.TrimPrefix(local, "bounce+")
		for _, a := range []string{addr, strings.ToUpper(addr), "<" + addr + ">", "bounce-" + token + "@x.test", "bounce=" + token, token + "@x.test"} {
			if got, err := signer.DeliveryOf(a); err != nil || got != id {
				t.Fatalf("%s: %d, %v; want %d", a, got, err, id)
			}
		}
		if got, err := signer.DeliveryOfMessage("<" + message + ">"); err != nil || got != id {
			t.Fatalf("%s: %d, %v", message, got, err)
		}
		if _, err := signer.DeliveryOf(message); err == nil {
			t.Fatal("a Message-ID passes for a return path")
		}
	})
	for _, a := range []string{"", "bounce@x.test", "bounce+@x.test", "bounce+aaaa@x.test", "@", "bounce+\n@x", "bounce+ж@x"} {
		if _, err := signer.DeliveryOf(a); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", a, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(byte(Click), signer.Token(Claims{Purpose: Click, Link: 1, Extra: "a"}))
	f.Add(byte(0), "")
	f.Fuzz(func(t *testing.T, p byte, token string) {
		c, err := signer.Open(Purpose(p), token)
		if err == nil && signer.Token(c) != token {
			t.Errorf("%q opened as %+v", token, c)
		}
		_, _ = signer.DeliveryOf(token)
		_, _ = signer.UnsubscribeOf(token)
	})
}

func BenchmarkToken(b *testing.B) {
	c := Claims{Purpose: Click, Delivery: 100_000_000, Subscriber: 1_000_000, Link: 40}
	for b.Loop() {
		signer.Token(c)
	}
}
