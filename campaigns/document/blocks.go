package document

import (
	"encoding/json"
	"errors"

	"keepsake/campaigns/fault"
)

// A Block is one piece of a letter.
type Block interface{ Common() *Base }

// Base is what every block has.
type Base struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	HideOn string `json:"hideOn,omitempty"` // phone or desktop
	Show   *Show  `json:"show,omitempty"`   // for whom; nil is everybody
	Style  Style  `json:"style,omitzero"`
}

// Common is the block's own base.
func (b *Base) Common() *Base { return b }

// Style is how one block departs from the theme.
type Style struct {
	Bg      string `json:"bg,omitempty"`      // a colour, or the theme's "accent" or "tint"
	Padding *int   `json:"padding,omitempty"` // above and below, px; nil is the default
	Align   string `json:"align,omitempty"`   // left, center or right
	Border  bool   `json:"border,omitempty"`
	Radius  int    `json:"radius,omitempty"`
}

// Heading is a title of one line or two.
type Heading struct {
	Base
	Level int  `json:"level,omitempty"` // 1 to 3
	Rich  Node `json:"rich"`
	Size  int  `json:"size,omitempty"` // px; 0 is by level
}

// Text is paragraphs and lists.
type Text struct {
	Base
	Rich Node `json:"rich"`
	Size int  `json:"size,omitempty"`
}

// Image is a picture with words for those who do not see it.
type Image struct {
	Base
	Asset      string `json:"asset"` // "ab12cd.png" in /media, or an address
	Alt        string `json:"alt"`
	Decorative bool   `json:"decorative,omitempty"`
	Href       string `json:"href,omitempty"`
	Width      int    `json:"width,omitempty"`     // px; 0 is full
	DarkAsset  string `json:"darkAsset,omitempty"` // stands in for Asset in the dark scheme
}

// Button is a link one cannot miss.
type Button struct {
	Base
	Label   string `json:"label"`
	Action  string `json:"action,omitempty"` // url (default) or respond: the kind's landing page
	Href    string `json:"href,omitempty"`
	Query   string `json:"query,omitempty"`   // with respond: "rating=5"
	Variant string `json:"variant,omitempty"` // solid (default) or outline
	Full    bool   `json:"full,omitempty"`
}

// Divider is a line.
type Divider struct {
	Base
	Thickness int    `json:"thickness,omitempty"`
	Color     string `json:"color,omitempty"`
}

// Spacer is air.
type Spacer struct {
	Base
	Height      int `json:"height,omitempty"`
	PhoneHeight int `json:"phoneHeight,omitempty"` // 0 is the same
}

// Columns stand side by side, and under one another on a phone when they stack.
type Columns struct {
	Base
	Layout  string   `json:"layout,omitempty"`  // a key of Layouts
	Stack   *bool    `json:"stack,omitempty"`   // nil is true
	Reverse bool     `json:"reverse,omitempty"` // on a phone the last column comes first
	Gap     int      `json:"gap,omitempty"`     // px; 0 is the default
	Cols    []Blocks `json:"cols"`
}

// Layouts are the columns' shares of the width, in hundredths.
var Layouts = map[string][]int{"50-50": {50, 50}, "33x3": {33, 34, 33}, "33-67": {33, 67}, "67-33": {67, 33}}

// Article is one piece to read, or one for each of the kind's items.
type Article struct {
	Base
	Source  string `json:"source,omitempty"` // manual (default) or items
	Image   string `json:"image,omitempty"`
	Kicker  string `json:"kicker,omitempty"`
	Title   string `json:"title,omitempty"`
	Excerpt string `json:"excerpt,omitempty"`
	Href    string `json:"href,omitempty"`
	CTA     string `json:"cta,omitempty"`
	Layout  string `json:"layout,omitempty"` // card (default) or row
}

// Footer says why one gets the letter, from whom, and how to leave. Empty fields are the default words.
type Footer struct {
	Base
	Why         string `json:"why,omitempty"`
	Address     string `json:"address,omitempty"` // "" is the shop's
	Unsubscribe string `json:"unsubscribe,omitempty"`
	Preferences string `json:"preferences,omitempty"`
	View        string `json:"view,omitempty"`
}

// Unknown is a block of a type this version does not know, kept as it came.
type Unknown struct {
	Base
	Raw json.RawMessage `json:"-"`
}

// MarshalJSON returns the block as it came, with its id.
func (u *Unknown) MarshalJSON() ([]byte, error) {
	fields := map[string]any{}
	if err := json.Unmarshal(u.Raw, &fields); err != nil {
		return nil, err
	}
	fields["id"] = u.ID
	return json.Marshal(fields)
}

// types makes an empty block of each type.
var types = map[string]func() Block{
	"heading": func() Block { return new(Heading) }, "text": func() Block { return new(Text) },
	"image": func() Block { return new(Image) }, "button": func() Block { return new(Button) },
	"divider": func() Block { return new(Divider) }, "spacer": func() Block { return new(Spacer) },
	"columns": func() Block { return new(Columns) }, "article": func() Block { return new(Article) },
	"event": func() Block { return new(Event) }, "quote": func() Block { return new(Quote) },
	"expert": func() Block { return new(Expert) }, "video": func() Block { return new(Video) },
	"rating": func() Block { return new(Rating) }, "poll": func() Block { return new(Poll) },
	"coupon": func() Block { return new(Coupon) }, "contest": func() Block { return new(Contest) },
	"referral": func() Block { return new(Referral) }, "points": func() Block { return new(Points) },
	"products": func() Block { return new(Products) }, "season": func() Block { return new(Season) },
	"social": func() Block { return new(Social) }, "menu": func() Block { return new(Menu) },
	"html": func() Block { return new(HTML) }, "saved": func() Block { return new(Saved) },
	"footer": func() Block { return new(Footer) },
}

// Blocks is a list of blocks of any type.
type Blocks []Block

// UnmarshalJSON reads each block into the struct of its type.
func (bs *Blocks) UnmarshalJSON(b []byte) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	list := make(Blocks, 0, len(raw))
	for _, r := range raw {
		one, err := readBlock(r)
		if err != nil {
			return err
		}
		list = append(list, one)
	}
	*bs = list
	return nil
}

// MarshalJSON writes [] for no blocks, never null.
func (bs Blocks) MarshalJSON() ([]byte, error) {
	if len(bs) == 0 {
		return []byte("[]"), nil
	}
	return json.Marshal([]Block(bs))
}

func readBlock(raw json.RawMessage) (Block, error) {
	var base Base
	if err := json.Unmarshal(raw, &base); err != nil {
		return nil, unreadable(base, err)
	}
	fresh, known := types[base.Type]
	if !known {
		return &Unknown{Base: base, Raw: raw}, nil
	}
	b := fresh()
	if err := json.Unmarshal(raw, b); err != nil {
		if fault.Is(err, fault.Invalid) {
			return nil, err // a block inside this one, already named
		}
		return nil, unreadable(base, err)
	}
	return b, nil
}

func unreadable(base Base, err error) error {
	field := base.ID
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
		field += "." + e.Field
	}
	return fault.Field(field, "The block “%s” cannot be read: %s.", base.ID, err.Error())
}
