package admin

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// designCard is a letter in the gallery.
type designCard struct {
	ID                    int64 // 0 is one of the program's own
	Name, Sentence        string
	Kind, KindTitle, Icon string
	Lang                  string
	Picture, At           string // where it is drawn, and where what one does with it goes
}

// designsPage is the gallery, narrowed by the address.
type designsPage struct {
	Show               string // "", archived or blocks
	Search, Kind, Lang string
	Kinds              []campaigns.Info
	Own, Program       []designCard
	Blocks             []blockCard
	Next               int64
	Narrowed           bool
}

// blockCard is a saved block in its list.
type blockCard struct {
	campaigns.SavedBlock
	Uses  []useLine
	Reach string
}

type useLine struct{ Name, To string }

// Designs is the gallery of the shop's own designs and of the program's.
func (a *Admin) Designs(c *gin.Context) error {
	p := designsPage{Show: c.Query("show"), Search: strings.TrimSpace(c.Query("q")), Kind: c.Query("kind"), Lang: c.Query("lang"), Kinds: render.LetterKinds()}
	p.Narrowed = p.Search != "" || p.Kind != "" || p.Lang != ""
	if p.Show == "blocks" {
		return a.savedBlocksPage(c, p)
	}
	own, next, err := a.Store.Designs(c.Request.Context(), store.DesignQuery{Search: p.Search, Kind: p.Kind, Lang: p.Lang, Archived: p.Show == "archived", Before: number(c.Query("before"))})
	if err != nil {
		return err
	}
	p.Next = next
	for _, d := range own {
		p.Own = append(p.Own, a.ownCard(c, d))
	}
	if p.Show == "" && c.Query("before") == "" {
		if p.Program, err = a.starterCards(c, p); err != nil {
			return err
		}
	}
	return a.Page(c, "admin/designs", p)
}

func (a *Admin) ownCard(c *gin.Context, d campaigns.Design) designCard {
	at := fmt.Sprintf("/designs/%d", d.ID)
	card := designCard{ID: d.ID, Name: d.Name, Kind: d.Kind, Lang: d.Content.Lang, At: at, Picture: fmt.Sprintf("%s/letter/picture?v=%d", at, d.Content.Version)}
	card.KindTitle, card.Icon = a.kindOf(c, d.Kind)
	return card
}

// kindOf is the title and the icon of a kind of letters.
func (a *Admin) kindOf(c *gin.Context, kind string) (title, icon string) {
	if info, err := campaigns.KindInfo(kind); err == nil {
		return a.T(c, info.Title), info.Icon
	}
	if title = render.KindTitle(kind); title != "" {
		title = a.T(c, title)
	}
	return title, "mail"
}

// starterCards are the program's letters that fit the gallery's filters, in the language
// asked for or else the reader's.
func (a *Admin) starterCards(c *gin.Context, p designsPage) ([]designCard, error) {
	all, err := render.Starters(a.Book.Files)
	if err != nil {
		return nil, err
	}
	lang := audience.Language(p.Lang)
	if p.Lang == "" {
		lang = a.Lang(c)
	}
	var cards []designCard
	for _, s := range all {
		title, sentence := a.T(c, s.Title), a.T(c, s.Sentence)
		fits := strings.Contains(strings.ToLower(title+" "+sentence), strings.ToLower(p.Search))
		if !fits || p.Kind != "" && s.Kind != p.Kind {
			continue
		}
		at := "/designs/starters/" + s.Name + "/" + lang
		card := designCard{Name: title, Sentence: sentence, Kind: s.Kind, Lang: lang, At: at, Picture: at + "/picture"}
		card.KindTitle, card.Icon = a.kindOf(c, s.Kind)
		cards = append(cards, card)
	}
	return cards, nil
}

