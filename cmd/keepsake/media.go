package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"keepsake/campaigns/fault"
	"keepsake/internal/config"
	"keepsake/internal/media"
	"keepsake/web/admin"
)

// mediaFolder is where pictures lie on disk, and those of before a bucket was configured.
func mediaFolder(c config.Config) string { return filepath.Join(c.Data, "media") }

// openMedia opens the store of pictures that the configuration names. It asks no bucket:
// letters leave while that is away.
func openMedia(c config.Config) (media.Store, error) {
	folder := mediaFolder(c)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fault.New(fault.Away, "The media folder cannot be made: %v", err)
	}
	if c.Media.Store != config.InS3 {
		return media.Disk(folder), nil
	}
	bucket, err := openBucket(c)
	return media.Both{First: bucket, Then: media.Disk(folder)}, err
}

func openBucket(c config.Config) (*media.Bucket, error) {
	s := c.Media.S3
	return media.S3{Endpoint: s.Endpoint, Plain: !s.TLS, Region: s.Region, Bucket: s.Bucket, Prefix: s.Prefix,
		AccessKey: s.AccessKey, SecretKey: s.SecretKey}.Open()
}

// clearMedia is how often the files of deleted pictures are looked for.
const clearMedia = 10 * time.Minute

// watchMedia clears the files of deleted pictures away, until ctx ends.
func (p *program) watchMedia(ctx context.Context) {
	every(ctx, clearMedia, "pictures were not all cleared away", func() error { return p.clear(ctx) })
}

// clear does so where it is this process's: one of all does it, and none of a database that may
// be a copy, whose pictures may be another's.
func (p *program) clear(ctx context.Context) error {
	if p.instance.Held() != "" {
		return nil
	}
	ours, err := p.store.Takes(ctx, p.site.Dispatch.Owner(), "pictures")
	if err != nil || !ours {
		return err
	}
	return admin.ClearMedia(ctx, p.site)
}

// fetchBucket brings the pictures of the bucket into a backup's folder, so that the folder
// alone can be started from.
func fetchBucket(ctx context.Context, c config.Config, to string) (all backedUp, err error) {
	bucket, err := openBucket(c)
	if err != nil {
		return all, err
	}
	err = bucket.Each(ctx, func(name string) error {
		data, info, err := media.Read(ctx, bucket, name)
		if errors.Is(err, os.ErrNotExist) { // deleted meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		all.Files++
		all.Bytes += int64(len(data))
		return media.Disk(to).Put(ctx, name, info.Type, data)
	})
	return all, err
}

// media looks whether the bucket of pictures takes our keys.
func (p *patient) media(ctx context.Context) {
	if p.config.Media.Store != config.InS3 {
		return
	}
	bucket, err := openBucket(p.config)
	if err == nil {
		err = bucket.Check(ctx)
	}
	if err != nil {
		p.say(bad, "media", "Letters are sent without their pictures until it is mended: docs/operator.md, “Pictures”.", "%v", err)
		return
	}
	p.say(well, "media", "", "the bucket %s answers", p.config.Media.S3.Bucket)
}
