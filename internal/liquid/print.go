package liquid

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// str is how a value reads as text.
func str(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case safe:
		return string(x)
	case nil, constant:
		return ""
	}
	return string(appendValue(nil, v, 0))
}

func appendValue(b []byte, v any, depth int) []byte {
	switch x := v.(type) {
	case nil, constant:
		return b
	case string:
		return append(b, x...)
	case safe:
		return append(b, x...)
	case bool:
		return strconv.AppendBool(b, x)
	case int64:
		return strconv.AppendInt(b, x, 10)
	case float64:
		return appendFloat(b, x)
	case span:
		return append(b, x.Format()...)
	case time.Time:
		return x.AppendFormat(b, "2006-01-02 15:04:05 -0700")
	case []any:
		if depth > maxNesting {
			return b
		}
		for i := 0; i < len(x) && len(b) <= longest; i++ {
			b = appendValue(b, normal(x[i]), depth+1)
		}
		return b
	case *record: // a struct prints as its String says, else as nothing: its fields are not for a letter
		if s, ok := x.whole.(fmt.Stringer); ok {
			return append(b, s.String()...)
		}
		return b
	}
	if o := object(v); o != nil {
		return appendObject(b, o, depth)
	}
	return b
}

// appendFloat writes a float as Ruby does: always with a point, by exponent from 1e16 on.
func appendFloat(b []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a >= 1e16 || a < 1e-4) || a != a {
		s := strconv.FormatFloat(f, 'e', -1, 64)
		if i := strings.IndexByte(s, 'e'); i > 0 && !strings.Contains(s, ".") {
			s = s[:i] + ".0" + s[i:]
		}
		return append(b, s...)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if !strings.Contains(string(b[start:]), ".") {
		b = append(b, ".0"...)
	}
	return b
}

func appendObject(b []byte, o Object, depth int) []byte {
	if depth > maxNesting {
		return b
	}
	b = append(b, '{')
	for i, k := range o.Keys() {
		if len(b) > longest {
			break
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		v, _ := o.Get(k)
		b = strconv.AppendQuote(b, k)
		b = append(b, " => "...)
		b = appendQuoted(b, normal(v), depth+1)
	}
	return append(b, '}')
}

func appendQuoted(b []byte, v any, depth int) []byte {
	switch x := v.(type) {
	case string:
		return strconv.AppendQuote(b, x)
	case nil:
		return append(b, "nil"...)
	case *record:
		return fmt.Appendf(b, "%T %v", x.whole, x.whole)
	case []any:
		b = append(b, '[')
		for i, e := range x {
			if i > 0 {
				b = append(b, ", "...)
			}
			if depth <= maxNesting && len(b) <= longest {
				b = appendQuoted(b, normal(e), depth+1)
			}
		}
		return append(b, ']')
	}
	return appendValue(b, v, depth)
}

// brief names a value in an error.
func brief(v any) string {
	if v == nil {
		return "nil"
	}
	s := []rune(str(v))
	if len(s) > 20 {
		s = append(s[:20], '…')
	}
	if isString(v) {
		return "“" + string(s) + "”"
	}
	return string(s)
}
