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
	maxToken   = 3072
	maxTarget  = 2048 // bytes of an address that a token carries
	hasExtra   = 1 << 5
	hasMessage = 1 << 6 // came later
)

var (
	text64 = base64.RawURLEncoding.Strict()
	text32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
)

// keys is a store of ready-made HMACs: keying one costs as much as using it.
type keys struct{ pool *sync.Pool } // of *hasher

// hasher is an HMAC with the room for what goes in and comes out.
type hasher struct {
	hash.Hash
	room [sha256.Size]byte
}

func newKeys(secret []byte) keys {
	k := sha256.Sum256(append([]byte("keepsake link 1\x00"), secret...))
	return keys{&sync.Pool{New: func() any { return &hasher{Hash: hmac.New(sha256.New, k[:])} }}}
}

// mac appends the MAC of purpose and payload to out.
func (k keys) mac(out []byte, p Purpose, payload []byte, size int) []byte {
	h := k.pool.Get().(*hasher)
	defer k.pool.Put(h)
	h.Reset()
	h.room[0] = byte(p)
	h.Write(h.room[:1])
	h.Write(payload)
	return append(out, h.Sum(h.room[:0])[:size]...)
}

// A number is one of the claims' and the bit that says whether it follows.
type number struct {
	bit   byte
	value *int64
}

func (c *Claims) numbers() [6]number {
	return [6]number{{1, &c.Delivery}, {1 << 1, &c.Subscriber}, {1 << 2, &c.List}, {1 << 3, &c.Enrolment}, {1 << 4, &c.Link}, {hasMessage, &c.Message}}
}

// seal returns the claims with their MAC.
func (k keys) seal(c Claims, size int) []byte {
	b := make([]byte, 1, 64+len(c.Extra))
	for _, n := range c.numbers() {
		if *n.value != 0 {
			b[0] |= n.bit
			b = binary.AppendUvarint(b, uint64(*n.value))
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
	for _, n := range c.numbers() {
		if flags&n.bit == 0 {
			continue
		}
		v, used := binary.Uvarint(rest)
		if used <= 0 {
			return Claims{}, false
		}
		*n.value, rest = int64(v), rest[used:]
	}
	c.Extra = string(rest)
	return c, flags < 2*hasMessage && (flags&hasExtra != 0) == (c.Extra != "")
}
