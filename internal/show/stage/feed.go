package stage

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"
)

// Feed serves a feed with three items and returns its address.
func (w *Workshop) Feed() string {
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprint(rw, `<?xml version="1.0"?><rss version="2.0"><channel><title>Tips</title><link>https://shop.test/</link><description>Tips</description>`)
		for i := range 3 {
			fmt.Fprintf(rw, `<item><title>Tip %d</title><link>https://shop.test/tips/%[1]d</link><guid>tip-%[1]d</guid><description>Let it stand.</description><pubDate>%s</pubDate></item>`,
				i, time.Now().Add(-time.Hour).Format(time.RFC1123Z))
		}
		fmt.Fprint(rw, `</channel></rss>`)
	}))
	w.After(func() error { server.Close(); return nil })
	return server.URL
}
