package admin

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// BulkPictures tags the chosen pictures, or deletes them.
func (a *Admin) BulkPictures(c *gin.Context) error {
	ids, err := chosenPictures(c.PostFormArray("ids"))
	if err != nil {
		return a.libraryAgain(c, store.Asset{}, err)
	}
	switch c.PostForm("do") {
	case "delete":
		err = a.deletePictures(c, ids)
	case "tag", "untag":
		err = a.tagPictures(c, ids, c.PostForm("do") == "untag")
	default:
		err = fault.New(fault.NotFound, page.NoPage)
	}
	if err != nil {
		return a.libraryAgain(c, store.Asset{}, err)
	}
	return a.Redirect(c, "%s", page.Local(c.PostForm("back"), "/library"))
}

func chosenPictures(values []string) (ids []int64, err error) {
	for _, v := range values {
		if id := number(v); id > 0 {
			ids = append(ids, id)
		}
	}
	switch {
	case len(ids) == 0:
		return nil, fault.New(fault.Invalid, "Choose a picture first.")
	case len(ids) > librarySize:
		return nil, fault.New(fault.Invalid, "Choose at most %d pictures at once.", librarySize)
	}
	return ids, nil
}

func (a *Admin) tagPictures(c *gin.Context, ids []int64, off bool) error {
	tags, err := store.CleanTags(c.PostForm("tag"))
	if err != nil {
		return err
	}
	if len(tags) == 0 {
		return fault.Field("tag", "Write a tag first.")
	}
	for _, tag := range tags {
		if err := a.Store.TagAssets(c.Request.Context(), ids, tag, off); err != nil {
			return err
		}
	}
	a.Toast(c, a.Catalog.N(a.Lang(c), "%d pictures changed.", len(ids)), "")
	return nil
}

// deletePictures takes pictures out of the library, none when a letter needs one of them.
func (a *Admin) deletePictures(c *gin.Context, ids []int64) error {
	ctx := c.Request.Context()
	for _, id := range ids {
		asset, err := a.Store.Asset(ctx, id)
		if err != nil {
			return err
		}
		uses, err := a.Store.AssetUses(ctx, asset.Asset)
		if err != nil {
			return err
		}
		for _, u := range uses {
			if u.Holds() {
				return heldBy(asset, u)
			}
		}
	}
	if err := a.Store.DeleteAssets(ctx, ids); err != nil {
		return err
	}
	for _, id := range ids {
		if err := a.audit(c, "picture.delete", "picture:%d", id); err != nil {
			return err
		}
	}
	a.Toast(c, a.Catalog.N(a.Lang(c), "%d pictures deleted.", len(ids)), "/library/restore?ids="+url.QueryEscape(joinIDs(ids)))
	return nil
}

// heldBy says what needs a picture.
func heldBy(p store.Asset, u store.Use) error {
	switch u.Place {
	case store.InShop:
		return fault.New(fault.Conflict, "“%s” is your logo. Choose another in Settings first.", p.Name)
	case store.InSaved:
		return fault.New(fault.Conflict, "“%s” is in the saved block “%s”, which letters show. Give it another picture first.", p.Name, u.Name)
	case store.InArticle:
		return fault.New(fault.Conflict, "“%s” belongs to the article “%s”. Give it another picture first.", p.Name, u.Name)
	}
	return fault.New(fault.Conflict, "“%s” is in “%s”, which is sent or scheduled: its letters fetch the picture when they are opened.", p.Name, u.Name)
}

func joinIDs(ids []int64) string {
	text := make([]string, len(ids))
	for i, id := range ids {
		text[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(text, ",")
}

// RestorePictures undoes the deletion of pictures.
func (a *Admin) RestorePictures(c *gin.Context) error {
	ids, err := chosenPictures(strings.Split(c.Query("ids"), ","))
	if err != nil {
		return err
	}
	all, err := a.Store.RestoreAssets(c.Request.Context(), ids)
	if err != nil {
		return err
	}
	if !all {
		a.Toast(c, a.T(c, "What was deleted more than an hour ago is gone for good: upload it again."), "")
	}
	return a.Redirect(c, "/library")
}
