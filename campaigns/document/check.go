package document

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"keepsake/campaigns/fault"
)

// The limits of single blocks.
const (
	MaxOptions  = 12 // of a poll
	MaxProducts = 24
	MaxLinks    = 16        // of a social or menu block
	MaxCode     = 100 << 10 // of an html block, octets
	maxLine     = 500       // of a title, a label or another single line, letters
)

// The forms of times, by the clock of the place they are about.
const (
	MomentForm = "2006-01-02T15:04"
	DayForm    = "2006-01-02"
)

func check(b Block) error {
	base := b.Common()
	at := func(field string) string { return base.ID + "." + field }
	errs := []error{ground(at("style.bg"), base.Style.Bg), between(at("style.radius"), base.Style.Radius, 0, 40),
		oneOf(at("style.align"), base.Style.Align, "left", "center", "right"), base.Show.check(at("show"))}
	if base.Style.Padding != nil {
		errs = append(errs, between(at("style.padding"), *base.Style.Padding, 0, 120))
	}
	switch b := b.(type) {
	case *Heading:
		errs = append(errs, between(at("size"), b.Size, 0, 72), rich(at("rich"), b.Rich, 0))
	case *Text:
		errs = append(errs, between(at("size"), b.Size, 0, 72), rich(at("rich"), b.Rich, 0))
	case *Image:
		errs = append(errs, between(at("width"), b.Width, 0, 800), asset(at("asset"), b.Asset), asset(at("darkAsset"), b.DarkAsset))
	case *Article:
		errs = append(errs, asset(at("image"), b.Image))
	case *Divider:
		errs = append(errs, between(at("thickness"), b.Thickness, 0, 20), color(at("color"), b.Color))
	case *Spacer:
		errs = append(errs, between(at("height"), b.Height, 0, 400), between(at("phoneHeight"), b.PhoneHeight, 0, 400))
	case *Columns:
		errs = append(errs, between(at("gap"), b.Gap, 0, 80), b.check())
	default:
		errs = append(errs, checkStory(b, at), checkOffer(b, at))
	}
	return fault.Join(errs...)
}

func checkStory(b Block, at func(string) string) error {
	switch b := b.(type) {
	case *Event:
		return fault.Join(moment(at("starts"), b.Starts), moment(at("ends"), b.Ends), zone(at("zone"), b.Zone))
	case *Quote:
		return fault.Join(rich(at("rich"), b.Rich, 0), asset(at("image"), b.Image))
	case *Expert:
		return fault.Join(rich(at("rich"), b.Rich, 0), asset(at("image"), b.Image))
	case *Video:
		return asset(at("thumb"), b.Thumb)
	case *Season:
		return fault.Join(rich(at("rich"), b.Rich, 0), asset(at("asset"), b.Asset), end(at("endsAt"), b.EndsAt))
	case *Social:
		return b.check(at("items"))
	case *Menu:
		b.Items = present(b.Items)
		return atMost(at("items"), len(b.Items), MaxLinks)
	case *HTML:
		if len(b.Code) > MaxCode {
			return fault.Field(at("code"), "The code of one block is at most %d KB.", MaxCode>>10)
		}
	case *Saved:
		if b.Ref < 0 {
			return fault.Field(at("ref"), "There is no saved block with that number.")
		}
	}
	return nil
}

func checkOffer(b Block, at func(string) string) error {
	switch b := b.(type) {
	case *Poll:
		b.Options = present(b.Options)
		return fault.Join(atMost(at("options"), len(b.Options), MaxOptions), lines(at("options"), b.Options))
	case *Coupon:
		return fault.Join(oneOf(at("source"), b.Source, "campaign", "shared"), lines(at("code"), []string{b.Code}))
	case *Contest:
		return end(at("endsAt"), b.EndsAt)
	case *Referral:
		for _, t := range b.ShareTargets {
			if err := oneOf(at("shareTargets"), t, ShareTargets...); err != nil {
				return err
			}
		}
		return atMost(at("shareTargets"), len(b.ShareTargets), len(ShareTargets))
	case *Points:
		return fault.Join(path(at("balance"), b.Balance), path(at("tier"), b.Tier), path(at("nextReward"), b.NextReward), path(at("nextAt"), b.NextAt))
	case *Products:
		return b.check(at)
	}
	return nil
}

func (b *Social) check(field string) error {
	b.Items = present(b.Items)
	for _, item := range b.Items {
		if !slices.Contains(Networks, item.Network) {
			return fault.Field(field, "There is no network “%s” here.", item.Network)
		}
	}
	return atMost(field, len(b.Items), MaxLinks)
}

func (b *Products) check(at func(string) string) error {
	errs := []error{oneOf(at("source"), b.Source, "order", "last_order", "bestsellers", "manual"),
		oneOf(at("layout"), b.Layout, "list", "grid2", "grid3"), oneOf(at("fallback"), b.Fallback, "hide", "bestsellers"),
		atMost(at("items"), len(b.Items), MaxProducts)}
	for _, item := range b.Items {
		errs = append(errs, asset(at("items"), item.Image))
	}
	if b.Limit < 0 || b.Limit > MaxProducts {
		errs = append(errs, fault.Field(at("limit"), "Between %d and %d products.", 0, MaxProducts))
	}
	return fault.Join(errs...)
}

// oneOf accepts "" too: the default.
func oneOf(field, v string, allowed ...string) error {
	if v == "" || slices.Contains(allowed, v) {
		return nil
	}
	return fault.Field(field, "“%s” is none of %s.", v, strings.Join(allowed, ", "))
}

func atMost(field string, n, most int) error {
	if n > most {
		return fault.Field(field, "At most %d of them; there are %d.", most, n)
	}
	return nil
}

// lines are single lines of words.
func lines(field string, all []string) error {
	for _, s := range all {
		if utf8.RuneCountInString(s) > maxLine {
			return fault.Field(field, "At most %d letters.", maxLine)
		}
	}
	return nil
}

func path(field, v string) error {
	if v == "" || chipForm.MatchString(v) {
		return nil
	}
	return fault.Field(field, "“%s” is not a merge tag.", v)
}

func moment(field, v string) error {
	if _, err := time.Parse(MomentForm, v); v != "" && err != nil {
		return fault.Field(field, "“%s” is not a day and a time. Write them like %s.", v, "2026-12-01T18:00")
	}
	return nil
}

// end is a day, or a day and a time.
func end(field, v string) error {
	if _, err := time.Parse(DayForm, v); v == "" || err == nil {
		return nil
	}
	return moment(field, v)
}

func zone(field, v string) error {
	if v == "" {
		return nil
	}
	if _, err := time.LoadLocation(v); err != nil || v == "Local" {
		return fault.Field(field, "“%s” is not a time zone. Choose one like Europe/Sofia.", v)
	}
	return nil
}

// present is the list, [] for none, so that it is never null in JSON.
func present[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
