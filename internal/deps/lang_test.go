package deps

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// forms are the plural forms of CLDR that each language's numbers need.
var forms = map[string][]string{
	"en": {"one", "other"},
	"bg": {"one", "other"},
	"ru": {"one", "few", "many", "other"},
}

// An id is an English text that stands for itself in the catalogues, and where it was found.
type id struct {
	text   string
	plural bool
	where  string
}

// An entry is a catalogue's answer: one text, or one for each plural form.
type entry struct {
	text  string
	forms map[string]string
	where string
}

func TestEveryTextIsTranslated(t *testing.T) {
	ids := append(templateIDs(t), goIDs(t)...)
	ids = append(ids, spokenIDs(goFiles(t))...)
	ids = append(ids, scriptIDs(t)...)
	ids = append(ids, kindIDs()...)
	ids = append(ids, stateIDs()...)
	for lang := range forms {
		entries := catalogue(t, lang)
		missing := map[string]bool{}
		for _, id := range ids {
			if !id.plural && lang == "en" && !needsEnglish(id.text) || missing[id.text] {
				continue // English stands for itself
			}
			if e, ok := entries[id.text]; !ok || id.plural != (e.forms != nil) {
				missing[id.text] = true
				t.Errorf("%s: %s has no %s of %q", id.where, lang, kindOf(id), id.text)
			}
		}
	}
}

func TestCataloguesAreSound(t *testing.T) {
	for lang, want := range forms {
		for text, e := range catalogue(t, lang) {
			if e.forms == nil {
				checkText(t, lang, e.where, text, e.text)
				continue
			}
			if got := slices.Sorted(mapsKeys(e.forms)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("%s: %q has the forms %v, %s needs %v", e.where, text, got, lang, want)
			}
			for _, form := range e.forms {
				checkText(t, lang, e.where, text, form)
			}
		}
	}
}

// checkText holds a translation to its id: the same verbs, and not the English words again.
func checkText(t *testing.T, lang, where, text, translated string) {
	t.Helper()
	if got, want := verbs(translated), verbs(text); !slices.Equal(got, want) {
		t.Errorf("%s: %q has the verbs %v, want %v: %q", where, text, got, want, translated)
	}
	if strings.TrimSpace(translated) == "" {
		t.Errorf("%s: %q is translated with nothing", where, text)
	}
	if strings.ContainsAny(translated, foreignQuotes[lang]) {
		t.Errorf("%s: %q has quotation marks of another language: %q", where, text, translated)
	}
	if lang != "en" && translated == text && sentence.MatchString(text) {
		t.Errorf("%s: %q is still English", where, text)
	}
}

// foreignQuotes do not belong in a language: Bulgarian quotes „so“, Russian «so».
var foreignQuotes = map[string]string{"bg": "«»”", "ru": "„“”"}

// sentence is a text of two plain words or more, so one that no two languages share.
var sentence = regexp.MustCompile(`[a-z]{3,} +[a-z]{2,}`)

var verb = regexp.MustCompile(`%(?:%|[-+# 0]*(?:\[(\d+)\])?[0-9.]*([a-zA-Z]))`)

// verbs lists a format's verbs with the arguments they take, e.g. "1s", in the arguments' order.
func verbs(format string) []string {
	var all []string
	next := 1
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[0] == "%%" {
			continue
		}
		if m[1] != "" {
			fmt.Sscan(m[1], &next)
		}
		all = append(all, fmt.Sprint(next, m[2]))
		next++
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestVerbs(t *testing.T) {
	for format, want := range map[string]string{
		"none, 100%%": "[]", "%s of %d": "[1s 2d]", "%[2]d от %[1]s": "[1s 2d]", "%.1f%%": "[1f]", "%-3d": "[1d]",
	} {
		if got := fmt.Sprint(verbs(format)); got != want {
			t.Errorf("%q: got %s, want %s", format, got, want)
		}
	}
}

// catalogue reads all of a language's files. A text that two of them translate differently is an error.
func catalogue(t *testing.T, lang string) map[string]entry {
	t.Helper()
	all := map[string]entry{}
	for _, name := range sources(t, "."+lang+".json") {
		if path.Dir(name) != "templates/lang" {
			continue
		}
		var file map[string]json.RawMessage
		if err := json.Unmarshal([]byte(read(t, name)), &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for text, raw := range file {
			e, err := decodeEntry(raw)
			if err != nil {
				t.Errorf("%s: %q: %v", name, text, err)
			}
			e.where = name
			if old, twice := all[text]; twice && fmt.Sprint(old.text, old.forms) != fmt.Sprint(e.text, e.forms) {
				t.Errorf("%q is %s in %s and %s in %s", text, old.text, old.where, e.text, name)
			}
			all[text] = e
		}
	}
	return all
}

func decodeEntry(raw json.RawMessage) (e entry, err error) {
	if json.Unmarshal(raw, &e.text) == nil {
		return e, nil
	}
	err = json.Unmarshal(raw, &e.forms)
	return e, err
}

func kindOf(i id) string {
	if i.plural {
		return "plural forms"
	}
	return "translation"
}

func mapsKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
