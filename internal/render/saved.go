package render

import "keepsake/campaigns/document"

// saved draws what the block stands for. In the canvas that is one thing: it is changed in
// the library, not here.
func (w *writer) saved(b *document.Saved, at box) {
	switch {
	case len(b.Blocks) == 0 && w.o.Canvas:
		note := w.say("Choose a saved block.")
		if b.Gone {
			note = w.say("This saved block is no longer there.")
		}
		w.row(b, at, 12, func(box) { w.note(note) })
	case len(b.Blocks) == 0:
	case w.o.Canvas || b.HideOn != "":
		w.framed(b, at)
	default:
		for _, inner := range b.Blocks {
			w.block(inner, at)
		}
	}
}

// framed draws the blocks within one row of the letter.
func (w *writer) framed(b *document.Saved, at box) {
	mark := ""
	if w.marked() {
		mark = ` data-block="` + b.ID + `"`
	}
	w.f(`<tr%s><td%s>`+table+` width="100%%">`, hidden(b.HideOn), mark)
	before := w.within
	w.within = true
	for _, inner := range b.Blocks {
		w.block(inner, at)
	}
	w.within = before
	w.WriteString("</table></td></tr>\n")
}
