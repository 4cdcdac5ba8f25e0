package main

import (
	"context"

	"keepsake/campaigns/sending"
	"keepsake/internal/dkim"
	"keepsake/internal/link"
	"keepsake/internal/store"
)

// signing is the ring of the keys that sign now, whichever process put them there.
func signing(st *store.Store, links *link.Signer) *dkim.Ring {
	load := func(ctx context.Context) ([]dkim.Stored, error) {
		keys, err := st.SigningKeys(ctx)
		var active []dkim.Stored
		for _, k := range keys {
			if k.Active {
				active = append(active, dkim.Stored{Domain: k.Domain, Selector: k.Selector, Sealed: k.PrivateKey})
			}
		}
		return active, err
	}
	return dkim.NewRing(load, func(sealed string) (string, error) { return links.Unseal(sending.SigningUse, sealed) })
}
