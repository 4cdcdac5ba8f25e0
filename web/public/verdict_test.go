package public

import (
	"testing"
	"time"

	"keepsake/internal/store"
)

func seen(agent string, head bool, since time.Duration, links int64) store.Seen {
	return store.Seen{Sighting: store.Sighting{Agent: agent, Head: head}, Since: since, Links: links}
}

func TestVerdict(t *testing.T) {
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	const cubot = "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20 PRO) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
	for name, tc := range map[string]struct {
		seen store.Seen
		want string
	}{
		"a person":                       {seen(firefox, false, time.Hour, 0), human},
		"a person's double click":        {seen(firefox, false, time.Hour, 1), human},
		"a telephone with bot in a name": {seen(cubot, false, time.Hour, 0), human},
		"all links at once":              {seen(firefox, false, time.Hour, 2), machine},
		"with the letter":                {seen(firefox, false, 1900*time.Millisecond, 0), machine},
		"soon after the letter":          {seen(firefox, false, 2*time.Second, 0), human},
		"a clock set back":               {seen(firefox, false, -time.Minute, 0), machine},
		"HEAD":                           {seen(firefox, true, time.Hour, 0), machine},
		"no agent":                       {seen("", false, time.Hour, 0), machine},
		"blanks for an agent":            {seen("  ", false, time.Hour, 0), machine},
		"Apple":                          {seen("Mozilla/5.0", false, time.Hour, 0), machine},
		"Google's proxy": {seen("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
			false, time.Second, 0), proxy},
		"Gmail's prefetch": {seen("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
			false, time.Hour, 0), machine},
		"Yahoo's proxy":    {seen("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", false, time.Hour, 0), proxy},
		"a gateway":        {seen("BarracudaCentral", false, time.Hour, 0), machine},
		"a program":        {seen("python-requests/2.32", false, time.Hour, 0), machine},
		"a search engine":  {seen("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", false, time.Hour, 0), machine},
		"no screen":        {seen("Mozilla/5.0 (X11) HeadlessChrome/150", false, time.Hour, 0), machine},
		"a link's preview": {seen("facebookexternalhit/1.1", false, time.Hour, 0), machine},
	} {
		got, why := verdict(tc.seen)
		if got != tc.want || (why == "") != (got == human) {
			t.Errorf("%s: %s because %q; want %s", name, got, why, tc.want)
		}
	}
}