func (a *Admin) savedBlocksPage(c *gin.Context, p designsPage) error {
	blocks, err := a.Store.SavedBlocks(c.Request.Context(), false)
	if err != nil {
		return err
	}
	uses, err := a.savedUses(c)
	if err != nil {
		return err
	}
	w := a.words(c)
	for _, b := range blocks {
		if !strings.Contains(strings.ToLower(b.Name), strings.ToLower(p.Search)) {
			continue
		}
		card := blockCard{SavedBlock: b, Reach: w.reachOf(uses[b.ID])}
		for _, u := range uses[b.ID] {
			card.Uses = append(card.Uses, useLine{u.Name, useAt(u)})
		}
		p.Blocks = append(p.Blocks, card)
	}
	return a.Page(c, "admin/designs", p)
}

// useAt is where a letter that shows a saved block is written.
func useAt(u campaigns.Use) string {
	if u.Design != 0 {
		return fmt.Sprintf("/designs/%d/letter", u.Design)
	}
	return composerPath(u.Campaign, u.Message, u.Lang)
}

// DesignList is the gallery for the composer's own dialog.
func (a *Admin) DesignList(c *gin.Context) error {
	own, _, err := a.Store.Designs(c.Request.Context(), store.DesignQuery{Limit: 200})
	if err != nil {
		return err
	}
	program, err := a.starterCards(c, designsPage{Lang: c.Query("lang")})
	if err != nil {
		return err
	}
	type card struct {
		Name     string `json:"name"`
		Sentence string `json:"sentence"`
		Lang     string `json:"lang"`
		Own      bool   `json:"own"`
		Picture  string `json:"picture"`
		Content  string `json:"content"` // where its letter is
	}
	all := make([]card, 0, len(own)+len(program))
	for _, d := range own {
		one := a.ownCard(c, d)
		all = append(all, card{one.Name, one.KindTitle, one.Lang, true, one.Picture, one.At})
	}
	for _, s := range program {
		all = append(all, card{s.Name, s.Sentence, s.Lang, false, s.Picture, s.At})
	}
	c.JSON(http.StatusOK, all)
	return nil
}

// DesignContent is a design's letter, for the composer.
func (a *Admin) DesignContent(c *gin.Context) error {
	d, err := a.design(c)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, islandContent(d.Content))
	return nil
}

// SaveAsDesign keeps what the composer holds as a new design.
func (a *Admin) SaveAsDesign(c *gin.Context) error {
	l, b, err := a.readLetter(c)
	if err != nil {
		return err
	}
	d := campaigns.Design{Name: b.Name, Kind: l.campaign.Kind, Content: b.content(campaigns.Content{Lang: l.content.Lang})}
	if err := d.Validate(); err != nil {
		return err
	}
	if err := check(d.Content); err != nil {
		return err
	}
	if err := a.Store.CreateDesign(c.Request.Context(), &d, author(c)); err != nil {
		return err
	}
	if err := a.audit(c, "design.create", "design:%d", d.ID); err != nil {
		return err
	}
	c.JSON(http.StatusCreated, gin.H{"id": d.ID, "name": d.Name, "url": fmt.Sprintf("/designs/%d/letter", d.ID)})
	return nil
}

// UseDesign begins a campaign with a design.
func (a *Admin) UseDesign(c *gin.Context) error {
	d, err := a.design(c)
	if err != nil {
		return err
	}
	return a.beginWith(c, d.Kind, d.Name, d.Content.Lang, []campaigns.Content{d.Content})
}

// beginWith makes a draft of the kind whose first message holds the contents.
func (a *Admin) beginWith(c *gin.Context, kind, name, lang string, contents []campaigns.Content) error {
	one, err := a.draft(c, kind)
	if err != nil {
		return err
	}
	one.Name, one.Lang = name, lang
	for i := range contents {
		contents[i].Version = 0
	}
	one.Messages[0].Contents = contents
	return a.createDraft(c, one)
}

// CopyDesign makes a second design of the same letter.
func (a *Admin) CopyDesign(c *gin.Context) error {
	d, err := a.design(c)
	if err != nil {
		return err
	}
	d.Name = a.T(c, "Copy of %s", d.Name)
	return a.copied(c, d)
}

