package segment

import (
	"fmt"
	"time"
)

// Reason is what came of one rule of a tree for one person.
type Reason struct {
	Rule  Rule
	Path  string // as Validate has it
	Depth int
	Decision
}

// Explain says of every rule of an expanded tree whether it holds of a person and which figure decided, in the order
// the tree is read.
func Explain(r Rule, f Facts, now time.Time) []Reason {
	j := &judge{f, now}
	return j.explain(r, "rule", 0)
}

func (j *judge) explain(r Rule, path string, depth int) []Reason {
	one := Reason{Rule: r, Path: path, Depth: depth}
	if !r.Group() {
		one.Decision = j.decide(r)
	} else {
		one.Holds = j.holds(r)
	}
	all := []Reason{one}
	for i, rule := range r.Rules {
		all = append(all, j.explain(rule, fmt.Sprintf("%s.%d", path, i), depth+1)...)
	}
	return all
}
