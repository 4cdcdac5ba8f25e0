// Package document is the letter as the composer keeps it: a versioned list of blocks, without a word of HTML.
package document

import (
	"encoding/json"
	"fmt"
	"strings"

	"keepsake/campaigns/fault"
)

// Version is the version of the documents written here.
const Version = 1

// The limits of a document.
const (
	MaxBytes  = 1 << 20
	MaxBlocks = 300 // those inside columns count too
	maxFont   = 600 // octets of a list of fonts
	maxDepth  = 12  // of rich text: a list in a list in a list is enough
)

// Document is one letter in one language. Subject and preheader live beside it.
type Document struct {
	V      int    `json:"v"`
	Lang   string `json:"lang,omitempty"`
	Dir    string `json:"dir,omitempty"` // ltr or rtl
	Theme  Theme  `json:"theme,omitzero"`
	Blocks Blocks `json:"blocks"`
}

// Theme is how the letter looks. What is empty is the shop's, or the default.
type Theme struct {
	Width       int    `json:"width,omitempty"` // of the card, px
	Font        string `json:"font,omitempty"`
	HeadingFont string `json:"headingFont,omitempty"`
	Radius      *int   `json:"radius,omitempty"` // px; nil is the default, 0 is square
	Light       Colors `json:"light,omitzero"`
	Dark        Colors `json:"dark,omitzero"`
	Logo        string `json:"logo,omitempty"` // an asset or an address
	LogoDark    string `json:"logoDark,omitempty"`
}

// Colors are written #rgb or #rrggbb.
type Colors struct {
	Bg       string `json:"bg,omitempty"`
	Card     string `json:"card,omitempty"`
	Text     string `json:"text,omitempty"`
	Muted    string `json:"muted,omitempty"`
	Accent   string `json:"accent,omitempty"`
	OnAccent string `json:"onAccent,omitempty"`
	Line     string `json:"line,omitempty"`
}

// Parse reads a document and puts right what can be: missing ids are given and the footer
// is last and there. A *fault.Error names the block as "b3" or the field as "b3.href".
// A letter that is not finished yet parses; Validate says what it still lacks.
func Parse(src string) (Document, error) {
	var d Document
	if len(src) > MaxBytes {
		return d, fault.New(fault.TooLarge, "This letter is larger than 1 MB. Use pictures by upload, not inside the text.")
	}
	if err := json.Unmarshal([]byte(src), &d); err != nil {
		if fault.Is(err, fault.Invalid) {
			return Document{}, err
		}
		return Document{}, fault.Field("document", "The letter cannot be read: %s.", err.Error())
	}
	if d.V > Version {
		return Document{}, fault.Field("document", "This letter was made by a newer Keepsake (version %d).", d.V)
	}
	d.V = Version
	if err := d.structure(); err != nil {
		return Document{}, err
	}
	d.identify()
	d.keepFooter()
	return d, nil
}

// JSON is the document as it is stored.
func (d Document) JSON() (string, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("document: %w", err)
	}
	return string(b), nil
}

// NewID returns an id that no block of the document has: "b7".
func (d Document) NewID() string {
	used := map[string]bool{}
	n := 0
	d.Each(func(b Block) {
		used[b.Common().ID] = true
		n++
	})
	for {
		n++
		if id := fmt.Sprintf("b%d", n); !used[id] {
			return id
		}
	}
}

// Each visits every block in reading order, those inside columns and resolved saved blocks
// after the one they stand in.
func (d Document) Each(visit func(Block)) { d.Blocks.each(visit) }

func (bs Blocks) each(visit func(Block)) {
	for _, b := range bs {
		visit(b)
		switch b := b.(type) {
		case *Columns:
			for _, col := range b.Cols {
				col.each(visit)
			}
		case *Saved:
			b.Blocks.each(visit)
		}
	}
}

// Footer is the document's last block.
func (d Document) Footer() *Footer {
	if n := len(d.Blocks); n > 0 {
		if f, ok := d.Blocks[n-1].(*Footer); ok {
			return f
		}
	}
	return &Footer{}
}

func (d *Document) identify() {
	d.Each(func(b Block) {
		if b.Common().ID == "" {
			b.Common().ID = d.NewID()
		}
	})
}

// keepFooter makes the footer the last block, for everybody: the first one found, or a new one.
func (d *Document) keepFooter() {
	var kept []Block
	var footer *Footer
	for _, b := range d.Blocks {
		f, ok := b.(*Footer)
		if !ok {
			kept = append(kept, b)
		} else if footer == nil {
			footer = f
		}
	}
	if footer == nil {
		footer = &Footer{Base: Base{ID: d.NewID(), Type: "footer"}}
	}
	footer.HideOn, footer.Show = "", nil // it is everybody's: without it nobody may be written to
	d.Blocks = append(kept, footer)
}

// Href makes an address fit for a link: a bare domain gets https://. It refuses what is no
// web, mail or telephone address; an address that begins with a merge tag is taken as it is.
func Href(s string) (href string, ok bool) {
	s = strings.TrimSpace(s)
	lower := strings.ToLower(s)
	for _, scheme := range []string{"https://", "http://", "mailto:", "tel:", "sms:", "{{", "{%"} {
		if strings.HasPrefix(lower, scheme) {
			return s, len(s) > len(scheme)
		}
	}
	host, _, _ := strings.Cut(s, "/")
	if strings.Contains(host, ".") && !strings.ContainsAny(host, " :@\"<>\\") && !strings.HasPrefix(host, ".") {
		return "https://" + s, true
	}
	return "", false
}
