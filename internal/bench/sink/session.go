package sink

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// session is one connection. Commands that came in one packet are answered in one, and the last dot of a letter may
// come together with the next MAIL, RCPT and DATA (RFC 2920).
type session struct {
	sink  *Sink
	conn  net.Conn
	log   *log
	in    []byte
	r, w  int // unread is in[r:w]
	out   []byte
	from  []byte
	mail  bool     // MAIL was taken
	to    [][]byte // whose memory is used again
	taken int      // letters so far
}

const (
	longestLine   = 4 << 10
	longestLetter = 64 << 20
)

var (
	errQuit    = errors.New("quit")
	errCut     = errors.New("cut without an answer")
	errTooLong = errors.New("too long")
	final      = []byte("\r\n.\r\n")
)

// end closes the line: with a reset when the caller is to learn nothing, else so that the last reply is read.
func (s *session) end(why error) {
	tcp, ok := s.conn.(*net.TCPConn)
	switch {
	case !ok:
	case errors.Is(why, errCut):
		tcp.SetLinger(0)
	case errors.Is(why, errQuit):
		s.write()
		tcp.CloseWrite()
		s.conn.SetReadDeadline(time.Now().Add(time.Second))
		io.Copy(io.Discard, s.conn)
	}
}

func (s *session) run() error {
	s.say("220 sink.test ESMTP")
	for {
		line, err := s.line()
		if err != nil {
			return err
		}
		if err := s.command(line); err != nil {
			return err
		}
	}
}

func (s *session) say(reply string) { s.out = append(append(s.out, reply...), '\r', '\n') }

// late is how much longer than asked the last sleeps were, in nanoseconds.
var late atomic.Int64

// wait sleeps so long on average: the runtime's timers come up to a millisecond late, a twentieth of what is measured,
// so each sleep is shorter by what those before it were too long.
func wait(d time.Duration) {
	began := time.Now()
	time.Sleep(d - time.Duration(late.Load()))
	late.Store(max(0, min(late.Load()+int64(time.Since(began)-d)/32, int64(d)/10)))
}

// syllable is what a slow speaker says in a millisecond.
const syllable = 8

// write sends the replies that wait.
func (s *session) write() error {
	if len(s.out) == 0 {
		return nil
	}
	o := s.sink.options.Load()
	if o.EveryReply > 0 {
		wait(o.EveryReply)
	}
	out := s.out
	s.out = s.out[:0]
	for o.Trickle > 0 && len(out) > syllable {
		if _, err := s.conn.Write(out[:syllable]); err != nil {
			return err
		}
		out = out[syllable:]
		time.Sleep(time.Millisecond)
	}
	_, err := s.conn.Write(out)
	return err
}

// fill reads more; first it answers, for the caller may wait for that.
func (s *session) fill() error {
	if err := s.write(); err != nil {
		return err
	}
	switch {
	case s.r == s.w:
		s.r, s.w = 0, 0
	case s.w < len(s.in):
	case s.r > 0:
		s.w = copy(s.in, s.in[s.r:s.w])
		s.r = 0
	case len(s.in) >= longestLetter:
		return errTooLong
	default:
		s.in = append(s.in, make([]byte, len(s.in))...)
	}
	room := s.in[s.w:]
	if n := s.sink.options.Load().Trickle; n > 0 && n < len(room) {
		time.Sleep(time.Millisecond)
		room = room[:n]
	}
	n, err := s.conn.Read(room)
	s.w += n
	if n > 0 {
		return nil
	}
	return err
}

