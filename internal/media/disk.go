package media

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Disk keeps files in a folder, which is made when it is needed.
type Disk string

var _ Store = Disk("")

// Put writes a file beside its place and then moves it there.
func (d Disk) Put(_ context.Context, name, _ string, data []byte) error {
	if !named.MatchString(name) {
		return missing(name)
	}
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(string(d), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(string(d), name))
}

// Get opens a file of the folder.
func (d Disk) Get(_ context.Context, name string) (io.ReadCloser, Info, error) {
	if !named.MatchString(name) {
		return nil, Info{}, missing(name)
	}
	f, err := os.Open(filepath.Join(string(d), name))
	if err != nil {
		return nil, Info{}, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, Info{}, errors.Join(err, f.Close())
	}
	return f, Info{st.Size(), types[filepath.Ext(name)]}, nil
}

// Delete takes a file out of the folder.
func (d Disk) Delete(_ context.Context, name string) error {
	if !named.MatchString(name) {
		return nil
	}
	if err := os.Remove(filepath.Join(string(d), name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Each names what is in the folder and is ours.
func (d Disk) Each(ctx context.Context, f func(name string) error) error {
	files, err := os.ReadDir(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range files {
		if !named.MatchString(e.Name()) || e.IsDir() {
			continue
		}
		if err := errors.Join(ctx.Err(), f(e.Name())); err != nil {
			return err
		}
	}
	return err
}
