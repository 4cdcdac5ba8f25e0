package media

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	_ "image/gif" // read, and kept when it moves

	_ "golang.org/x/image/webp" // read only

	"keepsake/campaigns/fault"
)

// The limits of a picture before it is unpacked: one of few bytes can have very many pixels.
const (
	maxPixels = 50_000_000  // of a plain JPEG; what costs more to unpack counts more, see cost
	maxMoving = 100_000_000 // of all frames of a GIF
	maxFrames = 500
	maxSide   = 20_000
)

// What is made of a picture: the largest is twice as wide as a letter, for fine screens.
const (
	mainWidth  = 1200
	mainHeight = 3600
	quality    = 84 // of a JPEG
)

// smaller are the widths of its smaller ones, each made when the picture is a quarter wider.
var smaller = []int{600, 320}

// Made is one file that was drawn anew: whatever else was in the upload is gone.
type Made struct {
	Name          string // of its content, so the same picture twice is one file
	Type          string
	Width, Height int
	Data          []byte
}

// Picture is what one upload came to.
type Picture struct {
	Made
	Frames  int    // more than one of a picture that moves
	Smaller []Made // by their width, widest first
}

// Bytes is what all its files hold.
func (p Picture) Bytes() int64 {
	n := int64(len(p.Data))
	for _, s := range p.Smaller {
		n += int64(len(s.Data))
	}
	return n
}

// drawing lets one picture at a time be unpacked: one alone may take 200 MB.
var drawing = make(chan struct{}, 1)

// Draw knows a picture by its content, whatever it is called, and draws it anew: upright, no
// wider than fine screens need, without what cameras and strangers wrote into the file. A GIF
// that moves keeps its frames as they are. What is refused is a fault that says why.
func Draw(ctx context.Context, data []byte) (Picture, error) {
	format, err := look(data)
	if err != nil {
		return Picture{}, err
	}
	select {
	case drawing <- struct{}{}:
		defer func() { <-drawing }()
	case <-ctx.Done():
		return Picture{}, ctx.Err()
	}
	if format == "gif" {
		return drawGIF(data)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return Picture{}, damaged()
	}
	turn := 1
	if format == "jpeg" {
		turn = orientation(data)
	}
	return drawStill(fit(img, turn), format)
}

func damaged() error {
	return fault.Field("file", "The picture is damaged. Save it again and try once more.")
}

// tooMany says how many pixels such a picture may have.
func tooMany(most int) error {
	return fault.Field("file", "The picture has too many pixels: at most %d million. Make it smaller first.", most/1_000_000)
}

// look reads a picture's head only.
func look(data []byte) (format string, err error) {
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return "", fault.Field("file", whyNot(data))
	}
	most := maxPixels / cost(data, cfg.ColorModel, format)
	switch {
	case cfg.Width < 1 || cfg.Height < 1 || format == "jpeg" && bytes.Count(data, startOfScan) > maxScans:
		return "", damaged()
	case cfg.Width > maxSide || cfg.Height > maxSide || cfg.Width*cfg.Height > most:
		return "", tooMany(most)
	}
	return format, nil
}

// drawStill encodes a picture that fits, and its smaller ones.
func drawStill(img *image.RGBA, from string) (Picture, error) {
	p := Picture{Frames: 1}
	var err error
	if p.Made, err = encode(img, from); err != nil {
		return Picture{}, err
	}
	p.Name = named12(p.Data) + ending(p.Type)
	for _, w := range smaller {
		if p.Width*4 < w*5 {
			continue
		}
		s, err := encode(scaled(img, w, max(1, p.Height*w/p.Width)), from)
		if err != nil {
			return Picture{}, err
		}
		s.Name = fmt.Sprintf("%s-%d%s", named12(p.Data), w, ending(s.Type))
		p.Smaller = append(p.Smaller, s)
	}
	return p, nil
}

func named12(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:12])
}

func ending(kind string) string {
	return map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif"}[kind]
}

// whyNot says what somebody brought instead of a picture we can use.
func whyNot(data []byte) string {
	head := data[:min(len(data), 1024)]
	switch {
	case bytes.Contains(bytes.ToLower(head), []byte("<svg")):
		return "An SVG drawing can hold programs, and most mail programs do not show it. Save it as a PNG."
	case len(head) > 11 && string(head[4:8]) == "ftyp" && (bytes.HasPrefix(head[8:], []byte("hei")) || bytes.HasPrefix(head[8:], []byte("mif"))):
		return "This is a HEIC picture of a telephone, which mail programs do not show. Save it as a JPEG."
	case len(head) > 11 && string(head[4:8]) == "ftyp" && bytes.HasPrefix(head[8:], []byte("avi")):
		return "This is an AVIF picture, which mail programs do not show. Save it as a JPEG or PNG."
	case bytes.HasPrefix(head, []byte("%PDF")):
		return "This is a PDF. Save the page you want as a PNG or JPEG."
	case len(head) > 20 && string(head[8:16]) == "WEBPVP8X" && head[20]&2 != 0:
		return "This WebP picture moves, which mail programs do not show. Save it as a GIF."
	}
	return cmp.Or(cut(data), "This is not a PNG, JPEG, GIF or WebP picture.")
}

// cut tells a picture whose head is not whole from a file that is none.
func cut(data []byte) string {
	for _, magic := range []string{"\x89PNG\r\n", "\xff\xd8\xff", "GIF8", "RIFF"} {
		if bytes.HasPrefix(data, []byte(magic)) {
			return "The picture is damaged. Save it again and try once more."
		}
	}
	return ""
}
