package dispatch

import (
	"context"
	"log/slog"
	"strings"

	"keepsake/internal/store"
)

// sized finds a picture's smallest file that is wide enough. Files are named by what is in them,
// so what is known of one stays true.
func (d *Dispatcher) sized(ctx context.Context) func(asset string, least int) string {
	return func(asset string, least int) string {
		best := asset
		for _, f := range d.smaller(ctx, asset) { // widest first
			if f.Width < least {
				break
			}
			best = f.Name
		}
		return best
	}
}

func (d *Dispatcher) smaller(ctx context.Context, asset string) []store.SmallFile {
	if strings.HasPrefix(asset, "art-") { // the program's own have one size
		return nil
	}
	if known, ok := d.pictures.Load(asset); ok {
		return known.([]store.SmallFile)
	}
	found, err := d.store.AssetsNamed(ctx, []string{asset})
	if err != nil {
		slog.Warn("the sizes of a picture", "error", err)
	}
	a, ok := found[asset]
	if !ok {
		return nil
	}
	files := a.Smaller()
	d.pictures.Store(asset, files)
	return files
}
