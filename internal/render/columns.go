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
	w.f(`<!--[if mso]>`+table+` width="%d"><tr><![endif]-->`, at.width)
	w.WriteString(`<div style="font-size:0">`)
	for i, col := range b.Cols {
		room := gap
		if i == len(b.Cols)-1 {
			room = 0
		}
		w.f(`<!--[if mso]><td width="%d" valign="top"><![endif]--><div class="k-col" style="display:inline-block;vertical-align:top;width:100%%;max-width:%dpx">`, widths[i]+room, widths[i]+room)
		class := ""
		if room > 0 {
			class = "k-gap"
		}
		w.f(table+` width="100%%"><tr><td class="%s" style="padding-%s:%dpx">`, class, w.end(), room)
		w.column(b, i, col, widths[i])
		w.WriteString(`</td></tr></table></div><!--[if mso]></td><![endif]-->`)
	}
	w.WriteString(`</div><!--[if mso]></tr></table><![endif]-->`)
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
	if w.o.Canvas {
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
