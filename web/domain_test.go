package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"keepsake/campaigns/sending"
	"keepsake/internal/config"
	"keepsake/internal/dkim"
	"keepsake/internal/store"
)

// records is a DNS of TXT records alone.
type records map[string]string

var errNone = &net.DNSError{Err: "no such host", IsNotFound: true}

func (r records) LookupTXT(_ context.Context, name string) ([]string, error) {
	if text, ok := r[strings.TrimSuffix(name, ".")]; ok {
		return []string{text}, nil
	}
	return nil, errNone
}
func (records) LookupMX(context.Context, string) ([]*net.MX, error)  { return nil, errNone }
func (records) LookupAddr(context.Context, string) ([]string, error) { return nil, errNone }
func (records) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, errNone
}

// sendsFrom makes the shop send from an address over a relay, in a DNS of its own.
func (a *app) sendsFrom(email string) records {
	a.t.Helper()
	if err := a.store.SaveShop(a.t.Context(), store.Shop{Name: "Tea", SenderEmail: email, Lang: "en", Zone: "UTC"}); err != nil {
		a.t.Fatal(err)
	}
	dns := records{}
	a.site.Resolver, a.site.Mailbox = dns, false
	a.site.Config.SMTP.Host = "smtp.relay.test"
	return dns
}

