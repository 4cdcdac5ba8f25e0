package liquid

import (
	"math/big"
	"strings"
	"time"
)

var _ = register(map[string]filter{"meets": {min: 1, max: 2, run: meets}})

// meets tells whether a value is as asked: {{ order.total | meets: "above", 50 }}. Two numbers
// are compared as numbers, even when they are written as text, everything else as text in
// small letters; a number and a word have no order. What is absent is only not and empty.
func meets(v any, a *args) (any, error) {
	op, want := a.str(0), a.str(1)
	switch op {
	case "filled":
		return !absent(v), nil
	case "empty":
		return absent(v), nil
	case "is":
		return same(v, want, a), nil
	case "not":
		return !same(v, want, a), nil
	}
	if absent(v) {
		return false, nil
	}
	have := folded(v, a)
	switch op {
	case "contains":
		return listed(v, want, a) || strings.Contains(have, fold(want)), nil
	case "starts":
		return strings.HasPrefix(have, fold(want)), nil
	case "above":
		return order(have, fold(want)) > 0, nil
	case "below":
		return order(have, fold(want)) < 0, nil
	}
	return nil, a.fail("There is no comparison “%s”.", op)
}

func same(v any, want string, a *args) bool {
	have, asked := folded(v, a), fold(want)
	if have == asked {
		return true
	}
	x, y := exact(have), exact(asked)
	return x != nil && y != nil && x.Cmp(y) == 0
}

func listed(v any, want string, a *args) bool {
	list, _ := v.([]any)
	for _, e := range list {
		if same(normal(e), want, a) {
			return true
		}
	}
	return false
}

// folded is a value as it is compared. A time is written so that it sorts, and so that a day
// begins all of its moments.
func folded(v any, a *args) string {
	if t, ok := v.(time.Time); ok {
		if a.c.lim.Zone != nil {
			t = t.In(a.c.lim.Zone)
		}
		return t.Format("2006-01-02t15:04")
	}
	if list, ok := v.([]any); ok {
		all := make([]string, len(list))
		for i, e := range list {
			all[i] = plain(normal(e))
		}
		return fold(strings.Join(all, " "))
	}
	return fold(plain(v))
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// order is 0 for what has none.
func order(l, r string) int {
	x, y := exact(l), exact(r)
	switch {
	case x != nil && y != nil:
		return x.Cmp(y)
	case x == nil && y == nil:
		return strings.Compare(l, r)
	}
	return 0
}

// exact is the decimal number a text is; nil when it is none.
func exact(s string) *big.Rat {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || len(digits) > 40 || strings.Trim(digits, "0123456789.") != "" || strings.Count(digits, ".") > 1 || digits == "." {
		return nil
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil
	}
	return r
}
