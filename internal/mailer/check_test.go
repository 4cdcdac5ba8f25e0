package mailer

import (
	"net"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/fault"
	"keepsake/internal/mailer/smtptest"
)

func TestCheckSaysWhatToDo(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	mute, err := net.Listen("tcp", "127.0.0.1:0") // takes the connection and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	plain, full := smtptest.Start(t), smtptest.Start(t, smtptest.MaxConnections(-1))
	guarded := smtptest.Start(t, smtptest.Auth("shop", "sesame"))
	secure := smtptest.Start(t, smtptest.TLS())
	port := func(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
	for name, c := range map[string]struct {
		cfg  Config
		want string // part of the sentence; empty when all is well
	}{
		"well":          {Config{Port: plain.Port}, ""},
		"nobody there":  {Config{Port: port(closed)}, "No mail server answers at 127.0.0.1:"},
		"mute":          {Config{Port: port(mute)}, "does not answer in time"},
		"no such name":  {Config{Host: "nowhere.invalid", Port: 25}, "no mail server named nowhere.invalid"},
		"no starttls":   {Config{Port: plain.Port, TLS: TLSStart}, "does not offer STARTTLS"},
		"own cert":      {Config{Port: secure.Port, TLS: TLSStart}, "is not trusted"},
		"tls on plain":  {Config{Port: plain.Port, TLS: TLSImplicit}, "TLS mode"},
		"bad password":  {Config{Port: guarded.Port, TLS: TLSNone, Username: "shop", Password: "x"}, "refuses the user name or the password"},
		"no sign-in":    {Config{Port: plain.Port, TLS: TLSNone, Username: "shop"}, "offers no sign-in"},
		"turned away":   {Config{Port: full.Port, TLS: TLSNone}, "Too many connections"},
		"nothing set":   {Config{}, "No mail server is set up."},
		"bad tls value": {Config{Port: plain.Port, TLS: "yes"}, "want none, starttls"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.cfg.Host == "" && c.cfg.Port != 0 {
				c.cfg.Host = "127.0.0.1"
			}
			c.cfg.Timeout = 300 * time.Millisecond
			p := New(c.cfg)
			defer p.Close()
			err := p.Check(t.Context())
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if name != "bad tls value" && !fault.Is(err, fault.Away) {
				t.Errorf("%v is not fault.Away", err)
			}
		})
	}
}
