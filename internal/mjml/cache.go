package mjml

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"
)

// The limits of what is remembered: a send writes a letter in a few languages and variants.
const (
	mostKept  = 24
	mostBytes = 3 << 20
)

type digest = [sha256.Size]byte

// refusedFor is how long a refusal is remembered. Whether a letter takes too long depends on
// what else the computer does: it may try again.
const refusedFor = time.Minute

// cache remembers the letters compiled last, and the refusals.
type cache struct {
	mu    sync.Mutex
	all   []kept // the last used at the end
	bytes int
}

type kept struct {
	key digest
	got Result
	err error     // a refusal
	at  time.Time // of the refusal
}

func (c *cache) get(key digest) (got Result, refusal error, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.all, func(k kept) bool { return k.key == key })
	if i < 0 {
		return Result{}, nil, false
	}
	k := c.all[i]
	c.all = slices.Delete(c.all, i, i+1)
	if k.err != nil && time.Since(k.at) > refusedFor {
		c.bytes -= len(k.got.HTML)
		return Result{}, nil, false
	}
	c.all = append(c.all, k)
	return k.got, k.err, true
}

func (c *cache) put(key digest, got Result, refusal error) {
	if len(got.HTML) > mostBytes/2 {
		return // it would drive out all others
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, kept{key, got, refusal, time.Now()})
	c.bytes += len(got.HTML)
	for len(c.all) > mostKept || c.bytes > mostBytes {
		c.bytes -= len(c.all[0].got.HTML)
		c.all = slices.Delete(c.all, 0, 1)
	}
}
