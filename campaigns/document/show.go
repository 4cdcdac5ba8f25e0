package document

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"keepsake/campaigns/fault"
)

// Show says who sees a block.
type Show struct {
	Match string `json:"match,omitempty"` // all (default) or any
	Rules []Rule `json:"rules"`           // none is everybody
}

// Rule compares one value of the recipient.
type Rule struct {
	Path  string `json:"path"`
	Is    string `json:"is"` // one of Operators
	Value string `json:"value,omitempty"`
}

// Operators are how a Rule compares. above and below compare numbers; filled and empty take no value.
var Operators = []string{"is", "not", "contains", "starts", "above", "below", "filled", "empty"}

// MaxRules is how many rules one block has at most, MaxRuleValue how long a value is in letters.
const (
	MaxRules     = 10
	MaxRuleValue = 200
)

var showForm = regexp.MustCompile(`^(subscriber|order|data)(\.[A-Za-z0-9_]+|\[\d+\])+$`)

func (s *Show) check(field string) error {
	if s == nil {
		return nil
	}
	if err := oneOf(field, s.Match, "all", "any"); err != nil {
		return err
	}
	if len(s.Rules) > MaxRules {
		return fault.Field(field, "A block has at most %d rules.", MaxRules)
	}
	for _, r := range s.Rules {
		switch {
		case !showForm.MatchString(r.Path):
			return fault.Field(field, "“%s” is no value of a subscriber, an order or the campaign.", r.Path)
		case !slices.Contains(Operators, r.Is):
			return fault.Field(field, "There is no comparison “%s”.", r.Is)
		case utf8.RuneCountInString(r.Value) > MaxRuleValue:
			return fault.Field(field, "A rule compares with at most %d letters.", MaxRuleValue)
		}
	}
	return nil
}

// lacks says which rule has nothing to compare with.
func (s *Show) lacks(field string) error {
	if s == nil {
		return nil
	}
	for _, r := range s.Rules {
		if r.Is != "filled" && r.Is != "empty" && blank(r.Value) {
			return fault.Field(field, "Say what “%s” is compared with.", Named(r.Path))
		}
	}
	return nil
}
