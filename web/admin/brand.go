package admin

import (
	"cmp"
	"slices"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/dispatch"
	"keepsake/internal/render"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// brandPage is the form of the brand with a letter that wears it.
type brandPage struct {
	Form            brandForm
	Logos           []logoField
	Colours         []colourLine
	Fonts           []fontStack
	Links           []linkLine
	Networks        []linkLine
	Contrasts       []contrasts // light, dark
	Frame           string      // where the letter is drawn
	Drafts, Waiting int64       // campaigns whose next letters wear it
}

// logoField is one of the two logos, with the pictures to choose from.
type logoField struct {
	Name, Chosen string
	Dark         bool
	Pictures     []picture
}

// colourLine is one colour in both schemes.
type colourLine struct {
	Name    string // in English, a catalogue id
	Schemes []colourField
}

type colourField struct {
	Field, Value, Preset string
	Dark                 bool
}

// Pick is what the browser's own input of colours shows, which knows no empty one.
func (f colourField) Pick() string {
	if colour.MatchString(f.Value) {
		return f.Value
	}
	return f.Preset
}

// linkLine is a row of the list of links; a spare one has no address.
type linkLine struct {
	document.SocialLink
	Title string // in English, a catalogue id
	Spare bool
}

// Hint is how an address there begins.
func (l linkLine) Hint() string {
	if l.Network == "email" {
		return ""
	}
	return "https://"
}

// contrasts are a scheme's figures in words.
type contrasts struct {
	Scheme string
	Lines  []contrast
}

type contrast struct {
	What, Figure string // what is read on what, and "4.5:1"
	Why          string // of a poor one
	Used         string // #rrggbb
}

// Brand shows how letters look that do not say otherwise.
func (a *Admin) Brand(c *gin.Context) error {
	p, err := a.brandPage(c, formOf(a.Shop(c).Brand()), 0)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/brand", p)
}

// SaveBrand stores the brand; "do" may say that it is only to be looked at, with the list of links changed.
func (a *Admin) SaveBrand(c *gin.Context) error {
	f, wrong := a.readBrand(c, a.Shop(c).Brand())
	if _, ok := wrong.(*fault.Error); wrong != nil && !ok {
		return wrong
	}
	do := cmp.Or(c.PostForm("do"), "save")
	f.move(do)
	if wrong = fault.Join(wrong, f.check()); wrong != nil || do != "save" {
		return a.lookAtBrand(c, f, do, wrong)
	}
	undo, err := a.Store.SaveBrand(c.Request.Context(), f.Brand)
	if err != nil {
		return err
	}
	if err := a.audit(c, "brand.save", "shop"); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved. Letters from now on wear it."), "/settings/brand/restore/"+undo)
	return a.Redirect(c, "/settings/brand")
}

// lookAtBrand answers with the form as it was sent, and a letter that wears it.
func (a *Admin) lookAtBrand(c *gin.Context, f brandForm, do string, wrong error) error {
	spare := 0
	if do == "more" {
		spare = 3
	}
	p, err := a.brandPage(c, f, spare)
	if err != nil {
		return err
	}
	if wrong != nil {
		return a.Again(c, "admin/brand", p, wrong)
	}
	return a.Page(c, "admin/brand", p)
}

// RestoreBrand brings the brand back that the last change replaced.
func (a *Admin) RestoreBrand(c *gin.Context) error {
	err := a.Store.RestoreBrand(c.Request.Context(), c.Param("token"))
	if fault.Is(err, fault.Conflict) {
		a.Toast(c, a.Catalog.Fault(a.Lang(c), err), "")
		return a.Redirect(c, "/settings/brand")
	}
	if err != nil {
		return err
	}
	if err := a.audit(c, "brand.restore", "shop"); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Undone."), "")
	return a.Redirect(c, "%s", page.Local(refererPath(c), "/settings/brand"))
}

func (a *Admin) brandPage(c *gin.Context, f brandForm, spare int) (p brandPage, err error) {
	ctx := c.Request.Context()
	shop := a.Shop(c).With(f.drawn())
	brand := dispatch.BrandOf(shop)
	p = brandPage{Form: f, Colours: colourLines(f, brand), Fonts: fontStacks, Links: linkLines(f.Social, spare), Networks: linkLines(nil, document.MaxLinks), Contrasts: a.contrasts(c, brand)}
	if p.Logos, err = a.logoFields(c, f); err != nil {
		return p, err
	}
	if p.Drafts, p.Waiting, err = a.Store.BrandReach(ctx); err != nil {
		return p, err
	}
	p.Frame, err = a.brandFrame(c, shop)
	return p, err
}

// brandFrame draws a letter of the program as this shop's.
func (a *Admin) brandFrame(c *gin.Context, shop store.Shop) (string, error) {
	content, err := render.StarterByName("newsletter.news", a.Lang(c), a.Book.Files)
	if err != nil {
		return "", err
	}
	l, err := a.invented(c, "newsletter", content.Subject, content)
	if err != nil {
		return "", err
	}
	out, err := a.Dispatch.Preview(c.Request.Context(), dispatch.Draft{Campaign: l.campaign, Message: l.message, Content: content, Shop: &shop})
	if err != nil {
		return "", err
	}
	return a.keepFrame(c, out.HTML, false), nil
}

// fewPictures is how many pictures of the library a logo is chosen from; more are uploaded again, which keeps no second one.
const fewPictures = 24

func (a *Admin) logoFields(c *gin.Context, f brandForm) ([]logoField, error) {
	rows, _, err := a.Store.Assets(c.Request.Context(), store.AssetQuery{Limit: fewPictures})
	light, dark := logoField{Name: "logo", Chosen: f.Logo}, logoField{Name: "logo_dark", Chosen: f.LogoDark, Dark: true}
	for _, r := range rows {
		for _, field := range []*logoField{&light, &dark} {
			if r.Asset != field.Chosen {
				field.Pictures = append(field.Pictures, pictureOf(r))
			}
		}
	}
	return []logoField{light, dark}, err
}

// colourLines are the inputs of the colours; the preset is what letters show where one is empty.
func colourLines(f brandForm, b render.Brand) []colourLine {
	empty := b
	empty.Accent, empty.Light, empty.Dark = "", document.Colors{}, document.Colors{}
	light, _ := render.Palette(empty)
	empty.Accent = cmp.Or(b.Light.Accent, b.Accent)
	_, dark := render.Palette(empty) // its accent follows the light one
	lines := []colourLine{{Name: "Buttons and links"}, {Name: "Background"}, {Name: "Card"}, {Name: "Text"}, {Name: "Muted text"}, {Name: "Lines"}}
	for i, name := range []string{"accent", "bg", "card", "text", "muted", "line"} {
		for _, s := range []struct {
			scheme          string
			typed, defaults document.Colors
		}{{"light", f.Light, light}, {"dark", f.Dark, dark}} {
			lines[i].Schemes = append(lines[i].Schemes, colourField{s.scheme + "_" + name, *brandColours(&s.typed)[name], *brandColours(&s.defaults)[name], s.scheme == "dark"})
		}
	}
	return lines
}

// linkLines are the links and a spare row or more, each for a network that is not there yet.
func linkLines(links []document.SocialLink, spare int) []linkLine {
	var lines []linkLine
	had := map[string]bool{}
	for _, l := range links {
		lines, had[l.Network] = append(lines, linkLine{l, render.NetworkName(l.Network), false}), true
	}
	more := max(spare, 1, 3-len(links))
	for _, n := range slices.Concat(document.Networks, document.Networks) {
		if more == 0 || len(lines) >= document.MaxLinks {
			break
		}
		if !had[n] {
			lines, more, had[n] = append(lines, linkLine{document.SocialLink{Network: n}, render.NetworkName(n), true}), more-1, true
		}
	}
	return lines
}

var readingNames = map[string]string{"text card": "Text on the card", "muted card": "Muted text on the card", "muted bg": "Muted text on the background",
	"accent card": "Links on the card", "onAccent accent": "Words on a button"}

// contrasts says how well a brand's colours can be read.
func (a *Admin) contrasts(c *gin.Context, b render.Brand) []contrasts {
	light, dark := render.Readings(b)
	all := []contrasts{{Scheme: a.T(c, "Light")}, {Scheme: a.T(c, "Dark")}}
	for i, readings := range [][]render.Reading{light, dark} {
		for _, r := range readings {
			all[i].Lines = append(all[i].Lines, a.contrast(c, r))
		}
	}
	return all
}

func (a *Admin) contrast(c *gin.Context, r render.Reading) contrast {
	figure := func(v float64) string { return a.Catalog.Number(a.Lang(c), float64(int(v*10))/10) + ":1" }
	said := contrast{What: a.T(c, readingNames[r.Field+" "+r.On]), Figure: figure(r.Ratio), Used: r.Used}
	switch {
	case !r.Poor():
	case r.Result >= render.Readable:
		said.Why = a.T(c, "Too weak to read: it takes %s. Letters use %s instead.", figure(render.Readable), r.Used)
	default:
		said.Why = a.T(c, "Too weak to read: it takes %s. Choose colours further apart.", figure(render.Readable))
	}
	return said
}
