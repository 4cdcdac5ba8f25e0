package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// StarterInfo is one of the program's own letters, as a gallery shows it.
type StarterInfo struct {
	Name     string `json:"name"`     // of its files: letters/<name>.<lang>.json
	Kind     string `json:"kind"`     // of the campaign it is for; "" for any
	Title    string `json:"title"`    // in English, a catalogue id
	Sentence string `json:"sentence"` // what it is for, the same
}

// Starters lists the program's letters by letters/index.json; without one, the first
// letter of each kind.
func Starters(fsys fs.FS) ([]StarterInfo, error) {
	b, err := fs.ReadFile(fsys, "letters/index.json")
	if errors.Is(err, fs.ErrNotExist) {
		return kindStarters(), nil
	}
	if err != nil {
		return nil, err
	}
	var all []StarterInfo
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("letters/index.json: %w", err)
	}
	return all, nil
}

// starterKinds are the kinds of letters that are not kinds of campaigns.
var starterKinds = []campaigns.Info{{Name: "offer", Title: "Offer"}, {Name: "loyalty", Title: "Loyalty"}, {Name: "survey", Title: "Survey"},
	{Name: "trial", Title: "Trial"}, {Name: "winback", Title: "Win back"}}

// LetterKinds are the names and titles of all kinds of letters, those of campaigns first.
func LetterKinds() []campaigns.Info { return slices.Concat(campaigns.Kinds, starterKinds) }

// KindTitle is how the kind of a starter is called in English, a catalogue id; "" for none.
func KindTitle(kind string) string {
	for _, info := range LetterKinds() {
		if info.Name == kind {
			return info.Title
		}
	}
	return ""
}

func kindStarters() (all []StarterInfo) {
	for _, k := range campaigns.Kinds {
		if first := k.New().Starter().Messages; len(first) > 0 {
			all = append(all, StarterInfo{Name: k.Name + "." + first[0].Name, Kind: k.Name, Title: k.Title, Sentence: k.Gives})
		}
	}
	return all
}

var starterName = regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)*$`)

// StarterByName is the letter of that name in a language; a *fault.Error NotFound where
// there is none.
func StarterByName(name, lang string, fsys fs.FS) (campaigns.Content, error) {
	lang = audience.Language(lang)
	if starterName.MatchString(name) {
		for _, stem := range []string{name, "design." + name} {
			file := "letters/" + stem + "." + lang + ".json"
			b, err := fs.ReadFile(fsys, file)
			if err == nil {
				return starter(b, file, lang)
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return campaigns.Content{}, err
			}
		}
	}
	return campaigns.Content{}, fault.New(fault.NotFound, "There is no such page.")
}
