package dispatch_test

import (
	"errors"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/internal/dispatch"
	"keepsake/internal/dkim"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// signing makes a dispatcher that signs as told.
func signing(t *testing.T, st *store.Store, server *smtptest.Server, sign func(string, []byte) ([]byte, error)) *dispatch.Dispatcher {
	t.Helper()
	must(t, st.SaveShop(t.Context(), store.Shop{Name: "Tea House", Address: "1 Leaf Street, Sofia", SenderEmail: "hello@tea.test", Lang: "en", Zone: "Europe/Sofia"}))
	catalog, err := loadCatalog()
	must(t, err)
	pool := mailer.New(mailer.Config{Host: server.Host, Port: server.Port, TLS: mailer.TLSNone, HELO: "keepsake.test"})
	t.Cleanup(func() { pool.Close() })
	links := link.New([]byte("0123456789abcdef0123456789abcdef"), "https://mail.tea.test")
	return dispatch.New(st, pool, links, catalog, dispatch.Options{BaseURL: "https://mail.tea.test", BounceDomain: "bounces.tea.test", Sign: sign})
}

func TestEveryLetterOfTheDomainIsSignedAsItArrives(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		clock.Set(tuesday)
		server := smtptest.Start(t)
		rsa, err := dkim.NewKey("tea.test", "ks1", dkim.RSA)
		must(t, err)
		ed, err := dkim.NewKey("tea.test", "ks1e", dkim.Ed25519)
		must(t, err)
		signer := dkim.NewSigner(rsa, ed)
		d := signing(t, st, server, func(domain string, letter []byte) ([]byte, error) {
			if domain != "tea.test" {
				t.Errorf("asked to sign for %q", domain)
			}
			return signer.Sign(letter)
		})
		l := storetest.People(t, st, 5)
		c := storetest.Campaign(t, st, "newsletter", l.ID, letter("Новият чай на "+strings.Repeat("много дълга тема ", 12), "shop.name"))
		must(t, d.Start(t.Context(), c.ID))
		must(t, d.Tick(t.Context()))
		must(t, d.Drain(t.Context()))
		_, err = d.Test(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: c.Messages[0].Contents[0]}, "me@tea.test")
		must(t, err)
		must(t, d.Confirm(t.Context(), audience.Subscriber{Email: "new@shop.test", Lang: "bg"}, l, "https://mail.tea.test/confirm/x"))

		letters := server.Letters()
		if len(letters) != 7 {
			t.Fatalf("%d letters; want 5, a test and a confirmation", len(letters))
		}
		for i, got := range letters {
			signatures, err := dkim.Verify(got.Data, func(name string) ([]string, error) {
				for _, k := range []dkim.Key{rsa, ed} {
					if name == dkim.Name(k.Selector, k.Domain) {
						record, err := k.Record()
						return []string{record}, err
					}
				}
				return nil, errors.New("no such name")
			})
			if err != nil || len(signatures) != 2 || signatures[0].Err != nil || signatures[1].Err != nil {
				t.Fatalf("letter %d: %+v, %v", i, signatures, err)
			}
			for _, s := range signatures {
				if !s.Covers("List-Unsubscribe") || !s.Covers("List-Unsubscribe-Post") || !s.Covers("Subject") { // also where they are not: none can be added
					t.Errorf("letter %d: covers %v", i, s.Headers)
				}
			}
		}
	})
}

func TestNoLetterLeavesUnsignedBecauseTheKeysCannotBeRead(t *testing.T) {
	st := storetest.SQLite(t, storetest.NewClock(tuesday))
	server := smtptest.Start(t)
	away := true
	d := signing(t, st, server, func(_ string, letter []byte) ([]byte, error) {
		if away {
			return nil, errors.New("the keys cannot be read")
		}
		return letter, nil
	})
	l := storetest.People(t, st, 3)
	c := storetest.Campaign(t, st, "newsletter", l.ID, letter("Hello", "shop.name"))
	must(t, d.Start(t.Context(), c.ID))
	must(t, d.Tick(t.Context()))
	if err := d.Drain(t.Context()); err == nil || len(server.Letters()) != 0 {
		t.Errorf("%v, and %d letters left", err, len(server.Letters()))
	}
	away = false
	must(t, d.Drain(t.Context()))
	if got := len(server.Letters()); got != 3 {
		t.Errorf("%d letters afterwards; want 3", got)
	}
}

func TestASelfTestLeavesAsACampaignsLetterDoes(t *testing.T) {
	st := storetest.SQLite(t, storetest.NewClock(tuesday))
	server := smtptest.Start(t)
	d := signing(t, st, server, nil)
	if _, err := d.SendSelfTest(t.Context(), dispatch.SelfTest{ID: 1, From: "hello@tea.test", To: "me@example.org", Lang: "ru"}); err != nil {
		t.Fatal(err)
	}
	letters := server.Letters()
	if len(letters) != 1 || letters[0].To != "me@example.org" || !strings.HasSuffix(letters[0].From, "@bounces.tea.test") {
		t.Fatalf("left: %+v", letters)
	}
	for _, header := range []string{"From", "List-Unsubscribe", "List-Unsubscribe-Post", "Message-ID", "Subject"} {
		if n := len(dkim.Fields(letters[0].Data, header)); n != 1 {
			t.Errorf("%s is there %d times", header, n)
		}
	}
}
