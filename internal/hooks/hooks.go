// Package hooks reads what mail providers tell by webhook of letters they took: first who says it, then what it says.
package hooks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"keepsake/campaigns/ledger"
)

// MaxBody is how many octets of a call are read.
const MaxBody = 1 << 20

// Call is what a provider posted: the body as it came, because signatures are over that.
type Call struct {
	Body   []byte
	Header http.Header
	Query  url.Values
	May    func() bool // asked before anything is fetched on the word of this call; nil allows
}

// A Provider is one that tells us of letters.
type Provider interface {
	// Verify reports whether the call is the provider's: ErrUnnamed, ErrForged, ErrBusy,
	// or another error when that cannot be said now and the provider should call again. What
	// it says may be shown and logged: it repeats nothing of the call.
	Verify(ctx context.Context, c Call) error
	// Events are what a verified call says, in its order; what concerns no address is left
	// out. An error means that the body is none of the provider's.
	Events(body []byte) ([]Event, error)
}

// A Settler has something to do with a verified call beside its events, once they are taken.
type Settler interface {
	Settle(ctx context.Context, c Call) error
}

// A Spender is a Provider whose calls carry something that is good for one call alone.
type Spender interface {
	// Token is that of a verified call, and until when the call would be believed without it.
	Token(c Call) (token string, until time.Time)
}

// The reasons not to believe a call.
var (
	ErrUnnamed = errors.New("the call does not say whose it is")
	ErrForged  = errors.New("the signature or the password of the call is wrong")
	ErrIssued  = fmt.Errorf("%w: its certificate", ErrForged) // is not the provider's
	ErrBusy    = errors.New("too many calls that something had to be fetched for")
)

// Event is what a provider says of one letter and one address.
type Event struct {
	Verdict ledger.Verdict // "" when the person left instead
	Leaves  bool           // unsubscribed at the provider
	Letters []string       // Message-IDs and return paths of the letter, the surest first
	Email   string         // whom the letter was for
	Status  string         // RFC 3463; empty when there is none
	Words   string         // the server's or the provider's own, in one line
	Key     string         // the same when the event comes again
	At      time.Time      // by the provider's clock; zero when it does not say
}

// maxWords and maxName are how much is kept of what a stranger's server wrote.
const (
	maxWords = 500
	maxName  = 1000
)

// letters are the names that are there, without <>.
func letters(all ...text) (out []string) {
	for _, l := range all {
		if s := strings.Trim(string(l), "<> "); s != "" && len(s) <= maxName {
			out = append(out, s)
		}
	}
	return out
}

// line is words in one line, no longer than they are shown.
func line(words ...text) string {
	for _, w := range words {
		s := strings.Join(strings.Fields(strings.ToValidUTF8(string(w), "")), " ")
		if len(s) > maxWords {
			s = strings.ToValidUTF8(s[:maxWords], "")
		}
		if s != "" {
			return s
		}
	}
	return ""
}

// hash is a key for an event that has none of its own.
func hash(parts ...text) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// permanent is the verdict on what a provider calls a failure for good: its word counts where
// the status and the server's words say nothing particular, else they do (RFC 3463).
func permanent(e Event, status text) Event {
	e.Verdict, e.Status = ledger.Judge(string(status), e.Words)
	if e.Verdict == "" || generic(e.Status) {
		e.Verdict = ledger.HardBounce
	}
	return e
}

// dead is the verdict on an address that the provider knows to be dead, whatever is said.
func dead(e Event, status text) Event {
	e = permanent(e, status)
	e.Verdict = ledger.HardBounce
	return e
}

// soft is the verdict on what is for now, or not about the address; its status is instead
// when the provider gives no particular one.
func soft(e Event, status text, instead string) Event {
	_, e.Status = ledger.Judge(string(status), e.Words)
	if e.Verdict = ledger.SoftBounce; instead != "" && generic(e.Status) {
		e.Status = instead
	}
	return e
}

func complaint(e Event) Event {
	e.Verdict = ledger.Complaint
	return e
}

func leaves(e Event) Event {
	e.Verdict, e.Leaves = "", true
	return e
}

// What a failure is about when the provider says it in a word instead of a status.
const (
	aboutPolicy  = "5.7.0"
	aboutContent = "5.6.0"
)

// generic is a status that says no more than its class, which providers also make up.
func generic(status string) bool {
	_, detail, _ := strings.Cut(status, ".")
	return detail == "" || strings.HasSuffix(detail, ".0") && !strings.HasPrefix(detail, "7.") && !strings.HasPrefix(detail, "6.") || strings.HasPrefix(detail, "5.")
}

// text is a JSON string, or the digits of a number: ids go beyond what a float64 holds. What
// is neither is empty: a field of an odd kind spoils no event.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch {
	case len(b) > 0 && b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err == nil {
			*t = text(s)
		}
	case len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9'):
		*t = text(b)
	}
	return nil
}

// read decodes what it can; only a body that is no JSON is an error.
func read(body []byte, into any) error {
	err := json.Unmarshal(body, into)
	if _, odd := errors.AsType[*json.UnmarshalTypeError](err); odd {
		return nil
	}
	return err
}

// several reads a list of events, or one alone.
func several[T any](body []byte) ([]T, error) {
	var raw []json.RawMessage
	if body = bytes.TrimSpace(body); len(body) == 0 || body[0] != '[' {
		raw = append(raw, body)
	} else if err := json.Unmarshal(body, &raw); err != nil {
		return nil, err
	}
	all := make([]T, len(raw))
	for i, r := range raw {
		if err := read(r, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// unix is a moment in seconds since 1970, with a fraction where there is one.
func unix(t text) time.Time {
	s, err := strconv.ParseFloat(string(t), 64)
	if err != nil || s <= 0 || s > 1e11 {
		return time.Time{}
	}
	return time.UnixMicro(int64(s * 1e6)).UTC()
}

// moment is a time as RFC 3339 has it; zero when it is none.
func moment(t text) time.Time {
	at, err := time.Parse(time.RFC3339, string(t))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// same compares secrets in constant time, whatever their lengths.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// basic are the user name and password of a call (RFC 7617).
func basic(c Call) (user, password string, ok bool) {
	return (&http.Request{Header: c.Header}).BasicAuth()
}
