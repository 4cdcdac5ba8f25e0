package store

import (
	"bytes"
	"encoding/json"
)

// pick puts the attributes that keys name where they belong. What we have written ourselves is a flat object of
// texts; one with escapes is left to the library.
func pick(object []byte, keys map[string]int, out [][]byte) {
	if bytes.IndexByte(object, '\\') < 0 && pickPlain(object, keys, out) {
		return
	}
	var all map[string]string
	if json.Unmarshal(object, &all) != nil {
		return
	}
	for key, at := range keys {
		if value, is := all[key]; is {
			out[at] = []byte(value)
		}
	}
}

// pickPlain reads {"key":"value",…} without escapes, and reports whether it was that.
func pickPlain(object []byte, keys map[string]int, out [][]byte) bool {
	rest, ok := bytes.CutPrefix(object, []byte(`{`))
	for ok && len(rest) > 1 {
		var key, value []byte
		if key, rest, ok = quotedText(rest); !ok || len(rest) == 0 || rest[0] != ':' {
			return false
		}
		if value, rest, ok = quotedText(rest[1:]); !ok || len(rest) == 0 {
			return false
		}
		if at, wanted := keys[string(key)]; wanted {
			out[at] = value
		}
		if rest[0] != ',' {
			break
		}
		rest = rest[1:]
	}
	return ok && string(rest) == "}"
}

func quotedText(b []byte) (text, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, b, false
	}
	return bytes.Cut(b[1:], []byte(`"`))
}
