package mjml

import (
	"crypto/sha256"
	"slices"
)

// The limits of what is remembered: a send writes a letter in a few languages and variants.
const (
	mostKept  = 24
	mostBytes = 3 << 20
)

type digest = [sha256.Size]byte

// cache remembers the letters compiled last.
type cache struct {
	all   []kept // the last used at the end
	bytes int
}

type kept struct {
	key digest
	got Result
}

func (c *cache) get(key digest) (Result, bool) {
	i := slices.IndexFunc(c.all, func(k kept) bool { return k.key == key })
	if i < 0 {
		return Result{}, false
	}
	k := c.all[i]
	c.all = append(slices.Delete(c.all, i, i+1), k)
	return k.got, true
}

func (c *cache) put(key digest, got Result) {
	if len(got.HTML) > mostBytes/2 {
		return // it would drive out all others
	}
	c.all = append(c.all, kept{key, got})
	c.bytes += len(got.HTML)
	for len(c.all) > mostKept || c.bytes > mostBytes {
		c.bytes -= len(c.all[0].got.HTML)
		c.all = slices.Delete(c.all, 0, 1)
	}
}