func (a *app) keys() []sending.SigningKey {
	a.t.Helper()
	keys, err := a.store.SigningKeys(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	return keys
}

func TestTheDomainPageSaysWhatToPaste(t *testing.T) {
	a, _ := staff(t)
	a.sendsFrom("news@tea.test")
	want(t, a.get("/settings/domain"), http.StatusOK, "tea.test", "not checked yet", "Check now")
	want(t, a.post("/settings/domain/check"), http.StatusSeeOther)
	want(t, a.get("/settings/domain"), http.StatusOK, "has no SPF record", "v=spf1 a:smtp.relay.test ~all", "_dmarc.tea.test", "v=DMARC1; p=none; rua=mailto:news@tea.test", "Letters are not signed here", "takes no mail", "encrypted, or not at all", "Check again")
	want(t, a.get("/settings/domain", "Accept-Language", "ru"), http.StatusOK)
}

func TestLettersAreSignedOnceTheRecordIsFound(t *testing.T) {
	a, _ := staff(t)
	dns := a.sendsFrom("news@tea.test")
	want(t, a.post("/settings/domain/sign", "domain", "tea.test"), http.StatusSeeOther)
	keys := a.keys()
	if len(keys) != 2 || keys[0].Algorithm != dkim.RSA || keys[1].Algorithm != dkim.Ed25519 || !keys[0].Waits() || !keys[1].Waits() {
		t.Fatalf("made %+v", keys)
	}
	body := a.get("/settings/domain").Body.String()
	private, err := a.site.Links.Unseal(sending.SigningUse, keys[0].PrivateKey)
	if err != nil || private == "" || strings.Contains(body, private) || strings.Contains(body, keys[0].PrivateKey) {
		t.Errorf("the private half is not sealed, or shown: %v", err)
	}
	if k, err := dkim.OpenKey("tea.test", keys[0].Selector, private); err != nil {
		t.Error(err)
	} else if record, _ := k.Record(); record != keys[0].Record {
		t.Error("the record is of another key")
	}
	want(t, a.get("/settings/domain"), http.StatusOK, keys[0].Selector+"._domainkey.tea.test", "v=DKIM1; k=ed25519; p=", "waits for its record")

	dns[dkim.Name(keys[1].Selector, "tea.test")] = keys[1].Record
	want(t, a.post("/settings/domain/check"), http.StatusSeeOther)
	if now := a.keys(); now[0].Active || now[1].Active {
		t.Error("Ed25519 signs alone, which many receivers do not know")
	}
	dns[dkim.Name(keys[0].Selector, "tea.test")] = keys[0].Record
	want(t, a.post("/settings/domain/check"), http.StatusSeeOther)
	if now := a.keys(); !now[0].Active || !now[1].Active {
		t.Error("the records are there and the keys do not sign")
	}
	want(t, a.get("/settings/domain"), http.StatusOK, "Keepsake signs the letters from tea.test", "and its record is in DNS")

	want(t, a.post("/settings/domain/sign", "domain", "tea.test"), http.StatusSeeOther)
	if now := a.keys(); len(now) != 4 || !now[0].Active || !now[2].Waits() {
		t.Errorf("new keys are not beside those that sign: %d", len(now))
	}
	want(t, a.post("/settings/domain/sign/now", "domain", "tea.test"), http.StatusSeeOther)
	want(t, a.get("/settings/domain"), http.StatusOK, "is retired. Leave its record in DNS until")
	if now := a.keys(); now[0].Active || !now[2].Active || now[0].RetiredAt == nil {
		t.Error("the owner's word does not put the new keys in place")
	}

	want(t, a.post("/settings/domain/sign/stop", "domain", "tea.test"), http.StatusSeeOther)
	if now := a.keys(); now[2].Active {
		t.Error("stopped, and signs")
	}
	want(t, a.post("/settings/domain/sign/resume?domain=tea.test"), http.StatusSeeOther)
	if now := a.keys(); !now[2].Active || !now[3].Active {
		t.Error("taken back, and does not sign")
	}
	want(t, a.post("/settings/domain/sign", "domain", "elsewhere.test"), http.StatusNotFound)
}

func TestMarketersLookAtTheDomainAndChangeNothing(t *testing.T) {
	a := newApp(t)
	a.signIn(a.user("mia@shop.test", store.Marketer))
	a.sendsFrom("news@tea.test")
	want(t, a.get("/settings/domain"), http.StatusOK, "Only an owner may change it", "tea.test")
	want(t, a.post("/settings/domain/check"), http.StatusSeeOther)
	for _, path := range []string{"/sign", "/sign/now", "/sign/stop", "/sign/resume"} {
		want(t, a.post("/settings/domain"+path, "domain", "tea.test"), http.StatusForbidden)
	}
}

func TestAPastedLetterIsRead(t *testing.T) {
	a, _ := staff(t)
	dns := a.sendsFrom("news@tea.test")
	key, err := dkim.NewKey("tea.test", "relay1", dkim.RSA)
	if err != nil {
		t.Fatal(err)
	}
	dns["relay1._domainkey.tea.test"], _ = key.Record()
	signed, err := dkim.NewSigner(key).Sign([]byte("From: Tea <news@tea.test>\r\nTo: me@example.org\r\nSubject: Hello\r\nDate: Tue, 03 Mar 2026 09:00:00 +0000\r\nMessage-ID: <1@tea.test>\r\n" +
		"List-Unsubscribe: <https://shop.test/u/AAA>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nHello\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	want(t, a.post("/settings/domain/test/read", "source", ""), http.StatusUnprocessableEntity, "Paste the source of a letter")
	want(t, a.post("/settings/domain/test/read", "source", "hello"), http.StatusOK, "This is not the source of a letter")
	want(t, a.post("/settings/domain/test/read", "source", string(signed)), http.StatusOK, "The signature of tea.test holds (key relay1, rsa-sha256)", "A signature covers both of them", "A letter from tea.test")
	want(t, a.post("/settings/domain/check"), http.StatusSeeOther)
	want(t, a.get("/settings/domain"), http.StatusOK, "Your mail server signs with the key relay1 (RSA 2048)")
}

func TestATestLetterShowsWhatArrived(t *testing.T) {
	a, _ := staff(t)
	a.sendsFrom("news@tea.test")
	a.site.Config.Bounces = config.Bounces{Listen: ":25"}
	a.site.Config.BounceDomain = "bounces.tea.test"
	want(t, a.post("/settings/domain/test", "sender", "other@tea.test"), http.StatusUnprocessableEntity, "Choose a sender address in use")
	want(t, a.post("/settings/domain/test", "sender", "news@tea.test", "to", "no address"), http.StatusUnprocessableEntity, "is not an email address")
	id, err := a.store.BeginSelfTest(t.Context(), "news@tea.test")
	if err != nil {
		t.Fatal(err)
	}
	sent := store.SelfTest{ID: id, Recipient: a.site.Links.TestAddress(id, "bounces.tea.test"), SentAt: a.clock.Now(), Reply: "250 queued as 7"}
	if err := a.store.SentSelfTest(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	one := fmt.Sprint("/settings/domain/test/", id)
	want(t, a.get(one), http.StatusOK, "on its way", "250 queued as 7", "data-refresh")
	if err := a.store.TakeSelfTest(t.Context(), id, []byte("From: news@tea.test\r\nSubject: A\r\n\r\nHello\r\n")); err != nil {
		t.Fatal(err)
	}
	want(t, a.get(one), http.StatusOK, "arrived", "The letter is not signed", "List-Unsubscribe is missing")
	want(t, a.get("/settings/domain/test/99"), http.StatusNotFound)
}
