package config

import (
	"errors"
	"net"
	"strings"
)

// Media says where uploaded pictures are kept, and how much of them.
type Media struct {
	Store     string  `yaml:"store" env:"STORE"`             // OnDisk or InS3
	MaxFileMB int     `yaml:"max_file_mb" env:"MAX_FILE_MB"` // of one upload
	QuotaMB   int     `yaml:"quota_mb" env:"QUOTA_MB"`       // of all files together; 0 is no limit
	S3        MediaS3 `yaml:"s3" envPrefix:"S3_"`
}

// Where pictures are kept, Media.Store.
const (
	OnDisk = "disk" // the folder media in Data
	InS3   = "s3"   // a bucket
)

// MediaS3 is a bucket on Amazon S3 or a server that speaks as it does.
type MediaS3 struct {
	Endpoint  string `yaml:"endpoint" env:"ENDPOINT"` // host or host:port
	TLS       bool   `yaml:"tls" env:"TLS"`
	Region    string `yaml:"region" env:"REGION"`
	Bucket    string `yaml:"bucket" env:"BUCKET"`
	Prefix    string `yaml:"prefix" env:"PREFIX"` // in front of the files' names
	AccessKey string `yaml:"access_key" env:"ACCESS_KEY"`
	SecretKey string `yaml:"secret_key" env:"SECRET_KEY"`
}

// MaxFile is the largest upload, in bytes.
func (m Media) MaxFile() int64 { return int64(m.MaxFileMB) << 20 }

// Quota is the room of all files, in bytes; 0 is no limit.
func (m Media) Quota() int64 { return int64(m.QuotaMB) << 20 }

func (m Media) validate() error {
	err := errors.Join(
		key("media.store", oneOf(m.Store, OnDisk, InS3)),
		key("media.max_file_mb", between(m.MaxFileMB, 1, 50)),
		key("media.quota_mb", between(m.QuotaMB, 0, 100_000_000)),
	)
	if m.Store != InS3 {
		return err
	}
	return errors.Join(err,
		key("media.s3.endpoint", checkEndpoint(m.S3.Endpoint, m.S3.TLS)),
		key("media.s3.region", notEmpty(m.S3.Region)),
		key("media.s3.bucket", notEmpty(m.S3.Bucket)),
		key("media.s3.prefix", checkPrefix(m.S3.Prefix)),
		key("media.s3.access_key", notEmpty(m.S3.AccessKey)),
		key("media.s3.secret_key", notEmpty(m.S3.SecretKey)),
	)
}

// checkEndpoint takes a host, with a port or without; the keys do not travel in the open to
// another machine.
func checkEndpoint(s string, tls bool) error {
	if s == "" || strings.ContainsAny(s, "/ ") {
		return errors.New("must be a host or host:port, without https://")
	}
	host, _, err := net.SplitHostPort(s)
	if err != nil {
		host = s
	}
	ip := net.ParseIP(host)
	if near := host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate()); !tls && !near {
		return errors.New("needs tls: true, unless it is on this machine or a private network")
	}
	return nil
}

func checkPrefix(s string) error {
	if strings.HasPrefix(s, "/") || s != "" && !strings.HasSuffix(s, "/") {
		return errors.New("must be empty or end with /, for example keepsake/")
	}
	return nil
}
