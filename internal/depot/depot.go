// Package depot brings a finished file to its place: a folder the operator allows, a bucket, or a server that speaks SFTP.
package depot

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path"
	"path/filepath"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/fetch"
)

// Depot knows what the operator allows.
type Depot struct {
	Folder string   // files may go below it; "" is nowhere
	Allow  []string // hosts that may be private, each a host or host:port
	Unseal func(sealed string) (secret string, err error)
}

// silence is how long the other side may say nothing.
const silence = time.Minute

// Put brings a file to its place under a name, where it is seen when it is whole. Until then an older one of that name
// stays. What is in the way is a fault; asked again, it does the same.
func (d Depot) Put(ctx context.Context, to campaigns.Destination, name string, f *os.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	secret, err := d.secret(to)
	if err != nil {
		return err
	}
	switch to.Kind {
	case campaigns.ToFolder:
		return d.toFolder(to, name, f)
	case campaigns.ToS3:
		return d.toBucket(ctx, to, secret, name, f)
	case campaigns.ToSFTP:
		return d.toServer(ctx, to, secret, name, f)
	}
	return nil // it stays here
}

// secret is that of a destination, "" of one that has none.
func (d Depot) secret(to campaigns.Destination) (string, error) {
	if to.Kind != campaigns.ToS3 && to.Kind != campaigns.ToSFTP {
		return "", nil
	}
	secret, err := d.Unseal(to.Secret)
	if err != nil {
		return "", fault.New(fault.Away, "The secret of the destination cannot be read any more: type it again.")
	}
	return secret, nil
}

// Check says what the operator does not allow of a destination.
func (d Depot) Check(to campaigns.Destination) error {
	if to.Kind == campaigns.ToFolder && d.Folder == "" {
		return fault.Field("kind", "No folder is allowed: the operator names one as exports.folder in config.yaml.")
	}
	if to.Kind == campaigns.ToSFTP {
		_, err := hostKey(to.HostKey)
		return err
	}
	return nil
}

// toFolder never leaves the operator's folder, whatever links lie in it.
func (d Depot) toFolder(to campaigns.Destination, name string, f io.Reader) error {
	if err := d.Check(to); err != nil {
		return err
	}
	root, err := os.OpenRoot(d.Folder)
	if err != nil {
		return fault.New(fault.Away, "The folder of exports cannot be opened: %v", err)
	}
	defer root.Close()
	place := filepath.FromSlash(path.Join(to.Folder, name))
	if err = root.MkdirAll(filepath.Dir(place), 0o750); err == nil {
		err = write(root, place, f)
	}
	if err != nil {
		return fault.New(fault.Away, "The file cannot be stored in the folder of exports: %v", err)
	}
	return nil
}

func write(root *os.Root, place string, f io.Reader) error {
	part := place + ".part"
	out, err := root.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, f)
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = root.Rename(part, place)
	}
	if err != nil {
		return errors.Join(err, root.Remove(part))
	}
	return nil
}

// dial connects as the operator allows; whoever says nothing for too long is gone.
func (d Depot) dial(ctx context.Context, address string) (net.Conn, error) {
	c, err := fetch.Dial(ctx, d.Allow, address)
	if errors.Is(err, fetch.ErrPrivate) {
		return nil, fault.New(fault.Away, "%s is a private address. The operator can allow it by allow_fetch in config.yaml.", address)
	}
	if err != nil {
		return nil, fault.New(fault.Away, "%s does not answer. Try again in a moment.", address)
	}
	return patient{c}, nil
}

type patient struct{ net.Conn }

func (p patient) Read(b []byte) (int, error) {
	_ = p.SetReadDeadline(time.Now().Add(silence))
	return p.Conn.Read(b)
}

func (p patient) Write(b []byte) (int, error) {
	_ = p.SetWriteDeadline(time.Now().Add(silence))
	return p.Conn.Write(b)
}
