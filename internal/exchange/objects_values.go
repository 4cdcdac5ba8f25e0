package exchange

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"
)

// cellOf is a value as a table has it: text as it is, a list of such things parted by semicolons, whatever else is nested as
// JSON; null is an empty cell.
func cellOf(raw []byte) string {
	switch raw[0] {
	case '"':
		return textOf(raw)
	case 'n':
		return ""
	case '[':
		if items, plain := itemsOf(raw); plain {
			return strings.Join(items, "; ")
		}
		fallthrough
	case '{':
		var flat bytes.Buffer
		_ = json.Compact(&flat, raw) // valid: it is part of what was looked at
		return flat.String()
	}
	return string(raw)
}

func itemsOf(raw []byte) (items []string, plain bool) {
	var all []json.RawMessage
	_ = json.Unmarshal(raw, &all)
	for _, one := range all {
		if one[0] == '[' || one[0] == '{' {
			return nil, false
		}
		if cell := cellOf(one); cell != "" {
			items = append(items, cell)
		}
	}
	return items, true
}

// textOf reads a string of JSON.
func textOf(raw []byte) (s string) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	_ = json.Unmarshal(raw, &s)
	return s
}

// members are the names and values of an object, in order; b must be valid.
func members(b []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for i := space(b, 1); b[i] != '}'; {
			end := valueEnd(b, i)
			name := textOf(b[i:end])
			i = space(b, space(b, end)+1) // behind the colon
			end = valueEnd(b, i)
			if !yield(name, b[i:end]) {
				return
			}
			if i = space(b, end); b[i] == ',' {
				i = space(b, i+1)
			}
		}
	}
}

func space(b []byte, i int) int {
	for isSpace(b[i]) {
		i++
	}
	return i
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\r' || b == '\t' }

// valueEnd is where the value ends that begins at i, however deep it is.
func valueEnd(b []byte, i int) int {
	for depth := 0; ; {
		switch b[i] {
		case '"':
			i = textEnd(b, i)
		case '{', '[':
			depth, i = depth+1, i+1
		case '}', ']':
			depth, i = depth-1, i+1
		case ',', ':', ' ', '\t', '\r', '\n':
			i++
		default:
			for i < len(b) && b[i] != ',' && b[i] != ':' && b[i] != ']' && b[i] != '}' && !isSpace(b[i]) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
}

func textEnd(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}