// copied stores a design that is a copy of another, and leads to the gallery.
func (a *Admin) copied(c *gin.Context, d campaigns.Design) error {
	if r := []rune(d.Name); len(r) > 120 {
		d.Name = string(r[:120])
	}
	if err := d.Validate(); err != nil {
		return err
	}
	if err := a.Store.CreateDesign(c.Request.Context(), &d, author(c)); err != nil {
		return err
	}
	if err := a.audit(c, "design.create", "design:%d", d.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "“%s” is among your designs now.", d.Name), fmt.Sprintf("/designs/%d/archive", d.ID))
	return a.Redirect(c, "/designs")
}

// RenameDesign gives a design another name.
func (a *Admin) RenameDesign(c *gin.Context) error {
	d, err := a.design(c)
	if err != nil {
		return err
	}
	return a.rename(c, "/designs", func(name string) error { return a.Store.RenameDesign(c.Request.Context(), d.ID, name) })
}

// rename gives a design or a block of the gallery the name that a form sends.
func (a *Admin) rename(c *gin.Context, back string, keep func(name string) error) error {
	name, err := campaigns.CleanTitle("name", c.PostForm("name"))
	if err != nil {
		return err
	}
	if err := keep(name); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved."), "")
	return a.Redirect(c, "%s", back)
}

// ArchiveDesign hides a design.
func (a *Admin) ArchiveDesign(c *gin.Context) error { return a.archiveDesign(c, true) }

// RestoreDesign brings a design back.
func (a *Admin) RestoreDesign(c *gin.Context) error { return a.archiveDesign(c, false) }

func (a *Admin) archiveDesign(c *gin.Context, hidden bool) error {
	d, err := a.design(c)
	if err != nil {
		return err
	}
	if err := a.Store.ArchiveDesign(c.Request.Context(), d.ID, hidden); err != nil {
		return err
	}
	if hidden {
		a.Toast(c, a.T(c, "“%s” is archived.", d.Name), fmt.Sprintf("/designs/%d/restore", d.ID))
	}
	return a.Redirect(c, "/designs")
}

// starterAt is the program's letter of the address.
func (a *Admin) starterAt(c *gin.Context) (render.StarterInfo, campaigns.Content, error) {
	all, err := render.Starters(a.Book.Files)
	if err != nil {
		return render.StarterInfo{}, campaigns.Content{}, err
	}
	i := slices.IndexFunc(all, func(s render.StarterInfo) bool { return s.Name == c.Param("name") })
	if i < 0 || !slices.Contains(audience.Languages, c.Param("lang")) {
		return render.StarterInfo{}, campaigns.Content{}, fault.New(fault.NotFound, "There is no such page.")
	}
	if _, err := campaigns.KindInfo(all[i].Kind); err != nil {
		all[i].Kind = "newsletter"
	}
	content, err := render.StarterByName(all[i].Name, c.Param("lang"), a.Book.Files)
	return all[i], content, err
}

// StarterContent is a letter of the program, for the composer.
func (a *Admin) StarterContent(c *gin.Context) error {
	_, content, err := a.starterAt(c)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, islandContent(content))
	return nil
}

// StarterPicture draws a letter of the program in the shop's own brand.
func (a *Admin) StarterPicture(c *gin.Context) error {
	s, content, err := a.starterAt(c)
	if err != nil {
		return err
	}
	l, err := a.invented(c, s.Kind, a.T(c, s.Title), content)
	if err != nil {
		return err
	}
	return a.picture(c, l)
}

// UseStarter begins a campaign with a letter of the program, in all its languages.
func (a *Admin) UseStarter(c *gin.Context) error {
	s, _, err := a.starterAt(c)
	if err != nil {
		return err
	}
	contents := make([]campaigns.Content, len(audience.Languages))
	for i, lang := range audience.Languages {
		if contents[i], err = render.StarterByName(s.Name, lang, a.Book.Files); err != nil {
			return err
		}
	}
	return a.beginWith(c, s.Kind, a.T(c, s.Title), a.Shop(c).Lang, contents)
}

// CopyStarter makes a design of one's own of a letter of the program.
func (a *Admin) CopyStarter(c *gin.Context) error {
	s, content, err := a.starterAt(c)
	if err != nil {
		return err
	}
	return a.copied(c, campaigns.Design{Name: a.T(c, s.Title), Kind: s.Kind, Content: content})
}
