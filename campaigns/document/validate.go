package document

import (
	"regexp"
	"slices"
	"strings"

	"keepsake/campaigns/fault"
)

var (
	idForm    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	colorForm = regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)
	fontForm  = regexp.MustCompile(`^(?:[\p{L}\p{N} ,-]|'[\p{L}\p{N} ,-]*'|"[\p{L}\p{N} ,-]*")+$`) // at most maxFont octets
	assetForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
	chipForm  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+|\[\d+\])*$`)
)

// structure checks what the renderer relies on: whatever passes can be drawn, and no value
// breaks out of the attribute it is written into.
func (d Document) structure() error {
	if err := d.Theme.Check(); err != nil {
		return err
	}
	if !slices.Contains([]string{"", "ltr", "rtl"}, d.Dir) {
		return fault.Field("dir", "The direction is ltr or rtl.")
	}
	seen, n := map[string]bool{}, 0
	var errs []error
	d.Each(func(b Block) {
		n++
		id := b.Common().ID
		switch {
		case id != "" && !idForm.MatchString(id):
			errs = append(errs, fault.Field("blocks", "“%s” is not a block's id: use letters and digits.", id))
		case id != "" && seen[id]:
			errs = append(errs, fault.Field(id, "Two blocks have the id “%s”.", id))
		}
		seen[id] = true
		errs = append(errs, check(b))
	})
	if n > MaxBlocks {
		return fault.Field("blocks", "A letter has at most %d blocks; this one has %d.", MaxBlocks, n)
	}
	return fault.Join(errs...)
}

// Check says what of the theme cannot be drawn, as a *fault.Error; nil when all can.
func (t Theme) Check() error {
	for _, c := range []Colors{t.Light, t.Dark} {
		for _, v := range []string{c.Bg, c.Card, c.Text, c.Muted, c.Accent, c.OnAccent, c.Line} {
			if err := color("theme", v); err != nil {
				return err
			}
		}
	}
	for _, f := range []string{t.Font, t.HeadingFont} {
		if f != "" && (len(f) > maxFont || !fontForm.MatchString(f)) {
			return fault.Field("theme.font", "“%s” is not a list of fonts.", f)
		}
	}
	if t.Width != 0 && (t.Width < 320 || t.Width > 800) {
		return fault.Field("theme.width", "A letter is between %d and %d pixels wide.", 320, 800)
	}
	for field, v := range map[string]string{"theme.logo": t.Logo, "theme.logoDark": t.LogoDark} {
		if err := asset(field, v); err != nil {
			return err
		}
	}
	if t.Radius != nil {
		return between("theme.radius", *t.Radius, 0, 40)
	}
	return nil
}

func color(field, v string) error {
	if v != "" && !colorForm.MatchString(v) {
		return fault.Field(field, "“%s” is not a colour. Write it like #0f6b5c.", v)
	}
	return nil
}

// ground is a colour, or one of the theme's by name.
func ground(field, v string) error {
	if v == "accent" || v == "tint" {
		return nil
	}
	return color(field, v)
}

func between(field string, v, least, most int) error {
	if v < least || v > most {
		return fault.Field(field, "Between %d and %d pixels.", least, most)
	}
	return nil
}

func asset(field, v string) error {
	if v == "" || assetForm.MatchString(v) || strings.HasPrefix(v, "https://") || strings.HasPrefix(v, "http://") || strings.HasPrefix(v, "{{") {
		return nil
	}
	return fault.Field(field, "“%s” is not a picture of this shop.", v)
}

func (c *Columns) check() error {
	if c.Layout == "" {
		c.Layout = "50-50"
	}
	shares, ok := Layouts[c.Layout]
	if !ok {
		return fault.Field(c.ID+".layout", "There is no column layout “%s”.", c.Layout)
	}
	if len(c.Cols) > len(shares) {
		return fault.Field(c.ID+".cols", "The layout “%s” has %d columns.", c.Layout, len(shares))
	}
	for len(c.Cols) < len(shares) {
		c.Cols = append(c.Cols, Blocks{})
	}
	for _, col := range c.Cols {
		for _, b := range col {
			switch b.(type) {
			case *Columns, *Footer:
				return fault.Field(c.ID, "Columns hold neither columns nor the footer.")
			}
		}
	}
	return nil
}

func rich(field string, n Node, depth int) error {
	if depth > maxDepth {
		return fault.Field(field, "This text is nested too deeply.")
	}
	if n.Type == "chip" && (n.Attrs == nil || !chipForm.MatchString(n.Attrs.Path)) {
		path := ""
		if n.Attrs != nil {
			path = n.Attrs.Path
		}
		return fault.Field(field, "“%s” is not a merge tag.", path)
	}
	if n.Type == "chip" && !n.Attrs.formed() {
		return fault.Field(field, "The value “%s” cannot be shown as “%s”.", Named(n.Attrs.Path), n.Attrs.As)
	}
	for _, c := range n.Content {
		if err := rich(field, c, depth+1); err != nil {
			return err
		}
	}
	return nil
}
