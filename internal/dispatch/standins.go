package dispatch

import (
	"context"

	"keepsake/campaigns/audience"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// StandIn is somebody worth looking at a letter as.
type StandIn struct {
	Why    string // longest, lacking, shown or hidden
	Path   string // what they lack
	Block  string // which block they get, or do not
	Person audience.Subscriber
}

// mostBranches is how many conditions of one letter are looked through.
const mostBranches = 12

// StandIns are real people who show a letter at its edges: the longest name, somebody who
// lacks what it needs, and for each condition one who gets the block and one who does not.
func (d *Dispatcher) StandIns(ctx context.Context, p Draft) ([]StandIn, error) {
	who := whoReads(p)
	longest, err := d.store.LongestNames(ctx, who, 1)
	if err != nil {
		return nil, err
	}
	all := standIn(nil, StandIn{Why: "longest"}, longest)
	if all, err = d.lackingOnes(ctx, p, who, all); err != nil {
		return nil, err
	}
	return d.branchOnes(ctx, p, who, all)
}

func standIn(all []StandIn, s StandIn, people []audience.Subscriber) []StandIn {
	if len(people) == 0 {
		return all
	}
	s.Person = people[0]
	return append(all, s)
}

// lackingOnes adds somebody for each value that the letter shows and they do not have, a
// fallback or not: it is the fallback that wants to be seen.
func (d *Dispatcher) lackingOnes(ctx context.Context, p Draft, who store.Who, all []StandIn) ([]StandIn, error) {
	shop, err := d.store.Shop(ctx)
	if err != nil {
		return nil, err
	}
	letter, err := render.Compile(p.Content, d.options(ctx, shop))
	if err != nil {
		return all, nil // the letter is not finished: there is nothing to lack yet
	}
	for _, path := range letter.Shows() {
		if !store.Countable(path) {
			continue
		}
		people, err := d.store.Lackers(ctx, who, path, 1)
		if err != nil {
			return nil, err
		}
		all = standIn(all, StandIn{Why: "lacking", Path: path}, people)
	}
	return all, nil
}

func (d *Dispatcher) branchOnes(ctx context.Context, p Draft, who store.Who, all []StandIn) ([]StandIn, error) {
	for _, base := range conditional(p.Content) {
		for _, why := range []string{"shown", "hidden"} {
			people, err := d.store.Kept(ctx, who, *base.Show, why == "shown")
			if err != nil {
				return nil, err
			}
			all = standIn(all, StandIn{Why: why, Block: base.ID}, people)
		}
	}
	return all, nil
}
