package mailer

import (
	"context"
	"net"
	"testing"
	"time"

	"keepsake/internal/mailer/smtptest"
)

// A server that never greets costs whoever gives up no more than they wanted to wait, and
// the pool none of its places.
func TestADialThatIsGivenUpEndsAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().(*net.TCPAddr)
	p := New(Config{Host: "127.0.0.1", Port: addr.Port, TLS: TLSNone, Connections: 50, Timeout: time.Hour})
	defer p.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if o := p.Send(ctx, letter("a@shop.test"), begun); o.State != Transport || o.Stage != StageConnect {
		t.Errorf("got %+v", o)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit != 50 || p.open != 0 {
		t.Errorf("limit %d, %d open", p.limit, p.open)
	}
}

func TestAContextThatEndsLaterTouchesNoConnection(t *testing.T) {
	s := smtptest.Start(t)
	p := pool(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	p.Send(ctx, letter("a@shop.test"), begun)
	cancel()
	if o := p.Send(t.Context(), letter("b@shop.test"), begun); o.State != Sent {
		t.Errorf("got %+v", o)
	}
	if total, _ := s.Sessions(); total != 1 {
		t.Errorf("%d connections, want 1", total)
	}
}
