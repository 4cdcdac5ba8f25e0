package liquid

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"time"
)

func (k constant) matches(v any) bool {
	if n, ok := length(v); ok {
		return n == 0
	}
	switch x := v.(type) {
	case nil:
		return k == blank
	case bool:
		return k == blank && !x
	case string:
		return x == "" || k == blank && strings.TrimSpace(x) == ""
	case safe:
		return k.matches(string(x))
	case constant:
		return x == k
	}
	return false
}

func equal(l, r any) bool {
	if k, ok := r.(constant); ok {
		return k.matches(l)
	}
	if k, ok := l.(constant); ok {
		return k.matches(r)
	}
	switch x := l.(type) {
	case nil:
		return r == nil
	case bool:
		y, ok := r.(bool)
		return ok && x == y
	case int64, float64:
		if a, ok := l.(int64); ok {
			if b, ok := r.(int64); ok {
				return a == b
			}
		}
		return isNumber(r) && toFloat(l) == toFloat(r)
	case string, safe:
		return isString(r) && plain(l) == plain(r)
	case span:
		return r == l
	case time.Time:
		y, ok := r.(time.Time)
		return ok && x.Equal(y)
	case *record:
		y, ok := r.(*record)
		return ok && reflect.DeepEqual(x.value.Interface(), y.value.Interface())
	}
	return sameParts(l, r, 0)
}

func sameParts(l, r any, depth int) bool {
	if depth > maxNesting {
		return false
	}
	l, r = normal(l), normal(r)
	if a, ok := l.([]any); ok {
		b, ok := r.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameParts(a[i], b[i], depth+1) {
				return false
			}
		}
		return true
	}
	a, b := object(l), object(r)
	_, isRecord := l.(*record)
	if a == nil || b == nil || isRecord {
		return (a == nil) == (b == nil) && equal(l, r)
	}
	keys := a.Keys()
	if len(keys) != len(b.Keys()) {
		return false
	}
	for _, k := range keys {
		x, _ := a.Get(k)
		y, ok := b.Get(k)
		if !ok || !sameParts(x, y, depth+1) {
			return false
		}
	}
	return true
}

func isNumber(v any) bool {
	switch v.(type) {
	case int64, float64:
		return true
	}
	return false
}

func isString(v any) bool {
	switch v.(type) {
	case string, safe:
		return true
	}
	return false
}

var errOrder = errors.New("no order")

// compare orders numbers, texts and times. ok is false when one side has no order at all, as
// nil and blank have not; numbers and texts together are an error.
func compare(l, r any) (order int, ok bool, err error) {
	if isNumber(l) && isNumber(r) {
		a, b := toFloat(l), toFloat(r)
		if x, ok := l.(int64); ok {
			if y, ok := r.(int64); ok {
				return order3(x, y), true, nil
			}
		}
		return order3(a, b), !math.IsNaN(a) && !math.IsNaN(b), nil
	}
	if isString(l) && isString(r) {
		return strings.Compare(plain(l), plain(r)), true, nil
	}
	if a, ok := l.(time.Time); ok {
		if b, ok := r.(time.Time); ok {
			return a.Compare(b), true, nil
		}
	}
	if (isNumber(l) || isString(l)) && (isNumber(r) || isString(r)) {
		return 0, false, errOrder
	}
	return 0, false, nil
}

func order3[T int64 | float64](a, b T) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}
