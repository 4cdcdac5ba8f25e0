package config

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// SecretFile holds the secret inside the data folder, unless the operator sets one.
const SecretFile = "secret.key"

// Key returns the secret that signs links and tokens: the one that is set, else the data folder's.
func (c Config) Key() ([]byte, error) {
	if c.Secret != "" {
		return []byte(c.Secret), nil
	}
	return LoadSecret(c.Data)
}

// HasKey reports whether there is a secret: Key makes one where there is none.
func (c Config) HasKey() bool {
	if c.Secret != "" {
		return true
	}
	_, err := os.Stat(c.SecretPath())
	return !errors.Is(err, os.ErrNotExist)
}

// SecretPath is where the data folder's secret is kept.
func (c Config) SecretPath() string { return filepath.Join(c.Data, SecretFile) }

// FreshKey is a new secret that is kept nowhere yet.
func FreshKey() []byte { return []byte(strings.TrimSpace(newSecret())) }

// LoadSecret returns the secret of the data folder dir and makes it at the first start, readable by
// its owner alone. Several processes that start at once agree on one. Whoever loses it breaks every
// link already sent, so a backup must hold it.
func LoadSecret(dir string) ([]byte, error) {
	path := filepath.Join(dir, SecretFile)
	key, err := readSecret(path)
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	if err := createSecret(dir, path); err != nil {
		return nil, fmt.Errorf("make %s: %w", path, err)
	}
	return readSecret(path)
}

func readSecret(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key = bytes.TrimSpace(key)
	if len(key) < minSecret {
		return nil, fmt.Errorf("%s holds %d characters, it needs %d: bring it back from a backup", path, len(key), minSecret)
	}
	return key, nil
}

// createSecret writes aside and links: the file appears whole or not at all, and the first one stays.
func createSecret(dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, SecretFile+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := f.WriteString(newSecret()); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

func newSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b[:]) + "\n"
}
