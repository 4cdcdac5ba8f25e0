package audience

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"keepsake/campaigns/fault"
)

// Limits of RFC 5321, section 4.5.3.1, in octets.
const (
	maxLocal = 64
	maxEmail = 254
)

var atom = regexp.MustCompile("^[\\p{L}\\p{N}!#$%&'*+/=?^_`{|}~-]+(\\.[\\p{L}\\p{N}!#$%&'*+/=?^_`{|}~-]+)*$")

// CleanEmail trims and normalises an address (NFC, domain lower-cased) and refuses what
// is no plain address: display names, quoted local parts, literals, control or bidi characters.
func CleanEmail(s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	local, domain, ok := cutLast(s)
	if !ok {
		return "", fault.Field("email", "“%s” is not an email address.", show(s))
	}
	if len(local) > maxLocal || len(s) > maxEmail || !utf8.ValidString(s) || !atom.MatchString(local) {
		return "", fault.Field("email", "“%s” is not an email address.", show(s))
	}
	ascii, err := asciiDomain(domain)
	if err != nil || !strings.Contains(ascii, ".") || len(local)+1+len(ascii) > maxEmail {
		return "", fault.Field("email", "“%s” has no valid domain after the @.", show(s))
	}
	return local + "@" + strings.ToLower(domain), nil
}

// NormEmail is the form by which two addresses are the same person's: lower case, the
// domain as A-labels (RFC 5891). It expects a clean address.
func NormEmail(email string) string {
	local, domain, ok := cutLast(email)
	if !ok {
		return strings.ToLower(email)
	}
	if ascii, err := asciiDomain(domain); err == nil {
		domain = ascii
	}
	return strings.ToLower(local) + "@" + domain
}

// SameMailbox reports whether two addresses lead to one mailbox as far as their form tells: what
// stands behind a + is the reader's own mark (RFC 5233), and gmail.com passes over dots.
func SameMailbox(a, b string) bool { return mailbox(a) == mailbox(b) }

func mailbox(email string) string {
	local, domain, _ := strings.Cut(NormEmail(email), "@")
	local, _, _ = strings.Cut(local, "+")
	if domain == "gmail.com" || domain == "googlemail.com" {
		local, domain = strings.ReplaceAll(local, ".", ""), "gmail.com"
	}
	return local + "@" + domain
}

func asciiDomain(domain string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", err
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", fault.New(fault.Invalid, "“%s” has no valid domain after the @.", show(domain))
		}
	}
	return ascii, nil
}

func cutLast(s string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(s, '@')
	if i <= 0 || i == len(s)-1 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// show is s as it may stand in a message: short, without what could disturb the line.
func show(s string) string {
	s = CleanName(s)
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// CleanName makes one tidy line of what a stranger typed: no control characters, no
// direction overrides, no runs of space, at most 200 characters.
func CleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, isBidi(r), r == '\u200b', r == '\ufeff':
			return -1
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
	s = norm.NFC.String(strings.Join(strings.Fields(s), " "))
	if r := []rune(s); len(r) > 200 {
		return strings.TrimSpace(string(r[:200])) // cleaned again, it stays the same
	}
	return s
}

func isBidi(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}

// Label makes a stable [a-z0-9-] label of a name, for List-ID and addresses.
func Label(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case cyrillic[r] != "":
			b.WriteString(cyrillic[r])
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if label := strings.Trim(b.String(), "-"); label != "" {
		return label
	}
	return "list"
}

// cyrillic transliterates as Bulgarian law does (Transliteration Act, 2009), with Russian's letters added.
var cyrillic = map[rune]string{'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "yo", 'ж': "zh",
	'з': "z", 'и': "i", 'й': "y", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s",
	'т': "t", 'у': "u", 'ф': "f", 'х': "h", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "sht", 'ъ': "a", 'ы': "y",
	'ь': "y", 'э': "e", 'ю': "yu", 'я': "ya"}

// Domain is the part after the @ as mail servers compare it: A-labels, lower case.
func Domain(email string) string {
	_, domain, _ := cutLast(email)
	for i := range len(domain) {
		if c := domain[i]; c >= 0x80 || c >= 'A' && c <= 'Z' {
			_, domain, _ = cutLast(NormEmail(email))
			break
		}
	}
	return domain
}
