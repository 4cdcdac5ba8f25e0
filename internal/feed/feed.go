// Package feed fetches RSS and Atom feeds from addresses that strangers may have chosen.
package feed

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/microcosm-cc/bluemonday"
	"github.com/mmcdole/gofeed"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/fetch"
)

// mostBytes is how much of a feed is read.
const mostBytes = 5 << 20

// Fetcher reads feeds; it never connects to loopback, private or link-local addresses,
// but for the hosts the operator allows.
type Fetcher struct {
	client *http.Client
	now    func() time.Time
}

// New returns a fetcher; allow are host names or addresses that may be private.
func New(allow []string, now func() time.Time) *Fetcher {
	return &Fetcher{now: now, client: fetch.Client(allow)}
}

// Fetch returns a feed's items, newest first, and the name by which each is known again.
// A *fault.Error says what is wrong with the address.
func (f *Fetcher) Fetch(ctx context.Context, address string) ([]campaigns.Item, []string, error) {
	body, err := f.get(ctx, address)
	if err != nil {
		return nil, nil, fault.New(fault.Away, "The feed cannot be read: %s", fetch.Reason(err))
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
	if err := fetch.Check(u); err != nil {
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
	if err != nil || fetch.Check(u) != nil {
		return ""
	}
	return u.String()
}
