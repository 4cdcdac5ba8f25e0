package admin

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/internal/dispatch"
	"keepsake/internal/liquid"
	"keepsake/internal/render"
	"keepsake/web/page"
)

// composerPath is where a message is written in one language.
func composerPath(campaign int64, message, lang string) string {
	return fmt.Sprintf("/campaigns/%d/messages/%s/%s", campaign, message, lang)
}

// placeOf reads a fault's field: "b3.href" is a block and its field, "html:3:7" a line.
func placeOf(name string) (block, field string, line int) {
	if l, _, ok := render.Place(name); ok {
		return "", "html", l
	}
	switch name {
	case "subject", "preheader", "document", "theme", "blocks", "dir":
		return "", name, 0
	}
	block, field, _ = strings.Cut(name, ".")
	if block == "theme" {
		return "", name, 0
	}
	return block, field, 0
}

// composerProps are what the island is given; their names are its contract.
type composerProps struct {
	Campaign int64          `json:"campaign"`
	Message  string         `json:"message"`
	Lang     string         `json:"lang"`
	Langs    []string       `json:"langs"`
	Kind     string         `json:"kind"`
	UILang   string         `json:"uiLang"`
	Strings  map[string]any `json:"strings"`
	Blocks   []string       `json:"blocks"`
	Content  islandLetter   `json:"content"`
	Values   []letterValue  `json:"values"`
	URLs     composerURLs   `json:"urls"`
	Back     string         `json:"back"`
	Me       string         `json:"me"`   // whom a test letter goes to, unless another is named
	Over     bool           `json:"over"` // the letters of a campaign that ended, or is on its way, stay as they are
}

type composerURLs struct {
	Save    string `json:"save"`
	Frame   string `json:"frame"`
	Preview string `json:"preview"`
	Test    string `json:"test"`
	Media   string `json:"media"`
	People  string `json:"people"`
	Lang    string `json:"lang"` // {lang} stands for another language
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
	Campaign campaigns.Campaign
	Message  string
	Language string
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
	b, err := json.Marshal(props)
	if err != nil {
		return fmt.Errorf("composer: %w", err)
	}
	p := composerPage{Campaign: l.campaign, Message: l.message.Name, Language: languageOf(l.content.Lang), Props: string(b)}
	if err := keptAsIs(l.campaign); err != nil {
		p.Locked = a.Catalog.Fault(a.Lang(c), err)
	}
	return a.Page(c, "admin/composer", p)
}

func (a *Admin) composerProps(c *gin.Context, l letterAt) (composerProps, error) {
	lang := a.Lang(c)
	at := composerPath(l.campaign.ID, l.message.Name, l.content.Lang)
	p := composerProps{Campaign: l.campaign.ID, Message: l.message.Name, Lang: l.content.Lang, Kind: l.campaign.Kind, UILang: lang, Content: islandContent(l.content),
		URLs: composerURLs{Save: at + "/save", Frame: at + "/frame", Preview: at + "/preview", Test: at + "/test", People: at + "/people", Media: "/media",
			Lang: composerPath(l.campaign.ID, l.message.Name, "{lang}")},
		Back: path(l.campaign.ID, "/messages"), Me: page.User(c).Email, Over: keptAsIs(l.campaign) != nil}
	for _, content := range l.message.Contents {
		p.Langs = append(p.Langs, content.Lang)
	}
	var err error
	if p.Strings, err = a.islandWords(lang); err != nil {
		return p, err
	}
	sample, err := a.Dispatch.Sample(c.Request.Context(), l.campaign, l.message, l.content.Lang)
	if err != nil {
		return p, err
	}
	p.Blocks = blocksFor(sample.Data)
	p.Values, err = a.words(c).letterValues(l.campaign, sample)
	return p, err
}

// islandWords are the composer's sentences in that language: those of all lang/composer*.json.
func (a *Admin) islandWords(lang string) (map[string]any, error) {
	files, err := fs.Glob(a.Book.Files, "lang/composer*."+lang+".json")
	all := map[string]any{} // English stands for itself
	for _, file := range files {
		b, err := fs.ReadFile(a.Book.Files, file)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(b, &all); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return all, err
}

// blocksFor are the blocks offered: those that show what a kind gives need its data.
func blocksFor(data any) []string {
	blocks := []string{"heading", "text", "image", "button", "divider", "spacer", "columns", "article"}
	for _, need := range []struct{ field, block string }{{"Scale", "rating"}, {"Code", "coupon"}, {"Prize", "contest"}} {
		if hasField(data, need.field) {
			blocks = append(blocks, need.block)
		}
	}
	return blocks
}

func hasField(data any, name string) bool {
	v := reflect.ValueOf(data)
	return v.Kind() == reflect.Struct && v.FieldByName(name).IsValid()
}

// letterValue is a merge tag the composer offers, with what it looks like.
type letterValue struct {
	Path   string `json:"path"`
	Label  string `json:"label"`
	Sample string `json:"sample"`
}

// letterValues are the values a letter of this campaign may show.
func (w words) letterValues(c campaigns.Campaign, sample dispatch.Sample) ([]letterValue, error) {
	p := sample.Person
	all := []letterValue{{"subscriber.first_name", w.T("First name"), p.FirstName}, {"subscriber.last_name", w.T("Last name"), p.LastName},
		{"subscriber.name", w.T("Full name"), p.Name()}, {"subscriber.email", w.T("Email address"), p.Email},
		{"shop.name", w.T("Your shop's name"), w.shop.Name}, {"shop.address", w.T("Your postal address"), w.shop.Address}, {"shop.url", w.T("Your website"), w.shop.URL}}
	if sample.Event != nil && sample.Event.Order != nil {
		all = append(all, letterValue{"order.number", w.T("Order number"), sample.Event.Order.Number})
	}
	k, err := c.Open()
	if err != nil {
		return nil, err
	}
	return append(all, w.dataValues(k, sample.Data)...), nil
}

// dataValues are the kind's own: each plain value of its data that has a name people know.
func (w words) dataValues(k campaigns.Kind, data any) (all []letterValue) {
	v := reflect.Indirect(reflect.ValueOf(data))
	if v.Kind() != reflect.Struct {
		return nil
	}
	labels := map[string]string{"code": w.T("Code"), "expires_at": w.T("Valid until"), "entries": w.T("Entries so far")}
	for _, f := range w.fieldsOf(k) {
		labels[f.Name] = f.Label
	}
	for _, f := range reflect.VisibleFields(v.Type()) {
		name := liquid.Snake(f.Name)
		if label := labels[name]; label != "" && f.IsExported() {
			all = append(all, letterValue{"data." + name, label, w.sample(v.FieldByIndex(f.Index))})
		}
	}
	return all
}

func (w words) sample(v reflect.Value) string {
	v = reflect.Indirect(v)
	if !v.IsValid() {
		return ""
	}
	switch x := v.Interface().(type) {
	case time.Time:
		if x.IsZero() {
			return ""
		}
		return w.cat.DateTime(w.lang, x, w.shop.Location())
	case string:
		return x
	case int:
		return w.cat.Number(w.lang, x)
	}
	return ""
}
