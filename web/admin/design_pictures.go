package admin

import (
	"context"
	"errors"
	"io/fs"

	"keepsake/internal/media"
)

// keepPicture puts the bytes of a picture through what every upload goes through, and
// returns its asset's name. Its fault names the field.
func (a *Admin) keepPicture(ctx context.Context, field, name string, data []byte) (string, error) {
	asset, err := a.keep(ctx, name, data)
	if err != nil {
		return "", onField(err, field)
	}
	return asset.Asset, nil
}

// pictureBytes are the bytes of an uploaded picture; nil when there is none of that name.
func (a *Admin) pictureBytes(ctx context.Context, name string) ([]byte, error) {
	data, _, err := media.Read(ctx, a.Media, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}
