package render

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
)

// Samples know what the program's own letters say, so that a letter which nobody has
// rewritten is told from one that somebody wrote. None knows nothing.
type Samples struct{ said, subjects map[string]bool }

// LoadSamples reads all of the program's letters.
func LoadSamples(fsys fs.FS) (*Samples, error) {
	files, err := fs.Glob(fsys, "letters/*.*.*.json")
	if err != nil {
		return nil, err
	}
	s := &Samples{map[string]bool{}, map[string]bool{}}
	for _, file := range files {
		b, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, err
		}
		stem := strings.TrimSuffix(file, ".json")
		content, err := starter(b, file, strings.TrimPrefix(path.Ext(stem), "."))
		if err != nil {
			return nil, err
		}
		said, err := saidBy(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		s.said[said], s.subjects[content.Subject] = true, true
	}
	return s, nil
}

// Letter reports whether the blocks say word for word what one of the program's letters says.
func (s *Samples) Letter(c campaigns.Content) bool {
	if s == nil || c.Coded() {
		return false
	}
	said, err := saidBy(c)
	return err == nil && s.said[said]
}

// Subject is Letter of the subject.
func (s *Samples) Subject(c campaigns.Content) bool { return s != nil && s.subjects[c.Subject] }

func saidBy(c campaigns.Content) (string, error) {
	d, err := document.Parse(c.Document)
	return d.Said(), err
}
