package exchange

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path"

	"keepsake/campaigns/fault"
)

// texts are those that a workbook's cells share. They are read as far as they are asked for, and wait in a file: a
// workbook of a million people has millions of them.
type texts struct {
	w      *workbook
	m      *markup
	part   io.Closer
	file   *os.File
	starts []int64 // in file, of each block
	size   int64
	count  int
	write  []byte // of the block at hand
	cache  [cached]struct {
		block int
		texts []string
	}
}

const (
	blockTexts = 64
	cached     = 128
	maxCached  = 64 << 10 // octets of a block that is kept: 8 MB of all
	maxTexts   = 50_000_000
	maxShared  = 128 << 10 // octets: Excel holds 32,767 characters in a cell
)

// text is the nth, from 0.
func (t *texts) text(n int) (string, error) {
	for t.count <= n {
		if err := t.more(); err != nil {
			return "", damaged(err)
		}
	}
	block := n / blockTexts
	slot := &t.cache[block%cached]
	if slot.texts != nil && slot.block == block && n%blockTexts < len(slot.texts) {
		return slot.texts[n%blockTexts], nil
	}
	all, size, err := t.block(block, n%blockTexts)
	if err != nil {
		return "", err
	}
	if size <= maxCached {
		slot.block, slot.texts = block, all
	}
	return all[n%blockTexts], nil
}

// block reads a block as far as its last text that is wanted, or whole when it is small.
func (t *texts) block(n, last int) (all []string, size int, err error) {
	b := t.write
	if n < len(t.starts) {
		end := t.size
		if n+1 < len(t.starts) {
			end = t.starts[n+1]
		}
		b = make([]byte, end-t.starts[n])
		if _, err := t.file.ReadAt(b, t.starts[n]); err != nil {
			return nil, 0, err
		}
	}
	size = len(b)
	for len(b) > 0 && (size <= maxCached || len(all) <= last) {
		l, w := binary.Uvarint(b)
		all, b = append(all, string(b[w:w+int(l)])), b[w+int(l):]
	}
	return all, size, nil
}

// begin opens the workbook's texts.
func (t *texts) begin() error {
	r, err := t.w.open("xl/sharedStrings.xml")
	if err == nil && r == nil {
		for name := range t.w.parts {
			if path.Base(name) == "sharedStrings.xml" {
				r, err = t.w.open(name)
			}
		}
	}
	if err != nil || r == nil {
		return errors.Join(err, io.EOF)
	}
	t.part, t.m = r, newMarkup(&bounded{r, maxUnpacked, errDamaged})
	if t.file, err = os.CreateTemp("", "keepsake-texts-*"); err != nil {
		return fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	return os.Remove(t.file.Name()) // it lives as long as it is open
}

// more reads one more text; io.EOF when there is none.
func (t *texts) more() error {
	if t.m == nil {
		if err := t.begin(); err != nil {
			return err
		}
	}
	for {
		if err := t.m.next(); err != nil {
			return err
		}
		if t.m.tag == "si" {
			text, err := t.shared()
			if err != nil {
				return damaged(err)
			}
			return t.keep(plainText(text))
		}
	}
}

// shared gathers a text of its parts, which may be written in several letters.
func (t *texts) shared() (string, error) {
	var b []byte
	take, aside := false, false
	for {
		if err := t.m.next(); err != nil {
			return "", err
		}
		switch t.m.tag {
		case "/si":
			return string(b), nil
		case "t", "/t":
			take = !aside && t.m.tag == "t"
		case "rPh", "/rPh":
			aside = t.m.tag == "rPh"
		case "":
			if take && len(b)+len(t.m.text) > maxShared {
				return "", errCell
			}
			if take {
				b = append(b, t.m.text...)
			}
		}
	}
}

func (t *texts) keep(text string) error {
	if t.count++; t.count > maxTexts {
		return errBomb
	}
	t.write = append(binary.AppendUvarint(t.write, uint64(len(text))), text...)
	if t.count%blockTexts != 0 {
		return nil
	}
	if _, err := t.file.WriteAt(t.write, t.size); err != nil {
		return fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	t.starts = append(t.starts, t.size)
	t.size += int64(len(t.write))
	t.write = t.write[:0]
	return nil
}

func (t *texts) close() {
	if t.file != nil {
		t.file.Close()
	}
	if t.part != nil {
		t.part.Close()
	}
}
