package admin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"keepsake/campaigns/fault"
)

// argon2id by OWASP's first choice of 2025: 19 MiB, two passes, one thread.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonKey    = 32
)

// hashing lets two run at once: a flood of sign-ins must not take all memory.
var hashing = make(chan struct{}, 2)

func argon(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, 1, argonKey), nil
}

// HashPassword returns the password's argon2id hash as a PHC string.
func HashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	rand.Read(salt) // never fails (Go 1.24)
	sum, err := argon(ctx, password, salt)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, argonMemory, argonTime, b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

// checkPassword reports whether the password is the one of the hash. An empty hash takes as
// long as any other, so that nobody learns who has an account.
func checkPassword(ctx context.Context, hash, password string) (bool, error) {
	b64 := base64.RawStdEncoding
	parts := strings.Split(hash, "$")
	salt, want := make([]byte, 16), []byte(nil)
	if len(parts) == 6 {
		salt, _ = b64.DecodeString(parts[4])
		want, _ = b64.DecodeString(parts[5])
	}
	got, err := argon(ctx, password, salt)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

//go:embed passwords.txt
var commonList string

// common are the passwords tried first by whoever tries (ASVS 6.2.4).
var common = func() map[string]bool {
	m := map[string]bool{}
	for p := range strings.FieldsSeq(commonList) {
		m[p] = true
	}
	return m
}()

// CheckNewPassword refuses a password that is too short, too long to be honest, or known to
// everybody. There are no rules about its characters (ASVS 6.2.5).
func CheckNewPassword(password, name, email string) error {
	lower := strings.ToLower(password)
	local, _, _ := strings.Cut(email, "@")
	switch {
	case utf8.RuneCountInString(password) < 8:
		return fault.Field("password", "The password needs at least 8 characters. A few words in a row make a good one.")
	case len(password) > 1024:
		return fault.Field("password", "The password is too long.")
	case common[lower], lower == strings.ToLower(local), lower == strings.ToLower(email), lower == strings.ToLower(name), strings.Count(lower, lower[:1]) == len(lower):
		return fault.Field("password", "This password is among the first that are tried. Take another one.")
	}
	return nil
}
