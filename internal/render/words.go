package render

import (
	"fmt"

	"keepsake/internal/liquid"
)

// Words fills the merge tags of one line of a letter for its reader, as plain text for a page. A
// value that is missing leaves nothing; a line that cannot be read or worked out is a *fault.Error.
func Words(line, lang string, v Values, o Options) (string, error) {
	t, err := liquid.Parse(line, liquid.Text)
	if err != nil {
		return "", liquidFault("document", err)
	}
	s, err := t.RenderString(v.vars(o), v.limits(lang))
	if err != nil {
		return "", fmt.Errorf("fill words: %w", liquidFault("document", err))
	}
	return clean(s), nil
}

// Tagged reports whether a line holds merge tags.
func Tagged(line string) bool { return hasTag(line) }
