package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"sync"
)

// A token is one byte that says which numbers follow, those numbers as varints, Extra,
// and the MAC. In an address it is shorter, and in letters that survive a mail server
// that changes case.
const (
	tokenMAC   = 16 // octets of HMAC-SHA256 in a link (128 bits, RFC 8058 §3.1: hard to forge)
	addressMAC = 10 // in an address, whose local part has 64 characters at most
	maxToken   = 1024
	hasExtra   = 1 << 5
)

var (
	text64 = base64.RawURLEncoding.Strict()
	text32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
)

// keys is a store of ready-made HMACs: keying one costs as much as using it.
type keys struct{ pool *sync.Pool }

func newKeys(secret []byte) keys {
	k := sha256.Sum256(append([]byte("keepsake link 1\x00"), secret...))
	return keys{&sync.Pool{New: func() any { return hmac.New(sha256.New, k[:]) }}}
}

// mac appends the MAC of purpose and payload to out.
func (k keys) mac(out []byte, p Purpose, payload []byte, size int) []byte {
	h := k.pool.Get().(hash.Hash)
	defer k.pool.Put(h)
	h.Reset()
	h.Write([]byte{byte(p)})
	h.Write(payload)
	var sum [sha256.Size]byte
	return append(out, h.Sum(sum[:0])[:size]...)
}

func (c *Claims) numbers() [5]*int64 {
	return [5]*int64{&c.Delivery, &c.Subscriber, &c.List, &c.Enrolment, &c.Link}
}

// seal returns the claims with their MAC.
func (k keys) seal(c Claims, size int) []byte {
	b := make([]byte, 1, 64+len(c.Extra))
	for i, n := range c.numbers() {
		if *n != 0 {
			b[0] |= 1 << i
			b = binary.AppendUvarint(b, uint64(*n))
		}
	}
	if c.Extra != "" {
		b[0] |= hasExtra
		b = append(b, c.Extra...)
	}
	return k.mac(b, c.Purpose, b, size)
}

// open asks the MAC first: nothing a stranger wrote is read further.
func (k keys) open(p Purpose, b []byte, size int) (Claims, bool) {
	if len(b) < 1+size {
		return Claims{}, false
	}
	payload, sum := b[:len(b)-size], b[len(b)-size:]
	if !hmac.Equal(sum, k.mac(nil, p, payload, size)) {
		return Claims{}, false
	}
	c := Claims{Purpose: p}
	flags, rest := payload[0], payload[1:]
	for i, n := range c.numbers() {
		if flags&(1<<i) == 0 {
			continue
		}
		v, used := binary.Uvarint(rest)
		if used <= 0 {
			return Claims{}, false
		}
		*n, rest = int64(v), rest[used:]
	}
	c.Extra = string(rest)
	return c, flags < 2*hasExtra && (flags&hasExtra != 0) == (c.Extra != "")
}
