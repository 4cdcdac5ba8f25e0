package sink

import (
	"encoding/binary"
	"sync"
	"time"
)

// Outcome is what the sink did to one recipient of a letter.
type Outcome byte

// The outcomes. Only Taken counts as a letter that arrived.
const (
	Taken   Outcome = iota
	Refused         // 4yz: try again later
	Unknown         // 5yz: no such user
	Dropped         // taken in full, then the line was cut without an answer
	Stalled         // taken in full, and never answered
)

// What is said with Refused and Unknown.
const (
	RefusedWords = "451 4.3.0 The sink asks you to come back later"
	UnknownWords = "550 5.1.1 The sink knows nobody of that name"
)

// Fate is what happens to a recipient's letters: the same each time, until the options change.
func (o *Options) Fate(recipient []byte) Outcome {
	if o.Soft+o.Hard+o.Drop+o.Stall == 0 {
		return Taken
	}
	u := float64(hash(recipient)>>11) / (1 << 53)
	for _, f := range [...]struct {
		share   float64
		outcome Outcome
	}{{o.Soft, Refused}, {o.Hard, Unknown}, {o.Drop, Dropped}, {o.Stall, Stalled}} {
		if u -= f.share; u >= 0 {
			continue
		}
		if f.outcome == Refused && o.Relents {
			return Taken
		}
		return f.outcome
	}
	return Taken
}

// hash is FNV-1a, stirred so that its high bits tell like addresses apart.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h ^= h >> 30
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 27
	h *= 0x94d049bb133111eb
	return h ^ h>>31
}

// An Entry is one recipient of one letter, or of an attempt at one.
type Entry struct {
	Outcome           Outcome
	At                time.Time
	From, To, Message string // envelope sender, recipient, Message-ID with its <>
}

// log is what one connection brought, as bytes: a million letters are no million objects.
type log struct {
	mu  sync.Mutex
	all []byte
}

func (l *log) add(o Outcome, at int64, from, to, message []byte) {
	l.mu.Lock()
	b := append(l.all, byte(o))
	b = binary.LittleEndian.AppendUint64(b, uint64(at))
	for _, text := range [...][]byte{from, to, message} {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	l.all = b
	l.mu.Unlock()
}

func (l *log) reset() {
	l.mu.Lock()
	l.all = nil
	l.mu.Unlock()
}

// each calls f with every entry in its order.
func (l *log) each(f func(Entry)) {
	l.mu.Lock()
	b := l.all
	l.mu.Unlock()
	for len(b) > 0 {
		e := Entry{Outcome: Outcome(b[0]), At: time.Unix(0, int64(binary.LittleEndian.Uint64(b[1:])))}
		b = b[9:]
		for _, text := range []*string{&e.From, &e.To, &e.Message} {
			n, size := binary.Uvarint(b)
			*text, b = string(b[size:size+int(n)]), b[size+int(n):]
		}
		f(e)
	}
}

// Each calls f with everything recorded since the last Reset, connection by connection.
func (s *Sink) Each(f func(Entry)) {
	s.mu.Lock()
	logs := s.logs
	s.mu.Unlock()
	for _, l := range logs {
		l.each(f)
	}
}

// Recipients counts the letters each recipient got.
func (s *Sink) Recipients() map[string]int {
	got := map[string]int{}
	s.Each(func(e Entry) {
		if e.Outcome == Taken {
			got[e.To]++
		}
	})
	return got
}

// A Letter is one that was kept whole.
type Letter struct {
	To   string
	Data []byte // with its dots doubled (RFC 5321 §4.5.2)
}

// Letters are those that were kept.
func (s *Sink) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.kept...)
}

func (s *Sink) keep(most int, to, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) < most {
		s.kept = append(s.kept, Letter{string(to), append([]byte(nil), data...)})
	}
}

// Figures are what was counted since the last Reset.
type Figures struct {
	Taken, Octets, Connections int64
	First, Last                time.Time // when a letter was taken
}

// Figures returns the counts of this moment.
func (s *Sink) Figures() Figures {
	f := &s.figures
	return Figures{f.taken.Load(), f.octets.Load(), f.connections.Load(), time.Unix(0, f.first.Load()), time.Unix(0, f.last.Load())}
}

// Rate is letters a second from the first to the last.
func (f Figures) Rate() float64 {
	if f.Taken < 2 {
		return 0
	}
	return float64(f.Taken-1) / f.Last.Sub(f.First).Seconds()
}
