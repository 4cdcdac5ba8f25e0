package liquid

import (
	"slices"
	"strings"
)

var _ = register(map[string]filter{
	"size":         {run: func(v any, a *args) (any, error) { return size(v), nil }},
	"first":        {run: func(v any, a *args) (any, error) { return first(v), nil }},
	"last":         {run: func(v any, a *args) (any, error) { return last(v), nil }},
	"join":         {max: 1, run: join},
	"reverse":      {run: reverse},
	"concat":       {min: 1, max: 1, run: concat},
	"compact":      {max: 1, run: compact},
	"uniq":         {max: 1, run: uniq},
	"map":          {min: 1, max: 1, run: mapList},
	"sum":          {max: 1, run: sum},
	"sort":         {max: 1, run: sortList},
	"sort_natural": {max: 1, run: sortNatural},
})

func size(v any) any {
	if n := property(v, "size"); n != nil {
		if _, isMap := v.(map[string]any); !isMap {
			return n
		}
	}
	n, _ := length(v)
	return int64(n)
}

func join(v any, a *args) (any, error) {
	list, err := a.toList(v)
	if err != nil {
		return nil, err
	}
	glue := " "
	if a.len() > 0 {
		glue = a.str(0)
	}
	var b []byte
	for i, e := range list {
		if i > 0 {
			b = append(b, glue...)
		}
		b = appendValue(b, e, 0)
		if err := a.c.size(len(b), a.off); err != nil {
			return nil, err
		}
	}
	return string(b), nil
}

func reverse(v any, a *args) (any, error) {
	list, err := a.toList(v)
	slices.Reverse(list)
	return list, err
}

func concat(v any, a *args) (any, error) {
	list, err := a.toList(v)
	if err != nil {
		return nil, err
	}
	switch a.at(0).(type) {
	case []any, span:
	default:
		return nil, a.fail("%s is not a list.", brief(a.at(0)))
	}
	more, err := a.toList(a.at(0))
	return append(list, more...), err
}

// get is what Ruby's item[property] is: of a text, the part that is named or counted. ok is
// false for what has no parts, an error for what has but not by that name.
func (a *args) get(item, prop any) (v any, ok bool, err error) {
	switch x := item.(type) {
	case nil, bool, constant:
		return nil, false, nil
	case int64:
		n, isInt := prop.(int64)
		if !isInt {
			break
		}
		if n < 0 || n > 63 {
			return int64(0), true, nil
		}
		return x >> n & 1, true, nil
	case string:
		if prop == nil {
			return nil, false, nil
		}
		if isString(prop) {
			if strings.Contains(x, str(prop)) {
				return str(prop), true, nil
			}
			return nil, true, nil
		}
		return nil, true, nil
	}
	if o := object(item); o != nil {
		v, _ := o.Get(str(prop))
		return normal(v), true, nil
	}
	return nil, false, a.fail("%s has no property “%s”.", brief(item), str(prop))
}

func compact(v any, a *args) (any, error) {
	list, err := a.toList(v)
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		if a.at(0) != nil {
			p, _, err := a.get(e, a.at(0))
			if err != nil {
				return nil, err
			}
			if p == nil {
				continue
			}
		}
		if e != nil {
			out = append(out, e)
		}
	}
	return out, nil
}

func uniq(v any, a *args) (any, error) {
	list, err := a.toList(v)
	if err != nil {
		return nil, err
	}
	out, seen := make([]any, 0, len(list)), make(map[string]bool, len(list))
	for _, e := range list {
		key := e
		if a.at(0) != nil {
			if key, _, err = a.get(e, a.at(0)); err != nil {
				return nil, err
			}
		}
		id := string(appendQuoted(nil, key, 0))
		if err := a.c.step(weight(id), a.off); err != nil {
			return nil, err
		}
		if !seen[id] {
			seen[id] = true
			out = append(out, e)
		}
	}
	return out, nil
}

func mapList(v any, a *args) (any, error) {
	list, err := a.toList(v)
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		if list[i], _, err = a.get(e, a.at(0)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func sum(v any, a *args) (any, error) {
	list, err := a.toList(v)
	if err != nil {
		return nil, err
	}
	var total any = int64(0)
	add := filters["plus"].run
	for _, e := range list {
		if a.at(0) != nil {
			if e, _, err = a.get(e, a.at(0)); err != nil {
				return nil, err
			}
		}
		if total, err = add(total, &args{c: a.c, off: a.off, list: []any{e}}); err != nil {
			return nil, err
		}
	}
	return total, nil
}

// keyed pairs each element with what it is sorted by.
func (a *args) keyed(v any) ([][2]any, error) {
	list, err := a.toList(v)
	if err != nil {
		return nil, err
	}
	out, cost := make([][2]any, len(list)), 0
	for i, e := range list {
		out[i] = [2]any{e, e}
		if a.at(0) != nil {
			if out[i][1], _, err = a.get(e, a.at(0)); err != nil {
				return nil, err
			}
		}
		cost += 10 * (1 + weight(out[i][1]))
	}
	return out, a.c.step(cost, a.off)
}

// byKey sorts; what has no key goes last.
func byKey(list [][2]any, order func(l, r any) int) []any {
	slices.SortStableFunc(list, func(l, r [2]any) int {
		switch {
		case l[1] == nil && r[1] == nil:
			return 0
		case l[1] == nil:
			return 1
		case r[1] == nil:
			return -1
		}
		return order(l[1], r[1])
	})
	out := make([]any, len(list))
	for i, p := range list {
		out[i] = p[0]
	}
	return out
}

func sortList(v any, a *args) (any, error) {
	list, err := a.keyed(v)
	if err != nil {
		return nil, err
	}
	var wrong error
	out := byKey(list, func(l, r any) int {
		order, ok, err := compare(l, r)
		if (err != nil || !ok) && wrong == nil {
			wrong = a.fail("%s and %s cannot be compared.", brief(l), brief(r))
		}
		return order
	})
	return out, wrong
}

func sortNatural(v any, a *args) (any, error) {
	list, err := a.keyed(v)
	if err != nil {
		return nil, err
	}
	return byKey(list, func(l, r any) int {
		return strings.Compare(strings.ToLower(str(l)), strings.ToLower(str(r)))
	}), nil
}
