package render

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Some addresses are known only with the reader's values: {{ item.url }}. Their clicks are
// counted by a link that carries its target, signed: Values.Hop makes it.

// A readersLink is an address with merge tags, as it stands in the letter.
type readersLink struct {
	address string
	alike   bool // it is a thing's own, the same for all who get it: counted by where it leads
}

var (
	printedRoot = regexp.MustCompile(`^\{\{-?\s*([A-Za-z_]\w*)`)
	fixedHost   = regexp.MustCompile(`(?i)^https?://[a-z0-9.-]+(?::\d+)?[/?#]`)
	loopOver    = regexp.MustCompile(`\{%-?\s*for\s+(\w+)\s+in\s+(?:data|order|subscriber\.last_order|shop)\.`)
	things      = []string{"item", "product"}
	ourValues   = []string{"data", "order"}
)

// readersLinkOf tells whether clicks on an address with merge tags can be counted. Where it leads
// is up to the shop, never to what a reader wrote about themselves: or our signature would stand
// under any address a stranger chose. loops are names of things the letter goes through.
func readersLinkOf(address string, loops []string) (l readersLink, ok bool) {
	l = readersLink{address, true}
	settled := fixedHost.MatchString(address) // the host is, whatever follows
	if !settled && !strings.HasPrefix(address, "{{") {
		return l, false
	}
	for rest := address; ; {
		start, end := nextTag(rest)
		if start < 0 {
			return l, true
		}
		root := printedRoot.FindStringSubmatch(rest[start:end])
		if root == nil || root[1] == "links" || strings.Contains(rest[start:end], "share_url") { // what is passed on is not ours to count as this reader's
			return l, false
		}
		settled = settled || strings.ContainsAny(rest[:start], "/?#")
		ofReader := strings.Contains(rest[start:end], "subscriber") // {{ item.url | default: subscriber.… }}
		thing := !ofReader && (slices.Contains(things, root[1]) || slices.Contains(loops, root[1]))
		if !settled && !thing && (ofReader || !slices.Contains(ourValues, root[1])) {
			return l, false
		}
		l.alike, rest = l.alike && thing, rest[end:]
	}
}

// loopsOf are the names that code in HTML gives to the things it goes through.
func loopsOf(src string) (names []string) {
	for _, m := range loopOver.FindAllStringSubmatch(src, -1) {
		names = append(names, m[1])
	}
	return names
}

// countable keeps a static or a reader's address as a marker; ok is false for one whose clicks cannot be counted.
func (l *links) countable(address string, loops []string) (marker string, ok bool) {
	if !hasTag(address) {
		lower := strings.ToLower(address)
		if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
			return "", false
		}
		return l.mark(address), true
	}
	r, ok := readersLinkOf(address, loops)
	if !ok {
		return "", false
	}
	i := slices.Index(l.readers, r)
	if i < 0 {
		i = len(l.readers)
		l.readers = append(l.readers, r)
	}
	return markStart + "r" + strconv.Itoa(i) + markEnd, true
}

// numbered are the addresses that need a number of their own.
func (l *links) numbered() []string {
	urls := slices.Clone(l.urls)
	for _, r := range l.readers {
		if !r.alike {
			urls = append(urls, r.address)
		}
	}
	return urls
}

// fillReaders adds the readers' addresses to the pairs of a replacer; ids are the numbers of those that have one.
func (l *links) fillReaders(pairs []string, ids []int64, counted bool) []string {
	for i, r := range l.readers {
		place, to := int64(0), esc(r.address)
		if counted && !r.alike {
			place, ids = ids[0], ids[1:]
		}
		if counted {
			to = `{% capture k_to %}` + to + `{% endcapture %}{{ links.to[` + strconv.FormatInt(place, 10) + `][k_to] | default: "" }}`
		}
		pairs = append(pairs, markStart+"r"+strconv.Itoa(i)+markEnd, to)
	}
	return pairs
}

// A Hop makes the address that counts a click and leads on to a target. place is the link's
// number; 0 for a target that is counted by itself.
type Hop func(place int64, target string) string

// Get is the hops of one place.
func (h Hop) Get(key string) (any, bool) {
	place, err := strconv.ParseInt(key, 10, 64)
	return hopsOf{h, place}, err == nil
}

// Keys lists none: they are made when they are asked for.
func (h Hop) Keys() []string { return nil }

type hopsOf struct {
	hop   Hop
	place int64
}

// Get is the counting address of a target that is written as HTML; what is no web address stays as it is.
func (h hopsOf) Get(target string) (any, bool) {
	target = strings.TrimSpace(html.UnescapeString(target))
	lower := strings.ToLower(target[:min(len(target), 8)])
	if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
		return target, true
	}
	return h.hop(h.place, target), true
}

func (h hopsOf) Keys() []string { return nil }
