package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keepsake/internal/config"
	"keepsake/internal/store"
)

func TestOneProcessOfAllClearsPicturesAway(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	c := config.Config{Data: t.TempDir(), Addr: "127.0.0.1:0", Roles: []string{config.Web}}
	p, err := open(ctx, c, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.close() })
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a := store.Asset{Asset: strings.Repeat("ab", 12) + ".png", Name: "a.png", Type: "image/png", Bytes: 1, Stored: 1, Width: 1, Height: 1}
	do(p.store.SaveAsset(ctx, &a, 0))
	do(p.site.Media.Put(ctx, a.Asset, a.Type, []byte("x")))
	do(p.store.DeleteAssets(ctx, []int64{a.ID}))
	now = now.Add(2 * time.Hour)
	there := func() bool {
		_, err := os.Stat(filepath.Join(c.Data, "media", a.Asset))
		return err == nil
	}
	do(p.store.Here(ctx, store.Process{Owner: "other", StartedAt: now}))
	_, err = p.store.Takes(ctx, "other", "pictures")
	do(err)
	if do(p.clear(ctx)); !there() {
		t.Error("two processes clear away")
	}
	do(p.store.Gone(ctx, "other"))
	if do(p.clear(ctx)); there() {
		t.Error("nobody clears away when the other is gone")
	}
}
