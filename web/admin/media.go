package admin

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// Upload takes one picture, "file" of a multipart form, and answers with where it is.
func (a *Admin) Upload(c *gin.Context) error {
	asset, err := a.formImage(c, "file")
	if err != nil {
		return err
	}
	if asset == nil {
		return fault.Field("file", "Choose a picture.")
	}
	c.JSON(http.StatusCreated, struct {
		Asset  string `json:"asset"`
		URL    string `json:"url"`
		Width  int    `json:"width"`
		Height int    `json:"height"`
	}{asset.Asset, "/media/" + asset.Asset, asset.Width, asset.Height})
	return nil
}

// formImage keeps the picture of a form's field; nil when none was chosen.
func (a *Admin) formImage(c *gin.Context, field string) (*store.Asset, error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxUpload+1<<20)
	file, header, err := c.Request.FormFile(field)
	if err == http.ErrMissingFile || err == http.ErrNotMultipart {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if header.Size == 0 {
		return nil, nil
	}
	if header.Size > maxUpload {
		return nil, tooLarge(field)
	}
	pic, err := readPicture(field, file)
	if err != nil {
		return nil, err
	}
	asset := store.Asset{Asset: pic.name(), Name: filepath.Base(header.Filename), Type: pic.kind, Bytes: int64(len(pic.data)), Width: pic.width, Height: pic.height}
	if err := a.keep(asset.Asset, pic.data); err != nil {
		return nil, err
	}
	return &asset, a.Store.SaveAsset(c.Request.Context(), &asset)
}

// keep writes a file into the media folder, whole or not at all.
func (a *Admin) keep(name string, data []byte) error {
	if err := os.MkdirAll(a.Media, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(a.Media, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(a.Media, name))
}

var assetName = regexp.MustCompile(`^[a-z0-9]+\.(png|jpg|gif)$`)

var assetTypes = map[string]string{".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif"}

// Asset serves a picture to anybody: letters show it. Nothing in it can run.
func (a *Admin) Asset(c *gin.Context) error {
	name := c.Param("asset")
	if !assetName.MatchString(name) {
		return fault.New(fault.NotFound, page.NoPage)
	}
	data, err := os.ReadFile(filepath.Join(a.Media, name))
	if os.IsNotExist(err) {
		return fault.New(fault.NotFound, page.NoPage)
	}
	if err != nil {
		return err
	}
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Header("Cross-Origin-Resource-Policy", "cross-origin") // webmails show it on their own pages
	c.Header("Content-Disposition", "inline; filename="+name)
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, assetTypes[strings.ToLower(filepath.Ext(name))], data)
	return nil
}
