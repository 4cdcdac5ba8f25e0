package main

import (
	"context"
	"time"
)

// What people did is forgotten by whoever plans, in steps that leave others their turn.
const (
	retainEvery = time.Minute
	retainPause = 50 * time.Millisecond // between two steps
)

// watchRetention forgets what the shop's rules say, until ctx ends.
func (p *program) watchRetention(ctx context.Context) {
	every(ctx, retainEvery, "what is old was not forgotten", func() error {
		if !p.plans(ctx) {
			return nil
		}
		if _, err := p.store.ForgetMerges(ctx); err != nil {
			return err
		}
		for p.plans(ctx) {
			done, err := p.store.Retain(ctx)
			if err != nil || done {
				return err
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(retainPause):
			}
		}
		return nil
	})
}
