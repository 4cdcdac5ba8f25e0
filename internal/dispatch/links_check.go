package dispatch

import (
	"slices"
	"strings"

	"keepsake/internal/fetch"
	"keepsake/internal/preflight"
)

// mostLinks is how many links of one letter are opened.
const mostLinks = 100

// linkLines say which of the letter's links lead nowhere, as far as it is known. Those nobody
// opened within some minutes are opened in the background: no page waits for a stranger's server.
func (d *Dispatcher) linkLines(c *checked) []Line {
	links := d.foreign(c.letter)
	if d.o.Links == nil || len(links) == 0 {
		return nil
	}
	if c.Again {
		d.o.Links.Forget(addresses(links))
	}
	answers := d.o.Links.Look(addresses(links))
	var lines []Line
	fine, waiting := 0, 0
	for i, a := range answers {
		switch a.State {
		case fetch.Waiting:
			waiting++
		case fetch.Fine:
			fine++
		default:
			one := linkLine(links[i].Address, a)
			one.Block, one.Field, one.At = links[i].Block, "href", links[i].Line
			if one.Block == "" {
				one.Field = "html"
			}
			lines = append(lines, one)
		}
	}
	if waiting > 0 {
		lines = append(lines, Line{Level: "wait", About: "links", Format: "%d of %d links have been opened so far.", Args: []any{len(links) - waiting, len(links)}})
	}
	if fine > 0 && waiting == 0 {
		lines = append(lines, Line{Level: "pass", About: "links", Format: "Links that lead somewhere: %d of %d.", Args: []any{fine, len(links)}})
	}
	return lines
}

// foreign are the links that lead to others, not those to our own pages.
func (d *Dispatcher) foreign(l preflight.Letter) []preflight.Link {
	links := slices.DeleteFunc(preflight.Links(l), func(one preflight.Link) bool {
		return !strings.HasPrefix(one.Address, "http") || strings.HasPrefix(one.Address, d.o.BaseURL+"/")
	})
	return links[:min(len(links), mostLinks)]
}

func addresses(links []preflight.Link) []string {
	all := make([]string, len(links))
	for i, l := range links {
		all[i] = l.Address
	}
	return all
}

// linkLine says what came of opening a link.
func linkLine(address string, a fetch.Answer) Line {
	shown := address
	if r := []rune(shown); len(r) > 80 {
		shown = string(r[:79]) + "…"
	}
	l := Line{Level: "warn", About: "links", Args: []any{shown}, Because: "Opened from this server a moment ago. Readers who follow a link to nothing do not follow the next one."}
	switch a.State {
	case fetch.Gone:
		l.Format, l.Args = "The link %s leads to no page (the server answered %d).", []any{shown, a.Status}
	case fetch.Broken:
		l.Format, l.Args = "The link %s leads to a server in trouble (it answered %d).", []any{shown, a.Status}
	case fetch.Shy:
		l.Format, l.Args = "The link %s could not be checked: the server turns programs away (%d). Open it yourself.", []any{shown, a.Status}
	case fetch.Nowhere:
		l.Format = "The link %s leads to a server that does not exist."
	case fetch.Inside:
		l.Format = "The link %s leads into a private network: readers cannot open it."
	case fetch.Port:
		l.Format = "The link %s names a port that is not opened from here, only 80 and 443 are. Open it yourself."
	case fetch.Circle:
		l.Format = "The link %s is passed on from page to page without end."
	case fetch.Insecure:
		l.Format = "The link %s has a certificate that does not hold: browsers warn of it."
	case fetch.Bad:
		l.Format = "The link %s is no address of the web."
	default:
		l.Format = "The link %s did not answer in time."
	}
	return l
}
