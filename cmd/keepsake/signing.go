package main

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"time"

	"keepsake/campaigns/sending"
	"keepsake/internal/dkim"
	"keepsake/internal/domain"
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

// lookForKeys is how often DNS is asked for the records of keys that wait.
const lookForKeys = 10 * time.Minute

// watchKeys lets keys that wait sign once their records are in DNS, until ctx ends.
func watchKeys(ctx context.Context, st *store.Store) {
	every(ctx, lookForKeys, "dkim: keys that wait", func() error { return signFound(ctx, st, net.DefaultResolver) })
}

// every does something time and again until ctx ends; what goes wrong is logged.
func every(ctx context.Context, span time.Duration, what string, do func() error) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(span):
		}
		if err := do(); err != nil && ctx.Err() == nil {
			slog.Warn(what, "error", err)
		}
	}
}

// signFound asks DNS for the records of keys that wait; without such keys it asks nothing.
func signFound(ctx context.Context, st *store.Store, r domain.Resolver) error {
	keys, err := st.SigningKeys(ctx)
	if err != nil {
		return err
	}
	for _, name := range waitingDomains(keys) {
		s := domain.Subject{Domain: name, Bounce: name}
		var own []sending.SigningKey
		for _, k := range keys {
			if k.Domain == name && k.RetiredAt == nil {
				own, s.Keys = append(own, k), append(s.Keys, domain.Key{Selector: k.Selector, Record: k.Record, Active: k.Active})
			}
		}
		ready := domain.Ready(own, domain.FoundIn(domain.Ask(ctx, r, s)))
		if len(ready) == 0 {
			continue
		}
		if err := st.ActivateSigning(ctx, name, ready); err != nil {
			return err
		}
		slog.Info("dkim: the records are in DNS, letters are signed", "domain", name)
	}
	return nil
}

func waitingDomains(keys []sending.SigningKey) (names []string) {
	for _, k := range keys {
		if k.Waits() && !slices.Contains(names, k.Domain) {
			names = append(names, k.Domain)
		}
	}
	return names
}
