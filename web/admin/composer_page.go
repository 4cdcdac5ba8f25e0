package admin

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/trial"
	"keepsake/internal/dispatch"
	"keepsake/internal/render"
	"keepsake/web/page"
)

// composerPath is where a message is written in one language.
func composerPath(campaign int64, message, lang string) string {
	return fmt.Sprintf("/campaigns/%d/messages/%s/%s", campaign, message, lang)
}

// variantQuery names a stored variant in a letter's address; nothing for A.
func variantQuery(stored string) string {
	if stored == "" {
		return ""
	}
	return "?variant=" + stored
}

// composerProps are what the island is given; their names are its contract.
type composerProps struct {
	Campaign int64          `json:"campaign"`
	Message  string         `json:"message"`
	Lang     string         `json:"lang"`
	Langs    []string       `json:"langs"`
	Variant  string         `json:"variant"`  // a to e
	Variants []string       `json:"variants"` // of the message, with this one; more than one when it has a test
	Kind     string         `json:"kind"`
	UILang   string         `json:"uiLang"`
	Strings  map[string]any `json:"strings"`
	Blocks   []string       `json:"blocks"`
	Gives    []string       `json:"gives"` // what the campaign has for its letters
	Content  islandLetter   `json:"content"`
	Values   []letterValue  `json:"values"`
	URLs     composerURLs   `json:"urls"`
	Back     string         `json:"back"`
	Me       string         `json:"me"`    // whom a test letter goes to, unless another is named
	Seeds    []string       `json:"seeds"` // the addresses that test letters go to
	Nonce    string         `json:"nonce"` // with which the code editor may bring its styles
	Brand    islandBrand    `json:"brand"`
	Zone     string         `json:"zone"`     // the reader's: that of all times shown
	ShopZone string         `json:"shopZone"` // in which a new event begins
	Over     bool           `json:"over"`     // the letters of a campaign that ended, or is on its way, stay as they are
}

// islandBrand is what a letter shows whose theme says nothing.
type islandBrand struct {
	Light document.Colors `json:"light"`
	Dark  document.Colors `json:"dark"`
}

type composerURLs struct {
	Save      string `json:"save"`
	Frame     string `json:"frame"`
	Preview   string `json:"preview"`
	Test      string `json:"test"`
	Media     string `json:"media"`
	People    string `json:"people"`
	Preflight string `json:"preflight"`
	Seeds     string `json:"seeds"`    // keeps the addresses that tests go to
	StandIns  string `json:"standIns"` // people worth looking at the letter as
	// Branches counts who gets which block.
	Branches string `json:"branches"`
	Saved    string `json:"saved"`   // blocks saved for reuse
	Lang     string `json:"lang"`    // {lang} stands for another language
	Variant  string `json:"variant"` // {variant} stands for another variant

	Designs  string `json:"designs"`            // the gallery, to replace the letter
	Design   string `json:"design"`             // keeps the letter as a design
	Versions string `json:"versions,omitempty"` // what the letter was
	Convert  string `json:"convert"`
	Import   string `json:"import"`
	Editor   string `json:"editor"` // the bundle of the code editor
}

// islandLetter is a content with its document as JSON, not as text.
type islandLetter struct {
	Version   int             `json:"version"`
	Mode      string          `json:"mode"`
	Subject   string          `json:"subject"`
	Preheader string          `json:"preheader"`
	Document  json.RawMessage `json:"document"`
	HTML      string          `json:"html"`
}

func islandContent(c campaigns.Content) islandLetter {
	doc := json.RawMessage(c.Document)
	if !json.Valid(doc) {
		doc = json.RawMessage(`{"v":1,"blocks":[]}`)
	}
	return islandLetter{c.Version, c.Mode, c.Subject, c.Preheader, doc, c.HTML}
}

type composerPage struct {
	Title    string // of what it belongs to
	Back     string
	Message  string
	Reach    string // of a saved block: which letters a change shows in
	Language string
	Variant  string // "B" of a message with a test, else ""
	Props    string
	Locked   string // why it cannot be changed now, "" when it can
}

// Composer is the page a letter is written on.
func (a *Admin) Composer(c *gin.Context) error {
	l, err := a.letterAt(c)
	if err != nil {
		return err
	}
	props, err := a.composerProps(c, l)
	if err != nil {
		return err
	}
	props.Nonce = styleNonce(c)
	b, err := json.Marshal(props)
	if err != nil {
		return fmt.Errorf("composer: %w", err)
	}
	p := composerPage{Title: l.campaign.Name, Back: l.back(), Message: l.message.Name, Language: languageOf(l.content.Lang), Props: string(b)}
	if len(props.Variants) > 1 {
		p.Variant = strings.ToUpper(props.Variant)
	}
	if err := a.libraryPage(c, l, &p); err != nil {
		return err
	}
	if err := keptAsIs(l.campaign); err != nil {
		p.Locked = a.Catalog.Fault(a.Lang(c), err)
	}
	return a.Page(c, "admin/composer", p)
}

