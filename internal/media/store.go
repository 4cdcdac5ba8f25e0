// Package media keeps pictures: it draws them anew out of whatever was uploaded, and puts their files on disk or into a bucket.
package media

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"regexp"
)

// Store is where the files of pictures lie. Names are those that Picture makes; a name that
// is none of them is not there.
type Store interface {
	// Put keeps a file, whole or not at all; one of that name is replaced.
	Put(ctx context.Context, name, kind string, data []byte) error
	// Get opens a file. What is not there is an error that is fs.ErrNotExist.
	Get(ctx context.Context, name string) (io.ReadCloser, Info, error)
	// Delete takes a file away; one that is not there is gone already.
	Delete(ctx context.Context, name string) error
	// Each calls f with the name of every file, until f returns an error.
	Each(ctx context.Context, f func(name string) error) error
}

// Info is what is known of a file before it is read.
type Info struct {
	Bytes int64
	Type  string // its media type
}

// named are the names of files: the sum of a picture's content, and of smaller ones their width.
var named = regexp.MustCompile(`^[a-z0-9]+(-[0-9]{2,4})?\.(png|jpg|gif)$`)

// types are the media types of files by how their names end.
var types = map[string]string{".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif"}

// Both keeps new files in one store and still finds those of another: pictures that were
// uploaded before a bucket was configured stay where they are.
type Both struct{ First, Then Store }

// Put keeps a file in the first.
func (b Both) Put(ctx context.Context, name, kind string, data []byte) error {
	return b.First.Put(ctx, name, kind, data)
}

// Get opens a file of the first, else of the other.
func (b Both) Get(ctx context.Context, name string) (io.ReadCloser, Info, error) {
	r, info, err := b.First.Get(ctx, name)
	if err == nil {
		return r, info, nil
	}
	if old, info, err := b.Then.Get(ctx, name); err == nil { // also while the first is away
		return old, info, nil
	}
	return nil, Info{}, err
}

// Delete takes a file out of both.
func (b Both) Delete(ctx context.Context, name string) error {
	return errors.Join(b.First.Delete(ctx, name), b.Then.Delete(ctx, name))
}

// Each names the files of both, one that is in both twice.
func (b Both) Each(ctx context.Context, f func(name string) error) error {
	if err := b.First.Each(ctx, f); err != nil {
		return err
	}
	return b.Then.Each(ctx, f)
}

// Read is a whole file.
func Read(ctx context.Context, s Store, name string) ([]byte, Info, error) {
	r, info, err := s.Get(ctx, name)
	if err != nil {
		return nil, info, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, mostRead))
	return data, info, err
}

// mostRead is more than any file of ours has, in bytes.
const mostRead = 128 << 20

// missing is what Get says of a name that is nothing.
func missing(name string) error { return &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist} }
