package public

import (
	"strings"
	"time"

	"keepsake/internal/store"
)

// The verdicts.
const (
	human   = "human"
	machine = "machine"
	proxy   = "proxy" // an image proxy that fetches when a person opens
)

// How scanners behave in time: they come with the letter, and follow all links at once.
const (
	tooSoon   = 2 * time.Second
	manyLinks = 2 // besides this one, within store.ScanTime
)

// proxies fetch a picture when a person looks at it.
var proxies = []struct{ mark, why string }{
	{"googleimageproxy", "Google's image proxy"},
	{"yahoomailproxy", "Yahoo's image proxy"},
}

// machines name themselves, or are known by an agent nobody reads mail with.
var machines = []struct{ mark, why string }{
	{"chrome/42.0.2311.135 safari/537.36 edge/12.246", "Gmail's prefetch"},
	{"barracuda", "Barracuda's scanner"}, {"proofpoint", "Proofpoint's scanner"}, {"mimecast", "Mimecast's scanner"},
	{"symantec", "a scanner"}, {"ironport", "a scanner"}, {"fireeye", "a scanner"}, {"trendmicro", "a scanner"},
	{"safelinks", "Microsoft's scanner"}, {"microsoft office existence discovery", "Microsoft's scanner"}, {"bingpreview", "Microsoft's scanner"},
	{"headlesschrome", "a browser without a screen"}, {"phantomjs", "a browser without a screen"},
	{"python", "a program"}, {"curl/", "a program"}, {"wget/", "a program"}, {"go-http-client", "a program"}, {"libwww", "a program"},
	{"java/", "a program"}, {"okhttp", "a program"}, {"apache-httpclient", "a program"}, {"node-fetch", "a program"}, {"axios", "a program"},
	{"bot/", "a robot"}, {"bot;", "a robot"}, {"googlebot", "a robot"}, {"crawler", "a robot"}, {"spider", "a robot"},
	{"facebookexternalhit", "a link preview"}, {"whatsapp/", "a link preview"}, {"skypeuripreview", "a link preview"},
}

// verdict tells people from machines (STANDARDS 7), and says by what.
func verdict(s store.Seen) (verdict, why string) {
	agent := strings.ToLower(strings.TrimSpace(s.Agent))
	switch {
	case s.Head:
		return machine, "asked for the headers only"
	case agent == "":
		return machine, "no agent"
	case agent == "mozilla/5.0": // Apple's, and others who strip theirs
		return machine, "Apple Mail's privacy protection"
	}
	for _, m := range proxies {
		if strings.Contains(agent, m.mark) {
			return proxy, m.why
		}
	}
	for _, m := range machines {
		if strings.Contains(agent, m.mark) {
			return machine, m.why
		}
	}
	switch {
	case s.Since < tooSoon:
		return machine, "as the letter was handed over"
	case s.Links >= manyLinks:
		return machine, "several links within seconds"
	}
	return human, ""
}
