package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Catalog holds every sentence of the program in the languages we speak. The English
// sentence is its own id, so what nobody translated is shown in English.
type Catalog struct {
	speak map[string]*i18n.Localizer
	ids   map[string]map[string]bool // language, id
	twice []string                   // what two areas translate differently
}

// LoadCatalog reads lang/<area>.<lang>.json: {"English": "translation"}, or for a count
// {"%d codes": {"one": "%d code", "other": "%d codes"}} with the language's CLDR plural
// forms. Of an id that two areas translate, the first area's words are used.
func LoadCatalog(fsys fs.FS) (*Catalog, error) {
	files, err := fs.Glob(fsys, "lang/*.json")
	if err != nil {
		return nil, err
	}
	c := &Catalog{speak: map[string]*i18n.Localizer{}, ids: map[string]map[string]bool{}}
	l := catalogLoader{c: c, fsys: fsys, bundle: i18n.NewBundle(language.English), seen: map[string]map[string]i18n.Message{}}
	for _, file := range files {
		if err := l.load(file); err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", file, err)
		}
	}
	for _, lang := range audience.Languages {
		c.speak[lang] = i18n.NewLocalizer(l.bundle, lang)
		c.ids[lang] = map[string]bool{}
		for id := range l.seen[lang] {
			c.ids[lang][id] = true
		}
	}
	return c, nil
}

type catalogLoader struct {
	c      *Catalog
	fsys   fs.FS
	bundle *i18n.Bundle
	seen   map[string]map[string]i18n.Message
}

func (l catalogLoader) load(file string) error {
	name := strings.TrimSuffix(path.Base(file), ".json")
	lang := strings.TrimPrefix(path.Ext(name), ".")
	tag, err := language.Parse(lang)
	if err != nil {
		return err
	}
	b, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		return err
	}
	var entries map[string]sentence
	if err := json.Unmarshal(b, &entries); err != nil {
		return err
	}
	if l.seen[lang] == nil {
		l.seen[lang] = map[string]i18n.Message{}
	}
	for id, s := range entries {
		m := i18n.Message{ID: id, One: s.One, Few: s.Few, Many: s.Many, Other: s.Other}
		if old, ok := l.seen[lang][id]; ok {
			if old.Other != m.Other || old.One != m.One {
				l.c.twice = append(l.c.twice, fmt.Sprintf("%s: %q is %q and %q", file, id, old.Other, m.Other))
			}
			continue
		}
		l.seen[lang][id] = m
		if err := l.bundle.AddMessages(tag, &m); err != nil {
			return err
		}
	}
	return nil
}

// sentence is a translation: a string, or the plural forms.
type sentence struct{ One, Few, Many, Other string }

func (s *sentence) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &s.Other)
	}
	type forms sentence
	if err := json.Unmarshal(b, (*forms)(s)); err != nil {
		return err
	}
	if s.Other == "" {
		return errors.New("plural forms without other")
	}
	return nil
}

// T says the sentence in that language, its verbs filled from args.
func (c *Catalog) T(lang, id string, args ...any) string {
	return c.say(lang, id, nil, args)
}

// N says the sentence in the form the number asks for; n fills the first verb.
func (c *Catalog) N(lang, id string, n int, args ...any) string {
	return c.say(lang, id, n, append([]any{n}, args...))
}

// Has reports whether the language has its own words for the id.
func (c *Catalog) Has(lang, id string) bool { return c.ids[lang][id] }

func (c *Catalog) say(lang, id string, count any, args []any) string {
	format := id
	if id != "" {
		// The error only says that English stood in, or that there is nothing: then the id does.
		s, _ := c.speak[audience.Language(lang)].Localize(&i18n.LocalizeConfig{
			MessageID: id, PluralCount: count, TemplateParser: template.IdentityParser{}})
		if s != "" {
			format = s
		}
	}
	if len(args) == 0 {
		return format
	}
	said := fmt.Sprintf(format, c.words(lang, args)...)
	return strings.ReplaceAll(said, nbsp+"г..", nbsp+"г.") // a date brings a full stop of its own
}

// words says the arguments that are catalogue ids themselves.
func (c *Catalog) words(lang string, args []any) []any {
	said := slices.Clone(args)
	for i, a := range said {
		if w, ok := a.(fault.Word); ok {
			said[i] = c.T(lang, string(w))
		}
	}
	return said
}

// Fault says what is wrong: a fault's or a skip's own sentence; of anything else only that
// something went wrong, since the rest is for the log.
func (c *Catalog) Fault(lang string, err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return c.T(lang, f.Format, f.Args...)
	}
	if s, ok := errors.AsType[fault.FieldError](err); ok {
		return c.T(lang, s.Format, s.Args...)
	}
	if s, ok := errors.AsType[campaigns.Skip](err); ok {
		return c.T(lang, string(s))
	}
	return c.T(lang, "Something went wrong.")
}
