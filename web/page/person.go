package page

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/exchange"
)

// Erase takes a person off the books for good, with the files of imports and exports on this machine that name them.
func (s *Site) Erase(ctx context.Context, id int64, source string) error {
	if _, err := s.Store.Erase(ctx, id, source); err != nil || s.Jobs == nil {
		return err
	}
	if _, err := s.Jobs.Forget(ctx); err != nil {
		slog.Error("files of erased people", "error", err) // the person is gone; the worker looks again
	}
	return nil
}

// Whole is a file of what write writes, which is gone when it is closed: nobody who reads it slowly keeps a moment of the database.
func (s *Site) Whole(write func(io.Writer) error) (*os.File, error) {
	err := os.MkdirAll(s.Config.Data, 0o700)
	if err != nil {
		return nil, fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	f, err := os.CreateTemp(s.Config.Data, "handed-out-*")
	if err != nil {
		return nil, fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	err = errors.Join(os.Remove(f.Name()), write(f)) // no other name leads to it
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// WriteRecord writes all that is on record of a person as a zip file of two forms; sections narrow it.
func (s *Site) WriteRecord(ctx context.Context, id int64, out io.Writer, lang string, zone *time.Location, sections ...string) error {
	attributes, err := s.Store.Attributes(ctx)
	if err != nil {
		return err
	}
	words := exchange.WordsOf(s.Catalog, lang, zone, attributes)
	return exchange.RecordZip(out, s.Now(), words, func(w audience.RecordWriter) error { return s.Store.WriteRecord(ctx, id, w, sections...) })
}
