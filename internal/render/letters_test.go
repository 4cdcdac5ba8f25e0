package render

import (
	"encoding/json"
	"io/fs"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/templates"
)

// indexed is one line of letters/index.json.
type indexed struct{ Name, Kind, Title, Sentence string }

func index(t testing.TB) []indexed {
	t.Helper()
	b, err := fs.ReadFile(templates.FS, "letters/index.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []indexed
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// lettered is one letter in one language.
type lettered struct {
	name string
	c    campaigns.Content
	d    document.Document
}

func eachLetter(t *testing.T, visit func(t *testing.T, l lettered)) {
	for _, entry := range index(t) {
		kind, message, _ := strings.Cut(entry.Name, ".")
		for _, lang := range audience.Languages {
			t.Run(entry.Name+"."+lang, func(t *testing.T) {
				c, err := Starter(kind, message, lang, templates.FS)
				if err != nil {
					t.Fatal(err)
				}
				d, err := document.Parse(c.Document)
				if err != nil {
					t.Fatal(err)
				}
				visit(t, lettered{entry.Name, c, d})
			})
		}
	}
}

func TestTheIndexListsEveryLetterInEveryLanguage(t *testing.T) {
	files, err := fs.Glob(templates.FS, "letters/*.*.*.json")
	if err != nil {
		t.Fatal(err)
	}
	cat, names := opened(t), map[string]bool{}
	for _, e := range index(t) {
		for _, lang := range audience.Languages {
			names["letters/"+e.Name+"."+lang+".json"] = true
			if lang != "en" && (!cat.Has(lang, e.Title) || !cat.Has(lang, e.Sentence)) {
				t.Errorf("%s is not presented in %s", e.Name, lang)
			}
		}
	}
	if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, files) {
		t.Errorf("the index holds %v, the folder %v", got, files)
	}
	for _, k := range campaigns.Kinds {
		for _, m := range k.New().Starter().Messages {
			if !names["letters/"+k.Name+"."+m.Name+".en.json"] {
				t.Errorf("%s.%s has no letter of its own", k.Name, m.Name)
			}
		}
	}
}

func TestStartersKeepTheirPromises(t *testing.T) {
	eachLetter(t, func(t *testing.T, l lettered) {
		if !strings.Contains(l.c.Preheader, "{{") {
			if n := utf8.RuneCountInString(l.c.Preheader); n < 40 || n > 90 {
				t.Errorf("the preheader has %d characters: %s", n, l.c.Preheader)
			}
		}
		if n := utf8.RuneCountInString(withoutTags(l.c.Subject)); n > 60 {
			t.Errorf("the subject has %d characters: %s", n, l.c.Subject)
		}
		if err := l.d.Validate(); err != nil {
			t.Error(err)
		}
		if n := calls(l.d); n > 1 {
			t.Errorf("%d solid buttons: which is the one?", n)
		}
		for _, words := range []string{l.c.Subject, l.c.Preheader} {
			if loud.MatchString(withoutTags(words)) {
				t.Errorf("a filter for junk hears shouting: %s", words)
			}
		}
	})
}

// loud words have four capitals in a row, or more than one exclamation mark.
var loud = regexp.MustCompile(`\p{Lu}{4}|!.*!`)

// calls counts the buttons that fill the eye.
func calls(d document.Document) int {
	n := 0
	d.Each(func(b document.Block) {
		switch b := b.(type) {
		case *document.Button:
			if b.Variant != "outline" {
				n++
			}
		case *document.Coupon, *document.Contest, *document.Referral:
			n++
		case *document.Season:
			n += min(len(b.CTA), 1)
		case *document.Points:
			n += min(len(b.CTA), 1)
		case *document.Event:
			n += min(len(b.CTA), 1)
		}
	})
	return n
}

func TestStartersReachAStrangerWhole(t *testing.T) {
	cat := opened(t)
	eachLetter(t, func(t *testing.T, l lettered) {
		compiled, err := Compile(l.c, Options{BaseURL: "https://k.test", Brand: brand, Catalog: cat})
		if err != nil {
			t.Fatal(err)
		}
		v := sampleValues()
		v.Subscriber, v.Order = audience.Subscriber{Email: "x@y.test"}, nil
		out, err := compiled.Render(v)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(out.HTML); n > 60<<10 {
			t.Errorf("%d bytes of HTML", n)
		}
		for _, img := range picture.FindAllString(out.HTML, -1) {
			if !strings.Contains(img, ` alt="`) {
				t.Errorf("a picture without words: %s", img)
			}
		}
		if link := silentLink.FindString(out.HTML); link != "" {
			t.Errorf("a picture that is a link does not say where it leads: %s", link)
		}
		headingsInOrder(t, out.HTML)
		d := l.d.Footer()
		for _, said := range []string{withoutTags(d.Why), "https://k.test/u/t0ken"} {
			if !strings.Contains(out.Text, strings.TrimSpace(strings.TrimSuffix(said, "."))) {
				t.Errorf("the text part lacks %q", said)
			}
		}
	})
}

var picture = regexp.MustCompile(`<img [^>]*>`)

// silentLink is a link of which a screen reader has nothing to say.
var silentLink = regexp.MustCompile(`<a [^>]*><img [^>]*alt=""[^>]*></a>`)

var headingTag = regexp.MustCompile(`<h([1-6])[ >]`)

func headingsInOrder(t *testing.T, html string) {
	t.Helper()
	before := byte('0')
	for i, m := range headingTag.FindAllStringSubmatch(html, -1) {
		level := m[1][0]
		if i == 0 && level != '1' || i > 0 && level == '1' || level > before+1 {
			t.Errorf("heading %d has level %c after %c", i+1, level, before)
		}
		before = level
	}
}

func TestStartersShowOnlyOurOwnPictures(t *testing.T) {
	art := regexp.MustCompile(`"(?:asset|darkAsset|image|thumb)":"([^"]+)"`)
	eachLetter(t, func(t *testing.T, l lettered) {
		for _, m := range art.FindAllStringSubmatch(l.c.Document, -1) {
			if _, err := fs.Stat(templates.FS, "art/"+m[1]); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestOurPicturesAreSmall(t *testing.T) {
	files, err := fs.Glob(templates.FS, "art/*")
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, file := range files {
		info, err := fs.Stat(templates.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		if total += info.Size(); info.Size() > 60<<10 || !strings.HasPrefix(info.Name(), "art-") {
			t.Errorf("%s has %d bytes", file, info.Size())
		}
	}
	if total > 1200<<10 || total == 0 {
		t.Errorf("%d bytes in all", total)
	}
}

// readable are the fields that hold what a person reads.
var readable = []string{"alt", "author", "cta", "disclosure", "excerpt", "high", "host", "kicker", "label", "low", "options", "place", "price", "question",
	"reward", "role", "rulesLabel", "terms", "text", "title", "why"}

func TestLettersAreTheSameInEveryLanguageButTheirWords(t *testing.T) {
	first := map[string]any{}
	eachLetter(t, func(t *testing.T, l lettered) {
		var tree any
		if err := json.Unmarshal([]byte(l.c.Document), &tree); err != nil {
			t.Fatal(err)
		}
		bones := skeleton(tree)
		bones.(map[string]any)["lang"] = ""
		if l.c.Lang == "en" {
			first[l.name] = bones
		} else if !reflect.DeepEqual(bones, first[l.name]) {
			t.Errorf("unlike the English letter:\n%v\n%v", bones, first[l.name])
		}
	})
}

// skeleton is a document without its words; of rich text the kinds of its paragraphs remain.
func skeleton(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = skeleton(e)
		}
		return list
	case map[string]any:
		if v["type"] == "paragraph" {
			return "paragraph"
		}
		m := map[string]any{}
		for k, e := range v {
			if m[k] = skeleton(e); slices.Contains(readable, k) {
				m[k] = count(e)
			}
		}
		return m
	}
	return v
}

// count is how many words fields there are; whether one is filled for a single one.
func count(v any) any {
	switch v := v.(type) {
	case []any:
		return len(v)
	case string:
		return v != ""
	}
	return v
}

func TestBulgarianAndRussianLettersSpeakNothingElse(t *testing.T) {
	eachLetter(t, func(t *testing.T, l lettered) {
		if l.c.Lang == "en" {
			return
		}
		var tree any
		if err := json.Unmarshal([]byte(l.c.Document), &tree); err != nil {
			t.Fatal(err)
		}
		for _, s := range append(read(tree), l.c.Subject, l.c.Preheader) {
			if s = withoutTags(s); strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) {
				t.Errorf("not translated: %s", s)
			}
		}
	})
}

// read collects what a person reads of a document.
func read(v any) (all []string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			all = append(all, read(e)...)
		}
	case map[string]any:
		for k, e := range v {
			s, one := e.(string)
			list, many := e.([]any)
			switch {
			case one && (slices.Contains(readable, k) || k == "fallback" && v["path"] != nil): // of a chip, not of a products block
				all = append(all, s)
			case many && k == "options":
				for _, o := range list {
					all = append(all, o.(string))
				}
			default:
				all = append(all, read(e)...)
			}
		}
	}
	return all
}

func TestStartersCanBeReadInLightAndDark(t *testing.T) {
	eachLetter(t, func(t *testing.T, l lettered) {
		th := resolve(l.d.Theme, Options{Brand: brand})
		for scheme, p := range map[string]palette{"light": th.light, "dark": th.dark} {
			for pair, c := range map[string][2]rgb{"text on card": {p.text, p.card}, "text on tint": {p.text, p.tint}, "muted on card": {p.muted, p.card},
				"muted on ground": {p.muted, p.bg}, "accent on card": {p.accent, p.card}, "button": {p.onAccent, p.accent}} {
				if got := c[0].contrast(c[1]); got < 4.5 {
					t.Errorf("%s, %s: %.2f", scheme, pair, got)
				}
			}
		}
	})
}
