// Package web asks an HTTP server for addresses over connections it keeps open, and measures how fast it answers.
package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Options say what is asked for. Addr, Paths and one of For and Requests must be given.
type Options struct {
	Addr        string   // host:port
	Host        string   // of the Host header; "" is Addr
	Paths       []string // asked for in turn, again and again
	Connections int      // 0 is 16
	For         time.Duration
	Requests    int    // at most so many; 0 is no limit
	Agent       string // "" is a browser's
}

// Result is what came back.
type Result struct {
	Answered int           `json:"answered"` // whole answers, of whatever status
	Status   map[int]int   `json:"status"`
	Broken   int           `json:"broken"` // connections that ended before they should
	Seconds  float64       `json:"seconds"`
	Rate     float64       `json:"requests_per_s"`
	P50      time.Duration `json:"p50_ns"`
	P99      time.Duration `json:"p99_ns"`
}

const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

// Run asks until the time is up, the requests are made or ctx has ended. A broken connection is counted, not an error:
// a server may stop in the middle. The error is one of the options.
func Run(ctx context.Context, o Options) (Result, error) {
	if len(o.Paths) == 0 || o.For <= 0 && o.Requests <= 0 {
		return Result{}, errors.New("nothing to ask for, or no end")
	}
	if o.Connections <= 0 {
		o.Connections = 16
	}
	if o.Agent == "" {
		o.Agent = browser
	}
	if o.Host == "" {
		o.Host = o.Addr
	}
	if o.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.For)
		defer cancel()
	}
	l := &load{o: o, tail: " HTTP/1.1\r\nHost: " + o.Host + "\r\nUser-Agent: " + o.Agent + "\r\n\r\n"}
	return l.run(ctx), nil
}

type load struct {
	o    Options
	tail string
	next atomic.Int64
}

// run joins what the connections measured.
func (l *load) run(ctx context.Context) Result {
	lines := make([]line, l.o.Connections)
	var all sync.WaitGroup
	began := time.Now()
	for i := range lines {
		lines[i].status = map[int]int{}
		all.Go(func() { lines[i].broken = l.connection(ctx, &lines[i]) != nil })
	}
	all.Wait()
	r := Result{Status: map[int]int{}, Seconds: time.Since(began).Seconds()}
	var took []time.Duration
	for _, c := range lines {
		took = append(took, c.took...)
		for status, n := range c.status {
			r.Status[status] += n
		}
		if c.broken {
			r.Broken++
		}
	}
	r.Answered, r.Rate = len(took), float64(len(took))/r.Seconds
	if slices.Sort(took); len(took) > 0 {
		r.P50, r.P99 = took[len(took)/2], took[len(took)*99/100]
	}
	return r
}

// line is one connection's share.
type line struct {
	took   []time.Duration
	status map[int]int
	broken bool
}

func (l *load) connection(ctx context.Context, c *line) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", l.o.Addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	var out []byte
	for ctx.Err() == nil {
		n := l.next.Add(1) - 1
		if l.o.Requests > 0 && n >= int64(l.o.Requests) {
			break
		}
		out = append(append(append(out[:0], "GET "...), l.o.Paths[n%int64(len(l.o.Paths))]...), l.tail...)
		began := time.Now()
		if _, err := conn.Write(out); err != nil {
			return err
		}
		status, last, err := answer(in)
		if err != nil {
			return err
		}
		c.took = append(c.took, time.Since(began))
		c.status[status]++
		if last {
			return io.EOF
		}
	}
	return nil
}

// answer reads one answer to its end; last says that the server will hang up.
func answer(in *bufio.Reader) (status int, last bool, err error) {
	first, err := in.ReadSlice('\n')
	if err != nil {
		return 0, false, err
	}
	if len(first) < 12 {
		return 0, false, fmt.Errorf("no status in %q", first)
	}
	if status, err = strconv.Atoi(string(first[9:12])); err != nil {
		return 0, false, err
	}
	length := -1
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch value = bytes.TrimSpace(value); {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, false, err
			}
		case bytes.EqualFold(name, []byte("Connection")):
			last = bytes.EqualFold(value, []byte("close"))
		}
	}
	if length < 0 && status != 204 && status != 304 {
		return 0, false, errors.New("an answer without Content-Length")
	}
	_, err = in.Discard(max(length, 0))
	return status, last, err
}

// Paths are the path and query of each address.
func Paths(urls []string) ([]string, error) {
	paths := make([]string, len(urls))
	for i, raw := range urls {
		u, err := url.Parse(raw)
		if err != nil {
			return nil, err
		}
		paths[i] = u.RequestURI()
	}
	return paths, nil
}
