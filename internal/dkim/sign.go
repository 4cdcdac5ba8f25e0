package dkim

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// covered are the headers that are signed where they are present, in the order of h=. Both
// of the list's must be among them (RFC 8058 §4). Message-ID and Date are not: Amazon SES puts
// its own in their place after we signed, and tells to sign neither ("Amazon SES header
// fields", "Manual DKIM signing"). The signature's own t= says when it was made.
var covered = []string{"From", "To", "Subject", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type",
	"Content-Transfer-Encoding", "List-ID", "List-Post", "Feedback-ID", "Auto-Submitted", "Precedence"}

// oversigned is how many of covered, from the first, are named once more than they are there:
// nobody can add one on top, not even where there is none (RFC 6376 §8.15).
const oversigned = 6

// Signer signs the letters of one domain with all its keys. It is safe for use by many at once.
type Signer struct{ keys []Key }

// NewSigner returns a Signer; the first key's signature stands first.
func NewSigner(keys ...Key) *Signer { return &Signer{keys} }

// Sign puts a signature by each key before a finished letter (CRLF, as mailer.Compose makes
// it), relaxed/relaxed. The letter's own memory is used where there is room.
func (s *Signer) Sign(letter []byte) ([]byte, error) {
	names := present(letter)
	var signatures string
	for _, k := range s.keys {
		one, err := k.sign(letter, names)
		if err != nil {
			return nil, fmt.Errorf("dkim: sign for %s with %s: %w", k.Domain, k.Selector, err)
		}
		signatures += one
	}
	return prepend(letter, signatures), nil
}

func (k Key) sign(letter []byte, names []string) (string, error) {
	s, err := dkim.NewSigner(&dkim.SignOptions{Domain: k.Domain, Selector: k.Selector, Signer: k.private, HeaderKeys: names,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed})
	if err != nil {
		return "", err
	}
	if _, err := s.Write(letter); err != nil {
		s.Close()
		return "", err
	}
	if err := s.Close(); err != nil {
		return "", err
	}
	return s.Signature(), nil
}

// present is h=: the covered headers as often as the letter has them, and the first once more.
func present(letter []byte) []string {
	count := make([]int, len(covered))
	for rest := letter; len(rest) > 0; {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		if rest = after; len(bytes.TrimSuffix(line, []byte("\r"))) == 0 {
			break
		}
		name, _, found := bytes.Cut(line, []byte(":"))
		if !found || line[0] == ' ' || line[0] == '\t' {
			continue
		}
		for i, c := range covered {
			if len(name) == len(c) && strings.EqualFold(string(name), c) {
				count[i]++
			}
		}
	}
	names := make([]string, 0, len(covered)+oversigned)
	for i, n := range count {
		if i < oversigned {
			n++
		}
		for range n {
			names = append(names, covered[i])
		}
	}
	return names
}

func prepend(letter []byte, head string) []byte {
	n := len(letter)
	letter = append(letter, head...) // for the room
	copy(letter[len(head):], letter[:n])
	copy(letter, head)
	return letter
}
