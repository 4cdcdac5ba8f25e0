package domain

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
)

// mostLookUps is how many DNS look-ups an SPF record may cost (RFC 7208 §4.6.4).
const mostLookUps = 10

// spfOf are a name's SPF records (RFC 7208 §4.5).
func spfOf(a Answer[string]) (all []string) {
	for _, text := range a.All {
		if first, _, _ := strings.Cut(text, " "); strings.EqualFold(first, "v=spf1") {
			all = append(all, text)
		}
	}
	return all
}

// term is one word of an SPF record.
type term struct {
	sign, name, value string // "+", "include", "_spf.example.org"
}

// parseSPF reads a record's words, or says which is none.
func parseSPF(record string) (terms []term, bad string) {
	for _, word := range strings.Fields(record)[1:] {
		t := term{sign: "+"}
		rest := strings.ToLower(word)
		if strings.ContainsRune("+-~?", rune(rest[0])) {
			t.sign, rest = rest[:1], rest[1:]
		}
		i := strings.IndexAny(rest, ":=/")
		if i < 0 {
			i = len(rest)
		}
		modifier := i < len(rest) && rest[i] == '='
		if t.name, t.value = rest[:i], rest[i:]; t.value != "" && t.value[0] != '/' {
			t.value = t.value[1:]
		}
		if !t.valid(modifier) {
			return terms, word
		}
		terms = append(terms, t)
	}
	return terms, ""
}

func (t term) valid(modifier bool) bool {
	switch t.name {
	case "all":
		return t.value == ""
	case "include", "exists":
		return t.value != "" && !modifier
	case "a", "mx", "ptr":
		return !modifier
	case "ip4", "ip6":
		_, err := t.prefix()
		return err == nil && !modifier
	}
	return modifier && t.name != ""
}

func (t term) prefix() (netip.Prefix, error) {
	p, err := netip.ParsePrefix(t.value)
	if err != nil {
		ip, bad := netip.ParseAddr(t.value)
		p, err = netip.PrefixFrom(ip, ip.BitLen()), bad
	}
	if err == nil && p.Addr().Is4() != (t.name == "ip4") {
		err = errors.New("of the other family")
	}
	return p, err
}

// spfTree is what a record comes to with all that it includes.
type spfTree struct {
	lookUps  int
	includes []string // all, also those of includes
	nets     []netip.Prefix
	all      string // the sign of its own "all"; "" without one
	missing  string // an include that has no record
	bad      string // a word that is none
	unasked  bool   // something could not be looked up
}

func (t *spfTree) walk(name string, a Answers, depth int) {
	answer := a.TXT[name]
	records := spfOf(answer)
	if !answer.Known {
		t.unasked = true
		return
	}
	if len(records) != 1 || depth > mostLookUps {
		t.missing = name
		return
	}
	terms, bad := parseSPF(records[0])
	t.bad = t.bad + bad
	whole := slices.ContainsFunc(terms, func(one term) bool { return one.name == "all" })
	for _, one := range terms {
		if one.name != "redirect" || !whole { // RFC 7208 §6.1
			t.term(one, name, a, depth)
		}
	}
}

func (t *spfTree) term(one term, name string, a Answers, depth int) {
	switch one.name {
	case "include", "redirect":
		t.lookUps++
		t.includes = append(t.includes, one.value)
		if !strings.Contains(one.value, "%") && t.lookUps <= 5*mostLookUps {
			t.walk(one.value, a, depth+1)
		}
	case "a", "mx", "ptr", "exists":
		t.lookUps++
		t.hosts(one, name, a)
	case "ip4", "ip6":
		p, _ := one.prefix() // parsed before
		t.nets = append(t.nets, p)
	case "all":
		if depth == 0 {
			t.all = one.sign
		}
	}
}

// hosts adds the addresses that a or mx name.
func (t *spfTree) hosts(one term, name string, a Answers) {
	host, length, _ := strings.Cut(one.value, "/")
	if host == "" {
		host = name
	}
	hosts := []string{host}
	if one.name == "mx" {
		hosts = a.MX[host].All
	} else if one.name != "a" {
		return
	}
	for _, h := range hosts {
		for _, ip := range a.IP[h].All {
			p := netip.PrefixFrom(ip, ip.BitLen())
			if wide, err := netip.ParsePrefix(ip.String() + "/" + length); err == nil && ip.Is4() {
				p = wide
			}
			t.nets = append(t.nets, p)
		}
	}
}

