package render

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/internal/liquid"
)

// Unknown is a merge tag that no letter of this kind can fill: a typing error.
type Unknown struct {
	Path         string
	Where        string // subject, preheader, html, or the block's id
	Line, Column int    // in the HTML; 0 in a block
	Suggest      string // the path that was probably meant, or ""
}

// Missing lists the merge tags that are empty for this person and have no fallback.
func (l *Letter) Missing(v Values) []string {
	vars := v.vars(l.o)
	vars["message"] = map[string]any{"subject": "-"} // the subject's own gaps are told once
	var all []string
	for _, t := range []*liquid.Template{l.subject, l.hidden, l.page(v), l.text} {
		if !needy(t) {
			continue
		}
		for _, path := range t.Missing(vars) {
			if !slices.Contains(all, path) {
				all = append(all, path)
			}
		}
	}
	return all
}

// needy reports whether anything in the template could be missing.
func needy(t *liquid.Template) bool {
	return slices.ContainsFunc(t.Paths(), func(p liquid.Path) bool { return !p.HasFallback && p.Name != "message.subject" })
}

// Need is a merge tag without a fallback: who lacks its value gets no letter.
type Need struct {
	Path  string
	Where string // subject, preheader, html, or the block's id
	Line  int    // in the HTML; 0 in a block
}

// Needs lists the merge tags that have no fallback, each where it stands first.
func (l *Letter) Needs() []Need { return l.needs }

// Shows lists the recipient's values that the letter reads, with a fallback or without.
func (l *Letter) Shows() (paths []string) {
	for _, t := range []*liquid.Template{l.subject, l.hidden, l.html} {
		for _, p := range t.Paths() {
			if strings.HasPrefix(p.Name, "subscriber.") && !slices.Contains(paths, p.Name) {
				paths = append(paths, p.Name)
			}
		}
	}
	return paths
}

// Unknown lists the merge tags that cannot be right, with what was probably meant.
func (l *Letter) Unknown() []Unknown { return l.unknown }

func findings(c campaigns.Content, o Options) finder {
	f := finder{known: knownShape(o.Data)}
	f.look("subject", c.Subject, liquid.Text)
	f.look("preheader", c.Preheader, liquid.Text)
	if c.Coded() {
		f.look("html", c.HTML, liquid.HTML)
		return f
	}
	d, err := document.Parse(c.Document)
	if err != nil || d.Resolve(o.Saved) != nil {
		return f
	}
	w := page(c, d, o)
	d.Each(func(b document.Block) {
		if !holdsOthers(b) {
			f.optional = optional(b)
			f.look(b.Common().ID, blockAlone(b, w), liquid.HTML)
		}
	})
	return f
}

type finder struct {
	known    *shape
	optional []string // paths that the block at hand asks for and does without
	found    []Unknown
	needs    []Need
}

// optional are the values of a kind that a block shows where the kind has them.
func optional(b document.Block) []string {
	switch b := b.(type) {
	case *document.Points:
		return []string{"data.points", "data.tier", "data.next_reward", "data.next_reward_at"}
	case *document.Referral:
		if _, ok := document.Href(b.Href); !ok {
			return []string{"data.referrals", "data.referral_goal"}
		}
		return []string{"data.share_url", "data.referrals", "data.referral_goal"}
	case *document.Contest:
		return []string{"data.entries", "data.share_url", "data.ends"}
	}
	return nil
}

func (f *finder) look(where, src string, mode liquid.Mode) {
	t, err := liquid.Parse(src, mode)
	if err != nil {
		return // Compile has told
	}
	for _, p := range t.Paths() {
		f.need(where, p)
		if f.known.has(p.Name) || slices.Contains(f.optional, p.Name) || slices.ContainsFunc(f.found, func(u Unknown) bool { return u.Path == p.Name && u.Where == where }) {
			continue
		}
		u := Unknown{Path: p.Name, Where: where, Suggest: nearest(p.Name, f.known.names(""))}
		if where == "html" {
			u.Line, u.Column = p.Line, p.Column
		}
		f.found = append(f.found, u)
	}
}

