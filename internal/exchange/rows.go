package exchange

import (
	"compress/gzip"
	"io"

	"keepsake/campaigns/audience"
)

// Rows writes the rows of an export, whose header it has written already. A cell that is nil is missing, which is
// more than empty where a format can tell. Close ends the file, but not what is below it, and tells what went wrong
// since the beginning.
type Rows interface {
	WriteRow(cells [][]byte)
	Close() error
}

// NewRows writes a file as a valid export says.
func NewRows(w io.Writer, e audience.Export) Rows {
	if e.Gzip {
		zip, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // there is such a level
		e.Gzip = false
		return zipped{NewRows(zip, e), zip}
	}
	switch e.Format {
	case audience.XLSX:
		return newXLSX(w, e)
	case audience.JSONL:
		return newLines(w, e)
	}
	out := csvRows{NewWriter(w, e.Form)}
	out.Write(e.Header())
	return out
}

type csvRows struct{ *Writer }

func (r csvRows) Close() error { return r.Flush() }

type zipped struct {
	Rows
	zip *gzip.Writer
}

func (z zipped) Close() error {
	if err := z.Rows.Close(); err != nil {
		return err
	}
	return z.zip.Close()
}
