package admin

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"

	"keepsake/campaigns/fault"
)

// The limits of an uploaded picture. A picture of few bytes can have very many pixels, so
// they are counted before it is unpacked.
const (
	maxUpload = 10 << 20   // octets
	maxPixels = 50_000_000 // of all frames
	maxSide   = 1600       // pixels; larger ones are made smaller
)

// picture is one that was drawn anew: whatever else was in the file is gone.
type picture struct {
	data          []byte
	kind, ending  string
	width, height int
}

// name is made of the content, so the same picture twice is one file.
func (p picture) name() string {
	sum := sha256.Sum256(p.data)
	return hex.EncodeToString(sum[:12]) + p.ending
}

func tooLarge(field string) error {
	return &fault.Error{Code: fault.TooLarge, Format: "The picture is larger than 10 MB. Make it smaller first.",
		Fields: []fault.FieldError{{Field: field, Format: "The picture is larger than 10 MB. Make it smaller first."}}}
}

// readPicture knows a PNG, JPEG or GIF by its content, whatever it is called.
func readPicture(field string, r io.Reader) (picture, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxUpload+1))
	if err != nil {
		return picture{}, err
	}
	if len(data) > maxUpload {
		return picture{}, tooLarge(field)
	}
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return picture{}, fault.Field(field, "This is not a PNG, JPEG or GIF picture.")
	}
	if cfg.Width*cfg.Height > maxPixels || cfg.Width < 1 || cfg.Height < 1 {
		return picture{}, fault.Field(field, "The picture has too many pixels. Make it smaller first.")
	}
	p, err := redraw(data, format)
	if err != nil {
		return picture{}, fault.Field(field, "The picture is damaged. Save it again and try once more.")
	}
	return p, nil
}

func redraw(data []byte, format string) (picture, error) {
	if format == "gif" {
		return redrawGIF(data)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return picture{}, err
	}
	if img = smaller(img); format == "jpeg" {
		img = upright(img, orientation(data))
	}
	var out bytes.Buffer
	p := picture{width: img.Bounds().Dx(), height: img.Bounds().Dy()}
	if format == "jpeg" {
		p.kind, p.ending = "image/jpeg", ".jpg"
		err = jpeg.Encode(&out, img, &jpeg.Options{Quality: 86})
	} else {
		p.kind, p.ending = "image/png", ".png"
		err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, img)
	}
	p.data = out.Bytes()
	return p, err
}

// redrawGIF keeps the frames of one that moves; such a one is not made smaller.
func redrawGIF(data []byte) (picture, error) {
	if !fewFrames(data) {
		return picture{}, fault.New(fault.Invalid, "The picture has too many pixels. Make it smaller first.")
	}
	all, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil {
		return picture{}, err
	}
	var out bytes.Buffer
	err = gif.EncodeAll(&out, all)
	return picture{out.Bytes(), "image/gif", ".gif", all.Config.Width, all.Config.Height}, err
}

// fewFrames guesses the frames by their separators before any is unpacked; it may count too
// many, never too few.
func fewFrames(data []byte) bool {
	cfg, err := gif.DecodeConfig(bytes.NewReader(data))
	return err == nil && (1+bytes.Count(data, []byte{0x00, 0x2c}))*cfg.Width*cfg.Height <= maxPixels*4
}

// smaller fits a picture into maxSide on its longer side.
func smaller(img image.Image) image.Image {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if max(w, h) <= maxSide {
		return img
	}
	nw, nh := maxSide, max(1, h*maxSide/w)
	if h > w {
		nw, nh = max(1, w*maxSide/h), maxSide
	}
	out := image.NewNRGBA(image.Rect(0, 0, nw, nh))
	draw.CatmullRom.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}
