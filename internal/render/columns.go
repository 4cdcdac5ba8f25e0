package render

import (
	"cmp"

	"keepsake/campaigns/document"
)

// columns draws inline blocks that wrap by themselves where they do not fit, in a table of
// fixed widths for Outlook; columns that must not stack are a plain table.
func (w *writer) columns(b *document.Columns, at box) {
	shares := document.Layouts[b.Layout]
	gap := cmp.Or(b.Gap, 24)
	widths := make([]int, len(shares))
	for i, s := range shares {
		widths[i] = (at.width - gap*(len(shares)-1)) * s / 100
	}
	if b.Stack != nil && !*b.Stack {
		w.fixed(b, shares, widths, gap)
		return
	}
	if b.Reverse {
		w.reversed(b, at, widths, gap)
		return
	}
	w.f(`<!--[if mso]>`+table+` width="%d"><tr><![endif]-->`, at.width)
	w.WriteString(`<div style="font-size:0">`)
	for i := range b.Cols {
		class := "k-gap"
		if i == len(b.Cols)-1 {
			class = ""
		}
		w.stacked(b, i, widths[i], gap, class, "")
	}
	w.WriteString(`</div><!--[if mso]></tr></table><![endif]-->`)
}

// reversed writes the last column first and turns the direction they flow in: side by side
// they stand as usual, under one another the last one is on top.
func (w *writer) reversed(b *document.Columns, at box, widths []int, gap int) {
	own, other := "ltr", "rtl"
	if w.rtl {
		own, other = other, own
	}
	w.onPhone(".k-edges{padding-right:0!important;padding-left:0!important}")
	w.f(`<!--[if mso]>`+table+` width="%d" dir="%s"><tr><![endif]--><div dir="%s" style="font-size:0">`, at.width, other, other)
	for i := len(b.Cols) - 1; i >= 0; i-- {
		class := "k-gap"
		if i == 0 {
			class = "k-edges"
		}
		w.stacked(b, i, widths[i], gap, class, ` dir="`+own+`"`)
	}
	w.WriteString(`</div><!--[if mso]></tr></table><![endif]-->`)
}

// stacked is one column that stands under the one before it where there is no room beside it.
func (w *writer) stacked(b *document.Columns, i, width, gap int, class, dir string) {
	room := gap
	if i == len(b.Cols)-1 {
		room = 0
	}
	w.f(`<!--[if mso]><td width="%d" valign="top"%s><![endif]--><div class="k-col"%s style="display:inline-block;vertical-align:top;width:100%%;max-width:%dpx">`, width+room, dir, dir, width+room)
	w.f(table+` width="100%%"><tr><td class="%s" style="padding-%s:%dpx">`, class, w.end(), room)
	w.column(b, i, b.Cols[i], width)
	w.WriteString(`</td></tr></table></div><!--[if mso]></td><![endif]-->`)
}

func (w *writer) fixed(b *document.Columns, shares, widths []int, gap int) {
	w.WriteString(table + ` width="100%"><tr>`)
	for i, col := range b.Cols {
		room := gap
		if i == len(b.Cols)-1 {
			room = 0
		}
		w.f(`<td width="%d%%" valign="top" style="padding-%s:%dpx">`, shares[i], w.end(), room)
		w.column(b, i, col, widths[i])
		w.WriteString("</td>")
	}
	w.WriteString("</tr></table>")
}

func (w *writer) column(b *document.Columns, i int, col document.Blocks, width int) {
	mark := ""
	if w.marked() {
		mark = ` data-column="` + b.ID + "/" + string(rune('0'+i)) + `"`
	}
	w.f(table+` width="100%%"%s>`, mark)
	for _, inner := range col {
		w.block(inner, box{width: width, nested: true})
	}
	if len(col) == 0 {
		w.WriteString("<tr><td>")
		if w.o.Canvas {
			w.note(w.say("An empty column"))
		}
		w.WriteString("</td></tr>")
	}
	w.WriteString("</table>")
}

func (w *writer) end() string {
	if w.rtl {
		return "left"
	}
	return "right"
}

func (w *writer) start() string {
	if w.rtl {
		return "right"
	}
	return "left"
}
