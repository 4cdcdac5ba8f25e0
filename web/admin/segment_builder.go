package admin

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/segment"
)

// builderProps are what the builder of segments is given; their names are its contract. It draws what fields there
// are, and knows none of them.
type builderProps struct {
	ID         int64             `json:"id"`
	Version    int               `json:"version"`
	Name       string            `json:"name"`
	Rule       json.RawMessage   `json:"rule"`
	Key        string            `json:"key"` // under which this browser keeps what is not saved
	UILang     string            `json:"uiLang"`
	Zone       string            `json:"zone"`
	Strings    map[string]any    `json:"strings"`
	Groups     map[string]string `json:"groups"` // what all, any and none are called
	Shelves    []builderShelf    `json:"shelves"`
	Fields     []builderField    `json:"fields"`
	Attributes []builderField    `json:"attributes"`
	Types      []builderType     `json:"types"` // an attribute whose type is not known is asked as one of them
	Names      map[string]string `json:"names"` // of the lists, campaigns and segments that the rule numbers, "list 7", and of its attributes
	Most       builderLimits     `json:"most"`
	Currency   string            `json:"currency"` // that most orders are in
	URLs       builderURLs       `json:"urls"`
}

type builderURLs struct {
	Save   string `json:"save"`
	Count  string `json:"count"`
	Values string `json:"values"`
	Back   string `json:"back"`
	Icons  string `json:"icons"`
}

type builderLimits struct {
	Depth int `json:"depth"`
	Tests int `json:"tests"`
}

type builderShelf struct {
	Name  string `json:"name"`
	Label string `json:"label"`
}

// builderType is a type that a test may state, with what can be asked then.
type builderType struct {
	Type  string        `json:"type"`
	Label string        `json:"label"`
	Sort  segment.Sort  `json:"sort"`
	Tests []builderTest `json:"tests"`
}

// builderField is a field as it is drawn.
type builderField struct {
	Name    string         `json:"name"`
	Label   string         `json:"label"`
	Shelf   string         `json:"shelf,omitempty"`
	Sort    segment.Sort   `json:"sort"`
	Type    *string        `json:"type,omitempty"`   // of an attribute: the one it is kept as, as a test states it
	Types   []builderType  `json:"types,omitempty"`  // that a test may state
	Named   string         `json:"named,omitempty"`  // its values number lists, campaigns or segments
	Shown   string         `json:"shown,omitempty"`  // its values are codes of: region, language, currency
	Values  []builderValue `json:"values,omitempty"` // all there are
	Suggest bool           `json:"suggest,omitempty"`
	Tests   []builderTest  `json:"tests"`
	Where   []builderField `json:"where,omitempty"`
}

type builderValue struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// builderTest is one test of a field: how it reads, and what it takes.
type builderTest struct {
	Is      string `json:"is"`
	Label   string `json:"label"`
	Before  string `json:"before"`
	After   string `json:"after,omitempty"`
	Whole   bool   `json:"whole,omitempty"`  // Before says the field too
	Values  int    `json:"values,omitempty"` // how many at most
	Least   int    `json:"least,omitempty"`
	Span    string `json:"span,omitempty"` // "may" or "must"
	Ahead   bool   `json:"ahead,omitempty"`
	Times   bool   `json:"times,omitempty"`
	Pattern bool   `json:"pattern,omitempty"` // its values are parts of texts: none is suggested
	Pieces  bool   `json:"pieces,omitempty"`  // how often is how many pieces of goods
}

func (w words) builderTests(f segment.Field) []builderTest {
	all := []builderTest{}
	for _, is := range f.Tests() {
		needs, phrase := f.NeedsOf(is), segment.PhraseOf(w, f, is)
		t := builderTest{Is: is, Label: segment.LabelOfTest(w, f, is), Before: phrase.Before, After: phrase.After, Whole: phrase.Whole,
			Values: needs.Values, Least: needs.Least, Times: needs.Times, Pieces: f.Name == "bought", Ahead: f.Future(),
			Pattern: slices.Contains([]string{"contains", "contains_not", "starts", "starts_not"}, is)}
		if phrase.Whole {
			t.Label = strings.TrimSpace(phrase.Before + " " + phrase.After)
		}
		if takes, must := f.Spans(is); must {
			t.Span = "must"
		} else if takes {
			t.Span = "may"
		}
		all = append(all, t)
	}
	return all
}

// codes are fields whose values are codes that every browser can name.
var codes = map[string]string{"country": "region", "value.country": "region", "lang": "language", "currency": "currency"}

// unsuggested are those whose values nobody chooses out of a list.
var unsuggested = []segment.Sort{segment.Number, segment.Money, segment.Date, segment.Moment, segment.YesNo, segment.Happening}

