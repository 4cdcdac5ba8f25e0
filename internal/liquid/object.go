package liquid

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

type mapObject map[string]any

func (m mapObject) Get(key string) (any, bool) { v, ok := m[key]; return v, ok }

func (m mapObject) Keys() []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// object gives the properties of a value, nil when it has none.
func object(v any) Object {
	switch x := v.(type) {
	case map[string]any:
		return mapObject(x)
	case Object:
		return x
	}
	return nil
}

// property is v.name, with size, first and last where the value has no property of that name.
func property(v any, name string) any {
	switch x := v.(type) {
	case map[string]any:
		if p, ok := x[name]; ok {
			return normal(p)
		}
	case Object:
		if p, ok := x.Get(name); ok {
			return normal(p)
		}
	}
	switch name {
	case "size":
		if isString(v) {
			return int64(utf8.RuneCountInString(str(v)))
		}
		if n, ok := length(v); ok {
			return int64(n)
		}
	case "first":
		return first(v)
	case "last":
		return last(v)
	}
	return nil
}

func first(v any) any {
	switch x := v.(type) {
	case []any:
		if len(x) > 0 {
			return normal(x[0])
		}
	case span:
		if x.size() > 0 {
			return x.lo
		}
	case string:
		r, n := utf8.DecodeRuneInString(x)
		if n > 0 {
			return string(r)
		}
	default:
		if o := object(v); o != nil {
			if keys := o.Keys(); len(keys) > 0 {
				p, _ := o.Get(keys[0])
				return []any{keys[0], p}
			}
		}
	}
	return nil
}

func last(v any) any {
	switch x := v.(type) {
	case []any:
		if len(x) > 0 {
			return normal(x[len(x)-1])
		}
	case span:
		if x.size() > 0 {
			return x.hi
		}
	case string:
		r, n := utf8.DecodeLastRuneInString(x)
		if n > 0 {
			return string(r)
		}
	}
	return nil
}

// element is v[key]: by place for a whole number, by name for anything else.
func element(v, key any) any {
	i, isInt := key.(int64)
	if !isInt {
		if !isString(key) {
			return nil
		}
		return property(v, str(key))
	}
	switch x := v.(type) {
	case []any:
		if i < 0 {
			i += int64(len(x))
		}
		if i >= 0 && i < int64(len(x)) {
			return normal(x[i])
		}
	case span:
		if i < 0 {
			i += int64(x.size())
		}
		if i >= 0 && i < int64(x.size()) {
			return x.lo + i
		}
	default:
		if o := object(v); o != nil {
			p, _ := o.Get(str(key))
			return normal(p)
		}
	}
	return nil
}

var timeType = reflect.TypeFor[time.Time]()

// A record is a struct: its exported fields under their liquid tag or their name in snake case.
type record struct {
	value  reflect.Value
	whole  any // as it was handed in, for String
	fields *fields
}

type fields struct {
	names []string
	index map[string][]int
}

func (r *record) Keys() []string { return r.fields.names }

func (r *record) Get(key string) (any, bool) {
	index, ok := r.fields.index[key]
	if !ok {
		return nil, false
	}
	v, err := r.value.FieldByIndexErr(index)
	if err != nil { // the field of an embedded nil pointer
		return nil, true
	}
	return v.Interface(), true
}

var known sync.Map // reflect.Type to *fields

func fieldsOf(t reflect.Type) *fields {
	if f, ok := known.Load(t); ok {
		return f.(*fields)
	}
	f := &fields{index: map[string][]int{}}
	for _, sf := range reflect.VisibleFields(t) {
		name := sf.Tag.Get("liquid")
		embedded := sf.Anonymous && name == "" && sf.Type != timeType
		if !sf.IsExported() || embedded || name == "-" {
			continue
		}
		if name == "" {
			name = Snake(sf.Name)
		}
		if _, taken := f.index[name]; !taken {
			f.names = append(f.names, name)
			f.index[name] = sf.Index
		}
	}
	known.Store(t, f)
	return f
}

// Snake turns FirstName into first_name and OrderID into order_id.
func Snake(name string) string {
	var b strings.Builder
	rs := []rune(name)
	for i, r := range rs {
		startsWord := i > 0 && unicode.IsUpper(r) &&
			(!unicode.IsUpper(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1]))
		if startsWord && rs[i-1] != '_' {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
