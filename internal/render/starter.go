package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
)

// Starter is the letter a new message begins with: letters/<kind>.<message>.<lang>.json, or
// for a kind without one of its own the newsletter's.
func Starter(kind, message, lang string, fsys fs.FS) (campaigns.Content, error) {
	lang = audience.Language(lang)
	for _, name := range []string{kind + "." + message, "newsletter.news"} {
		file := "letters/" + name + "." + lang + ".json"
		b, err := fs.ReadFile(fsys, file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return campaigns.Content{}, err
		}
		return starter(b, file, lang)
	}
	return campaigns.Content{}, fmt.Errorf("no starter letter for %s.%s in %s", kind, message, lang)
}

func starter(b []byte, file, lang string) (campaigns.Content, error) {
	var s struct {
		Subject   string
		Preheader string
		Document  json.RawMessage
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return campaigns.Content{}, fmt.Errorf("%s: %w", file, err)
	}
	d, err := document.Parse(string(s.Document))
	if err != nil {
		return campaigns.Content{}, fmt.Errorf("%s: %w", file, err)
	}
	d.Lang = lang
	doc, err := d.JSON()
	return campaigns.Content{Lang: lang, Mode: "blocks", Subject: s.Subject, Preheader: s.Preheader, Document: doc}, err
}
