package depot

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

// tryTime is how long a try of a destination takes at most.
const tryTime = 20 * time.Second

const tried = "Keepsake tries whether it may write here. Remove this file.\n"

// Try really brings a small file to a destination and removes it again, within twenty seconds. What is in the way is a fault.
// left is the file's place where it may be written but not removed: that is enough for exports.
func (d Depot) Try(ctx context.Context, to campaigns.Destination) (left string, err error) {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	name := "keepsake-try-" + strings.ToLower(rand.Text()[:8]) + ".txt"
	place := path.Join(to.Folder, name)
	secret, err := d.secret(to)
	if err != nil {
		return "", err
	}
	removed := error(nil)
	switch to.Kind {
	case campaigns.ToFolder:
		removed, err = d.tryFolder(to, name)
	case campaigns.ToS3:
		removed, err = d.tryBucket(ctx, to, secret, place)
	case campaigns.ToSFTP:
		removed, err = d.tryServer(ctx, to, secret, place)
	}
	if err != nil && ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "", fault.New(fault.Away, "%s does not answer. Try again in a moment.", to.Host)
	}
	if err != nil || removed == nil {
		return "", err
	}
	return place, nil
}

func (d Depot) tryFolder(to campaigns.Destination, name string) (removed, err error) {
	if err := d.toFolder(to, name, strings.NewReader(tried)); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(d.Folder)
	if err != nil {
		return err, nil
	}
	defer root.Close()
	return root.Remove(filepath.FromSlash(path.Join(to.Folder, name))), nil
}

func (d Depot) tryBucket(ctx context.Context, to campaigns.Destination, secret, place string) (removed, err error) {
	client, done, err := d.bucket(to, secret)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := put(ctx, client, to, place, strings.NewReader(tried), int64(len(tried))); err != nil {
		return nil, err
	}
	return client.RemoveObject(ctx, to.Bucket, place, minio.RemoveObjectOptions{}), nil
}

func (d Depot) tryServer(ctx context.Context, to campaigns.Destination, secret, place string) (removed, err error) {
	files, done, err := d.server(ctx, to, secret)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := send(ctx, files, to, place, io.Reader(strings.NewReader(tried))); err != nil {
		return nil, err
	}
	return files.Remove(place), nil
}
