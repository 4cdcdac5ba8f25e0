package exchange

import (
	"bytes"
	"compress/gzip"
	"io"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// File is what a table is read from.
type File interface {
	io.ReadSeeker
	io.ReaderAt
}

// Workbook is the encoding of a file that is a workbook of Excel (ECMA-376), not text.
const Workbook = "XLSX"

// Limits of what strangers' files may ask of us.
const (
	MaxColumns    = 1000
	maxUnpackedGB = 2 // of a packed file
)

// maxUnpacked is maxUnpackedGB in octets.
var maxUnpacked int64 = maxUnpackedGB << 30

// table is a file of rows.
type table interface {
	// Read returns the next row that is not blank; io.EOF after the last.
	Read() (Record, error)
	Close() error
}

// Source says how a file is to be read.
type Source struct {
	Encoding, Delimiter string
	Sheet               string // of a workbook; "" is the first one that is shown
	Name                string // the file's
	Of                  string // what its lines are; "" is guessed
	Attributes          []audience.Attribute
	Lists               []audience.List // those there are: of another no column tells
}

// open opens a file as a table, from its beginning.
func open(f File, s Source) (table, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if s.Encoding == Workbook {
		return openWorkbook(f, s.Sheet)
	}
	r, err := unpacked(f)
	if err != nil {
		return nil, err
	}
	if s.Encoding == JSONLines {
		return openObjects(r)
	}
	return NewReader(r, s.Encoding, s.Delimiter)
}

// kind tells files apart by their first octets.
func kind(head []byte) (name string, err error) {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return Workbook, nil
	case bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}):
		return "", fault.Field("file", "This is a workbook of an old Excel, or one with a password. Save it as .xlsx without a password, or as CSV.")
	case bytes.HasPrefix(head, []byte("%PDF")), bytes.HasPrefix(head, []byte("Rar!")), bytes.HasPrefix(head, []byte("7z\xbc\xaf")), bytes.HasPrefix(head, []byte{0x89, 'P', 'N', 'G'}):
		return "", fault.Field("file", "This is no table. Save the people as CSV or as .xlsx.")
	}
	return "", nil
}

var gzipMagic = []byte{0x1f, 0x8b, 8}

// unpacked is a file's text: what was packed by gzip is unpacked, up to maxUnpacked.
func unpacked(f File) (io.Reader, error) {
	if !isPacked(f) {
		return f, nil
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, errPacked
	}
	return &bounded{r: z, left: maxUnpacked, wrong: errPacked}, nil
}

func isPacked(f io.ReaderAt) bool {
	head := make([]byte, len(gzipMagic))
	n, _ := f.ReadAt(head, 0) // what cannot be read is told when it is read
	return bytes.Equal(head[:n], gzipMagic)
}

var (
	errPacked = fault.Field("file", "The packed file is damaged or not whole. Make it again and try once more.")
	errBomb   = fault.New(fault.TooLarge, "The file unpacks to more than %d GB. Split it into several.", maxUnpackedGB)
)

// bounded hands out a packed file's content as long as it is within reason.
type bounded struct {
	r     io.Reader
	left  int64
	wrong error // what a fault in the packing is
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBomb
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil && err != io.EOF {
		err = b.wrong
	}
	return n, err
}
