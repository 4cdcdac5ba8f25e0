package document

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// firstWords are what a new block says, by language and name; the composer reads the same file.
//
//go:embed firstwords.json
var firstWords []byte

// Of the first words these only keep the place for others; the rest, "Read more", may stay.
var toReplace = []string{"heading", "text", "title", "quote", "author", "role", "ask", "answer", "expert", "first", "second", "third", "product"}

// sampleMarks stand behind what a starter letter invented: a product, a person.
var sampleMarks = []string{"(sample)", "(пример)"}

var placeholders = readPlaceholders()

func readPlaceholders() map[string]bool {
	byLang := map[string]map[string]string{}
	if err := json.Unmarshal(firstWords, &byLang); err != nil {
		panic(fmt.Sprintf("document: firstwords.json: %v", err)) // of the program itself
	}
	all := map[string]bool{}
	for _, words := range byLang {
		for _, name := range toReplace {
			all[words[name]] = true
		}
	}
	return all
}

// Leftover is what a field of a block says because nobody has replaced it: the words a new
// block begins with, or a starter letter's samples.
type Leftover struct {
	Block, Field string
	Words        []string
}

// Leftovers lists them in the order of the letter.
func (d Document) Leftovers() (all []Leftover) {
	d.Each(func(b Block) {
		fields := fieldsOf(b)
		for _, name := range sayingFields(fields) {
			if words := left(fields[name]); len(words) > 0 {
				all = append(all, Leftover{b.Common().ID, name, words})
			}
		}
	})
	return all
}

func left(v any) (words []string) {
	said, _ := spoken(v)
	for _, s := range said {
		s = strings.TrimSpace(s)
		if placeholders[s] || slices.ContainsFunc(sampleMarks, func(mark string) bool { return strings.Contains(s, mark) }) {
			words = append(words, s)
		}
	}
	return words
}

// Said is all that a letter says, whatever it looks like and wherever it leads.
func (d Document) Said() string {
	var all []string
	d.Each(func(b Block) {
		fields := fieldsOf(b)
		for _, name := range sayingFields(fields) {
			words, _ := spoken(fields[name])
			all = append(all, words...)
		}
	})
	return strings.Join(all, "\n")
}
