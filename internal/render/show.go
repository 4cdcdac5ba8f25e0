package render

import (
	"fmt"
	"net/url"
	"strings"

	"keepsake/campaigns/document"
)

// shown is the Liquid around a block that not everybody sees. The canvas shows it always.
func (w *writer) shown(s *document.Show) (before, after string) {
	if s == nil || len(s.Rules) == 0 || w.o.Canvas {
		return "", ""
	}
	var b strings.Builder
	tests := make([]string, len(s.Rules))
	for i, r := range s.Rules {
		tests[i] = fmt.Sprintf("k_show%d", i+1)
		value, make := literal("k_value", r.Value)
		fmt.Fprintf(&b, `%s{%% assign %s = %s | meets: "%s", %s %%}`, make, tests[i], r.Path, r.Is, value)
	}
	join := " and "
	if s.Match == "any" {
		join = " or "
	}
	return b.String() + "{% if " + strings.Join(tests, join) + " %}", "{% endif %}"
}

// literal is any text as a Liquid value, and what has to stand before its use: strings have
// no escapes there, so what holds a quote or a brace is written percent-encoded.
func literal(name, s string) (value, before string) {
	odd := func(r rune) bool {
		return r < ' ' || strings.ContainsRune(`"{}%<>&`, r) || strings.ContainsRune(markLeft+markRight, r)
	}
	if strings.IndexFunc(s, odd) < 0 {
		return `"` + s + `"`, ""
	}
	return name, `{% assign ` + name + ` = "` + url.QueryEscape(s) + `" | url_decode %}`
}

// rowIf draws a block's row only where cond, a Liquid condition, holds; the canvas shows
// note in its place. "" always holds.
func (w *writer) rowIf(b document.Block, at box, pad int, cond, note string, inner func(at box)) {
	if cond == "" {
		w.row(b, at, pad, inner)
		return
	}
	open, els, end := "{% if "+cond+" %}", "{% else %}", "{% endif %}"
	if !w.o.Canvas {
		w.WriteString(open)
		w.row(b, at, pad, inner)
		w.WriteString(end)
		return
	}
	w.row(b, at, pad, func(at box) {
		w.WriteString(open)
		inner(at)
		w.WriteString(els)
		w.note(note)
		w.WriteString(end)
	})
}

// rowOr draws a block that has what it needs; of one that has not the canvas shows the note.
func (w *writer) rowOr(b document.Block, at box, pad int, has bool, note string, inner func(at box)) {
	switch {
	case has:
		w.row(b, at, pad, inner)
	case w.o.Canvas:
		w.row(b, at, pad, func(box) { w.note(note) })
	}
}
