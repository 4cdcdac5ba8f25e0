package main

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"keepsake/campaigns"
	"keepsake/internal/render"
	"keepsake/internal/show/stage"
)

//go:embed basic.json
var basic []byte

// mjml compares our drawing of the basic blocks with the reference's, and compiles the gallery's structures.
func mjml(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	worst, err := pixels(ctx, w)
	if err != nil {
		return nil, err
	}
	broken, err := failures(ctx, w, "TestEveryStructureOfMJMLCompilesWithoutAComplaint")
	return map[string]stage.Figure{"mjml_pixel_pct": stage.AtMost("%.3f", worst, 0.5), "mjml_gallery_errors": stage.Count(broken, 0)}, err
}

func pixels(ctx context.Context, w *stage.Workshop) (worst float64, err error) {
	dir, err := w.Folder("pixels")
	if err != nil {
		return 0, err
	}
	l, err := render.Compile(campaigns.Content{Lang: "en", Mode: "blocks", Subject: "Sample", Document: string(basic)},
		render.Options{BaseURL: "https://letters.test", Brand: render.Brand{Name: "Sample", Address: "Sample"}})
	if err != nil {
		return 0, err
	}
	out, err := l.Render(render.Values{Preview: true})
	if err != nil {
		return 0, err
	}
	document, letter := filepath.Join(dir, "basic.json"), filepath.Join(dir, "ours.html")
	for name, data := range map[string][]byte{document: basic, letter: []byte(out.HTML)} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return 0, err
		}
	}
	percent := map[string]float64{}
	if err := node(ctx, w, &percent, "show-pixels.mjs", document, letter, dir); err != nil {
		return 0, err
	}
	for _, p := range percent {
		worst = max(worst, p)
	}
	return worst, nil
}

// node runs one of scripts/ and reads the JSON it prints.
func node(ctx context.Context, w *stage.Workshop, into any, script string, args ...string) error {
	out, err := stage.Output(ctx, w.Root, "node", append([]string{filepath.Join(w.Root, "scripts", script)}, args...)...)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(out), into)
}

// canvas measures a key in a letter of twenty blocks until its drawing, and weighs what the browser loads.
func canvas(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	var took struct{ Keys, Settings float64 }
	if err := node(ctx, w, &took, "show-canvas.mjs", w.Binary); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "  median ms: %.0f by typing in the letter, %.0f by a setting\n", took.Keys, took.Settings)
	composer, err := weight(w, "composer.js")
	if err != nil {
		return nil, err
	}
	editor, err := weight(w, "editor.js")
	return map[string]stage.Figure{"canvas_ms": stage.AtMost("%.0f", max(took.Keys, took.Settings), 100),
		"composer_gzip_kb": stage.AtMost("%.1f", composer, 120), "editor_gzip_kb": stage.AtMost("%.1f", editor, 185)}, err
}

// weight is a file of web/static, gzipped, in KB.
func weight(w *stage.Workshop, name string) (float64, error) {
	data, err := os.ReadFile(filepath.Join(w.Root, "web/static", name))
	if err != nil {
		return 0, err
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := z.Write(data); err != nil {
		return 0, err
	}
	return float64(packed.Len()) / 1000, z.Close()
}

// browser walks through the composer, and all else there is, in Chromium.
func browser(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	return w.Walk(ctx)
}
