package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keepsake/campaigns/fault"
	"keepsake/internal/config"
	"keepsake/internal/store"
)

func backupCommand() *cobra.Command {
	var f flags
	var secret bool
	cmd := &cobra.Command{Use: "backup FOLDER", Short: "Make a consistent copy of database and pictures while Keepsake runs", Args: cobra.ExactArgs(1),
		Long: "The folder must be new or empty. It gets keepsake.db, media and manifest.json, and with --with-secret the secret.\nRestored, the copy asks for a confirmation before it sends. PostgreSQL makes its own backups: the command is printed.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.load()
			if err != nil {
				return err
			}
			if c.Database != "" {
				return exitError{2, errors.New(pgDump(c))}
			}
			return backup(cmd.Context(), c, args[0], secret, cmd.OutOrStdout())
		}}
	f.register(cmd)
	cmd.Flags().BoolVar(&secret, "with-secret", false, "also copy secret.key; whoever has it can sign links")
	return cmd
}

// pgDump is the command that backs up the PostgreSQL database, without its password.
func pgDump(c config.Config) string {
	u, err := url.Parse(c.Database)
	if err != nil {
		return "PostgreSQL makes its own backups, with pg_dump --format=custom."
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	return fmt.Sprintf("PostgreSQL makes its own backups. Run:\n  pg_dump --format=custom --file=keepsake.dump '%s'\nIt asks for the password, or takes it from PGPASSWORD. Copy %s beside it, for the pictures and the secret.%s",
		strings.ReplaceAll(u.String(), "'", "%27"), c.Data, bucketToo(c))
}

// bucketToo reminds of pictures that are in no folder.
func bucketToo(c config.Config) string {
	if c.Media.Store != config.InS3 {
		return ""
	}
	return fmt.Sprintf(" The bucket %s holds pictures too: let its server keep versions, or copy it.", c.Media.S3.Bucket)
}

// manifest says what a backup holds, and by its sum whether it still does.
type manifest struct {
	Keepsake string           `json:"keepsake"`
	MadeAt   time.Time        `json:"made_at"`
	Database backedUp         `json:"database"`
	Rows     map[string]int64 `json:"rows"`
	Media    backedUp         `json:"media"`
	Secret   bool             `json:"secret"`
}

type backedUp struct {
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"`
}

func backup(ctx context.Context, c config.Config, to string, secret bool, out io.Writer) error {
	if err := emptyFolder(to); err != nil {
		return err
	}
	m := manifest{Keepsake: version(), MadeAt: time.Now().UTC().Truncate(time.Second)}
	var err error
	db := filepath.Join(to, "keepsake.db")
	if m.Rows, err = store.Backup(ctx, dsn(c), db); err != nil {
		return err
	}
	if m.Database, err = sum(db); err != nil {
		return err
	}
	if m.Media, err = copyMedia(ctx, c, filepath.Join(to, "media")); err != nil {
		return fmt.Errorf("media: %w", err)
	}
	if m.Secret, err = copySecret(c, to, secret); err != nil {
		return err
	}
	if err := writeManifest(to, m); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s holds %d subscribers, %d deliveries and %d pictures, %.1f MB.\n", to, m.Rows["subscribers"], m.Rows["deliveries"], m.Media.Files, float64(m.Database.Bytes+m.Media.Bytes)/1e6)
	if !m.Secret {
		fmt.Fprintln(out, "The secret is not in it. Keep it elsewhere: without it every link already sent is dead.")
	}
	return nil
}

// copyMedia copies the pictures, those of a bucket too.
func copyMedia(ctx context.Context, c config.Config, to string) (backedUp, error) {
	all, err := copyFolder(mediaFolder(c), to)
	if err != nil || c.Media.Store != config.InS3 {
		return all, err
	}
	more, err := fetchBucket(ctx, c, to)
	return backedUp{Files: all.Files + more.Files, Bytes: all.Bytes + more.Bytes}, err
}

// emptyFolder makes the folder, or takes one that is empty.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.New(fault.Away, "The folder cannot be made: %v", err)
	}
	files, err := os.ReadDir(dir)
	if err == nil && len(files) > 0 {
		err = fault.New(fault.Conflict, "%s is not empty. Name a new folder for the backup.", dir)
	}
	return err
}

func writeManifest(to string, m manifest) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "manifest.json"), append(b, '\n'), 0o600)
}

func copySecret(c config.Config, to string, wanted bool) (bool, error) {
	if !wanted || c.Secret != "" { // one that is set lives with the configuration
		return false, nil
	}
	_, err := copyFile(filepath.Join(c.Data, config.SecretFile), filepath.Join(to, config.SecretFile))
	return err == nil, err
}

// copyFolder copies what is in a folder; one that is not there is empty.
func copyFolder(from, to string) (all backedUp, err error) {
	err = filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == from {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		n, err := copyFile(path, filepath.Join(to, rel))
		if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
			return nil
		}
		all.Files++
		all.Bytes += n
		return err
	})
	return all, err
}

func copyFile(from, to string) (n int64, err error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if n, err = io.Copy(f, in); err != nil {
		return n, err
	}
	return n, f.Sync()
}

func sum(path string) (backedUp, error) {
	f, err := os.Open(path)
	if err != nil {
		return backedUp{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return backedUp{1, n, hex.EncodeToString(h.Sum(nil))}, err
}
