// Package feed fetches RSS and Atom feeds from addresses that strangers may have chosen.
package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/microcosm-cc/bluemonday"
	"github.com/mmcdole/gofeed"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Limits of one fetch (STANDARDS 9).
const (
	timeout   = 10 * time.Second
	mostBytes = 5 << 20
	redirects = 5
)

// Fetcher reads feeds; it never connects to loopback, private or link-local addresses,
// but for the hosts the operator allows.
type Fetcher struct {
	client *http.Client
	now    func() time.Time
}

// New returns a fetcher; allow are host names or addresses that may be private.
func New(allow []string, now func() time.Time) *Fetcher {
	guard := &net.Dialer{Timeout: timeout, Control: refusePrivate}
	free := &net.Dialer{Timeout: timeout}
	transport := &http.Transport{Proxy: nil, MaxIdleConns: 4, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: timeout,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(addr)
			if err == nil && slices.Contains(allow, host) {
				return free.DialContext(ctx, network, addr)
			}
			return guard.DialContext(ctx, network, addr)
		}}
	return &Fetcher{now: now, client: &http.Client{Transport: transport, Timeout: timeout, CheckRedirect: checkRedirect}}
}

var errPrivate = errors.New("the address is not a public one")

// refusePrivate is asked with the resolved address of every connection, redirects too, so
// that a name cannot be made to point inside.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !public(ap.Addr()) {
		return errPrivate
	}
	return nil
}

var special = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), // shared address space, RFC 6598
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"), // site-local and IPv4-compatible, both deprecated
}

func public(a netip.Addr) bool {
	a = a.Unmap()
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast()
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= redirects {
		return errors.New("too many redirects")
	}
	return checkURL(req.URL)
}

func checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Host == "" {
		return errors.New("only http and https addresses without a password")
	}
	return nil
}

// Fetch returns a feed's items, newest first, and the name by which each is known again.
// A *fault.Error says what is wrong with the address.
func (f *Fetcher) Fetch(ctx context.Context, address string) ([]campaigns.Item, []string, error) {
	body, err := f.get(ctx, address)
	if err != nil {
		return nil, nil, fault.New(fault.Away, "The feed cannot be read: %s", reason(err))
	}
	defer body.Close()
	parsed, err := gofeed.NewParser().Parse(io.LimitReader(body, mostBytes))
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "What is at the feed's address is no RSS and no Atom.")
	}
	var items []campaigns.Item
	var guids []string
	for _, it := range parsed.Items {
		items, guids = append(items, f.item(it)), append(guids, guid(it))
	}
	return items, guids, nil
}

func (f *Fetcher) get(ctx context.Context, address string) (io.ReadCloser, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "Keepsake")
	res, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		return nil, fmt.Errorf("the server answered %s", res.Status)
	}
	return res.Body, nil
}

// reason is the last, telling part of a network error.
func reason(err error) string {
	if errors.Is(err, errPrivate) {
		return errPrivate.Error()
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err.Error()
	}
	return err.Error()
}

var plain = bluemonday.StrictPolicy()

func (f *Fetcher) item(it *gofeed.Item) campaigns.Item {
	out := campaigns.Item{Title: text(it.Title), URL: safeURL(it.Link), Excerpt: excerpt(text(it.Description)), Published: f.now()}
	if it.PublishedParsed != nil && it.PublishedParsed.Before(f.now()) {
		out.Published = it.PublishedParsed.UTC()
	}
	if it.Image != nil {
		out.Image = safeURL(it.Image.URL)
	}
	return out
}

func guid(it *gofeed.Item) string {
	if it.GUID != "" {
		return it.GUID
	}
	return it.Link + "|" + it.Title
}

func text(s string) string { return audience.CleanName(unescape(plain.Sanitize(s))) }

var entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&nbsp;", " ")

func unescape(s string) string { return entities.Replace(s) }

func excerpt(s string) string {
	if r := []rune(s); len(r) > 280 {
		return strings.TrimSpace(string(r[:279])) + "…"
	}
	return s
}

func safeURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || checkURL(u) != nil {
		return ""
	}
	return u.String()
}