// line is the next command without its end; it is valid until the next read.
func (s *session) line() ([]byte, error) {
	for {
		unread := s.in[s.r:s.w]
		if i := bytes.IndexByte(unread, '\n'); i >= 0 {
			s.r += i + 1
			return bytes.TrimSuffix(unread[:i], []byte("\r")), nil
		}
		if len(unread) > longestLine {
			return nil, errTooLong
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

// letter is the next letter with its last line's end, without its final dot; it is valid until the next read.
func (s *session) letter() ([]byte, error) {
	seen := 0
	for {
		unread := s.in[s.r:s.w]
		if bytes.HasPrefix(unread, final[2:]) { // an empty one
			s.r += 3
			return nil, nil
		}
		if i := bytes.Index(unread[seen:], final); i >= 0 {
			s.r += seen + i + len(final)
			return unread[:seen+i+2], nil
		}
		seen = max(0, len(unread)-len(final)+1)
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

func (s *session) command(line []byte) error {
	verb, rest, _ := bytes.Cut(line, []byte(" "))
	switch string(bytes.ToUpper(verb)) {
	case "MAIL":
		return s.begin(rest)
	case "RCPT":
		s.recipient(rest)
	case "DATA":
		return s.data()
	case "RSET":
		s.forget()
		s.say("250 2.0.0 Ok")
	case "EHLO":
		s.forget()
		s.hello()
	case "HELO":
		s.forget()
		s.say("250 sink.test")
	case "NOOP":
		s.say("250 2.0.0 Ok")
	case "QUIT":
		s.say("221 2.0.0 Bye")
		return errQuit
	default:
		s.say("500 5.5.2 Unknown command")
	}
	return nil
}

func (s *session) forget() { s.mail, s.to = false, s.to[:0] }

func (s *session) hello() {
	o := s.sink.options.Load()
	s.say("250-sink.test")
	if !o.NoPipelining {
		s.say("250-PIPELINING")
	}
	if !o.NoUTF8 {
		s.say("250-SMTPUTF8")
	}
	s.say("250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 52428800")
}

// begin takes MAIL, or says goodbye to a connection that brought its share (RFC 5321 §3.8).
func (s *session) begin(rest []byte) error {
	o := s.sink.options.Load()
	switch {
	case o.Letters > 0 && s.taken >= o.Letters:
		s.say("421 4.4.2 Enough letters over one connection")
		return errQuit
	case s.mail:
		s.say("503 5.5.1 MAIL was said already")
	case o.NoUTF8 && bytes.Contains(rest, []byte("SMTPUTF8")):
		s.say("555 5.5.4 SMTPUTF8 was not offered")
	default:
		s.mail, s.from = true, append(s.from[:0], path(rest)...)
		s.say("250 2.1.0 Ok")
	}
	return nil
}

// path is what stands between the angle brackets.
func path(rest []byte) []byte {
	i := bytes.IndexByte(rest, '<')
	j := bytes.IndexByte(rest, '>')
	if i < 0 || j < i {
		return nil
	}
	return rest[i+1 : j]
}

func (s *session) recipient(rest []byte) {
	if !s.mail {
		s.say("503 5.5.1 MAIL comes first")
		return
	}
	to, o := path(rest), s.sink.options.Load()
	if fate := o.Fate(to); !o.Late && (fate == Refused || fate == Unknown) {
		s.note(fate, to, nil)
		s.say(words(fate))
		return
	}
	if n := len(s.to); n < cap(s.to) {
		s.to = s.to[:n+1]
		s.to[n] = append(s.to[n][:0], to...)
	} else {
		s.to = append(s.to, append([]byte(nil), to...))
	}
	s.say("250 2.1.5 Ok")
}

func words(fate Outcome) string {
	if fate == Refused {
		return RefusedWords
	}
	return UnknownWords
}

func (s *session) note(o Outcome, to, message []byte) {
	s.log.add(o, time.Now().UnixNano(), s.from, to, message)
}

func (s *session) data() error {
	if len(s.to) == 0 {
		s.say("503 5.5.1 RCPT comes first")
		return nil
	}
	s.say("354 Go ahead")
	letter, err := s.letter()
	if err != nil {
		return err
	}
	o := s.sink.options.Load()
	if o.AfterData > 0 {
		if err := s.write(); err != nil {
			return err
		}
		wait(o.AfterData)
	}
	defer s.forget()
	return s.judge(o, letter)
}

// judge does to a letter what its recipients' fate is; the first bad one decides for all.
func (s *session) judge(o *Options, letter []byte) error {
	fate := Taken
	for _, to := range s.to {
		if fate = o.Fate(to); fate != Taken {
			break
		}
	}
	id := messageID(letter)
	for _, to := range s.to {
		s.note(fate, to, id)
	}
	switch fate {
	case Dropped:
		return errors.Join(s.write(), errCut)
	case Stalled:
		if err := s.write(); err != nil {
			return err
		}
		io.Copy(io.Discard, s.conn)
		return errCut
	case Taken:
		s.take(o, letter)
		s.say("250 2.0.0 Ok")
	default:
		s.say(words(fate))
	}
	return nil
}

func (s *session) take(o *Options, letter []byte) {
	now, f := time.Now().UnixNano(), &s.sink.figures
	s.taken++
	f.first.CompareAndSwap(0, now)
	f.last.Store(now)
	f.octets.Add(int64(len(letter)))
	n := f.taken.Add(int64(len(s.to)))
	if n <= int64(o.Keep) {
		s.sink.keep(o.Keep, s.to[0], letter)
	}
}

// messageID is the value of the letter's Message-ID; nil when it has none.
func messageID(letter []byte) []byte {
	name := []byte("message-id:")
	for len(letter) > 0 {
		line, rest, _ := bytes.Cut(letter, []byte("\r\n"))
		if len(line) == 0 {
			return nil
		}
		if len(line) > len(name) && line[0]|0x20 == 'm' && bytes.EqualFold(line[:len(name)], name) {
			return bytes.TrimSpace(line[len(name):])
		}
		letter = rest
	}
	return nil
}
