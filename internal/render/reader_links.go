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
	alike   bool     // it is a thing's own, the same for all who get it: counted by where it leads
	things  []string // values it prints of what the letter goes through
	hosts   []string // values that say where it leads
	off     bool     // it leads where a reader may have chosen: not counted
}

var (
	printedRoot = regexp.MustCompile(`^\{\{-?\s*([A-Za-z_]\w*)`)
	fixedHost   = regexp.MustCompile(`(?i)^https?://[a-z0-9.-]+(?::\d+)?[/?#]`)
	// plainValue prints one value as it is, or a whole web address where that is missing.
	plainValue = regexp.MustCompile(`^\{\{-?\s*([A-Za-z_][\w.\[\]-]*?)\s*(?:\|\s*default:\s*(?:"([^"]*)"|'([^']*)')\s*)?-?\}\}$`)
	ourValues  = []string{"data", "order"}
	otherRoots = []string{"subscriber", "shop", "message"}
)

// readersLinkOf tells whether clicks on an address with merge tags can be counted. Where it leads
// is up to the shop, never to what a reader wrote about themselves: or our signature would stand
// under any address a stranger chose. What its values are is asked when the whole letter is known.
func readersLinkOf(address string) (l readersLink, ok bool) {
	l = readersLink{address: address, alike: true}
	settled := fixedHost.MatchString(address) // the host is, whatever follows
	if !settled && !strings.HasPrefix(address, "{{") {
		return l, false
	}
	for rest := address; ; {
		start, end := nextTag(rest)
		if start < 0 {
			return l, true
		}
		tag := rest[start:end]
		root := printedRoot.FindStringSubmatch(tag)
		if root == nil || root[1] == "links" || strings.Contains(tag, "share_url") { // what is passed on is not ours to count as this reader's
			return l, false
		}
		settled = settled || settles(rest[:start])
		value, plain := hostValue(tag)
		if !settled && (!plain || slices.Contains(otherRoots, root[1])) {
			return l, false
		}
		if !settled {
			l.hosts = append(l.hosts, value)
		}
		if !slices.Contains(ourValues, root[1]) && !slices.Contains(otherRoots, root[1]) && !strings.Contains(tag, "subscriber") {
			l.things = append(l.things, root[1])
		} else {
			l.alike = false
		}
		rest = rest[end:]
	}
}

// settles reports whether the host ends in what stands behind a value that says where to. “//” and
// “:” may begin one: the value before them may be missing.
func settles(between string) bool {
	i := strings.IndexAny(between, "/?#")
	return i >= 0 && !strings.HasPrefix(between[i:], "//") && !strings.ContainsAny(between[:i], `:\`)
}

// hostValue is the value that a tag prints as it is: nothing a letter's code could make an address of.
func hostValue(tag string) (path string, ok bool) {
	m := plainValue.FindStringSubmatch(tag)
	if m == nil {
		return "", false
	}
	fallback := m[2] + m[3]
	return m[1], fallback == "" || fixedHost.MatchString(fallback)
}

// trust leaves those addresses uncounted that lead where a reader may have chosen, as the whole
// letter shows: names in it may stand for anything.
func (l *links) trust(src string) {
	if len(l.readers) == 0 {
		return
	}
	made := bindingsOf(src)
	l.readers = slices.Clone(l.readers)
	for i := range l.readers {
		r := &l.readers[i]
		r.off = slices.ContainsFunc(r.hosts, func(path string) bool { return !made.ours(path) })
		r.alike = r.alike && !slices.ContainsFunc(r.things, func(name string) bool { return !made.ours(name) })
	}
}

// countable keeps a static or a reader's address as a marker; ok is false for one whose clicks cannot be counted.
func (l *links) countable(address string) (marker string, ok bool) {
	if !hasTag(address) {
		lower := strings.ToLower(address)
		if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
			return "", false
		}
		return l.mark(address), true
	}
	r, ok := readersLinkOf(address)
	if !ok {
		return "", false
	}
	i := slices.IndexFunc(l.readers, func(known readersLink) bool { return known.address == address })
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
		if !r.alike && !r.off {
			urls = append(urls, r.address)
		}
	}
	return urls
}

// fillReaders adds the readers' addresses to the pairs of a replacer; ids are the numbers of those that have one.
func (l *links) fillReaders(pairs []string, ids []int64, counted bool) []string {
	for i, r := range l.readers {
		place, to := int64(0), esc(r.address)
		if counted && !r.off && !r.alike {
			place, ids = ids[0], ids[1:]
		}
		if counted && !r.off {
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