// styleNonce lets this one answer bring styles of its own, by script: the code editor makes
// its rules as it goes. Nothing else of the policy changes.
func styleNonce(c *gin.Context) string {
	nonce := rand.Text()
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "style-src 'self'", "style-src 'self' 'nonce-"+nonce+"'", 1))
	return nonce
}

func (a *Admin) composerProps(c *gin.Context, l letterAt) (composerProps, error) {
	lang := a.Lang(c)
	at := l.path()
	p := composerProps{Campaign: l.campaign.ID, Message: l.message.Name, Lang: l.content.Lang, Kind: l.campaign.Kind, UILang: lang, Content: islandContent(l.content),
		Variant: trial.Shown(l.content.Variant), Variants: l.message.Variants(),
		URLs: composerURLs{Save: at + "/save", Frame: at + "/frame", Preview: at + "/preview", Test: at + "/test", People: at + "/people", Preflight: at + "/preflight", StandIns: at + "/stand-ins", Seeds: "/campaigns/seeds", Branches: at + "/branches", Saved: "/saved-blocks", Media: "/media",
			Lang:    composerPath(l.campaign.ID, l.message.Name, "{lang}") + variantQuery(l.content.Variant),
			Variant: composerPath(l.campaign.ID, l.message.Name, l.content.Lang) + "?variant={variant}", Designs: "/designs.json", Design: at + "/design", Versions: at + "/versions"},
		Back: l.back(), Me: page.User(c).Email, Zone: a.Zone(c).String(), ShopZone: a.Shop(c).Location().String(), Over: keptAsIs(l.campaign) != nil}
	for _, content := range l.message.Of(l.content.Variant) {
		p.Langs = append(p.Langs, content.Lang)
	}
	if l.saved.ID != 0 {
		p.URLs.Versions, p.URLs.Designs, p.URLs.Design, p.URLs.Saved = "", "", "", ""
	}
	p.URLs.Convert, p.URLs.Import, p.URLs.Editor = at+"/convert", at+"/import", a.Static.URL("editor.js")
	p.Brand.Light, p.Brand.Dark = render.Palette(dispatch.BrandOf(a.Shop(c)))
	var err error
	if p.Strings, err = a.islandWords(lang); err != nil {
		return p, err
	}
	if p.Seeds, err = a.seeds(c.Request.Context()); err != nil {
		return p, err
	}
	sample, err := a.Dispatch.Sample(c.Request.Context(), l.campaign, l.message, l.content.Lang)
	if err != nil {
		return p, err
	}
	p.Blocks, p.Gives = blocksFor(sample.Data), givenBy(sample)
	p.Values, err = a.letterValues(c, l, sample)
	return p, err
}

// islandWords are the composer's sentences in that language: those of all lang/composer*.json.
func (a *Admin) islandWords(lang string) (map[string]any, error) { return a.wordsOf(lang, "composer") }

// blocksFor are the blocks offered: those that show what a kind gives need its data.
func blocksFor(data any) []string {
	blocks := []string{"heading", "text", "image", "button", "divider", "spacer", "columns", "article", "event", "quote", "expert", "video", "season",
		"poll", "coupon", "referral", "points", "products", "menu", "social", "html"}
	for _, need := range []struct{ field, block string }{{"Scale", "rating"}, {"Prize", "contest"}} {
		if hasField(data, need.field) {
			blocks = append(blocks, need.block)
		}
	}
	return blocks
}

// givenBy names what the campaign has for its letters: a code for each, a link to share,
// items, an order.
func givenBy(s dispatch.Sample) []string {
	given := []string{}
	for _, need := range []struct{ field, name string }{{"Code", "code"}, {"ShareURL", "share"}, {"Items", "items"}} {
		if hasField(s.Data, need.field) {
			given = append(given, need.name)
		}
	}
	if s.Event != nil && s.Event.Order != nil {
		given = append(given, "order")
	}
	return given
}

func hasField(data any, name string) bool {
	v := reflect.ValueOf(data)
	return v.Kind() == reflect.Struct && v.FieldByName(name).IsValid()
}

// back is where one came from to write the letter.
func (l letterAt) back() string {
	switch {
	case l.design != 0:
		return "/designs"
	case l.saved.ID != 0:
		return "/designs?show=blocks"
	}
	return path(l.campaign.ID, "/messages")
}

// libraryPage says what is written when it is no campaign's letter.
func (a *Admin) libraryPage(c *gin.Context, l letterAt, p *composerPage) error {
	switch {
	case l.design != 0:
		p.Title, p.Message = a.T(c, "Designs"), l.campaign.Name
	case l.saved.ID != 0:
		uses, err := a.savedUses(c)
		if err != nil {
			return err
		}
		p.Title, p.Message, p.Language = a.T(c, "Saved blocks"), l.saved.Name, ""
		p.Reach = a.words(c).reachOf(uses[l.saved.ID])
	}
	return nil
}
