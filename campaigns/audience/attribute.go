package audience

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepsake/campaigns/fault"
)

// Attribute is something that can be known of people. Its values are texts of the form that Canonical gives them.
type Attribute struct {
	ID      int64             `json:"-"`       // 0 until it is stored
	Key     string            `json:"key"`     // never changes: rules, letters and files say it
	Type    string            `json:"type"`    // one of AttributeTypes
	Labels  map[string]string `json:"labels"`  // by language: what people see; it may change at any time
	Choices []string          `json:"choices"` // of a choice all there are, of a list those that are offered
	Indexed bool              `json:"indexed"` // wanted: segments find people by it without asking everybody
	Index   string            `json:"index"`   // how far that is: "", wanted, making, ready or failed
}

// PackAttributes are somebody's attributes as they are stored and indexed: a JSON object of texts, its keys in order.
func PackAttributes(all map[string]string) string {
	if len(all) == 0 {
		return "{}"
	}
	b, _ := json.Marshal(all) // a map of strings always marshals
	return string(b)
}

// The types of attributes; segment.Types are the same words.
const (
	TextAttribute   = "text"
	NumberAttribute = "number" // 1234.5
	MoneyAttribute  = "money"  // 12.34 EUR
	DateAttribute   = "date"   // 2026-11-22
	YesNoAttribute  = "yes_no" // yes, no
	ChoiceAttribute = "choice" // one of Choices
	ListAttribute   = "list"   // red; blue
)

// AttributeTypes are all types, the usual one first.
var AttributeTypes = []string{TextAttribute, NumberAttribute, MoneyAttribute, DateAttribute, YesNoAttribute, ChoiceAttribute, ListAttribute}

// How far the index of an attribute is.
const (
	IndexWanted = "wanted"
	IndexMaking = "making"
	IndexReady  = "ready"
	IndexFailed = "failed"
)

// Bounds of an attribute, in characters; MaxChoices are texts.
const (
	MaxAttributeKey   = 100
	MaxAttributeValue = 2000
	MaxChoices        = 500
	maxLabel          = 100
)

// Label is what the attribute is called in a language: its key where nobody said.
func (a Attribute) Label(lang string) string {
	if l := a.Labels[lang]; l != "" {
		return l
	}
	return a.Key
}

// AttributeLabel is what the attribute with a key is called in a language.
func AttributeLabel(all []Attribute, key, lang string) string {
	for _, a := range all {
		if a.Key == key {
			return a.Label(lang)
		}
	}
	return key
}

// ValidKey refuses what cannot name an attribute.
func ValidKey(key string) error {
	if key == "" || key != CleanName(key) || utf8.RuneCountInString(key) > MaxAttributeKey {
		return fault.Field("key", "“%s” is no name for an attribute.", show(CleanName(key)))
	}
	return nil
}

// ours are the names of what Keepsake knows of everybody, as files, letters and the API say them.
var ours = []string{"id", "email", "email_norm", "first_name", "last_name", "name", "lang", "language", "zone", "state", "source", "created_at", "updated_at", "attributes", "lists",
	"consent_at", "consent_source", "consent_wording", "consent_ip", "suppressed"}

// NewKey refuses what would be a bad name for an attribute that somebody makes by hand; those that files and shops bring
// may be any that ValidKey takes.
func NewKey(key string) error {
	if err := ValidKey(key); err != nil {
		return err
	}
	if slices.Contains(ours, strings.ToLower(key)) {
		return fault.Field("key", "“%s” is known of everybody already: choose another key.", key)
	}
	if strings.ContainsFunc(key, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune("_-. ", r)
	}) {
		return fault.Field("key", "A key has letters, digits, spaces, points, _ and - alone. What people read, the labels say.")
	}
	return nil
}

// Validate tidies labels and choices and refuses what cannot be meant; an attribute without a type is a text.
func (a *Attribute) Validate() error {
	if a.Type == "" {
		a.Type = TextAttribute
	}
	err := ValidKey(a.Key)
	if !slices.Contains(AttributeTypes, a.Type) {
		err = fault.Join(err, fault.Field("type", "“%s” is no type of an attribute.", show(CleanName(a.Type))))
	}
	return fault.Join(err, a.tidyLabels(), a.tidyChoices())
}

func (a *Attribute) tidyLabels() error {
	labels := map[string]string{}
	for lang, label := range a.Labels {
		if !slices.Contains(Languages, lang) {
			return fault.Field("labels", "Keepsake does not speak “%s”.", show(CleanName(lang)))
		}
		if label = CleanName(label); utf8.RuneCountInString(label) > maxLabel {
			return fault.Field("label_"+lang, "A label has at most %d characters.", maxLabel)
		}
		if label != "" && label != a.Key {
			labels[lang] = label
		}
	}
	a.Labels = labels
	return nil
}

func (a *Attribute) tidyChoices() error {
	var choices []string
	for _, c := range a.Choices {
		c = CleanName(c)
		if c == "" || slices.ContainsFunc(choices, func(other string) bool { return strings.EqualFold(c, other) }) {
			continue
		}
		if utf8.RuneCountInString(c) > maxLabel || a.Type == ListAttribute && strings.ContainsAny(c, ";,") {
			return fault.Field("choices", "A choice has at most %d characters; one of a list has no comma and no semicolon.", maxLabel)
		}
		choices = append(choices, c)
	}
	a.Choices = choices
	switch {
	case a.Type != ChoiceAttribute && a.Type != ListAttribute:
		a.Choices = nil
	case a.Type == ChoiceAttribute && len(choices) == 0:
		return fault.Field("choices", "Name the choices, one on each line.")
	case len(choices) > MaxChoices:
		return fault.Field("choices", "An attribute has at most %d choices.", MaxChoices)
	}
	return nil
}

// Canonicalize puts the values of a person into the form of their types; attributes that nobody registered are texts. A
// *fault.Error names the first that cannot be read.
func Canonicalize(values map[string]string, all []Attribute) error {
	for key, value := range values {
		one := Attribute{Key: key, Type: TextAttribute}
		if i := slices.IndexFunc(all, func(a Attribute) bool { return a.Key == key }); i >= 0 {
			one = all[i]
		}
		said, err := one.Canonical(value)
		if err != nil {
			return err
		}
		values[key] = said
	}
	return nil
}
