package mailer

import (
	"bytes"
	"net"
	"os"
	"strconv"
	"testing"
)

// BenchmarkSend hands 10 KB letters to whatever listens on KEEPSAKE_BENCH_SMTP, as
// smtp-sink, so that the figure is ours and not the test server's.
func BenchmarkSend(b *testing.B) {
	addr := os.Getenv("KEEPSAKE_BENCH_SMTP")
	if addr == "" {
		b.Skip("KEEPSAKE_BENCH_SMTP is not set")
	}
	host, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	p := New(Config{Host: host, Port: n, TLS: TLSNone, Connections: 8, PerConnection: 1000})
	defer p.Close()
	e := Envelope{From: "bounce@shop.test", To: "ann@shop.test", Data: bytes.Repeat([]byte("The quick brown fox jumps over the lazy dog.\r\n"), 230)}
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if o := p.Send(b.Context(), e, begun); o.State != Sent {
				b.Fatal(o, o.Reply)
			}
		}
	})
}
