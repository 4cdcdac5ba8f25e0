package document

import (
	"encoding/json"
	"slices"
)

// Refs are the numbers of the saved blocks that a document shows by a link, each once. What
// is no document has none.
func Refs(src string) []int64 {
	var any any
	if json.Unmarshal([]byte(src), &any) != nil {
		return nil
	}
	return refs(any, nil)
}

func refs(v any, found []int64) []int64 {
	switch v := v.(type) {
	case []any:
		for _, inner := range v {
			found = refs(inner, found)
		}
	case map[string]any:
		n, ok := v["ref"].(float64)
		if ok && v["type"] == "saved" && !slices.Contains(found, int64(n)) {
			found = append(found, int64(n))
		}
		for _, inner := range v {
			found = refs(inner, found)
		}
	}
	return found
}
