package smtptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"
)

// listener counts connections and turns away those above the limit.
type listener struct {
	net.Listener
	s *Server
}

func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.s.greet() {
			return &conn{Conn: c, s: l.s}, nil
		}
		c.Write([]byte("421 4.7.0 Too many connections\r\n"))
		c.Close()
	}
}

func (s *Server) greet() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.most != 0 && s.open >= s.most {
		return false
	}
	s.total++
	s.open++
	s.peak = max(s.peak, s.open)
	return true
}

// conn bends what go-smtp says: it hides PIPELINING, waits, and closes after a 421.
type conn struct {
	net.Conn
	s    *Server
	once sync.Once
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.s.noPipe && commands(b[:n]) > 1 {
		c.s.tb.Errorf("smtptest: the client pipelined, which was not offered: %q", b[:n])
	}
	if bytes.HasPrefix(b[:n], []byte("QUIT")) {
		c.s.mu.Lock()
		c.s.quits++
		c.s.mu.Unlock()
	}
	return n, err
}

func (c *conn) Write(b []byte) (int, error) {
	if c.s.noPipe && string(b) == "250-PIPELINING\r\n" {
		return len(b), nil
	}
	if c.s.slow > 0 && !bytes.HasPrefix(b, []byte("250-")) {
		time.Sleep(c.s.slow)
	}
	if bytes.HasPrefix(b, []byte("221 ")) {
		c.leave() // who heard the goodbye may be back before this goroutine is
	}
	n, err := c.Conn.Write(b)
	if bytes.HasPrefix(b, []byte("421 ")) {
		c.Close()
	}
	return n, err
}

func (c *conn) Close() error {
	c.leave()
	return c.Conn.Close()
}

// leave counts the connection out, once.
func (c *conn) leave() {
	c.once.Do(func() {
		c.s.mu.Lock()
		c.s.open--
		c.s.mu.Unlock()
	})
}

// certificate makes one for 127.0.0.1 that only its own pool trusts.
func certificate(tb testing.TB) (*tls.Config, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}
