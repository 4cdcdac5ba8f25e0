package dkim

import (
	"bytes"
	"strings"
	"sync"

	"github.com/emersion/go-msgauth/dkim"
)

// Signature is one signature of a letter and whether it holds.
type Signature struct {
	Domain, Selector, Algorithm string
	Headers                     []string // what it covers, lower case
	Err                         error    // why it does not hold; nil when it does
	Away                        bool     // only because the record could not be looked up now
	NoKey                       bool     // only because there is no such record
}

// Covers reports whether the signature covers a header.
func (s Signature) Covers(header string) bool {
	for _, h := range s.Headers {
		if strings.EqualFold(h, header) {
			return true
		}
	}
	return false
}

// mostSignatures are looked at; a letter seldom has more than three.
const mostSignatures = 10

// Verify checks the signatures of a letter as it arrived. lookup answers with the TXT
// records of a name. Lines may end with LF alone, as in files.
func Verify(letter []byte, lookup func(name string) ([]string, error)) ([]Signature, error) {
	letter = CRLF(letter)
	var none sync.Map // names without a record
	all, err := dkim.VerifyWithOptions(bytes.NewReader(letter), &dkim.VerifyOptions{MaxVerifications: mostSignatures, LookupTXT: func(name string) ([]string, error) {
		found, err := lookup(name)
		if len(found) == 0 {
			none.Store(name, true)
		}
		return found, err
	}})
	if err != nil && err != dkim.ErrTooManySignatures {
		return nil, err
	}
	fields := fields(letter, "DKIM-Signature")
	out := make([]Signature, len(all))
	for i, v := range all {
		out[i] = Signature{Domain: strings.ToLower(v.Domain), Headers: v.HeaderKeys, Err: v.Err, Away: dkim.IsTempFail(v.Err)}
		if tags, err := Tags(fields[i]); err == nil {
			out[i].Selector, out[i].Algorithm = bare(tags["s"]), bare(tags["a"])
			_, out[i].NoKey = none.Load(Name(out[i].Selector, bare(tags["d"])))
			out[i].NoKey = out[i].NoKey && !out[i].Away
		}
	}
	return out, nil
}

// bare is a tag's value without what folding put into it.
func bare(value string) string { return strings.Join(strings.Fields(value), "") }

// CRLF is the text with every line ended by CRLF.
func CRLF(text []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}

// Fields are the values of a header in a letter with CRLF, unfolded, from the top down.
func Fields(letter []byte, name string) []string {
	values := fields(letter, name)
	for i, v := range values {
		values[i] = strings.TrimSpace(strings.ReplaceAll(v, "\r\n", ""))
	}
	return values
}

// fields are the values of a header, folded as they are.
func fields(letter []byte, name string) (values []string) {
	head, _, _ := bytes.Cut(letter, []byte("\r\n\r\n"))
	ours := false
	for line := range strings.SplitSeq(string(head), "\r\n") {
		if folded := line != "" && (line[0] == ' ' || line[0] == '\t'); folded {
			if ours {
				values[len(values)-1] += "\r\n" + line
			}
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		if ours = strings.EqualFold(strings.TrimSpace(key), name); ours {
			values = append(values, value)
		}
	}
	return values
}
