package liquid

var _ = register(map[string]filter{
	"where":      {min: 1, max: 2, run: where},
	"reject":     {min: 1, max: 2, run: reject},
	"find":       {min: 1, max: 2, run: find},
	"find_index": {min: 1, max: 2, run: findIndex},
	"has":        {min: 1, max: 2, run: has},
})

// match tells for each element whether it has the property, or has it with the value wanted. known is false
// when an element can have no properties: then Liquid answers nil for the whole list.
func (a *args) match(v any) (list []any, hits []bool, known bool, err error) {
	if list, err = a.toList(v); err != nil {
		return nil, nil, false, err
	}
	hits = make([]bool, len(list))
	for i, e := range list {
		got, ok, err := a.get(e, a.at(0))
		if err != nil {
			return nil, nil, false, err
		}
		if !ok {
			return nil, nil, false, nil
		}
		if want := a.at(1); want == nil {
			hits[i] = truthy(got)
		} else {
			hits[i] = equal(got, want)
		}
	}
	return list, hits, true, nil
}

func where(v any, a *args) (any, error)  { return a.filtered(v, true) }
func reject(v any, a *args) (any, error) { return a.filtered(v, false) }

func (a *args) filtered(v any, want bool) (any, error) {
	list, hits, known, err := a.match(v)
	if err != nil || !known {
		return nil, err
	}
	out := make([]any, 0, len(list))
	for i, e := range list {
		if hits[i] == want {
			out = append(out, e)
		}
	}
	return out, nil
}

func (a *args) firstHit(v any) (list []any, at int, known bool, err error) {
	list, hits, known, err := a.match(v)
	for i, hit := range hits {
		if hit {
			return list, i, known, err
		}
	}
	return list, -1, known, err
}

func find(v any, a *args) (any, error) {
	list, at, _, err := a.firstHit(v)
	if err != nil || at < 0 {
		return nil, err
	}
	return list[at], nil
}

func findIndex(v any, a *args) (any, error) {
	_, at, _, err := a.firstHit(v)
	if err != nil || at < 0 {
		return nil, err
	}
	return int64(at), nil
}

func has(v any, a *args) (any, error) {
	_, at, known, err := a.firstHit(v)
	if err != nil || !known {
		return nil, err
	}
	return at >= 0, nil
}
