package admin

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"keepsake/internal/store"
)

// keepPicture puts the bytes of a picture through what every upload goes through, and
// returns its asset's name. Its fault names the field.
func (a *Admin) keepPicture(ctx context.Context, field, name string, data []byte) (string, error) {
	pic, err := readPicture(field, bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	asset := store.Asset{Asset: pic.name(), Name: filepath.Base(name), Type: pic.kind, Bytes: int64(len(pic.data)), Width: pic.width, Height: pic.height}
	if err := a.keep(asset.Asset, pic.data); err != nil {
		return "", err
	}
	return asset.Asset, a.Store.SaveAsset(ctx, &asset)
}

// pictureBytes are the bytes of an uploaded picture; nil when there is none of that name.
func (a *Admin) pictureBytes(_ context.Context, name string) ([]byte, error) {
	if !assetName.MatchString(name) {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(a.Media, name))
	if os.IsNotExist(err) {
		return nil, nil
	}
	return data, err
}
