package document

import (
	"slices"
	"strings"

	"keepsake/campaigns/fault"
)

func storyLacks(b Block, at func(string) string) error {
	switch b := b.(type) {
	case *Event:
		return b.lacks(at)
	case *Quote:
		return fault.Join(words(at("rich"), b.Rich), links(at("rich"), b.Rich))
	case *Expert:
		return fault.Join(filled(at("question"), b.Question, "Write the question the expert answers."), words(at("rich"), b.Rich), links(at("rich"), b.Rich),
			filled(at("author"), b.Author, "Say who answers."))
	case *Video:
		return fault.Join(filled(at("alt"), b.Alt, "Say what the video shows."), link(at("href"), b.Href))
	case *Season:
		return b.lacks(at)
	case *Social:
		return b.lacks(at("items"))
	case *Menu:
		return b.lacks(at("items"))
	case *HTML:
		return filled(at("code"), b.Code, "Write some code, or remove its block.")
	case *Saved:
		switch {
		case b.Ref == 0:
			return fault.Field(at("ref"), "Choose a saved block, or remove this one.")
		case b.Gone:
			return fault.Field(at("ref"), "The saved block was deleted. Choose another, or remove this one.")
		}
	}
	return nil
}

func offerLacks(b Block, at func(string) string) error {
	switch b := b.(type) {
	case *Rating:
		return b.lacks(at)
	case *Poll:
		return b.lacks(at)
	case *Coupon:
		if b.Source == "shared" {
			return fault.Join(filled(at("code"), b.Code, "Write the code everybody gets."), optional(at("href"), b.Href), b.drawn(at("code")))
		}
	case *Contest:
		return optional(at("rulesHref"), b.RulesHref)
	case *Referral:
		return optional(at("href"), b.Href)
	case *Points:
		return b.button(at)
	case *Products:
		return b.lacks(at("items"))
	}
	return nil
}

// lacks asks for what the page behind the answers can show and lead on to.
func (b *Rating) lacks(at func(string) string) error {
	errs := []error{leads(at("routeHigh"), b.RouteHigh), leads(at("routeLow"), b.RouteLow)}
	if Tagged(b.FollowUp) {
		errs = append(errs, fault.Field(at("followUp"), "This question is asked on a page, where merge tags are not filled in: write it without."))
	}
	return fault.Join(errs...)
}

// leads is the address of a page, or none.
func leads(field, href string) error {
	if _, ok := WebPage(href); ok || blank(href) {
		return nil
	}
	return fault.Field(field, "“%s” is not the address of a page. It starts with https:// and holds no merge tags.", href)
}

// drawn is a code that everybody gets, as a picture.
func (b *Coupon) drawn(field string) error {
	if _, ok := b.Drawable(); ok || !b.QR || blank(b.Code) {
		return nil
	}
	return fault.Field(field, "This code cannot be drawn as a QR code: it is at most %d letters long and holds no merge tags.", MaxQR)
}

func (b *Event) lacks(at func(string) string) error {
	errs := []error{filled(at("title"), b.Title, "Give the event a title."), filled(at("starts"), b.Starts, "Say when the event begins."), optional(at("link"), b.Link)}
	if b.Ends != "" && b.Ends <= b.Starts { // both in MomentForm, which sorts
		errs = append(errs, fault.Field(at("ends"), "The event ends before it begins."))
	}
	if blank(b.Link) && blank(b.Place) {
		errs = append(errs, fault.Field(at("place"), "Say where the event takes place, or give its link."))
	}
	if blank(b.Link) && !blank(b.CTA) { // said at once, not when there is a place
		errs = append(errs, fault.Field(at("link"), "Give the link that the button opens, or leave its label empty."))
	}
	return fault.Join(errs...)
}

func (b *Season) lacks(at func(string) string) error {
	errs := []error{links(at("rich"), b.Rich)}
	if blank(b.Title) {
		errs = append(errs, words(at("rich"), b.Rich))
	}
	if b.Asset != "" && blank(b.Alt) {
		errs = append(errs, fault.Field(at("alt"), "Say what the picture shows."))
	}
	if !blank(b.CTA) || !blank(b.Href) {
		errs = append(errs, link(at("href"), b.Href))
	}
	return fault.Join(errs...)
}

// lacks nothing without links: then the shop's own are drawn.
func (b *Social) lacks(field string) error {
	for _, item := range b.Items {
		if err := link(field, item.Address()); err != nil {
			return err
		}
	}
	return nil
}

func (b *Menu) lacks(field string) error {
	if len(b.Items) == 0 {
		return fault.Field(field, "Add a link, or remove the block.")
	}
	for _, item := range b.Items {
		if err := fault.Join(filled(field, item.Label, "Give each link a label."), link(field, item.Href)); err != nil {
			return err
		}
	}
	return nil
}

func (b *Poll) lacks(at func(string) string) error {
	errs := []error{filled(at("question"), b.Question, "Ask a question.")}
	if len(b.Options) < 2 {
		errs = append(errs, fault.Field(at("options"), "A poll has at least two answers."))
	}
	for i, o := range b.Options {
		switch {
		case blank(o):
			errs = append(errs, fault.Field(at("options"), "One answer is empty: write it, or remove it."))
		case slices.Index(b.Options, o) < i:
			errs = append(errs, fault.Field(at("options"), "The answer “%s” is there twice.", o))
		}
	}
	return fault.Join(errs...)
}

func (b *Points) button(at func(string) string) error {
	if blank(b.CTA) {
		return optional(at("href"), b.Href)
	}
	return link(at("href"), b.Href)
}

func (b *Products) lacks(field string) error {
	if b.Source != "manual" {
		return nil
	}
	if len(b.Items) == 0 {
		return fault.Field(field, "Add a product, or choose where the products come from.")
	}
	for _, item := range b.Items {
		if err := fault.Join(filled(field, item.Title, "Give each product a title."), optional(field, item.Href)); err != nil {
			return err
		}
	}
	return nil
}

func filled(field, v, say string) error {
	if blank(v) {
		return fault.Field(field, say)
	}
	return nil
}

// optional is a link that may be absent.
func optional(field, href string) error {
	if strings.TrimSpace(href) == "" {
		return nil
	}
	return link(field, href)
}
