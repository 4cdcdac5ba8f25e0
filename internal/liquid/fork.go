package liquid

import "strings"

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
			return p.t.errorAt(tok.tag, "The branches of this “%s” end in different places of the HTML. Open and close HTML tags and quotes in the same branch.", tok.name)
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
	return escaping{kind: nameEscape, past: h.state == inTagName && h.name != ""}
}

// afterOutput is the context behind an inserted value: it can begin an unquoted value, nothing more.
func (h context) afterOutput() context {
	switch h.state {
	case inOpen: // "<{{ x }}": the value is escaped as a name, so this is no tag of ours to follow
		h.state = inTagName
	case beforeValue:
		h.state = inValue
	case inAttrName: // the value may have made it the name of a script, unless it only ends a data- name
		if !strings.HasPrefix(h.name, "data-") && !strings.HasPrefix(h.name, "aria-") {
			h.name = "on"
		}
	}
	return h
}

// merge is the context behind two branches that end in h and o; ok is false when they end in
// places that have nothing in common.
func (h context) merge(o context) (merged context, ok bool) {
	if h == o {
		return h, true
	}
	if h.inside() && o.inside() && h.elem == o.elem {
		return context{state: inTag, elem: h.elem}, true
	}
	if h.state == beforeValue && o.state == inValue && o.quote == 0 {
		h.state = inValue
	}
	if o.state == beforeValue && h.state == inValue && h.quote == 0 {
		o.state = inValue
	}
	if h.state != o.state || h.quote != o.quote || h.elem != o.elem {
		return h, false
	}
	if h.kind != o.kind {
		h.kind = jsAttr
	}
	h.past = h.past && o.past
	if h.name != o.name {
		h.name = ""
	}
	return h, true
}

func (h context) inside() bool {
	return h.state == inTagName && h.name != "script" && h.name != "style" || h.state == inTag || h.state == inAttrName
}