func (f *finder) need(where string, p liquid.Path) {
	root, _, _ := strings.Cut(p.Name, ".")
	if p.HasFallback || !slices.Contains([]string{"subscriber", "order", "data"}, root) || slices.ContainsFunc(f.needs, func(n Need) bool { return n.Path == p.Name }) {
		return
	}
	n := Need{Path: p.Name, Where: where}
	if where == "html" {
		n.Line = p.Line
	}
	f.needs = append(f.needs, n)
}

// shape is what a value may be asked for. nil is a plain value.
type shape struct {
	any    bool // of anything
	fields map[string]*shape
	elem   *shape // of a list
}

func knownShape(data any) *shape {
	leaves := func(names ...string) *shape {
		s := &shape{fields: map[string]*shape{}}
		for _, n := range names {
			s.fields[n] = nil
		}
		return s
	}
	subscriber := leaves("email", "first_name", "last_name", "name", "lang")
	subscriber.fields["attributes"] = &shape{any: true}
	order := shapeOf(reflect.TypeFor[order](), 0)
	subscriber.fields["last_order"] = order
	subscriber.fields["value"] = shapeOf(reflect.TypeFor[Worth](), 0)
	shop := leaves("name", "address", "url", "logo")
	shop.fields["bestsellers"] = shapeOf(reflect.TypeFor[[]Bestseller](), 0)
	root := &shape{fields: map[string]*shape{"subscriber": subscriber, "shop": shop,
		"order": order, "campaign": leaves("name"), "message": leaves("subject"),
		"links": leaves(LinkNames...), "now": nil, "data": {any: true}}}
	if data != nil {
		root.fields["data"] = shapeOf(reflect.TypeOf(data), 0)
	}
	return root
}

func shapeOf(t reflect.Type, depth int) *shape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[time.Time]() || depth > 4 {
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		s := &shape{fields: map[string]*shape{}}
		for _, f := range reflect.VisibleFields(t) {
			if f.IsExported() && !f.Anonymous {
				s.fields[liquid.Snake(f.Name)] = shapeOf(f.Type, depth+1)
			}
		}
		return s
	case reflect.Slice, reflect.Array:
		return &shape{elem: shapeOf(t.Elem(), depth+1), fields: map[string]*shape{}}
	case reflect.Map, reflect.Interface:
		return &shape{any: true}
	}
	return nil
}

func (s *shape) has(path string) bool {
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' }) {
		switch {
		case s == nil:
			return step == "size"
		case s.any:
			return true
		case strings.HasSuffix(step, "]"), s.elem != nil && (step == "first" || step == "last"):
			s = s.elem
		case step == "size":
			s = nil
		default:
			next, ok := s.fields[step]
			if !ok {
				return false
			}
			s = next
		}
	}
	return true
}

// names are all the paths below, to suggest one.
func (s *shape) names(prefix string) []string {
	if s == nil || s.any {
		return nil
	}
	var all []string
	for name, below := range s.fields {
		path := strings.TrimPrefix(prefix+"."+name, ".")
		all = append(all, path)
		all = append(all, below.names(path)...)
	}
	if s.elem != nil {
		all = append(all, s.elem.names(prefix+"[]")...)
	}
	return all
}

// nearest is the name that is at most a third off, or "".
func nearest(path string, names []string) string {
	best, least := "", len(path)/3+1
	for _, n := range names {
		if d := distance(path, n); d < least || d == least && best != "" && n < best {
			best, least = n, d
		}
	}
	return best
}

// distance counts the letters to change, add, drop or swap with their neighbour.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			rows[i][j] = step(rows, a, b, i, j)
		}
	}
	return rows[len(a)][len(b)]
}

func step(rows [][]int, a, b string, i, j int) int {
	if i == 0 || j == 0 {
		return i + j
	}
	if a[i-1] == b[j-1] {
		return rows[i-1][j-1]
	}
	least := min(rows[i-1][j-1], rows[i-1][j], rows[i][j-1])
	if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
		least = min(least, rows[i-2][j-2])
	}
	return least + 1
}
