package segment

import (
	"errors"
	"fmt"

	"keepsake/campaigns/fault"
)

// A Problem is what is wrong with one rule of a tree: Path is as Validate has it, Part which part of the rule it is:
// values, within, times, where, or "" for the rule itself.
type Problem struct {
	Path, Part string
	Fault      *fault.Error
}

// mostProblems is how many are told at once.
const mostProblems = 50

// Problems are all that Validate finds wrong, up to fifty; none of a valid rule.
func (r Rule) Problems() (all []Problem) {
	if r.Group() {
		r.problems("rule", 1, &all)
	}
	if err := r.Validate(); err != nil && len(all) == 0 {
		all = append(all, problem("rule", "", err))
	}
	return all
}

func problem(path, part string, err error) Problem {
	p := Problem{Path: path, Part: part}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		p.Fault = f
		if len(f.Fields) > 0 {
			p.Path = f.Fields[0].Field
		}
	}
	return p
}

func (r Rule) problems(path string, depth int, all *[]Problem) {
	if len(*all) >= mostProblems {
		return
	}
	if !r.Group() {
		if err := r.validateTest(path, Fields); err != nil {
			*all = append(*all, problem(path, r.part(path), err))
		}
		return
	}
	alone := r
	alone.Rules = r.Rules[:min(len(r.Rules), 1)]
	if len(alone.Rules) == 1 {
		alone.Rules = []Rule{{Field: "email", Is: "filled"}}
	}
	if err := alone.validate(path, depth); err != nil {
		*all = append(*all, problem(path, "", err))
	}
	if depth >= MaxDepth+1 {
		return
	}
	for i, one := range r.Rules {
		one.problems(fmt.Sprintf("%s.%d", path, i), depth+1, all)
	}
}

// part is what is wrong with a test that does not pass.
func (r Rule) part(path string) string {
	f, ok := r.FieldOf()
	switch {
	case !ok:
		return "field"
	case r.Within != nil && r.validateSpan(path, f) != nil, r.Within == nil && f.NeedsOf(r.Is).Within && f.Sort != Happening:
		return "within"
	case r.validateSpan(path, f) != nil:
		return "times"
	case r.validateValues(path, f) != nil:
		return "values"
	case r.validateWhere(path, f) != nil:
		return "where"
	}
	return ""
}
