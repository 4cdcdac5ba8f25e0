package admin

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
)

var (
	colour      = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	shortColour = regexp.MustCompile(`^#[0-9a-f]{3}$`)
)

// fontStack is a list of fonts that mail programs have.
type fontStack struct{ Stack, Name string }

// fontStacks begin with those the composer offers for one letter.
var fontStacks = []fontStack{
	{"system-ui, sans-serif", "Modern"}, {"Georgia, 'Times New Roman', serif", "Classic"}, {"Verdana, Geneva, sans-serif", "Wide"},
	{"Arial, Helvetica, sans-serif", "Arial"}, {"'Trebuchet MS', Tahoma, sans-serif", "Trebuchet"}, {"Tahoma, Verdana, sans-serif", "Tahoma"},
	{"'Palatino Linotype', Palatino, Georgia, serif", "Palatino"}, {"'Courier New', Courier, monospace", "Courier"},
}

// brandForm is a brand as somebody typed it, right or wrong.
type brandForm struct {
	store.Brand
	RadiusText string
}

func formOf(b store.Brand) brandForm {
	f := brandForm{Brand: b}
	if b.Radius != nil {
		f.RadiusText = strconv.Itoa(*b.Radius)
	}
	return f
}

// brandColours are the colours of a scheme by the names of their inputs.
func brandColours(c *document.Colors) map[string]*string {
	return map[string]*string{"accent": &c.Accent, "bg": &c.Bg, "card": &c.Card, "text": &c.Text, "muted": &c.Muted, "line": &c.Line}
}

// readBrand reads the form; pictures that come with it are kept in the library at once.
func (a *Admin) readBrand(c *gin.Context, was store.Brand) (brandForm, error) {
	f := brandForm{Brand: store.Brand{Address: strings.TrimSpace(c.PostForm("address")), Font: c.PostForm("font"), HeadingFont: c.PostForm("heading_font")},
		RadiusText: strings.TrimSpace(c.PostForm("radius"))}
	for scheme, colours := range map[string]*document.Colors{"light_": &f.Light, "dark_": &f.Dark} {
		for name, v := range brandColours(colours) {
			*v = wholeColour(c.PostForm(scheme + name))
		}
	}
	networks, addresses := c.PostFormArray("social_network"), c.PostFormArray("social_href")
	for i, href := range addresses[:min(len(addresses), len(networks), document.MaxLinks)] {
		if href = strings.TrimSpace(href); href != "" {
			f.Social = append(f.Social, document.SocialLink{Network: networks[i], Href: wholeAddress(networks[i], href)})
		}
	}
	var errs []error
	for field, to := range map[string]struct {
		logo *string
		was  string
	}{"logo": {&f.Logo, was.Logo}, "logo_dark": {&f.LogoDark, was.LogoDark}} {
		err := a.readLogo(c, field, to.was, to.logo)
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
			return f, err
		}
		errs = append(errs, err)
	}
	return f, fault.Join(errs...)
}

// readLogo reads which picture was chosen, or keeps the one that came with the form.
func (a *Admin) readLogo(c *gin.Context, field, was string, to *string) error {
	*to = c.PostForm(field)
	asset, err := a.formImage(c, field+"_file")
	if err != nil {
		*to = was
		return onField(err, field)
	}
	if asset != nil {
		*to = asset.Asset
	}
	if *to == "" || *to == was || asset != nil {
		return nil
	}
	known, err := a.Store.AssetsNamed(c.Request.Context(), []string{*to})
	if _, ok := known[*to]; err == nil && !ok {
		*to = was
		return fault.Field(field, "This picture is no longer in the library. Choose another.")
	}
	return err
}

// wholeColour is a colour in six small digits, and what is none as it was typed.
func wholeColour(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if colour.MatchString("#"+s) || shortColour.MatchString("#"+s) {
		s = "#" + s
	}
	if shortColour.MatchString(s) {
		s = "#" + s[1:2] + s[1:2] + s[2:3] + s[2:3] + s[3:4] + s[3:4]
	}
	return s
}

var bareAddress = regexp.MustCompile(`^[\w-]+(\.[\w-]+)+(/|$|\?)`)

// wholeAddress puts https:// before an address that lacks it.
func wholeAddress(network, href string) string {
	if network != "email" && bareAddress.MatchString(href) {
		return "https://" + href
	}
	return href
}

// check names what is wrong by the form's own fields.
func (f *brandForm) check() error {
	var errs []error
	for scheme, colours := range map[string]*document.Colors{"light_": &f.Light, "dark_": &f.Dark} {
		for name, v := range brandColours(colours) {
			if *v != "" && !colour.MatchString(*v) {
				errs = append(errs, fault.Field(scheme+name, "“%s” is not a colour. Write it like #0f6b5c.", *v))
			}
		}
	}
	for field, stack := range map[string]string{"font": f.Font, "heading_font": f.HeadingFont} {
		if (document.Theme{Font: stack}).Check() != nil {
			errs = append(errs, fault.Field(field, "“%s” is not a list of fonts.", stack))
		}
	}
	errs = append(errs, f.checkRadius())
	for i, s := range f.Social {
		errs = append(errs, checkSocial(fmt.Sprintf("social_%d", i), s))
	}
	return fault.Join(errs...)
}

func (f *brandForm) checkRadius() error {
	f.Radius = nil
	if f.RadiusText == "" {
		return nil
	}
	n, err := strconv.Atoi(f.RadiusText)
	if err != nil || n < 0 || n > 40 {
		return fault.Field("radius", "Between %d and %d pixels.", 0, 40)
	}
	f.Radius = &n
	return nil
}

func checkSocial(field string, s document.SocialLink) error {
	if !slices.Contains(document.Networks, s.Network) {
		return fault.Field(field, "There is no network “%s” here.", s.Network)
	}
	if s.Network == "email" {
		if _, err := audience.CleanEmail(strings.TrimPrefix(s.Href, "mailto:")); err != nil {
			return fault.Field(field, "“%s” is not an email address.", s.Href)
		}
		return nil
	}
	return checkWeb(field, s.Href)
}

// drawn is the brand without what is wrong in it, to be looked at.
func (f brandForm) drawn() store.Brand {
	b := f.Brand
	for _, colours := range []*document.Colors{&b.Light, &b.Dark} {
		for _, v := range brandColours(colours) {
			if !colour.MatchString(*v) {
				*v = ""
			}
		}
	}
	return b
}

// move does what a button of the list of links says: "up:2" or "drop:0".
func (f *brandForm) move(do string) {
	what, at, _ := strings.Cut(do, ":")
	i, err := strconv.Atoi(at)
	if err != nil || i < 0 || i >= len(f.Social) {
		return
	}
	switch {
	case what == "drop":
		f.Social = slices.Delete(f.Social, i, i+1)
	case what == "up" && i > 0:
		f.Social[i-1], f.Social[i] = f.Social[i], f.Social[i-1]
	}
}
