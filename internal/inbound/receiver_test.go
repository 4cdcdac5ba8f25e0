package inbound

import (
	"context"
	"errors"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/fault"
)

type taken struct {
	from string
	to   []string
	data string
}

func start(t *testing.T, h Handler, lim Limits) *Receiver {
	t.Helper()
	r, err := Listen("127.0.0.1:0", h, lim)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func keep(ch chan taken) Handler {
	return func(_ context.Context, from string, to []string, data []byte) error {
		ch <- taken{from, to, string(data)}
		return nil
	}
}

func TestLetterIsTakenAsItCame(t *testing.T) {
	ch := make(chan taken, 1)
	r := start(t, keep(ch), Limits{})
	body := "Subject: hi\r\n\r\n.dot\r\n"
	if err := smtp.SendMail(r.Addr(), nil, "a@shop.test", []string{"b@shop.test", "c@shop.test"}, []byte(body)); err != nil {
		t.Fatal(err)
	}
	got := <-ch
	if got.from != "a@shop.test" || strings.Join(got.to, " ") != "b@shop.test c@shop.test" || got.data != body {
		t.Errorf("got %+v", got)
	}
}

func TestOffersWhatSendersUse(t *testing.T) {
	r := start(t, keep(make(chan taken, 1)), Limits{})
	c, err := smtp.Dial(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, ext := range []string{"PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE", "ENHANCEDSTATUSCODES"} {
		if ok, _ := c.Extension(ext); !ok {
			t.Errorf("%s is not offered", ext)
		}
	}
}

func TestHandlersErrorsBecomeReplies(t *testing.T) {
	for want, err := range map[string]error{
		"451": errors.New("disk full"), "550": fault.New(fault.NotFound, "x"),
		"552": fault.New(fault.TooLarge, "x"), "554": fault.New(fault.Invalid, "x"),
	} {
		r := start(t, func(context.Context, string, []string, []byte) error { return err }, Limits{})
		got := smtp.SendMail(r.Addr(), nil, "", []string{"b@shop.test"}, []byte("hi"))
		if got == nil || !strings.HasPrefix(got.Error(), want) || strings.Contains(got.Error(), "disk") {
			t.Errorf("%v: got %v, want %s", err, got, want)
		}
	}
}

func TestLimitsHold(t *testing.T) {
	never := func(context.Context, string, []string, []byte) error { t.Error("the letter was taken"); return nil }
	r := start(t, never, Limits{MaxBytes: 100, MaxRecipients: 2, Timeout: 100 * time.Millisecond})
	if err := smtp.SendMail(r.Addr(), nil, "a@b.test", []string{"b@b.test"}, make([]byte, 1000)); err == nil || !strings.HasPrefix(err.Error(), "552") {
		t.Errorf("size: %v", err)
	}
	if err := smtp.SendMail(r.Addr(), nil, "a@b.test", []string{"b@b.test", "c@b.test", "d@b.test"}, []byte("hi")); err == nil || err.Error()[0] != '4' {
		t.Errorf("recipients: %v", err)
	}
	c, err := textproto.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.ReadLine()
	if line, _ := c.ReadLine(); !strings.HasPrefix(line, "421") { // we say nothing
		t.Errorf("silence: %q", line)
	}
}

func TestHalfALetterIsNotTaken(t *testing.T) {
	r := start(t, func(context.Context, string, []string, []byte) error { t.Error("half a letter was taken"); return nil }, Limits{})
	c, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	tc := textproto.NewConn(c)
	tc.PrintfLine("EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nSubject: half")
	for {
		if line, err := tc.ReadLine(); err != nil || strings.HasPrefix(line, "354") {
			break
		}
	}
	c.Close()
	r.Close() // waits for the letter coming in
}

func TestCloseWaitsForTheLetterComingIn(t *testing.T) {
	inside, goOn, sent := make(chan struct{}), make(chan struct{}), make(chan error)
	r := start(t, func(ctx context.Context, _ string, _ []string, _ []byte) error {
		close(inside)
		<-goOn
		return ctx.Err()
	}, Limits{})
	c, err := smtp.Dial(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := errors.Join(c.Mail("a@b.test"), c.Rcpt("b@b.test")); err != nil {
		t.Fatal(err)
	}
	go func() { sent <- deliver(c) }()
	<-inside
	closed := make(chan error)
	go func() { closed <- r.Close() }()
	for r.enter() { // until Close has begun
		r.busy.Done()
	}
	close(goOn)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := <-sent; err != nil {
		t.Errorf("the sender does not know that we have it: %v", err)
	}
	if _, err := net.Dial("tcp", r.Addr()); err == nil {
		t.Error("it still listens")
	}
}

func TestListensOnThisMachineUnlessToldOtherwise(t *testing.T) {
	if r, err := Listen("0.0.0.0:0", nil, Limits{}); err == nil {
		r.Close()
		t.Error("listens to everybody")
	}
	for addr, lim := range map[string]Limits{":0": {}, "127.0.0.1:0": {}, "0.0.0.0:0": {Public: true}} {
		r, err := Listen(addr, nil, lim)
		if err != nil {
			t.Fatalf("%s: %v", addr, err)
		}
		if host, _, _ := net.SplitHostPort(r.Addr()); !lim.Public && host != "127.0.0.1" {
			t.Errorf("%s: listens on %s", addr, host)
		}
		r.Close()
	}
	if _, err := Listen("nonsense", nil, Limits{}); err == nil {
		t.Error("nonsense was taken for an address")
	}
}

// deliver hands a letter over and does not say goodbye.
func deliver(c *smtp.Client) error {
	w, err := c.Data()
	if err != nil {
		return err
	}
	return w.Close()
}

func TestOnlyAddressesThatAreOursAreAccepted(t *testing.T) {
	ch := make(chan taken, 1)
	r := start(t, keep(ch), Limits{Accepts: func(to string) bool { return strings.HasPrefix(to, "bounce+") }})
	if err := smtp.SendMail(r.Addr(), nil, "", []string{"stranger@shop.test"}, []byte("hi")); err == nil || !strings.HasPrefix(err.Error(), "550") {
		t.Errorf("a stranger: %v", err)
	}
	if err := smtp.SendMail(r.Addr(), nil, "", []string{"bounce+token@shop.test"}, []byte("hi")); err != nil {
		t.Error(err)
	}
	if got := <-ch; len(got.to) != 1 || got.to[0] != "bounce+token@shop.test" {
		t.Errorf("got %+v", got)
	}
}

func TestOfALongLetterTheBeginningIsKept(t *testing.T) {
	ch := make(chan taken, 1)
	r := start(t, keep(ch), Limits{Keep: 100})
	if err := smtp.SendMail(r.Addr(), nil, "", []string{"b@shop.test"}, []byte(strings.Repeat("0123456\r\n", 1000))); err != nil {
		t.Fatal(err)
	}
	if got := <-ch; len(got.data) != 100 {
		t.Errorf("%d octets", len(got.data))
	}
}

func TestLMTPOnASocket(t *testing.T) {
	ch, path := make(chan taken, 1), t.TempDir()+"/lmtp"
	lim := Limits{Accepts: func(to string) bool { return to == "a@shop.test" }}
	for range 2 { // the second time over the socket a lost process left behind
		r, err := Listen("unix:"+path, keep(ch), lim)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Listen("unix:"+path, keep(ch), lim); err == nil {
			t.Error("two listen on one socket")
		}
		c, err := textproto.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.ReadLine()
		for _, step := range []struct {
			say  string
			code int
		}{{"LHLO x", 250}, {"MAIL FROM:<>", 250}, {"RCPT TO:<b@shop.test>", 550}, {"RCPT TO:<a@shop.test>", 250}, {"DATA", 354}, {"hi\r\n.", 250}} {
			c.PrintfLine("%s", step.say)
			if _, _, err := c.ReadResponse(step.code); err != nil {
				t.Errorf("%s: %v", step.say, err)
			}
		}
		if got := <-ch; got.data != "hi\r\n" {
			t.Errorf("got %+v", got)
		}
		r.listen.(*net.UnixListener).SetUnlinkOnClose(false)
		r.Close()
	}
}
