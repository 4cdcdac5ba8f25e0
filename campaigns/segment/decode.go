package segment

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"keepsake/campaigns/fault"
)

// Decode reads a rule from JSON and checks it (Validate). What is no rule is refused with a *fault.Error; what is
// nested deeper than a rule can be is refused before anything is made of it.
func Decode(raw []byte) (Rule, error) {
	r, err := Read(raw)
	if err != nil {
		return r, err
	}
	return r, r.Validate()
}

// Read is Decode, of a rule that is not finished: what its tests ask is not checked, only that it is a tree of them.
func Read(raw []byte) (r Rule, err error) {
	if len(raw) > MaxBytes {
		return r, fault.Field("rule", "The rule is longer than %d KB.", MaxBytes>>10)
	}
	if depth(raw) > jsonDepth {
		return r, fault.Field("rule", "The rule is nested more than %d levels deep.", MaxDepth)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Rule{}, unreadable(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Rule{}, fault.Field("rule", "There is something after the end of the rule.")
	}
	return r, nil
}

// jsonDepth is how deep the JSON of the deepest rule is: a group is an object and its rules, the last test has its
// own tests and their spans.
const jsonDepth = 2*MaxDepth + 6

func unreadable(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fault.Field("rule", "At “%s” of the rule there is a %s.", wrong.Field, wrong.Value)
	}
	return fault.Field("rule", "This is no rule: %s.", err.Error())
}

// depth is how deep the brackets of a JSON text nest, without reading what they hold.
func depth(raw []byte) (deepest int) {
	now, text := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}
