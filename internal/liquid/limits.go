package liquid

import "time"

// Limits stop a template that asks for too much, and carry what a rendering is told about its
// reader. A zero field means the default.
type Limits struct {
	Steps    int              // nodes rendered and elements walked; default 1,000,000
	Output   int              // bytes written, captures included; also the longest text a filter may make; default 5 MB, at most 64 MB
	Depth    int              // blocks and partials inside one another; default 50
	Deadline time.Duration    // default 2 s
	Now      func() time.Time // default time.Now; also what "now" means to the date filter

	Lang string         // language of month names, plurals and money: en (default), bg, ru
	Zone *time.Location // the zone the date filter shows; nil keeps a time's own zone, and UTC for text

	// EmptyIsFalse makes {% if name %} fail for an empty text, as most who write it expect.
	// Liquid itself holds "" for true, so without it {% if name %}Dear {{ name }}{% endif %}
	// greets nobody.
	EmptyIsFalse bool
}

// longest bounds every text the engine makes, so that no list of long texts is printed at once.
const longest = 64 << 20

// pace is how many steps pass between two looks at the clock.
const pace = 64

func (l Limits) withDefaults() Limits {
	if l.Steps <= 0 {
		l.Steps = 1_000_000
	}
	if l.Output <= 0 {
		l.Output = 5 << 20
	}
	l.Output = min(l.Output, longest)
	if l.Depth <= 0 {
		l.Depth = 50
	}
	if l.Deadline <= 0 {
		l.Deadline = 2 * time.Second
	}
	if l.Now == nil {
		l.Now = time.Now
	}
	return l
}

type signal uint8

const (
	goOn signal = iota
	breakLoop
	continueLoop
)

type local struct {
	name  string
	value any
}

// A budget is shared by a rendering and the partials it renders.
type budget struct {
	lim      Limits
	steps    int
	check    int // the clock is asked again when steps fall below it
	end      time.Time
	captured int
	depth    int
}

// A ctx is one rendering: its variables, its output so far, and what it may still spend.
type ctx struct {
	*budget
	t        *Template // the source that is running, for the place of an error
	html     bool
	out      []byte
	signal   signal
	vars     map[string]any
	assigned map[string]any
	counters map[string]any
	locals   []local // innermost last
	loop     *forLoop
	cycles   map[string]int
	offsets  map[string]int
	changed  *string
	missed   func(path string) // told of every value that is missing; nil in a plain rendering
	places   *[]Place          // of long literals in out; nil when nobody asks
}

func newCtx(t *Template, out []byte, vars map[string]any, lim Limits) *ctx {
	lim = lim.withDefaults()
	b := &budget{lim: lim, steps: lim.Steps, check: lim.Steps - pace, end: lim.Now().Add(lim.Deadline)}
	return &ctx{budget: b, t: t, html: t.mode == HTML, out: out, vars: vars}
}

// step spends n steps, and looks at the clock now and then.
func (c *ctx) step(n, off int) error {
	c.steps -= n
	if c.steps < 0 {
		return c.t.errorAt(off, "This letter takes more than %d steps to write.", c.lim.Steps)
	}
	if c.steps < c.check {
		c.check = c.steps - pace
		if c.lim.Now().After(c.end) {
			return c.t.errorAt(off, "This letter takes longer than %s to write.", c.lim.Deadline)
		}
	}
	return nil
}

func (c *ctx) size(n, off int) error {
	if n+c.captured > c.lim.Output {
		return c.t.errorAt(off, "This letter is longer than %d bytes.", c.lim.Output)
	}
	return nil
}

func (c *ctx) enter(off int) error {
	c.depth++
	if c.depth > c.lim.Depth {
		return c.t.errorAt(off, "Tags are nested deeper than %d.", c.lim.Depth)
	}
	return nil
}

// holds tells whether a test is passed.
func (c *ctx) holds(v any) bool {
	if c.lim.EmptyIsFalse && isString(v) && str(v) == "" {
		return false
	}
	return truthy(v)
}

func (c *ctx) leave() { c.depth-- }

func (c *ctx) write(s string, off int) error {
	c.out = append(c.out, s...)
	return c.size(len(c.out), off)
}

// take cuts what was written since mark out of the output.
func (c *ctx) take(mark, off int) (string, error) {
	s := string(c.out[mark:])
	c.cut(mark)
	c.captured += len(s)
	return s, c.size(len(c.out), off)
}

// cut drops what was written since mark.
func (c *ctx) cut(mark int) {
	c.out = c.out[:mark]
	for c.places != nil && len(*c.places) > 0 && (*c.places)[len(*c.places)-1].At >= mark {
		*c.places = (*c.places)[:len(*c.places)-1]
	}
}

// lookup finds a name: loop variables and arguments, then assigned, then counters, then the values given.
func (c *ctx) lookup(name string) any {
	for i := len(c.locals) - 1; i >= 0; i-- {
		if c.locals[i].name == name {
			return c.locals[i].value
		}
	}
	if v, ok := c.assigned[name]; ok {
		return v
	}
	if v, ok := c.counters[name]; ok {
		return v
	}
	return normal(c.vars[name])
}

func (c *ctx) assign(name string, v any) {
	if c.assigned == nil {
		c.assigned = make(map[string]any)
	}
	c.assigned[name] = v
}
