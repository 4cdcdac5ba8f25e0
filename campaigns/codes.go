package campaigns

import (
	"io"
	"strings"
)

// codeLetters are 31 signs nobody mixes up: no 0 and O, no 1, I and L (STANDARDS 11).
const codeLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// codeLength signs of 31 are 54 bit: nobody guesses one.
const codeLength = 11

// NewCode makes one code from randomness: four groups after the prefix, the last sign
// checks the others, so that a typing error is told from a code that does not exist.
func NewCode(random io.Reader, prefix string) (string, error) {
	var b strings.Builder
	sum := 0
	one := make([]byte, 1)
	for b.Len() < codeLength {
		if _, err := io.ReadFull(random, one); err != nil {
			return "", err
		}
		if int(one[0]) >= 256/len(codeLetters)*len(codeLetters) { // no sign may be likelier
			continue
		}
		i := int(one[0]) % len(codeLetters)
		b.WriteByte(codeLetters[i])
		sum += i * b.Len()
	}
	b.WriteByte(codeLetters[sum%len(codeLetters)])
	s := b.String()
	code := s[:4] + "-" + s[4:8] + "-" + s[8:]
	if prefix = NormCode(prefix); prefix != "" {
		code = prefix + "-" + code
	}
	return code, nil
}

// NormCode is the form by which a typed code is found: capitals, no hyphens, no spaces.
func NormCode(code string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, strings.ToUpper(code))
}