func (t spfTree) has(ip netip.Addr) bool {
	return slices.ContainsFunc(t.nets, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}

// spfFindings judges the record of the return path's domain, which is the one that counts.
func spfFindings(s Subject, a Answers) []Finding {
	answer := a.TXT[s.Bounce]
	records := spfOf(answer)
	switch {
	case !answer.Known:
		return []Finding{unknown("SPF", "The records of %s could not be looked up just now.", s.Bounce)}
	case len(records) == 0:
		return []Finding{s.noSPF(a).with(s.Bounce, "TXT", "v=spf1 "+strings.Join(append(s.named(a), "~all"), " "))}
	case len(records) > 1:
		return []Finding{todo("SPF", "%s has several SPF records; receivers then count none. Put this one in their place.", s.Bounce).
			with(s.Bounce, "TXT", merged(records))}
	}
	var t spfTree
	t.walk(s.Bounce, a, 0)
	if f, wrong := t.fault(s, records[0]); wrong {
		return []Finding{f}
	}
	return s.sendsBy(t, records[0], a)
}

func (s Subject) noSPF(a Answers) Finding {
	if hosts := s.strangers(a); len(hosts) > 0 {
		return todo("SPF", "%s has no SPF record, so no receiver knows which servers may send for it. Add this one. The maker of %s says whether it names all that letters leave from.", s.Bounce, hosts[0])
	}
	return todo("SPF", "%s has no SPF record, so no receiver knows which servers may send for it. Add this one.", s.Bounce)
}

func (t spfTree) fault(s Subject, record string) (Finding, bool) {
	switch {
	case t.bad != "":
		return todo("SPF", "The SPF record of %s has a mistake at “%s”; receivers then count it as none.", s.Bounce, t.bad), true
	case t.lookUps > mostLookUps:
		return todo("SPF", "The SPF record of %s costs %d look-ups with all it includes. At most 10 are allowed: receivers count it as broken. Take out what no longer sends for you.", s.Bounce, t.lookUps), true
	case t.missing != "":
		return todo("SPF", "The SPF record of %s includes %s, which has none: receivers count it as broken. Take it out.", s.Bounce, t.missing).
			with(s.Bounce, "TXT", without(record, t.missing)), true
	case t.all == "+":
		return todo("SPF", "The SPF record of %s ends with +all: it lets everybody send in your name. Let it end with ~all.", s.Bounce).
			with(s.Bounce, "TXT", closed(record)), true
	}
	return Finding{}, false
}

// sendsBy says of each server whether the record names it.
func (s Subject) sendsBy(t spfTree, record string, a Answers) (all []Finding) {
	for _, server := range s.Servers {
		if want := include(server.Host); want != "" {
			if slices.Contains(t.includes, want) {
				all = append(all, ok("SPF", "The SPF record of %s names %s, which takes your letters.", s.Bounce, server.Host))
			} else {
				all = append(all, todo("SPF", "The SPF record of %s does not name %s, which takes your letters. Put this one in its place.", s.Bounce, server.Host).
					with(s.Bounce, "TXT", inserted(record, "include:"+want)))
			}
		}
	}
	for _, ip := range s.ours(a) {
		if t.has(ip) {
			all = append(all, ok("SPF", "The SPF record of %s names the address %s, from which your letters leave.", s.Bounce, ip.String()))
		} else if !t.unasked {
			all = append(all, todo("SPF", "The SPF record of %s does not name the address %s, from which your letters leave. Put this one in its place.", s.Bounce, ip.String()).
				with(s.Bounce, "TXT", inserted(record, mechanism(ip))))
		}
	}
	for _, host := range s.strangers(a) {
		all = append(all, unknown("SPF", "%s has an SPF record. From which addresses %s passes letters on cannot be known from here: its maker says what to include, and a test letter shows whether it is right.", s.Bounce, host))
	}
	if len(all) == 0 {
		all = append(all, unknown("SPF", "%s has an SPF record. From which address your letters leave is not known here: a test letter shows whether the record names it.", s.Bounce))
	}
	return all
}

// named are the words of a record that names all that is known of our servers.
func (s Subject) named(a Answers) (words []string) {
	for _, server := range s.Servers {
		if want := include(server.Host); want != "" && !slices.Contains(words, "include:"+want) {
			words = append(words, "include:"+want)
		}
	}
	for _, ip := range s.ours(a) {
		words = append(words, mechanism(ip))
	}
	for _, host := range s.strangers(a) {
		words = append(words, "a:"+host)
	}
	if len(words) == 0 {
		words = []string{"mx"}
	}
	return words
}

func mechanism(ip netip.Addr) string {
	if ip.Is4() || ip.Is4In6() {
		return "ip4:" + ip.Unmap().String()
	}
	return "ip6:" + ip.String()
}

// inserted puts a word before the record's end.
func inserted(record, word string) string {
	words := strings.Fields(record)
	at := slices.IndexFunc(words, ends)
	if at < 0 {
		return strings.Join(append(words, word, "~all"), " ")
	}
	return strings.Join(slices.Insert(words, at, word), " ")
}

// ends reports whether a word says what holds for the rest.
func ends(word string) bool {
	word = strings.ToLower(word)
	return strings.TrimLeft(word, "+-~?") == "all" || strings.HasPrefix(word, "redirect=")
}

func closed(record string) string {
	words := strings.Fields(record)
	words = slices.DeleteFunc(words, ends)
	return strings.Join(append(words, "~all"), " ")
}

func without(record, name string) string {
	words := slices.DeleteFunc(strings.Fields(record), func(w string) bool {
		w = strings.ToLower(strings.TrimLeft(w, "+-~?"))
		return w == "include:"+strings.ToLower(name) || w == "redirect="+strings.ToLower(name)
	})
	if !slices.ContainsFunc(words, ends) {
		words = append(words, "~all")
	}
	return strings.Join(words, " ")
}

// merged is one record of several.
func merged(records []string) string {
	words, end := []string{"v=spf1"}, "~all"
	for _, r := range records {
		for _, w := range strings.Fields(r)[1:] {
			if ends(w) && !strings.HasPrefix(strings.ToLower(w), "redirect=") {
				if strings.HasPrefix(w, "-") {
					end = w
				}
			} else if w = strings.Replace(w, "redirect=", "include:", 1); !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	return strings.Join(append(words, end), " ")
}
