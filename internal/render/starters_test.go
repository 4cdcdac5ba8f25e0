package render

import (
	"testing"
	"testing/fstest"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/templates"
)

func TestEveryStarterOfTheIndexIsThereInEveryLanguage(t *testing.T) {
	all, err := Starters(templates.FS)
	if err != nil || len(all) == 0 {
		t.Fatalf("%d starters, %v", len(all), err)
	}
	for _, s := range all {
		for _, lang := range audience.Languages {
			if c, err := StarterByName(s.Name, lang, templates.FS); err != nil || c.Subject == "" || c.Lang != lang {
				t.Errorf("%s in %s: %q, %v", s.Name, lang, c.Subject, err)
			}
		}
	}
}

func TestWithoutAnIndexTheStartersAreThoseOfTheKinds(t *testing.T) {
	all, err := Starters(fstest.MapFS{})
	if err != nil || len(all) == 0 || all[0].Name == "" {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := Starters(fstest.MapFS{"letters/index.json": {Data: []byte(`{`)}}); err == nil {
		t.Error("a broken index passed")
	}
	for _, name := range []string{"../admin/home", "", "nobody", "a/b"} {
		if _, err := StarterByName(name, "en", templates.FS); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
