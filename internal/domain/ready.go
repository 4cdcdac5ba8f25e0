package domain

import (
	"slices"

	"keepsake/campaigns/sending"
	"keepsake/internal/dkim"
)

// Ready are the keys of one domain that wait and may sign now, since their records are
// found: Ed25519 only beside RSA, for not every receiver knows it.
func Ready(keys []sending.SigningKey, found func(sending.SigningKey) bool) (ids []int64) {
	ready := func(k sending.SigningKey) bool { return k.Waits() && found(k) }
	beside := slices.ContainsFunc(keys, func(k sending.SigningKey) bool { return k.Algorithm == dkim.RSA && (k.Active || ready(k)) })
	for _, k := range keys {
		if beside && ready(k) {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// FoundIn says of a key whether DNS holds its record as it should.
func FoundIn(a Answers) func(sending.SigningKey) bool {
	return func(k sending.SigningKey) bool {
		return keyFinding(k.Domain, Key{Selector: k.Selector, Record: k.Record}, a).State == OK
	}
}
