package inbound

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// entrance lets connections in, a few of one remote address at a time, each for as long as the
// Limits say, so that no stranger keeps the others out.
type entrance struct {
	net.Listener
	lim    Limits
	mu     sync.Mutex
	inside map[string]int // by origin
}

// tooManyOfYou is what one connection too many of an address is told (RFC 5321 §3.8).
const tooManyOfYou = "421 4.7.0 Too many connections from your address, please come again later\r\n"

// Accept returns the next connection that may come in; the others are told to come again.
func (e *entrance) Accept() (net.Conn, error) {
	for {
		c, err := e.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := origin(c.RemoteAddr())
		if e.enter(from) {
			return e.visit(c, from), nil
		}
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = io.WriteString(c, tooManyOfYou)
		c.Close()
	}
}

func (e *entrance) enter(from string) bool {
	if from == "" || e.lim.PerAddress <= 0 {
		return true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.inside[from] >= e.lim.PerAddress {
		return false
	}
	e.inside[from]++
	return true
}

func (e *entrance) leave(from string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.inside[from]--; e.inside[from] <= 0 {
		delete(e.inside, from)
	}
}

// origin is whose connection it is: an address, of IPv6 the /64 that one customer has; empty
// for this machine.
func origin(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return ""
	}
	ip, _ := netip.AddrFromSlice(tcp.IP)
	ip = ip.Unmap()
	if ip.IsLoopback() {
		return ""
	}
	if ip.Is6() {
		ip = netip.PrefixFrom(ip.WithZone(""), 64).Masked().Addr()
	}
	return ip.String()
}

// visit is a connection with its end: no deadline that is set goes beyond it.
type visit struct {
	net.Conn
	end    atomic.Pointer[time.Time] // nil is never
	life   time.Time                 // of a visitor who names a recipient; zero is never
	closed func()
}

func (e *entrance) visit(c net.Conn, from string) *visit {
	v := &visit{Conn: c, closed: sync.OnceFunc(func() { e.leave(from) })}
	now := time.Now()
	if e.lim.Life > 0 {
		v.life = now.Add(e.lim.Life)
	}
	v.named()
	if unnamed := now.Add(e.lim.Unnamed); e.lim.Unnamed > 0 && (v.life.IsZero() || unnamed.Before(v.life)) {
		v.end.Store(&unnamed)
	}
	_ = v.SetDeadline(time.Time{})
	return v
}

// named lets a visitor stay who named a recipient there is. What is being read already keeps
// its deadline; the next command has the later one.
func (v *visit) named() {
	switch {
	case v == nil:
	case v.life.IsZero():
		v.end.Store(nil)
	default:
		v.end.Store(&v.life)
	}
}

// within is t, or the end of the visit if that comes first; zero is never.
func (v *visit) within(t time.Time) time.Time {
	if end := v.end.Load(); end != nil && (t.IsZero() || t.After(*end)) {
		return *end
	}
	return t
}

func (v *visit) SetDeadline(t time.Time) error      { return v.Conn.SetDeadline(v.within(t)) }
func (v *visit) SetReadDeadline(t time.Time) error  { return v.Conn.SetReadDeadline(v.within(t)) }
func (v *visit) SetWriteDeadline(t time.Time) error { return v.Conn.SetWriteDeadline(v.within(t)) }

// Close ends the visit, once or more often.
func (v *visit) Close() error {
	defer v.closed()
	return v.Conn.Close()
}
