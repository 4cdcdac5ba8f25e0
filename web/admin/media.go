package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/media"
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
	p := pictureOf(*asset)
	p.Said = a.T(c, "%s → %s", a.Bytes(c, asset.Original), a.Bytes(c, asset.Bytes))
	if asset.Again {
		p.Said = a.T(c, "You have this picture already.")
	}
	c.JSON(http.StatusCreated, p)
	return nil
}

// formImage keeps the picture of a form's field; nil when none was chosen.
func (a *Admin) formImage(c *gin.Context, field string) (*store.Asset, error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, a.Config.Media.MaxFile()+1<<20)
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
	asset, err := a.keepUpload(c.Request.Context(), file, header)
	return asset, onField(err, field)
}

// onField names the form's own field in a fault about the file.
func onField(err error, field string) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || len(f.Fields) == 0 {
		return err
	}
	named := *f
	named.Fields = []fault.FieldError{{Field: field, Format: f.Format, Args: f.Args}}
	return &named
}

func (a *Admin) tooLarge() error {
	const why = "The picture is larger than %d MB. Make it smaller first."
	return &fault.Error{Code: fault.TooLarge, Format: why, Args: []any{a.Config.Media.MaxFileMB},
		Fields: []fault.FieldError{{Field: "file", Format: why, Args: []any{a.Config.Media.MaxFileMB}}}}
}

// filing has an upload wait for the clearing away of deleted files: the same picture may come
// again at that very moment. Where another process clears, the picture's claim refuses it.
var filing sync.RWMutex

// keepUpload keeps the picture of a form's file.
func (a *Admin) keepUpload(ctx context.Context, file io.Reader, header *multipart.FileHeader) (*store.Asset, error) {
	data, err := io.ReadAll(io.LimitReader(file, a.Config.Media.MaxFile()+1))
	if err != nil {
		return nil, err
	}
	return a.keep(ctx, header.Filename, data)
}

// keep draws a picture anew, puts its files into the store and records it.
func (a *Admin) keep(ctx context.Context, name string, data []byte) (*store.Asset, error) {
	if int64(len(data)) > a.Config.Media.MaxFile() {
		return nil, a.tooLarge()
	}
	pic, err := media.Draw(ctx, data)
	if err != nil {
		return nil, err
	}
	asset, err := assetOf(pic, name)
	if err != nil {
		return nil, err
	}
	asset.Original = int64(len(data))
	filing.RLock()
	defer filing.RUnlock()
	if err := a.Store.SaveAsset(ctx, &asset, a.Config.Media.Quota()); err != nil {
		return nil, err
	}
	if err := a.put(ctx, pic); err != nil {
		if !asset.Again { // without its files it is none
			err = errors.Join(err, a.Store.DeleteAssets(context.WithoutCancel(ctx), []int64{asset.ID}))
		}
		return nil, err
	}
	return &asset, nil
}

func (a *Admin) put(ctx context.Context, pic media.Picture) error {
	for _, f := range append([]media.Made{pic.Made}, pic.Smaller...) {
		if err := a.Media.Put(ctx, f.Name, f.Type, f.Data); err != nil {
			return err
		}
	}
	return nil
}

// assetOf is the record of a picture.
func assetOf(pic media.Picture, called string) (store.Asset, error) {
	small := make([]store.SmallFile, len(pic.Smaller))
	for i, s := range pic.Smaller {
		small[i] = store.SmallFile{Name: s.Name, Width: s.Width, Height: s.Height, Bytes: int64(len(s.Data))}
	}
	b, err := json.Marshal(small)
	if err != nil {
		return store.Asset{}, fmt.Errorf("smaller files: %w", err)
	}
	name := audience.CleanName(filepath.Base(strings.ReplaceAll(called, `\`, "/")))
	if r := []rune(name); len(r) > maxPictureName {
		name = string(r[:maxPictureName])
	}
	return store.Asset{Asset: pic.Name, Name: name, Type: pic.Type, Bytes: int64(len(pic.Data)), Width: pic.Width, Height: pic.Height,
		Frames: pic.Frames, Stored: pic.Bytes(), Variants: string(b)}, nil
}

// The most characters of a picture's name and of its alternative text.
const (
	maxPictureName = 150
	maxAlt         = 500
)

// keptFor is how long the files of a deleted picture stay: somebody may want it back.
const keptFor = time.Hour

// ClearMedia deletes the files of pictures that were deleted long enough ago and that nothing
// shows, and then takes them off the record: until then they take their room. It reads all
// letters when there is a picture that it has not looked at for a day, so no page waits for it.
func ClearMedia(ctx context.Context, site *page.Site) error {
	before := site.Now().Add(-keptFor)
	if worth, err := site.Store.WorthLooking(ctx, before); err != nil || !worth {
		return err
	}
	gone, err := site.Store.Unneeded(ctx, before)
	for _, asset := range gone {
		err = errors.Join(err, clearAway(ctx, site, asset, before))
	}
	if err != nil {
		return err // looked at again the next time
	}
	return site.Store.Looked(ctx, before)
}

// clearTime is how long the files of one picture may take: well below what its claim lasts.
const clearTime = time.Minute

func clearAway(ctx context.Context, site *page.Site, asset store.Asset, before time.Time) error {
	filing.Lock()
	defer filing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, clearTime)
	defer cancel()
	if claimed, err := site.Store.ClaimAsset(ctx, asset, before); err != nil || !claimed {
		return err
	}
	for _, name := range asset.Files() {
		if err := site.Media.Delete(ctx, name); err != nil {
			return err // tried again the next time
		}
	}
	return site.Store.ForgetAsset(ctx, asset.ID)
}
