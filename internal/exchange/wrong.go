package exchange

import (
	"io"
	"strings"

	"keepsake/campaigns/audience"
)

// keptLine is up to how long a line's cells are kept until it is known whether they are wrong, in bytes.
const keptLine = 16 << 10

// raw are the cells of a line that cannot be read, so that it can be mended in the file of wrong lines.
func (r *Reader) raw(line []byte) []string {
	line = line[:min(len(line), keptLine)]
	return strings.Split(strings.ToValidUTF8(strings.ReplaceAll(string(line), "\x00", "\uFFFD"), "\uFFFD"), string(r.comma))
}

// kept are the cells of a line as they are meant, for the file of wrong lines.
func kept(rec Record) []string {
	if rec.Fault != nil {
		return rec.Raw
	}
	size, guard := 0, false
	for _, cell := range rec.Fields {
		size += len(cell)
		guard = guard || strings.HasPrefix(cell, "'")
	}
	switch {
	case size > keptLine:
		return nil
	case guard:
		return unguarded(rec.Fields)
	}
	return rec.Fields
}

// Header is a file's first line, as the import reads it. Where there is none, the columns are called by what they mean.
func Header(f File, im audience.Import) ([]string, error) {
	if im.NoHeader && im.Encoding != JSONLines {
		return distinct(im.Mapping), nil
	}
	t, err := open(f, SourceOf(im))
	if err != nil {
		return nil, err
	}
	defer t.Close()
	rec, err := t.Read()
	if err == io.EOF {
		err = nil
	}
	return unguarded(rec.Fields), err
}

// isAdded reports whether a column is one that a file of wrong lines has of its own.
func isAdded(header string) bool {
	return header == audience.WrongLine || header == audience.WrongReason
}
