package domain

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"keepsake/internal/dkim"
)

// Resolver is the part of net.Resolver that is needed. Names end with a dot, so that no
// search list of the machine is tried.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// patience is how long one question may take, in all; all questions about a subject share
// the deadline of the context.
const patience = 5 * time.Second

// asker asks each question once.
type asker struct {
	r   Resolver
	mu  sync.Mutex
	got Answers
}

// Ask asks DNS all that Findings wants to know. What is not answered in time stays unknown.
func Ask(ctx context.Context, r Resolver, s Subject) Answers {
	k := &asker{r: r, got: Answers{TXT: map[string]Answer[string]{}, MX: map[string]Answer[string]{},
		IP: map[string]Answer[netip.Addr]{}, PTR: map[string]Answer[string]{}}}
	var wg sync.WaitGroup
	wg.Go(func() { k.spf(ctx, s.Bounce, 0, &[mostLookUps * 3]string{}) })
	for _, name := range dmarcNames(s.Domain) {
		wg.Go(func() { k.txt(ctx, name) })
	}
	for _, key := range s.Keys {
		wg.Go(func() { k.txt(ctx, dkim.Name(key.Selector, s.Domain)) })
	}
	for _, selector := range s.Seen {
		wg.Go(func() { k.txt(ctx, dkim.Name(selector, s.Domain)) })
	}
	for _, name := range []string{s.Bounce, s.Domain} {
		wg.Go(func() {
			for _, host := range k.mx(ctx, name) {
				k.ip(ctx, host)
			}
		})
	}
	wg.Go(func() { k.servers(ctx, s) })
	wg.Wait()
	return k.got
}

// servers asks for the addresses of our servers and their reverse names.
func (k *asker) servers(ctx context.Context, s Subject) {
	if s.Name != "" {
		k.ip(ctx, s.Name)
	}
	for _, server := range s.Servers {
		if _, err := netip.ParseAddr(server.Host); err != nil {
			k.ip(ctx, server.Host)
		}
	}
	k.mu.Lock()
	ours := s.ours(k.got)
	k.mu.Unlock()
	for _, ip := range ours {
		for _, name := range k.ptr(ctx, ip.String()) {
			k.ip(ctx, name)
		}
	}
}

// spf asks for a record and what it includes; asked stops a record that includes itself.
func (k *asker) spf(ctx context.Context, name string, depth int, asked *[mostLookUps * 3]string) {
	free := slices.Index(asked[:], "")
	if free < 0 || slices.Contains(asked[:], name) || depth > mostLookUps || strings.Contains(name, "%") {
		return
	}
	asked[free] = name
	for _, record := range spfOf(Answer[string]{All: k.txt(ctx, name)}) {
		terms, _ := parseSPF(record)
		for _, t := range terms {
			k.term(ctx, t, name, depth, asked)
		}
	}
}

func (k *asker) term(ctx context.Context, t term, name string, depth int, asked *[mostLookUps * 3]string) {
	host, _, _ := strings.Cut(t.value, "/")
	if host == "" {
		host = name
	}
	switch t.name {
	case "include", "redirect":
		k.spf(ctx, t.value, depth+1, asked)
	case "a":
		k.ip(ctx, host)
	case "mx":
		for _, h := range k.mx(ctx, host) {
			k.ip(ctx, h)
		}
	}
}

func (k *asker) txt(ctx context.Context, name string) []string {
	return question(ctx, k, func(a *Answers) map[string]Answer[string] { return a.TXT }, name, func(ctx context.Context, name string) ([]string, error) {
		return k.r.LookupTXT(ctx, name+".")
	})
}

func (k *asker) mx(ctx context.Context, name string) []string {
	return question(ctx, k, func(a *Answers) map[string]Answer[string] { return a.MX }, name, func(ctx context.Context, name string) ([]string, error) {
		all, err := k.r.LookupMX(ctx, name+".")
		hosts := make([]string, len(all))
		for i, mx := range all {
			hosts[i] = plain(mx.Host)
		}
		return hosts, err
	})
}

func (k *asker) ip(ctx context.Context, host string) []netip.Addr {
	return question(ctx, k, func(a *Answers) map[string]Answer[netip.Addr] { return a.IP }, host, func(ctx context.Context, host string) ([]netip.Addr, error) {
		ips, err := k.r.LookupNetIP(ctx, "ip", host+".")
		for i := range ips {
			ips[i] = ips[i].Unmap()
		}
		return ips, err
	})
}

func (k *asker) ptr(ctx context.Context, addr string) []string {
	return question(ctx, k, func(a *Answers) map[string]Answer[string] { return a.PTR }, addr, func(ctx context.Context, addr string) ([]string, error) {
		names, err := k.r.LookupAddr(ctx, addr)
		for i := range names {
			names[i] = plain(names[i])
		}
		return names, err
	})
}

func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// question asks once and remembers; several may ask the same at once, which does no harm.
func question[T any](ctx context.Context, k *asker, of func(*Answers) map[string]Answer[T], name string, ask func(context.Context, string) ([]T, error)) []T {
	k.mu.Lock()
	got, asked := of(&k.got)[name]
	k.mu.Unlock()
	if asked {
		return got.All
	}
	one, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	all, err := ask(one, name)
	answer := Answer[T]{All: all, Known: err == nil || nothing(err)}
	k.mu.Lock()
	defer k.mu.Unlock()
	of(&k.got)[name] = answer
	return answer.All
}

// nothing reports whether DNS said that there is no such record.
func nothing(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}
