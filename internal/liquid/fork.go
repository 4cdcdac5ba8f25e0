package liquid

// A fork reads each branch of a tag in the context before it, and joins the contexts behind.
type fork struct {
	start context
	ends  []context
}

func (p *parser) fork() *fork { return &fork{start: p.html} }

// branch ends one branch; the next begins where the first began.
func (f *fork) branch(p *parser) {
	f.ends = append(f.ends, p.html)
	p.html = f.start
}

// join goes on behind all branches; skips tells that none of them may have been taken.
func (f *fork) join(p *parser, tok token, skips bool) error {
	if p.mode != HTML {
		return nil
	}
	if skips || len(f.ends) == 0 {
		f.ends = append(f.ends, f.start)
	}
	h := f.ends[0]
	for _, end := range f.ends[1:] {
		merged, ok := h.merge(end)
		if !ok {
			return p.t.errorAt(tok.tag, "The branches of this %s end in different places of the HTML. Open and close HTML tags and quotes in the same branch.", tok.name)
		}
		h = merged
	}
	p.html = h
	return nil
}

// escaping is how an output at this place is escaped.
func (p *parser) escaping() escaping {
	if p.mode != HTML {
		return escaping{}
	}
	return p.html.escaping()
}

func (h context) escaping() escaping {
	switch h.state {
	case inText:
		return escaping{kind: textEscape}
	case inElement:
		if h.elem == styleElement {
			return escaping{kind: cssEscape}
		}
		return escaping{kind: jsEscape}
	case inComment, inMarkup:
		return escaping{kind: commentEscape}
	case beforeValue, inValue:
		e := escaping{attr: true, unquoted: h.quote == 0}
		switch h.kind {
		case plainAttr:
			e.kind = textEscape
		case urlAttr:
			e.kind, e.past = urlEscape, h.past
		case cssAttr:
			e.kind = cssEscape
		case jsAttr:
			e.kind = jsEscape
		}
		return e
	}
	return escaping{kind: nameEscape}
}
