package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"keepsake/campaigns/fault"
)

// S3 says which bucket keeps the files, on Amazon's or any server that speaks as it does.
type S3 struct {
	Endpoint  string // host or host:port
	Plain     bool   // without TLS
	Region    string
	Bucket    string
	Prefix    string // of the files' names in the bucket: "" or "shop/"
	AccessKey string
	SecretKey string
}

// s3Time is how long one call may take, and of a file that is read each piece of it.
const s3Time = 30 * time.Second

// Bucket keeps files in a bucket. What goes wrong there is a fault that says so: the
// pictures' page must not look like an error of ours.
type Bucket struct {
	client *minio.Client
	o      S3
	within time.Duration // s3Time
}

var _ Store = (*Bucket)(nil)

// Open returns the bucket without asking for it: while it is away everything else goes on.
func (o S3) Open() (*Bucket, error) {
	client, err := minio.New(o.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""),
		Secure: !o.Plain, Region: o.Region, MaxRetries: 3})
	if err != nil {
		return nil, fmt.Errorf("media.s3.endpoint: %w", err)
	}
	return &Bucket{client, o, s3Time}, nil
}

// Check asks whether the bucket is there and takes our keys.
func (b *Bucket) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	there, err := b.client.BucketExists(ctx, b.o.Bucket)
	if err == nil && !there {
		err = minio.ErrorResponse{Code: minio.NoSuchBucket}
	}
	return b.said(err)
}

// Put keeps a file.
func (b *Bucket) Put(ctx context.Context, name, kind string, data []byte) error {
	if !named.MatchString(name) {
		return missing(name)
	}
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	_, err := b.client.PutObject(ctx, b.o.Bucket, b.o.Prefix+name, bytes.NewReader(data), int64(len(data)),
		minio.PutObjectOptions{ContentType: kind, CacheControl: "public, max-age=31536000, immutable", DisableMultipart: true})
	return b.said(err)
}

// Get opens a file. The bucket has its time to answer and then for each piece of the file, so
// a reader who is slow gets all of it.
func (b *Bucket) Get(ctx context.Context, name string) (io.ReadCloser, Info, error) {
	if !named.MatchString(name) {
		return nil, Info{}, missing(name)
	}
	call, cancel := context.WithCancel(ctx)
	late := time.AfterFunc(b.within, cancel)
	body, object, _, err := (&minio.Core{Client: b.client}).GetObject(call, b.o.Bucket, b.o.Prefix+name, minio.GetObjectOptions{})
	inTime := late.Stop()
	if err == nil && !inTime {
		body.Close()
		err = context.DeadlineExceeded
	}
	if err != nil {
		cancel()
		if !inTime && ctx.Err() == nil {
			err = context.DeadlineExceeded
		}
		if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
			return nil, Info{}, missing(name)
		}
		return nil, Info{}, b.said(err)
	}
	return opened{body, cancel, late, b.within}, Info{object.Size, types[path.Ext(name)]}, nil
}

// opened is a body whose call ends with it, or when the bucket is silent for too long.
type opened struct {
	io.ReadCloser
	end    context.CancelFunc
	late   *time.Timer
	within time.Duration
}

func (o opened) Read(p []byte) (int, error) {
	o.late.Reset(o.within)
	defer o.late.Stop()
	return o.ReadCloser.Read(p)
}

func (o opened) Close() error {
	defer o.end()
	return o.ReadCloser.Close()
}

// Delete takes a file away.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	if !named.MatchString(name) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	return b.said(b.client.RemoveObject(ctx, b.o.Bucket, b.o.Prefix+name, minio.RemoveObjectOptions{}))
}

// Each names the files below the prefix.
func (b *Bucket) Each(ctx context.Context, f func(name string) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range b.client.ListObjects(ctx, b.o.Bucket, minio.ListObjectsOptions{Prefix: b.o.Prefix}) {
		if o.Err != nil {
			return b.said(o.Err)
		}
		name := strings.TrimPrefix(o.Key, b.o.Prefix)
		if !named.MatchString(name) {
			continue
		}
		if err := f(name); err != nil {
			return err
		}
	}
	return nil
}

// said puts the bucket's trouble into words for a person. The answer itself goes along for the log.
func (b *Bucket) said(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	answer, is := errors.AsType[minio.ErrorResponse](err)
	switch {
	case !is || answer.Code == "":
		return fault.New(fault.Away, "The store of pictures at %s does not answer. Try again in a moment.", b.o.Endpoint)
	case answer.Code == minio.NoSuchBucket:
		return fault.New(fault.Away, "The store of pictures has no bucket %s. Set media.s3.bucket in config.yaml.", b.o.Bucket)
	case refusals[answer.Code]:
		return fault.New(fault.Away, "The store of pictures refuses our keys. Set media.s3.access_key and secret_key anew.")
	case answer.StatusCode == 507 || answer.Code == "QuotaExceeded":
		return fault.New(fault.Away, "The store of pictures is full. Make room there, or delete pictures here.")
	case answer.StatusCode >= 500:
		return fault.New(fault.Away, "The store of pictures has trouble of its own (%s). Try again in a moment.", answer.Code)
	}
	return fmt.Errorf("the bucket of pictures: %w", err)
}

// refusals are the answers that say: not with these keys.
var refusals = map[string]bool{"AccessDenied": true, "InvalidAccessKeyId": true, "SignatureDoesNotMatch": true,
	"AuthorizationHeaderMalformed": true, "InvalidToken": true, "ExpiredToken": true, "AllAccessDisabled": true}