func (w words) builderField(f segment.Field, of string) builderField {
	b := builderField{Name: f.Name, Label: segment.Label(w, f.Name), Sort: f.Sort, Named: f.Named, Shown: codes[f.Name], Tests: w.builderTests(f),
		Suggest: f.Name != "email" && !slices.Contains(unsuggested, f.Sort)}
	if of == "" {
		b.Shelf = segment.ShelfOf(f.Name)
	}
	for _, v := range f.Closed() {
		b.Values = append(b.Values, builderValue{v, segment.LabelOfValue(w, v)})
	}
	if _, ok := (segment.Rule{Field: f.Name, Type: string(segment.Number)}).FieldIn(of); f.Name == "answer" && ok {
		b.Types = w.builderTypes([]segment.Sort{segment.Text, segment.Number}, f.Name, of)
	}
	for _, one := range f.Where {
		b.Where = append(b.Where, w.builderField(one, f.Name))
	}
	return b
}

// builderTypes are the types that a test of a field may state.
func (w words) builderTypes(types []segment.Sort, field, of string) (all []builderType) {
	for _, t := range types {
		state := string(t)
		if t == segment.Text {
			state = ""
		}
		f, _ := segment.Rule{Field: field, Type: state}.FieldIn(of)
		all = append(all, builderType{state, segment.LabelOfType(w, t), f.Sort, w.builderTests(f)})
	}
	return all
}

func (a *Admin) builderProps(c *gin.Context, p segmentPage) (props builderProps, err error) {
	w := a.words(c)
	props = builderProps{ID: p.ID, Version: p.Version, Name: p.Name, Key: "segment " + c.Request.URL.RequestURI(), UILang: w.lang, Zone: w.zone.String(),
		Groups: map[string]string{}, Names: map[string]string{}, Most: builderLimits{segment.MaxDepth, segment.MaxTests},
		URLs: builderURLs{Save: "/segments", Count: "/segments/count", Values: "/segments/values", Back: "/segments", Icons: a.Static.URL("icons.svg")}}
	if p.ID != 0 {
		props.URLs.Save = fmt.Sprint("/segments/", p.ID)
	}
	if props.Rule, err = json.Marshal(p.Rule); err != nil {
		return props, err
	}
	if props.Strings, err = a.wordsOf(w.lang, "segments", "builder"); err != nil {
		return props, err
	}
	for _, match := range []string{segment.All, segment.Any, segment.None} {
		props.Groups[match] = segment.Say(segment.Rule{Match: match}, w, nil)
	}
	for _, shelf := range segment.Shelves {
		props.Shelves = append(props.Shelves, builderShelf{shelf, segment.LabelOfShelf(w, shelf)})
	}
	for _, f := range segment.Fields {
		props.Fields = append(props.Fields, w.builderField(f, ""))
	}
	props.Types = w.builderTypes(segment.Types, segment.Attribute+"x", "")
	if props.Attributes, err = a.builderAttributes(c); err != nil {
		return props, err
	}
	namer, err := a.Store.SegmentNames(c.Request.Context(), a.Lang(c))
	if err != nil {
		return props, err
	}
	namesIn(p.Rule, namer, props.Names)
	p.Rule.Each(func(one *segment.Rule) {
		if key, is := strings.CutPrefix(one.Field, segment.Attribute); is { // which nobody may have yet
			props.Names["attribute "+key] = segment.Label(w, one.Field)
		}
	})
	currency, _, err := a.Store.Suggest(c.Request.Context(), "ordered", "currency", "", 1)
	if len(currency) > 0 {
		props.Currency = currency[0].Value
	}
	return props, err
}

// builderAttributes are the attributes there are, each asked as what it is kept as. What can be asked of a type, the
// builder knows once for all.
func (a *Admin) builderAttributes(c *gin.Context) ([]builderField, error) {
	known, err := a.Store.Attributes(c.Request.Context())
	all := make([]builderField, len(known))
	for i, one := range known {
		name, kept := segment.Attribute+one.Key, one.Type
		if kept == string(segment.Text) {
			kept = ""
		}
		f, _ := segment.Rule{Field: name, Type: kept}.FieldOf()
		all[i] = builderField{Name: name, Label: one.Label(a.Lang(c)), Shelf: segment.ShelfOf(name), Sort: f.Sort, Type: &kept, Suggest: !slices.Contains(unsuggested, f.Sort), Tests: []builderTest{}}
		for _, choice := range one.Choices {
			all[i].Values = append(all[i].Values, builderValue{choice, choice})
		}
	}
	return all, err
}

// namesIn adds what the numbers of a rule are called.
func namesIn(r segment.Rule, namer segment.Namer, names map[string]string) {
	r.Each(func(one *segment.Rule) {
		if !slices.Contains([]string{"list", "campaign", "segment"}, one.Field) {
			return
		}
		for _, v := range one.Values {
			names[one.Field+" "+v] = namer(one.Field, v)
		}
	})
}

// wordsOf are the sentences of an island in a language: those of the areas' catalogues, lang/AREA*.json.
func (a *Admin) wordsOf(lang string, areas ...string) (map[string]any, error) {
	all := map[string]any{} // English stands for itself
	for _, area := range areas {
		files, err := fs.Glob(a.Book.Files, "lang/"+area+"*."+lang+".json")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			b, err := fs.ReadFile(a.Book.Files, file)
			if err != nil {
				return nil, err
			}
			if err := json.Unmarshal(b, &all); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return all, nil
}
