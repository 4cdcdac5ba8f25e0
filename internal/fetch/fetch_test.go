package fetch

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestOnlyPublicAddressesAreAsked(t *testing.T) {
	for address, want := range map[string]bool{
		"93.184.215.14": true, "2606:2800:21f:cb07::1": true, "::ffff:93.184.215.14": true,
		"127.0.0.1": false, "127.8.9.10": false, "::1": false, "::ffff:127.0.0.1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "fd00::1": false, "::ffff:10.0.0.1": false,
		"169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "100.64.0.1": false,
		"192.0.0.8": false, "198.18.0.1": false, "224.0.0.1": false, "ff02::1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::127.0.0.1": false, "::a00:1": false, "64:ff9b::7f00:1": false, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2001::1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("public(%s) is %v", address, got)
		}
	}
}

// serve answers at "localhost", so that a test may allow the name and not the address.
func serve(t *testing.T, h http.HandlerFunc) (url, address string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1), s.URL
}

func TestALinkIsAskedByHeadAndThenByGet(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		head := r.Method == http.MethodHead
		switch r.URL.Path {
		case "/fine":
		case "/no-head":
			if head {
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
		case "/guarded-head":
			if head {
				w.WriteHeader(http.StatusForbidden)
			}
		case "/unmade-head":
			if head {
				w.WriteHeader(http.StatusNotImplemented)
			}
		case "/moved":
			http.Redirect(w, r, "/fine", http.StatusMovedPermanently)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/shy":
			w.WriteHeader(http.StatusForbidden)
		case "/down":
			w.WriteHeader(http.StatusBadGateway)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		default:
			http.NotFound(w, r)
		}
	})
	c := Client([]string{"localhost"})
	for path, want := range map[string]Answer{
		"/fine": {State: Fine, Status: 200}, "/no-head": {State: Fine, Status: 200}, "/guarded-head": {State: Fine, Status: 200},
		"/unmade-head": {State: Fine, Status: 200}, "/moved": {State: Fine, Status: 200, To: url + "/fine"}, "/round": {State: Circle},
		"/shy": {State: Shy, Status: 403}, "/down": {State: Broken, Status: 502}, "/gone": {State: Gone, Status: 410}, "/none": {State: Gone, Status: 404},
	} {
		if got := Probe(t.Context(), c, url+path); got != want {
			t.Errorf("%s: %+v; want %+v", path, got, want)
		}
	}
	for _, bad := range []string{"file:///etc/passwd", "gopher://shop.test/", "http://user:word@shop.test/", "http://", "://", "javascript:alert(1)"} {
		if got := Probe(t.Context(), c, bad); got.State != Bad {
			t.Errorf("%s: %+v", bad, got)
		}
	}
}

func TestNoLinkLeadsInside(t *testing.T) {
	var inside string
	var asked atomic.Bool
	url, inside := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/secret" {
			asked.Store(true)
			return
		}
		http.Redirect(w, r, inside+"/secret", http.StatusFound)
	})
	port := url[strings.LastIndex(url, ":"):]
	if got := Probe(t.Context(), Client([]string{"localhost"}), url); got.State != Inside || asked.Load() {
		t.Errorf("a redirect inside: %+v, asked: %v", got, asked.Load())
	}
	for _, address := range []string{inside, url, "http://[::ffff:127.0.0.1]" + port + "/secret", "http://[::1]" + port + "/secret",
		"http://0.0.0.0" + port + "/secret", "http://2130706433" + port + "/secret", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/"} {
		if got := Probe(t.Context(), Client(nil), address); got.State == Fine || asked.Load() {
			t.Errorf("%s: %+v, asked: %v", address, got, asked.Load())
		}
	}
}

// A name that answers with a public address when it is looked up and with a private one when
// it is connected to changes nothing: the address of the connection itself is what is asked.
func TestANameThatChangesItsMindIsRefusedAtTheConnection(t *testing.T) {
	var asked atomic.Bool
	url, _ := serve(t, func(http.ResponseWriter, *http.Request) { asked.Store(true) })
	var mu sync.Mutex
	var dialled []string
	c := client(nil, nil, func(network, address string, raw syscall.RawConn) error {
		mu.Lock() // both kinds of address are tried at once
		defer mu.Unlock()
		dialled = append(dialled, address)
		return refusePrivate(network, address, raw)
	})
	if got := Probe(t.Context(), c, url); got.State != Inside || asked.Load() || len(dialled) == 0 {
		t.Errorf("%+v, asked: %v, dialled: %q", got, asked.Load(), dialled)
	}
	for _, address := range dialled {
		if _, err := netip.ParseAddrPort(address); err != nil {
			t.Errorf("the guard was asked about %s, not about an address", address)
		}
	}
}

func TestABookAsksEachLinkOnceInTenMinutes(t *testing.T) {
	var asked atomic.Int32
	url, _ := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	at := time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)
	b := NewBook([]string{"localhost"}, func() time.Time { return at })
	look := func(want State) {
		t.Helper()
		b.Look([]string{url})
		b.busy.Wait()
		if got := b.Look([]string{url, url})[1]; got.State != want {
			t.Errorf("got %+v", got)
		}
	}
	look(Fine)
	at = at.Add(9 * time.Minute)
	look(Fine)
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	b.Forget([]string{url})
	look(Fine)
	b.Forget([]string{url}) // it was asked a moment ago
	look(Fine)
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times after it was forgotten", n)
	}
}

func TestAnAllowedHostMayNameItsPort(t *testing.T) {
	for _, c := range []struct {
		one, address string
		want         bool
	}{
		{"shop.test", "shop.test:81", true}, {"Shop.test", "shop.test:80", true}, {"shop.test:81", "shop.test:81", true},
		{"shop.test:81", "shop.test:82", false}, {"shop.test:81", "other.test:81", false},
		{"::1", "[::1]:80", true}, {"[::1]", "[::1]:80", true}, {"[::1]:80", "[::1]:80", true}, {"[::1]:80", "[::1]:81", false},
	} {
		if got := allowed([]string{c.one}, c.address); got != c.want {
			t.Errorf("%s allows %s: %v", c.one, c.address, got)
		}
	}
}

func TestLinksAreOpenedOnThePortsOfPagesOnly(t *testing.T) {
	at := time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)
	url, _ := serve(t, func(http.ResponseWriter, *http.Request) {})
	for _, c := range []struct {
		allow []string
		want  State
	}{{nil, Port}, {[]string{"localhost:1"}, Port}, {[]string{strings.TrimPrefix(url, "http://")}, Fine}} {
		b := NewBook(c.allow, func() time.Time { return at })
		b.Look([]string{url})
		b.Wait()
		if got := b.Look([]string{url})[0]; got.State != c.want {
			t.Errorf("allowed %q: %+v", c.allow, got)
		}
	}
}

func TestABookStaysWithinItsLimits(t *testing.T) {
	at := time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)
	b := NewBook(nil, func() time.Time { return at })
	for i := range most {
		b.known[strings.Repeat("x", i+1)] = Answer{State: Fine, At: at}
	}
	b.Look([]string{"http://"})
	b.busy.Wait()
	if n := len(b.known); n > most {
		t.Errorf("%d answers", n)
	}
}
