package exchange

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"keepsake/campaigns/fault"
)

// texts are those that a workbook's cells share. They are read as far as they are asked for, and wait in a file: a
// workbook of a million people has millions of them.
type texts struct {
	w      *workbook
	m      *markup
	part   io.Closer
	file   store
	starts []int64 // in file, of each block
	size   int64
	count  int
	last   []string // of the block that is not in the file yet
	cache  [cached]struct {
		block int
		texts []string
	}
}

// store is a file of which any part is read and written.
type store interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

const (
	blockTexts = 64
	endsSize   = 4 * blockTexts
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
	block, at := n/blockTexts, n%blockTexts
	if block == len(t.starts) {
		return t.last[at], nil
	}
	slot := &t.cache[block%cached]
	if slot.texts == nil || slot.block != block {
		ends, err := t.ends(block)
		if err != nil {
			return "", err
		}
		if ends[blockTexts] > maxCached { // a cell pays for its own text alone
			return t.read(block, ends[at], ends[at+1])
		}
		if slot.texts, err = t.block(block, ends); err != nil {
			return "", err
		}
		slot.block = block
	}
	return slot.texts[at], nil
}

// ends says where a block's texts end; the first of them begins at 0. It stands before them in the file.
func (t *texts) ends(block int) (ends [blockTexts + 1]uint32, err error) {
	var b [endsSize]byte
	if _, err = t.file.ReadAt(b[:], t.starts[block]); err != nil {
		return ends, err
	}
	_, err = binary.Decode(b[:], binary.LittleEndian, ends[1:])
	return ends, err
}

func (t *texts) read(block int, from, to uint32) (string, error) {
	b := make([]byte, to-from)
	_, err := t.file.ReadAt(b, t.starts[block]+endsSize+int64(from))
	return string(b), err
}

func (t *texts) block(n int, ends [blockTexts + 1]uint32) ([]string, error) {
	all, err := t.read(n, 0, ends[blockTexts])
	if err != nil {
		return nil, err
	}
	out := make([]string, blockTexts)
	for i := range out {
		out[i] = strings.Clone(all[ends[i]:ends[i+1]]) // a row that is kept does not keep the block
	}
	return out, nil
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
	f, err := os.CreateTemp("", "keepsake-texts-*")
	if err != nil {
		return fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	t.file = f
	return os.Remove(f.Name()) // it lives as long as it is open
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
	if t.last = append(t.last, text); len(t.last) < blockTexts {
		return nil
	}
	b, end := make([]byte, 0, endsSize), 0
	for _, text := range t.last {
		end += len(text)
		b = binary.LittleEndian.AppendUint32(b, uint32(end))
	}
	for _, text := range t.last {
		b = append(b, text...)
	}
	if _, err := t.file.WriteAt(b, t.size); err != nil {
		return fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	t.starts = append(t.starts, t.size)
	t.size += int64(len(b))
	t.last = t.last[:0]
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
