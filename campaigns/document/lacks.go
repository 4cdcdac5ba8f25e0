package document

import (
	"slices"
	"strings"

	"keepsake/campaigns/fault"
)

// Validate says what the letter still lacks before it may be sent: a *fault.Error with a
// field "b3.href" for each thing to put right.
func (d Document) Validate() error {
	var errs []error
	d.Each(func(b Block) {
		errs = append(errs, lacks(b), b.Common().Show.lacks(b.Common().ID+".show"))
	})
	return fault.Join(errs...)
}

func lacks(b Block) error {
	at := func(field string) string { return b.Common().ID + "." + field }
	switch b := b.(type) {
	case *Heading:
		return fault.Join(words(at("rich"), b.Rich), links(at("rich"), b.Rich))
	case *Text:
		return fault.Join(words(at("rich"), b.Rich), links(at("rich"), b.Rich))
	case *Image:
		return b.lacks()
	case *Button:
		if blank(b.Label) {
			return fault.Field(at("label"), "Give the button a label.")
		}
		if b.Action != "respond" {
			return link(at("href"), b.Href)
		}
	case *Article:
		if b.Source == "items" {
			return nil
		}
		if blank(b.Title) {
			return fault.Field(at("title"), "Give the article a title.")
		}
		return link(at("href"), b.Href)
	case *Columns:
		return nil
	case *Unknown:
		return fault.Field(b.ID, "This version of Keepsake does not know blocks of type “%s”. Remove it before sending.", b.Type)
	default:
		return fault.Join(storyLacks(b, at), offerLacks(b, at))
	}
	return nil
}

func (b *Image) lacks() error {
	if b.Asset == "" {
		return fault.Field(b.ID+".asset", "Choose a picture, or remove its block.")
	}
	if blank(b.Alt) && !b.Decorative {
		return fault.Field(b.ID+".alt", "Say what the picture shows, or mark it as decoration.")
	}
	if b.Href != "" {
		return link(b.ID+".href", b.Href)
	}
	return nil
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func words(field string, n Node) error {
	if blank(n.Plain()) && !hasChip(n) {
		return fault.Field(field, "This text is empty: write something, or remove its block.")
	}
	return nil
}

func hasChip(n Node) bool {
	return n.Type == "chip" || slices.ContainsFunc(n.Content, hasChip)
}

func links(field string, n Node) error {
	for _, m := range n.Marks {
		if m.Type == "link" {
			if err := link(field, n.Link()); err != nil {
				return err
			}
		}
	}
	for _, c := range n.Content {
		if err := links(field, c); err != nil {
			return err
		}
	}
	return nil
}

func link(field, href string) error {
	if blank(href) {
		return fault.Field(field, "Say where this link goes.")
	}
	if _, ok := Href(href); !ok {
		return fault.Field(field, "“%s” is not an address. It starts with https://, mailto: or tel:.", href)
	}
	return nil
}
