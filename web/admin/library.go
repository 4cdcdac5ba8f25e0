package admin

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// picture is an asset as scripts get it.
type picture struct {
	store.Asset
	URL   string `json:"url"`
	Thumb string `json:"thumb"`
	Said  string `json:"said,omitempty"` // of an upload: what became of it
}

func pictureOf(a store.Asset) picture {
	return picture{Asset: a, URL: "/media/" + a.Asset, Thumb: "/media/" + a.Thumb()}
}

// libraryPage is the grid and, where one is chosen, the panel of a picture.
type libraryPage struct {
	Query    store.AssetQuery
	Pictures []picture
	Tags     []store.TagCount
	Next     int64
	Count    int64 // of all
	Used     int64 // bytes of all files
	Going    int64 // of them, of deleted pictures
	Quota    int64 // bytes; 0 is no limit
	MaxMB    int
	Chosen   *picture
	Uses     []store.Use
}

const (
	librarySize = 48
	maxFiles    = 20 // of one form without a script
)

// Filtered reports whether the page shows some pictures only.
func (p libraryPage) Filtered() bool { return p.Query.Search != "" || p.Query.Tag != "" }

// Holds reports whether something needs the chosen picture.
func (p libraryPage) Holds() bool {
	for _, u := range p.Uses {
		if u.Holds() {
			return true
		}
	}
	return false
}

// Library lists the pictures, and shows the one that the address names.
func (a *Admin) Library(c *gin.Context) error {
	p, err := a.library(c)
	if err != nil {
		return err
	}
	if id := number(c.Query("picture")); id != 0 {
		if err := a.choosePicture(c, &p, id); err != nil {
			return err
		}
	}
	return a.Page(c, "admin/library", p)
}

func (a *Admin) library(c *gin.Context) (p libraryPage, err error) {
	ctx := c.Request.Context()
	p.Query = store.AssetQuery{Search: strings.TrimSpace(c.Query("q")), Tag: c.Query("tag"), Before: number(c.Query("before")), Limit: librarySize}
	p.Quota, p.MaxMB = a.Config.Media.Quota(), a.Config.Media.MaxFileMB
	rows, next, err := a.Store.Assets(ctx, p.Query)
	if err != nil {
		return p, err
	}
	for _, r := range rows {
		p.Pictures = append(p.Pictures, pictureOf(r))
	}
	p.Next = next
	if p.Tags, err = a.Store.MediaTags(ctx); err != nil {
		return p, err
	}
	r, err := a.Store.MediaSize(ctx)
	p.Count, p.Used, p.Going = r.Count, r.Bytes, r.Going
	return p, err
}

func (a *Admin) choosePicture(c *gin.Context, p *libraryPage, id int64) error {
	asset, err := a.Store.Asset(c.Request.Context(), id)
	if err != nil {
		return err
	}
	chosen := pictureOf(asset)
	p.Chosen = &chosen
	p.Uses, err = a.Store.AssetUses(c.Request.Context(), asset.Asset)
	return err
}

// LibraryJSON lists pictures and drawings for the composer.
func (a *Admin) LibraryJSON(c *gin.Context) error {
	p, err := a.library(c)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, struct {
		Pictures []picture        `json:"pictures"`
		Tags     []store.TagCount `json:"tags"`
		Drawings []drawing        `json:"drawings"`
		Next     int64            `json:"next"`
		Used     int64            `json:"used"`
		Quota    int64            `json:"quota"`
		MaxMB    int              `json:"max_mb"`
	}{orNone(p.Pictures), orNone(p.Tags), orNone(a.drawings(c)), p.Next, p.Used, p.Quota, p.MaxMB})
	return nil
}

// orNone is an empty list where there is none: scripts read it.
func orNone[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// UploadMany takes the pictures of a form, for browsers without scripts.
func (a *Admin) UploadMany(c *gin.Context) error {
	n, err := a.keepAll(c)
	if err != nil {
		return a.libraryAgain(c, store.Asset{}, err)
	}
	a.Toast(c, a.Catalog.N(a.Lang(c), "%d pictures uploaded.", n), "")
	return a.Redirect(c, "/library")
}

func (a *Admin) keepAll(c *gin.Context) (int, error) {
	form, err := c.MultipartForm()
	if err != nil {
		return 0, err
	}
	files := form.File["file"]
	if len(files) == 0 || files[0].Size == 0 {
		return 0, fault.Field("file", "Choose a picture.")
	}
	if len(files) > maxFiles {
		return 0, fault.Field("file", "Choose at most %d pictures at once.", maxFiles)
	}
	for _, header := range files {
		f, err := header.Open()
		if err != nil {
			return 0, err
		}
		_, err = a.keepUpload(c.Request.Context(), f, header)
		f.Close()
		if err != nil {
			return 0, err
		}
	}
	return len(files), nil
}

// EditPicture stores the name, the alternative text and the tags, those of them that are sent.
func (a *Admin) EditPicture(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	asset, err := a.Store.Asset(c.Request.Context(), id)
	if err != nil {
		return err
	}
	if err := readPicture(c, &asset); err != nil {
		return a.libraryAgain(c, asset, err)
	}
	if err := a.Store.EditAsset(c.Request.Context(), asset); err != nil {
		return err
	}
	if page.WantsJSON(c) {
		c.JSON(http.StatusOK, pictureOf(asset))
		return nil
	}
	a.Toast(c, a.T(c, "Saved."), "")
	return a.Redirect(c, "%s", page.Local(c.PostForm("back"), "/library"))
}

// libraryAgain shows the page a form came from with what is wrong, and beside it
// the picture as somebody wanted to have it; none without a number.
func (a *Admin) libraryAgain(c *gin.Context, asset store.Asset, wrong error) error {
	if back, err := url.Parse(page.Local(c.PostForm("back"), "/library")); err == nil {
		c.Request.URL = back
	}
	p, err := a.library(c)
	if err == nil && asset.ID != 0 {
		err = a.choosePicture(c, &p, asset.ID)
	}
	if err != nil {
		return err
	}
	if p.Chosen != nil {
		p.Chosen.Asset = asset
	}
	return a.Again(c, "admin/library", p, wrong)
}

func readPicture(c *gin.Context, p *store.Asset) error {
	var errs []error
	if name, ok := c.GetPostForm("name"); ok {
		if p.Name = audience.CleanName(name); p.Name == "" || len([]rune(p.Name)) > maxPictureName {
			errs = append(errs, fault.Field("name", "Give the picture a name of at most %d characters.", maxPictureName))
		}
	}
	if alt, ok := c.GetPostForm("alt"); ok {
		if p.Alt = audience.CleanName(alt); len([]rune(p.Alt)) > maxAlt {
			errs = append(errs, fault.Field("alt", "Say it in at most %d characters.", maxAlt))
		}
	}
	if text, ok := c.GetPostForm("tags"); ok {
		tags, err := store.CleanTags(text)
		p.Tags = tags
		errs = append(errs, err)
	}
	return fault.Join(errs...)
}
