package campaigns

import (
	"regexp"
	"strconv"

	"keepsake/campaigns/fault"
)

// Condition is "only if": a response that was given, was not given, or compares.
//
//	rating        a rating was given
//	!rating       none was given
//	rating <= 3   it was three or less
type Condition struct {
	Field string
	Not   bool
	Op    string // "", "=", "!=", "<", "<=", ">", ">="
	Value string
}

var condition = regexp.MustCompile(`^(!?)([a-z][a-z0-9_]*)(?:\s*(<=|>=|!=|=|<|>)\s*([^\s=<>].*))?$`)

// ParseCondition reads a condition; a *fault.Error says what it should look like.
func ParseCondition(s string) (Condition, error) {
	m := condition.FindStringSubmatch(s)
	if m == nil || m[1] != "" && m[3] != "" {
		return Condition{}, fault.Field("if", "“%s” is not a condition. For example: rating, !rating or rating <= 3.", s)
	}
	return Condition{Field: m[2], Not: m[1] != "", Op: m[3], Value: m[4]}, nil
}

// Holds reports whether the responses meet the condition.
func (c Condition) Holds(responses map[string]string) bool {
	got, given := responses[c.Field]
	if c.Op == "" {
		return given != c.Not
	}
	return given && compare(got, c.Op, c.Value)
}

func compare(got, op, want string) bool {
	a, errA := strconv.ParseFloat(got, 64)
	b, errB := strconv.ParseFloat(want, 64)
	if errA != nil || errB != nil {
		return op == "=" && got == want || op == "!=" && got != want
	}
	switch op {
	case "=":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}
