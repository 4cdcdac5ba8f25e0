package document

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Change is how one block differs between two versions of a letter.
type Change struct {
	ID    string  `json:"id"`
	Type  string  `json:"type"`
	State string  `json:"state"` // added, removed, changed or moved
	Words []Piece `json:"words"` // what it says, before and after
	Other bool    `json:"other"` // more than its words differs: a picture, an address, its looks
}

// Piece is a run of words that stayed, came or went.
type Piece struct {
	Op   string `json:"op"` // same, add or del
	Text string `json:"text"`
}

// Compare lists what differs in the order of the later letter; what is gone comes last.
// Blocks are the same when their ids are.
func Compare(before, after Document) []Change {
	was, is := entries(before), entries(after)
	stayed := kept(was, is)
	changes := []Change{}
	for _, e := range is {
		old := find(was, e.id)
		switch {
		case old == nil:
			changes = append(changes, Change{ID: e.id, Type: e.kind, State: "added", Words: Words("", e.text)})
		case old.whole != e.whole:
			changes = append(changes, Change{ID: e.id, Type: e.kind, State: "changed", Words: Words(old.text, e.text), Other: old.rest != e.rest})
		case !slices.Contains(stayed, e.id):
			changes = append(changes, Change{ID: e.id, Type: e.kind, State: "moved", Words: Words(e.text, e.text)})
		}
	}
	for _, e := range was {
		if find(is, e.id) == nil {
			changes = append(changes, Change{ID: e.id, Type: e.kind, State: "removed", Words: Words(e.text, "")})
		}
	}
	return changes
}

// entry is a block as it is compared. Those inside columns are entries of their own.
type entry struct{ id, kind, text, rest, whole string }

func entries(d Document) (all []entry) {
	d.Each(func(b Block) {
		fields := fieldsOf(b)
		e := entry{id: b.Common().ID, kind: b.Common().Type}
		e.whole = jsonOf(fields)
		e.text = strings.Join(take(fields), "\n")
		e.rest = jsonOf(fields)
		all = append(all, e)
	})
	return all
}

// fieldsOf is a block's own fields as JSON holds them, without the blocks inside it.
func fieldsOf(b Block) map[string]any {
	src, err := json.Marshal(b)
	fields := map[string]any{}
	if err != nil || json.Unmarshal(src, &fields) != nil {
		return map[string]any{}
	}
	delete(fields, "cols")
	return fields
}

func jsonOf(v any) string {
	b, _ := json.Marshal(v) // it was JSON just now
	return string(b)
}

// mute are the fields that say nothing to a reader.
var mute = []string{"id", "type", "style", "show", "hideOn", "asset", "darkAsset", "image", "thumb", "href", "rulesHref", "link", "variant", "action",
	"query", "layout", "scale", "source", "network", "zone", "starts", "ends", "endsAt", "color", "align", "fallback", "code", "shareTargets"}

// take takes what a block says out of its fields, sorted by their names, and leaves the rest.
func take(fields map[string]any) (said []string) {
	for _, name := range sayingFields(fields) {
		words, ok := spoken(fields[name])
		if ok {
			said = append(said, words...)
			delete(fields, name)
		}
	}
	return said
}

// sayingFields are the names of the fields that say something to a reader, sorted.
func sayingFields(fields map[string]any) []string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		if !slices.Contains(mute, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func spoken(v any) (words []string, ok bool) {
	switch v := v.(type) {
	case string:
		if v = strings.TrimSpace(v); v != "" {
			words = []string{v}
		}
		return words, true
	case []any:
		for _, one := range v {
			if inner, is := one.(map[string]any); is {
				words = append(words, take(inner)...)
				continue
			}
			more, _ := spoken(one)
			words = append(words, more...)
		}
		return words, len(words) > 0 && plainList(v)
	case map[string]any:
		var n Node
		if v["type"] == "doc" && json.Unmarshal([]byte(jsonOf(v)), &n) == nil {
			return []string{n.Plain()}, len(marksOf(n)) == 0
		}
	}
	return nil, false
}

// plainList reports whether a list holds words alone, so that nothing is left of it.
func plainList(v []any) bool {
	return !slices.ContainsFunc(v, func(one any) bool { _, is := one.(string); return !is })
}

// marksOf are the marks and chips of a text: what differs in them is more than words.
func marksOf(n Node) (all []Mark) {
	all = append(all, n.Marks...)
	for _, c := range n.Content {
		all = append(all, marksOf(c)...)
	}
	return all
}

func find(all []entry, id string) *entry {
	if i := slices.IndexFunc(all, func(e entry) bool { return e.id == id }); i >= 0 {
		return &all[i]
	}
	return nil
}

// kept are the ids that stand in the same order in both: the longest such row.
func kept(was, is []entry) []string {
	ids := func(all []entry) []string {
		out := make([]string, len(all))
		for i, e := range all {
			out[i] = e.id
		}
		return out
	}
	var same []string
	for _, p := range pieces(ids(was), ids(is)) {
		if p.op == "same" {
			same = append(same, p.token)
		}
	}
	return same
}

var token = regexp.MustCompile(`\s+|[^\s]+`)

// mostTokens is how many words are compared one by one; longer texts differ as a whole.
const mostTokens = 1500

// Words compares two texts word by word. Two equal texts are one piece that stayed.
func Words(before, after string) []Piece {
	a, b := token.FindAllString(before, -1), token.FindAllString(after, -1)
	if len(a) > mostTokens || len(b) > mostTokens {
		a, b = []string{before}, []string{after}
	}
	out := []Piece{}
	for _, p := range pieces(a, b) {
		if n := len(out); n > 0 && out[n-1].Op == p.op {
			out[n-1].Text += p.token
		} else {
			out = append(out, Piece{p.op, p.token})
		}
	}
	return out
}

type piece struct{ op, token string }

// pieces is the shortest way from one list to the other. Ends that agree are set apart
// first: most changes are small.
func pieces(a, b []string) []piece {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	out := make([]piece, 0, len(a)+len(b))
	for _, t := range a[:head] {
		out = append(out, piece{"same", t})
	}
	out = append(out, middle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	for _, t := range a[len(a)-tail:] {
		out = append(out, piece{"same", t})
	}
	return out
}

// middle finds the longest common row by the table of its lengths.
func middle(a, b []string) (out []piece) {
	rows := make([][]int32, len(a)+1)
	for i := range rows {
		rows[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				rows[i][j] = rows[i+1][j+1] + 1
			} else {
				rows[i][j] = max(rows[i+1][j], rows[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, piece{"same", a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && rows[i+1][j] >= rows[i][j+1]:
			out = append(out, piece{"del", a[i]})
			i++
		default:
			out = append(out, piece{"add", b[j]})
			j++
		}
	}
	return out
}
