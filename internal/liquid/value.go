package liquid

import (
	"encoding/json"
	"fmt"
	"html"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Inside the engine a value is nil, bool, int64, float64, string, safe, span, constant, time.Time,
// []any, map[string]any or an Object. normal makes one of anything.

// safe is HTML that was escaped already: a capture, or what the escape filter made in HTML mode.
type safe string

func (s safe) plain() string { return html.UnescapeString(string(s)) }

// plain is str with escaped HTML read back.
func plain(v any) string {
	if s, ok := v.(safe); ok {
		return s.plain()
	}
	return str(v)
}

// A span is a range of whole numbers, both ends included.
type span struct{ lo, hi int64 }

func (s span) size() int {
	if s.hi < s.lo {
		return 0
	}
	if n := uint64(s.hi) - uint64(s.lo); n < math.MaxInt-1 {
		return int(n) + 1
	}
	return math.MaxInt
}

func (s span) Format() string { return fmt.Sprintf("%d..%d", s.lo, s.hi) }

// A constant is blank or empty: equal to every value of that sort, printed as nothing.
type constant string

const (
	blank constant = "blank"
	empty constant = "empty"
)

// Object is a value with properties, in the order of Keys. Templates see it as a map.
type Object interface {
	Get(key string) (value any, ok bool)
	Keys() []string
}

func normal(v any) any {
	switch x := v.(type) {
	case nil, bool, string, int64, float64, []any, map[string]any, safe, span, constant, Object:
		return v
	case time.Time:
		if x.IsZero() { // a moment that was never set
			return nil
		}
		return v
	case int:
		return int64(x)
	case json.Number:
		return number(string(x))
	case *time.Time:
		if x == nil {
			return nil
		}
		return normal(*x)
	}
	return reflected(reflect.ValueOf(v), v)
}

func reflected(r reflect.Value, v any) any {
	switch r.Kind() {
	case reflect.Pointer, reflect.Interface:
		if r.IsNil() {
			return nil
		}
		if _, ok := v.(fmt.Stringer); ok && r.Elem().Kind() != reflect.Struct {
			return v.(fmt.Stringer).String()
		}
		if r.Elem().Kind() == reflect.Struct && r.Elem().Type() != timeType {
			return &record{r.Elem(), v, fieldsOf(r.Elem().Type())}
		}
		return normal(r.Elem().Interface())
	case reflect.Struct:
		return &record{r, v, fieldsOf(r.Type())}
	}
	if s, ok := v.(fmt.Stringer); ok {
		return s.String()
	}
	switch r.Kind() {
	case reflect.Bool:
		return r.Bool()
	case reflect.String:
		return r.String()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if u := r.Uint(); u <= math.MaxInt64 {
			return int64(u)
		}
		return float64(r.Uint())
	case reflect.Float32, reflect.Float64:
		return r.Float()
	case reflect.Slice, reflect.Array:
		return sliced(r)
	case reflect.Map:
		return mapped(r)
	}
	return nil // functions, channels and the like are nothing to a template
}

func sliced(r reflect.Value) any {
	if r.Kind() == reflect.Slice && r.Type().Elem().Kind() == reflect.Uint8 {
		return string(r.Bytes())
	}
	list := make([]any, r.Len())
	for i := range list {
		list[i] = r.Index(i).Interface()
	}
	return list
}

func mapped(r reflect.Value) any {
	m := make(map[string]any, r.Len())
	for it := r.MapRange(); it.Next(); {
		m[str(normal(it.Key().Interface()))] = it.Value().Interface()
	}
	return m
}

// truthy: only nil and false are not.
func truthy(v any) bool {
	b, isBool := v.(bool)
	return v != nil && (!isBool || b)
}

// absent tells whether a value would print as nothing.
func absent(v any) bool {
	switch x := v.(type) {
	case nil, constant:
		return true
	case string:
		return strings.TrimSpace(x) == ""
	case safe:
		return strings.TrimSpace(string(x)) == ""
	}
	n, counted := length(v)
	return counted && n == 0
}

// length counts the elements of a list, map or range.
func length(v any) (int, bool) {
	switch x := v.(type) {
	case []any:
		return len(x), true
	case map[string]any:
		return len(x), true
	case span:
		return x.size(), true
	case *record:
		return 1, false
	case Object:
		return len(x.Keys()), true
	}
	return 0, false
}

// number reads a text as Ruby would: a whole number, a decimal, or the digits it starts with.
func number(s string) any {
	s = strings.TrimSpace(s)
	i, dot := 0, false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	end := i
	if i+1 < len(s) && s[i] == '.' && isDigit(s[i+1]) {
		dot = true
		for i++; i < len(s) && isDigit(s[i]); i++ {
		}
	}
	if dot && i == len(s) {
		f, _ := strconv.ParseFloat(s, 64)
		return f
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(s[:end], "+"), 10, 64)
	if err != nil && end > 18 {
		f, _ := strconv.ParseFloat(s[:end], 64)
		return f
	}
	return n
}

// toNumber gives int64 or float64; what is no number is 0.
func toNumber(v any) any {
	switch x := v.(type) {
	case int64, float64:
		return v
	case string:
		return number(x)
	case safe:
		return number(x.plain())
	}
	return int64(0)
}

func toFloat(v any) float64 {
	switch x := toNumber(v).(type) {
	case int64:
		return float64(x)
	case float64:
		return x
	}
	return 0
}

func toInt(v any) int64 {
	switch x := toNumber(v).(type) {
	case int64:
		return x
	case float64:
		if x >= math.MaxInt64 {
			return math.MaxInt64
		}
		if x <= math.MinInt64 {
			return math.MinInt64
		}
		if x == x {
			return int64(x)
		}
	}
	return 0
}
