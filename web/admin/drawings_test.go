package admin

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"keepsake/templates"
)

func TestEveryDrawingHasANameInEveryLanguage(t *testing.T) {
	files, err := fs.Glob(templates.FS, "art/*.png")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d drawings, %v", len(files), err)
	}
	seen := map[string]string{}
	for _, lang := range []string{"bg", "ru"} {
		b, err := fs.ReadFile(templates.FS, "lang/media."+lang+".json")
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]any
		if err := json.Unmarshal(b, &words); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			plain := strings.TrimSuffix(strings.TrimPrefix(f, "art/art-"), ".png")
			if plain == "play" || strings.HasPrefix(plain, "social-") {
				continue
			}
			name := drawingNames[plain]
			if said, _ := words[name].(string); name == "" || said == "" || said == name {
				t.Errorf("%s is called %q, in %s %q", f, name, lang, said)
			} else if other, ok := seen[lang+said]; ok {
				t.Errorf("%s and %s are both called %q", f, other, said)
			}
			seen[lang+words[name].(string)] = f
		}
	}
}
