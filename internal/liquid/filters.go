package liquid

// A filter changes a value. min and max count its arguments without names.
type filter struct {
	min, max  int
	run       func(v any, a *args) (any, error)
	keepsSafe bool // it knows what to do with HTML that was escaped already
}

// args are what a filter is called with.
type args struct {
	c     *ctx
	off   int
	list  []any
	named []local
}

func (a *args) len() int { return len(a.list) }

// at is an argument, nil when it was not given.
func (a *args) at(i int) any {
	if i < len(a.list) {
		return a.list[i]
	}
	return nil
}

func (a *args) str(i int) string { return plain(a.at(i)) }

func (a *args) option(name string) any {
	for _, n := range a.named {
		if n.name == name {
			return n.value
		}
	}
	return nil
}

func (a *args) fail(text string, more ...any) error {
	return a.c.t.errorAt(a.off, text, more...)
}

// charge spends steps for what a filter made, and refuses what is too long.
func (a *args) charge(v any) error {
	if isString(v) {
		return a.room(len(str(v)))
	}
	if list, ok := v.([]any); ok {
		n := len(list)
		for _, e := range list {
			n += weight(e)
		}
		return a.c.step(n, a.off)
	}
	return nil
}

// weight is the steps a text costs: one for each 64 bytes.
func weight(v any) int {
	switch x := v.(type) {
	case string:
		return len(x) / 64
	case safe:
		return len(x) / 64
	}
	return 0
}

// room tells, before it is made, whether a text of n bytes may be, and spends its weight.
func (a *args) room(n int) error {
	if n > a.c.lim.Output {
		return a.fail("This letter is longer than %d bytes.", a.c.lim.Output)
	}
	return a.c.step(n/64, a.off)
}

// list is a value as a list, as most list filters see it: nested lists flattened, a map or a
// single value alone in it, nil as nothing.
func (a *args) toList(v any) ([]any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case []any:
		return a.flatten(make([]any, 0, len(x)), x, 0)
	case span:
		if err := a.c.step(x.size(), a.off); err != nil {
			return nil, err
		}
		list := make([]any, x.size())
		for i := range list {
			list[i] = x.lo + int64(i)
		}
		return list, nil
	}
	return []any{v}, nil
}

func (a *args) flatten(into, list []any, depth int) ([]any, error) {
	if depth > maxNesting {
		return into, nil
	}
	if err := a.c.step(len(list), a.off); err != nil {
		return nil, err
	}
	for _, v := range list {
		v = normal(v)
		inner, isList := v.([]any)
		if !isList {
			into = append(into, v)
			continue
		}
		var err error
		if into, err = a.flatten(into, inner, depth+1); err != nil {
			return nil, err
		}
	}
	return into, nil
}

// onText makes a filter of a change to a text.
func onText(f func(string) string) filter {
	return filter{run: func(v any, a *args) (any, error) { return f(str(v)), nil }}
}

var filters = map[string]*filter{}

func register(more map[string]filter) struct{} {
	for name, f := range more {
		filters[name] = &f
	}
	return struct{}{}
}
