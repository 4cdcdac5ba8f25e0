package liquid

import "strings"

// A context is where in an HTML document a piece of a template stands. It is found by reading the
// literal HTML from the start, once, when the template is parsed. The zero context is text.
type context struct {
	state state
	kind  attrKind
	elem  element_
	quote byte // around the attribute's value: ", ' or 0
	past  bool // in a URL, whose scheme can no longer change
	name  string
}

type state uint8

const (
	inText state = iota
	inOpen       // behind <
	inTagName
	inTag      // between attributes
	inAttrName // or behind it
	beforeValue
	inValue
	inElement // script or style
	inComment
	inMarkup // <! … > and <? … >
)

type attrKind uint8

const (
	plainAttr attrKind = iota
	urlAttr
	cssAttr
	jsAttr // also what is unknown: the strictest
)

type element_ uint8

const (
	otherElement element_ = iota
	scriptElement
	styleElement
)

func (h context) isText() bool { return h == context{} }

// after is the context behind a piece of literal HTML.
func (h context) after(s string) context {
	for s != "" {
		switch h.state {
		case inText:
			h, s = h.text(s)
		case inOpen:
			h, s = h.open(s)
		case inTagName:
			h, s = h.tagName(s)
		case inTag:
			h, s = h.tag(s)
		case inAttrName:
			h, s = h.attrName(s)
		case beforeValue:
			h, s = h.before(s)
		case inValue:
			h, s = h.value(s)
		case inElement:
			h, s = h.element(s)
		case inComment:
			h, s = h.until(s, "-->")
		case inMarkup:
			h, s = h.until(s, ">")
		}
	}
	return h
}

func (h context) text(s string) (context, string) {
	i := strings.IndexByte(s, '<')
	if i < 0 {
		return h, ""
	}
	return context{state: inOpen}, s[i+1:]
}

func (h context) open(s string) (context, string) {
	switch b := s[0]; {
	case strings.HasPrefix(s, "!--"):
		return comment(s[3:])
	case b == '!' || b == '?':
		return context{state: inMarkup}, s[1:]
	case b == '/' || isLetter(b):
		return context{state: inTagName, name: string(lower(b))}, s[1:]
	}
	return context{}, s
}

// comment looks behind <!--. What is in a conditional comment is HTML to Outlook, so it is read as HTML.
func comment(s string) (context, string) {
	for _, end := range []string{">", "->"} {
		if strings.HasPrefix(s, end) {
			return context{}, s[len(end):]
		}
	}
	if strings.HasPrefix(strings.TrimLeft(s, space), "[if") {
		if i := strings.Index(s[:min(len(s), 200)], "]>"); i >= 0 {
			return context{}, s[i+2:]
		}
	}
	return context{state: inComment}, s
}

func (h context) until(s, end string) (context, string) {
	i := strings.Index(s, end)
	if i < 0 {
		return h, ""
	}
	return context{}, s[i+len(end):]
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

const htmlSpace = " \t\r\n\f"

func (h context) tagName(s string) (context, string) {
	i := strings.IndexAny(s, htmlSpace+"/>")
	if i < 0 {
		h.name = longer(h.name, s)
		return h, ""
	}
	name := h.name + strings.ToLower(s[:i])
	h = context{state: inTag}
	switch name {
	case "script":
		h.elem = scriptElement
	case "style":
		h.elem = styleElement
	}
	return h, s[i:]
}

// longer is a name with more of it. Nothing we know has a name of more than 64 bytes: such a one is
// read as that of a script.
func longer(name, more string) string {
	if len(name)+len(more) > 64 {
		return "on"
	}
	return name + strings.ToLower(more)
}

func (h context) tag(s string) (context, string) {
	s = strings.TrimLeft(s, htmlSpace+"/")
	if s == "" {
		return h, s
	}
	switch s[0] {
	case '>':
		if h.elem != otherElement {
			return context{state: inElement, elem: h.elem}, s[1:]
		}
		return context{}, s[1:]
	case '=': // behind a name that is not known: two branches differ, or a value made it
		return context{state: beforeValue, elem: h.elem, kind: jsAttr}, s[1:]
	}
	return context{state: inAttrName, elem: h.elem}, s
}

func (h context) attrName(s string) (context, string) {
	i := strings.IndexAny(s, htmlSpace+"/>=")
	if i < 0 {
		h.name = longer(h.name, s)
		return h, ""
	}
	name := h.name + strings.ToLower(s[:i])
	rest := strings.TrimLeft(s[i:], htmlSpace)
	if rest == "" { // the = may come in the next piece
		h.name = name
		return h, ""
	}
	if rest[0] != '=' {
		return context{state: inTag, elem: h.elem}, rest
	}
	return context{state: beforeValue, elem: h.elem, kind: kindOf(name)}, rest[1:]
}

func (h context) before(s string) (context, string) {
	s = strings.TrimLeft(s, htmlSpace)
	if s == "" {
		return h, s
	}
	switch s[0] {
	case '>':
		return context{state: inTag, elem: h.elem}, s
	case '"', '\'':
		h.quote = s[0]
		s = s[1:]
	}
	h.state = inValue
	return h, s
}

func (h context) value(s string) (context, string) {
	end := -1
	if h.quote != 0 {
		end = strings.IndexByte(s, h.quote)
	} else {
		end = strings.IndexAny(s, htmlSpace+">")
	}
	if end < 0 {
		h.past = h.past || h.kind == urlAttr && strings.ContainsAny(s, ":/?#")
		return h, ""
	}
	if h.quote != 0 {
		end++
	}
	return context{state: inTag, elem: h.elem}, s[end:]
}

func (h context) element(s string) (context, string) {
	end := "</script"
	if h.elem == styleElement {
		end = "</style"
	}
	for i := 0; i+len(end) <= len(s); i++ {
		if s[i] == '<' && strings.EqualFold(s[i:i+len(end)], end) {
			return context{state: inTagName, name: "/"}, s[i+len(end):]
		}
	}
	return h, ""
}

// kindOf tells how the value of an attribute is read by a mail program.
func kindOf(name string) attrKind {
	switch name = name[strings.LastIndexByte(name, ':')+1:]; name { // v:href, xlink:href
	case "href", "src", "action", "background", "cite", "classid", "codebase", "data", "formaction",
		"icon", "longdesc", "lowsrc", "dynsrc", "manifest", "ping", "poster", "profile", "usemap", "srcset":
		return urlAttr
	case "style":
		return cssAttr
	case "srcdoc":
		return jsAttr
	}
	if strings.HasPrefix(name, "on") {
		return jsAttr
	}
	return plainAttr
}
