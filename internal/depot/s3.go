package depot

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

// toBucket uploads in parts, so that neither the file's size nor a short break matters.
func (d Depot) toBucket(ctx context.Context, to campaigns.Destination, secret, name string, f *os.File) error {
	client, done, err := d.bucket(to, secret)
	if err != nil {
		return err
	}
	defer done()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return put(ctx, client, to, path.Join(to.Folder, name), f, info.Size())
}

// bucket is a client of where the bucket is; done ends it.
func (d Depot) bucket(to campaigns.Destination, secret string) (client *minio.Client, done func(), err error) {
	transport := &http.Transport{TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: silence,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) { return d.dial(ctx, address) }}
	client, err = minio.New(to.Host, &minio.Options{Creds: credentials.NewStaticV4(to.Username, secret, ""), Secure: !to.Plain, Region: to.Region, MaxRetries: 3, Transport: transport})
	if err != nil {
		return nil, nil, fault.New(fault.Away, "“%s” is no host of a bucket.", to.Host)
	}
	return client, transport.CloseIdleConnections, nil
}

func put(ctx context.Context, client *minio.Client, to campaigns.Destination, place string, f io.Reader, size int64) error {
	_, err := client.PutObject(ctx, to.Bucket, place, f, size, minio.PutObjectOptions{ContentType: "application/octet-stream", PartSize: 16 << 20, NumThreads: 1})
	return saidByBucket(err, to)
}

func saidByBucket(err error, to campaigns.Destination) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if f, ok := errors.AsType[*fault.Error](err); ok { // of dial
		return f
	}
	answer, is := errors.AsType[minio.ErrorResponse](err)
	switch {
	case !is || answer.Code == "":
		return fault.New(fault.Away, "%s does not answer. Try again in a moment.", to.Host)
	case answer.Code == minio.NoSuchBucket:
		return fault.New(fault.Away, "There is no bucket %s at %s.", to.Bucket, to.Host)
	case answer.StatusCode == http.StatusForbidden:
		return fault.New(fault.Away, "%s refuses our keys (%s). They must allow to write to the bucket %s.", to.Host, answer.Code, to.Bucket)
	}
	return fault.New(fault.Away, "%s refused the file (%s).", to.Host, answer.Code)
}
