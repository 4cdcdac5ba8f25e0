package sink

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

func listen(t *testing.T, o Options) *Sink {
	t.Helper()
	s, err := Listen("127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// caller speaks SMTP as it is told to.
type caller struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func call(t *testing.T, s *Sink) *caller {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	c := &caller{t, conn, bufio.NewReader(conn)}
	c.hears("220")
	return c
}

func (c *caller) says(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		c.t.Fatal(err)
	}
}

func (c *caller) hears(codes ...string) {
	c.t.Helper()
	for i, code := range codes {
		line, err := c.in.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, code) {
			c.t.Fatalf("reply %d: got %q, %v; want %s", i, line, err, code)
		}
	}
}

// envelope is MAIL, RCPT and DATA in one.
func envelope(to string) string {
	return "MAIL FROM:<bounce+7@shop.test>\nRCPT TO:<" + to + ">\nDATA\n"
}

func TestTheEndOfALetterMayComeWithTheNextEnvelope(t *testing.T) {
	s := listen(t, Options{Keep: 1})
	c := call(t, s)
	c.says(envelope("a@mail.test"))
	c.hears("250", "250", "354")
	c.says("Subject: one\nmessage-ID: <1@shop.test>\n\n..dotted\n.\n" + envelope("b@mail.test"))
	c.hears("250", "250", "250", "354")
	c.says(".\nQUIT\n") // an empty letter
	c.hears("250", "221")
	var got []string
	s.Each(func(e Entry) { got = append(got, fmt.Sprint(e.Outcome, " ", e.From, " ", e.To, " ", e.Message)) })
	want := []string{"0 bounce+7@shop.test a@mail.test <1@shop.test>", "0 bounce+7@shop.test b@mail.test "}
	if !slices.Equal(got, want) {
		t.Errorf("recorded %q, want %q", got, want)
	}
	if kept := s.Letters(); len(kept) != 1 || kept[0].To != "a@mail.test" || !strings.Contains(string(kept[0].Data), "\r\n..dotted\r\n") {
		t.Errorf("kept %q", kept)
	}
	if f := s.Figures(); f.Taken != 2 || f.Connections != 1 {
		t.Errorf("figures %+v", f)
	}
}

// who finds an address with that fate.
func who(o Options, want Outcome) string {
	for i := 0; ; i++ {
		if to := fmt.Sprintf("p%d@mail.test", i); o.Fate([]byte(to)) == want {
			return to
		}
	}
}

func TestARefusedRecipientIsKnownBeforehand(t *testing.T) {
	o := Options{Soft: 0.1, Hard: 0.1}
	s := listen(t, o)
	c := call(t, s)
	c.says(envelope(who(o, Refused)))
	c.hears("250", "451 4.3.0", "503")
	c.says("RSET\n" + envelope(who(o, Unknown)))
	c.hears("250", "250", "550 5.1.1", "503")
	c.says("RSET\n" + envelope(who(o, Taken)))
	c.hears("250", "250", "250", "354")
	c.says("Subject: x\n\nx\n.\n")
	c.hears("250")
	if got := s.Recipients(); len(got) != 1 || got[who(o, Taken)] != 1 {
		t.Errorf("got %v", got)
	}
}

func TestADroppedLetterHasNoAnswer(t *testing.T) {
	o := Options{Drop: 0.5}
	s := listen(t, o)
	c := call(t, s)
	c.says(envelope(who(o, Dropped)))
	c.hears("250", "250", "354")
	c.says("Subject: x\n\nx\n.\n")
	if line, err := c.in.ReadString('\n'); err == nil {
		t.Errorf("it answered %q", line)
	}
	var got []Entry
	s.Each(func(e Entry) { got = append(got, e) })
	if len(got) != 1 || got[0].Outcome != Dropped {
		t.Errorf("recorded %v", got)
	}
}

func TestEnoughLettersEndAConnectionInOrder(t *testing.T) {
	s := listen(t, Options{Letters: 1})
	c := call(t, s)
	c.says(envelope("a@mail.test"))
	c.hears("250", "250", "354")
	c.says("x\n.\n" + envelope("b@mail.test"))
	c.hears("250", "421")
	if _, err := c.in.ReadByte(); err != io.EOF {
		t.Errorf("then %v, want the end", err)
	}
}

func TestSharesAreKept(t *testing.T) {
	o := Options{Soft: 0.05, Hard: 0.02, Drop: 0.01, Stall: 0.01}
	got := map[Outcome]int{}
	const n = 100_000
	for i := range n {
		got[o.Fate(fmt.Appendf(nil, "p%05d@mail%d.test", i, i%7))]++
	}
	for outcome, want := range map[Outcome]float64{Refused: 0.05, Unknown: 0.02, Dropped: 0.01, Stalled: 0.01} {
		if share := float64(got[outcome]) / n; share < want*0.9 || share > want*1.1 {
			t.Errorf("outcome %d: %.4f of the recipients, want %.2f", outcome, share, want)
		}
	}
}
