package link

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// sealed begins every sealed secret: the way it was sealed.
const sealed = "v1."

var errSealed = errors.New("a stored secret cannot be opened: it was sealed with another instance secret, or for another use")

// Seal encrypts a secret that must be used again, such as the password of a mail server:
// AES-256-GCM under a key drawn from the instance secret (HKDF, RFC 5869). use is what it
// is for; a secret sealed for one use opens for no other. An empty one stays empty.
func (s *Signer) Seal(use, secret string) string {
	if secret == "" {
		return ""
	}
	nonce := make([]byte, s.vault.NonceSize())
	rand.Read(nonce) // never fails (Go 1.24)
	return sealed + base64.RawURLEncoding.EncodeToString(s.vault.Seal(nonce, nonce, []byte(secret), []byte(use)))
}

// Unseal returns what Seal sealed for that use.
func (s *Signer) Unseal(use, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(text, sealed))
	n := s.vault.NonceSize()
	if err != nil || !strings.HasPrefix(text, sealed) || len(b) < n {
		return "", errSealed
	}
	secret, err := s.vault.Open(nil, b[:n], b[n:], []byte(use))
	if err != nil {
		return "", errSealed
	}
	return string(secret), nil
}

// newVault panics for no secret: the key and the cipher fit each other.
func newVault(secret []byte) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, secret, nil, "keepsake secrets 1", 32)
	if err == nil {
		var block cipher.Block
		if block, err = aes.NewCipher(key); err == nil {
			var vault cipher.AEAD
			if vault, err = cipher.NewGCM(block); err == nil {
				return vault
			}
		}
	}
	panic("link: " + err.Error())
}
