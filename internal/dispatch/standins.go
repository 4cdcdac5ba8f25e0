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

// edge is a condition of a letter and why those on either side of it are worth a look.
type edge struct {
	condition  store.Condition
	kept, left StandIn // with Why "" nobody is wanted
}

// StandIns are real people who show a letter at its edges: the longest name, somebody who
// lacks what it needs, and for each condition one who gets the block and one who does not.
// All are found in one look at the audience, of a large one at a part of it.
func (d *Dispatcher) StandIns(ctx context.Context, p Draft) ([]StandIn, error) {
	who := whoReads(p)
	longest, err := d.store.LongestNames(ctx, who, 1)
	if err != nil {
		return nil, err
	}
	var all []StandIn
	for _, person := range longest {
		all = append(all, StandIn{Why: "longest", Person: person})
	}
	lacked, err := d.lackedEdges(ctx, p)
	if err != nil {
		return nil, err
	}
	found, err := d.onEdges(ctx, who, append(lacked, blockEdges(p)...))
	return append(all, found...), err
}

// onEdges looks for somebody on each side of the edges that is wanted.
func (d *Dispatcher) onEdges(ctx context.Context, who store.Who, edges []edge) (all []StandIn, err error) {
	if len(edges) == 0 {
		return nil, nil
	}
	conditions := make([]store.Condition, len(edges))
	for i, e := range edges {
		conditions[i] = e.condition
	}
	counts, err := d.store.Branches(ctx, who, conditions)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for i := range edges {
		edges[i].kept.Person.ID, edges[i].left.Person.ID = counts.Shown[i].Kept, counts.Shown[i].Left
		ids = append(ids, counts.Shown[i].Kept, counts.Shown[i].Left)
	}
	people, err := d.store.People(ctx, ids)
	for _, e := range edges {
		for _, s := range []StandIn{e.kept, e.left} {
			if person, found := people[s.Person.ID]; found && s.Why != "" {
				s.Person = person
				all = append(all, s)
			}
		}
	}
	return all, err
}

// lackedEdges are the values that the letter shows, a fallback or not: it is the fallback
// that wants to be seen.
func (d *Dispatcher) lackedEdges(ctx context.Context, p Draft) (edges []edge, err error) {
	shop, err := d.store.Shop(ctx)
	if err != nil {
		return nil, err
	}
	letter, err := render.Compile(p.Content, d.options(ctx, shop))
	if err != nil {
		return nil, nil // the letter is not finished: there is nothing to lack yet
	}
	for _, path := range letter.Shows() {
		if store.Countable(path) {
			edges = append(edges, edge{condition: store.Condition{Lacks: path}, kept: StandIn{Why: "lacking", Path: path}})
		}
	}
	return edges, nil
}

// blockEdges are the conditions of the letter's blocks.
func blockEdges(p Draft) (edges []edge) {
	for _, base := range conditional(p.Content) {
		edges = append(edges, edge{store.Condition{Show: *base.Show}, StandIn{Why: "shown", Block: base.ID}, StandIn{Why: "hidden", Block: base.ID}})
	}
	return edges
}
