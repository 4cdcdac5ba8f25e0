package media

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
)

// encode writes a photograph as a JPEG, and what has clear parts or few colours as a PNG. A
// PNG without clear parts that would be much smaller as a JPEG is a photograph.
func encode(img *image.RGBA, from string) (Made, error) {
	m := Made{Width: img.Rect.Dx(), Height: img.Rect.Dy()}
	var asPNG, asJPEG bytes.Buffer
	opaque := img.Opaque()
	if from != "jpeg" || !opaque {
		if err := png.Encode(&asPNG, paletted(img)); err != nil {
			return m, fmt.Errorf("encode a PNG: %w", err)
		}
	}
	if opaque {
		if err := jpeg.Encode(&asJPEG, img, &jpeg.Options{Quality: quality}); err != nil {
			return m, fmt.Errorf("encode a JPEG: %w", err)
		}
	}
	m.Type, m.Data = "image/jpeg", asJPEG.Bytes()
	if !opaque || asPNG.Len() > 0 && asPNG.Len() < 3*asJPEG.Len() {
		m.Type, m.Data = "image/png", asPNG.Bytes()
	}
	return m, nil
}

// paletted is the picture with a table of its colours where 256 are enough: a drawing takes a
// third of the room then.
func paletted(img *image.RGBA) image.Image {
	known := map[color.RGBA]uint8{}
	out := image.NewPaletted(img.Rect, nil)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			c := img.RGBAAt(img.Rect.Min.X+x, img.Rect.Min.Y+y)
			at, ok := known[c]
			if !ok {
				if len(known) == 256 {
					return img
				}
				at = uint8(len(known))
				known[c], out.Palette = at, append(out.Palette, color.NRGBAModel.Convert(c))
			}
			out.Pix[y*out.Stride+x] = at
		}
	}
	return out
}

// fit draws a picture upright, into mainWidth by mainHeight if it is larger, with 8 bits a colour.
func fit(img image.Image, turn int) *image.RGBA {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	mostW, mostH := mainWidth, mainHeight
	if turn >= 5 { // it lies on a side: what is its width becomes its height
		mostW, mostH = mostH, mostW
	}
	if w > mostW {
		w, h = mostW, max(1, h*mostW/w)
	}
	if h > mostH {
		w, h = max(1, w*mostH/h), mostH
	}
	out := scaled(img, w, h)
	if turn <= 1 {
		return out
	}
	up := turned{out, turn}
	return scaled(up, up.Bounds().Dx(), up.Bounds().Dy())
}

// scaled draws a picture in another size; in its own, it is copied.
func scaled(img image.Image, w, h int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if b := img.Bounds(); b.Dx() == w && b.Dy() == h {
		draw.Draw(out, out.Rect, img, b.Min, draw.Src)
		return out
	}
	// The exact way keeps a float for each colour of its width and the old height: a large
	// picture is first made roughly twice as large as it shall be.
	if n := min(img.Bounds().Dx()/w, img.Bounds().Dy()/h) / 2; n > 1 {
		img = shrunk(img, n)
	}
	draw.CatmullRom.Scale(out, out.Rect, img, img.Bounds(), draw.Src, nil)
	return out
}

// shrunk makes one pixel, their mean, of each n by n.
func shrunk(img image.Image, n int) *image.RGBA {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx()/n, b.Dy()/n))
	strip := image.NewRGBA(image.Rect(0, 0, b.Dx(), n))
	for y := range out.Rect.Dy() {
		draw.Draw(strip, strip.Rect, img, image.Pt(b.Min.X, b.Min.Y+y*n), draw.Src)
		for x := range out.Rect.Dx() {
			var sum [4]int
			for row := range n {
				at := row*strip.Stride + x*n*4
				for i, v := range strip.Pix[at : at+n*4] {
					sum[i&3] += int(v)
				}
			}
			for i, v := range sum {
				out.Pix[y*out.Stride+x*4+i] = uint8(v / (n * n))
			}
		}
	}
	return out
}
