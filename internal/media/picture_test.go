package media

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns/fault"
)

// drawn draws what must be accepted.
func drawn(t *testing.T, data []byte) Picture {
	t.Helper()
	p, err := Draw(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// refused checks that data is refused with a sentence that holds the words.
func refused(t *testing.T, data []byte, words string) {
	t.Helper()
	_, err := Draw(t.Context(), data)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v; want %q", err, words)
	}
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// noise is a picture no encoder can say shortly, as photographs are.
func noise(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32()&31) + byte(i/(4*w)%200)
		if i&3 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// held is a JPEG with an Exif part that says how the telephone was held. Its top left corner is red.
func held(t *testing.T, o byte) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 64, 32))
	for x := range 64 {
		for y := range 32 {
			img.Set(x, y, color.White)
			if x < 16 && y < 16 {
				img.Set(x, y, color.NRGBA{R: 255, A: 255})
			}
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := []byte{0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, o, 0, 0, 0, 0, 0, 0}
	return append(append(append([]byte{}, out.Bytes()[:2]...), exif...), out.Bytes()[2:]...)
}

func TestTelephonePicturesStandUpright(t *testing.T) {
	// Where the red corner of the sensor's picture is seen, by Exif's eight orientations.
	corners := map[byte]image.Point{1: {2, 2}, 2: {61, 2}, 3: {61, 29}, 4: {2, 29}, 5: {2, 2}, 6: {29, 2}, 7: {29, 61}, 8: {2, 61}}
	for o, at := range corners {
		p := drawn(t, held(t, o))
		if bytes.Contains(p.Data, []byte("Exif")) {
			t.Error("the Exif part is still there")
		}
		img, err := jpeg.Decode(bytes.NewReader(p.Data))
		if err != nil {
			t.Fatal(err)
		}
		if r, g, _, _ := img.At(at.X, at.Y).RGBA(); r < 0xc000 || g > 0x6000 {
			t.Errorf("orientation %d: the red corner is not at %v", o, at)
		}
		if side := o >= 5; side != (p.Height > p.Width) {
			t.Errorf("orientation %d: %d × %d", o, p.Width, p.Height)
		}
	}
}

func TestLargePhotographsBecomeSmallOnes(t *testing.T) {
	photo := pngOf(t, noise(3000, 2000))
	p := drawn(t, photo)
	if p.Width != 1200 || p.Height != 800 || p.Type != "image/jpeg" || len(p.Data)*10 > len(photo) {
		t.Errorf("%d × %d, %s, %d of %d bytes", p.Width, p.Height, p.Type, len(p.Data), len(photo))
	}
	var widths []int
	for _, s := range p.Smaller {
		widths = append(widths, s.Width)
		if cfg, _, err := image.DecodeConfig(bytes.NewReader(s.Data)); err != nil || cfg.Width != s.Width || cfg.Height != s.Height || !named.MatchString(s.Name) {
			t.Errorf("%s: %+v, %v", s.Name, cfg, err)
		}
	}
	if !slices.Equal(widths, []int{600, 320}) {
		t.Errorf("smaller ones of %v", widths)
	}
	other := pngOf(t, noise(1300, 860)) // still too large, and sooner drawn twice
	if first, again := drawn(t, other), drawn(t, other); first.Name != again.Name || first.Name == p.Name {
		t.Errorf("the same picture is %s and %s, another is %s", first.Name, again.Name, p.Name)
	}
}

func TestDrawingsAndClearPartsStayPNG(t *testing.T) {
	logo := image.NewNRGBA(image.Rect(0, 0, 400, 100))
	for x := range 200 {
		logo.Set(x, 50, color.NRGBA{G: 120, A: 255})
	}
	p := drawn(t, pngOf(t, logo))
	img, err := png.Decode(bytes.NewReader(p.Data))
	if err != nil || p.Type != "image/png" {
		t.Fatalf("%s, %v", p.Type, err)
	}
	if _, _, _, a := img.At(300, 50).RGBA(); a != 0 {
		t.Error("what was clear is not")
	}
	if len(p.Smaller) != 1 || p.Smaller[0].Width != 320 {
		t.Errorf("smaller: %d", len(p.Smaller))
	}
}

func TestDeepAndFourColourPicturesAreTaken(t *testing.T) {
	deep := image.NewNRGBA64(image.Rect(0, 0, 40, 30))
	deep.Set(3, 3, color.NRGBA64{R: 0xffff, A: 0x8000})
	cfg, err := png.DecodeConfig(bytes.NewReader(drawn(t, pngOf(t, deep)).Data))
	if err != nil || cfg.ColorModel == deepNRGBA64 {
		t.Errorf("16 bits: %+v, %v", cfg, err)
	}
	four, err := jpeg.DecodeConfig(bytes.NewReader(file(t, "cmyk.jpg")))
	if err != nil || four.ColorModel != color.CMYKModel {
		t.Fatalf("the file is no CMYK: %v", err)
	}
	p := drawn(t, file(t, "cmyk.jpg"))
	img, err := jpeg.Decode(bytes.NewReader(p.Data))
	if err != nil || p.Type != "image/jpeg" {
		t.Fatalf("CMYK is %s, %v", p.Type, err)
	}
	if r, g, b, _ := img.At(1, 1).RGBA(); r < 0xc000 || g > 0x5000 || b > 0x5000 {
		t.Errorf("red is %x %x %x", r, g, b)
	}
	if p := drawn(t, file(t, "photo.webp")); p.Width != 40 || p.Type != "image/png" && p.Type != "image/jpeg" {
		t.Errorf("WebP: %+v", p.Made)
	}
}

// moving is a GIF of so many frames, with a comment and a program's own part in it.
func moving(t testing.TB, frames, side int) []byte {
	t.Helper()
	all := &gif.GIF{}
	for i := range frames {
		f := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Black, color.White})
		f.SetColorIndex(i%side, 0, 1)
		all.Image, all.Delay, all.Disposal = append(all.Image, f), append(all.Delay, 5), append(all.Disposal, gif.DisposalNone)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, all); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withComment puts a comment in front of the first block.
func withComment(data []byte, text string) []byte {
	at := 13
	if data[10]&0x80 != 0 {
		at += table(data[10])
	}
	comment := append([]byte{0x21, 0xfe, byte(len(text))}, text...)
	return slices.Concat(data[:at], comment, []byte{0}, data[at:])
}

func TestMovingPicturesKeepMovingAndNothingElse(t *testing.T) {
	const evil = "<script>alert(1)</script>"
	plain := moving(t, 3, 8)
	p := drawn(t, append(withComment(plain, evil), evil...))
	if p.Type != "image/gif" || p.Frames != 3 || bytes.Contains(p.Data, []byte("script")) {
		t.Fatalf("%s of %d frames: %q", p.Type, p.Frames, p.Data)
	}
	if !bytes.Equal(p.Data, plain) {
		t.Error("what moves is not as it was")
	}
	all, err := gif.DecodeAll(bytes.NewReader(p.Data))
	if err != nil || len(all.Image) != 3 || all.Delay[0] != 5 {
		t.Errorf("%v frames, %v", all, err)
	}
	if still := drawn(t, moving(t, 1, 8)); still.Type != "image/png" || still.Frames != 1 {
		t.Errorf("one frame is %s", still.Type)
	}
	large := drawn(t, moving(t, 2, 500))
	if len(large.Smaller) != 1 || large.Smaller[0].Type != "image/png" || !named.MatchString(large.Smaller[0].Name) {
		t.Errorf("no first frame for lists: %+v", large.Smaller)
	}
}

func TestPixelBombsAreNotUnpacked(t *testing.T) {
	// The header of a GIF of 65535 × 65535 pixels, and nothing else.
	refused(t, []byte("GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff,"), "too many pixels")
	bomb := pngOf(t, image.NewGray(image.Rect(0, 0, 9, 9)))
	bomb = slices.Clone(bomb)
	copy(bomb[16:], []byte{0, 0, 0x40, 0, 0, 0, 0x40, 0}) // 16384 × 16384
	crc := crc32.ChecksumIEEE(bomb[12:29])
	copy(bomb[29:], []byte{byte(crc >> 24), byte(crc >> 16), byte(crc >> 8), byte(crc)})
	refused(t, bomb, "too many pixels")
	refused(t, moving(t, 10_000, 1), "more than 500 frames")
	frames := moving(t, 3, 2) // each claims 60,000 × 1,000 pixels
	for at, b := range frames {
		if b == 0x2c {
			copy(frames[at+5:], []byte{0x60, 0xea, 0xe8, 0x03})
		}
	}
	refused(t, frames, "too many pixels")
}

func TestWhatIsNoPictureIsRefusedWithTheReason(t *testing.T) {
	whole := pngOf(t, noise(50, 50))
	for words, data := range map[string][]byte{
		"SVG drawing":             []byte(`<?xml version="1.0"?><SVG onload="alert(1)">`),
		"HEIC":                    []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"),
		"AVIF":                    []byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1"),
		"PDF":                     []byte("%PDF-1.7"),
		"This WebP picture moves": []byte("RIFF\x40\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00"),
		"not a PNG":               []byte("GIf89a but not really"),
		"damaged":                 whole[:len(whole)/2],
	} {
		refused(t, data, words)
	}
	refused(t, whole[:20], "damaged")
	anim := moving(t, 4, 20)
	refused(t, anim[:len(anim)-1], "damaged")
	refused(t, nil, "not a PNG")
	if _, err := Draw(t.Context(), []byte("<html>GIF89a")); err == nil {
		t.Error("a page is taken for a picture")
	}
}

func TestAPictureBehindAnotherEndingIsKnownByItsContent(t *testing.T) {
	// A page that is a GIF as well: its screen's size spells "/*", its comment the rest.
	poly := moving(t, 2, 20)
	poly = withComment(poly, "*/=1;alert(1)//<html><script>alert(2)</script>")
	if p := drawn(t, poly); bytes.Contains(p.Data, []byte("alert")) {
		t.Error("the page in the GIF is kept")
	}
}

func FuzzDraw(f *testing.F) {
	f.Add(pngOf(f, noise(9, 9)))
	f.Add(moving(f, 3, 4))
	f.Add(file(f, "cmyk.jpg"))
	f.Add(file(f, "photo.webp"))
	f.Add([]byte("RIFF\x40\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if cfg, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && cfg.Width*cfg.Height > 1<<20 {
			return // slow, and decoded all the same
		}
		p, err := Draw(t.Context(), data)
		if err != nil {
			if _, ok := errors.AsType[*fault.Error](err); !ok {
				t.Fatalf("no fault: %v", err)
			}
			return
		}
		for _, m := range append(p.Smaller, p.Made) {
			cfg, format, err := image.DecodeConfig(bytes.NewReader(m.Data))
			if err != nil || cfg.Width != m.Width || cfg.Height != m.Height || "image/"+format != m.Type || !named.MatchString(m.Name) {
				t.Fatalf("%s: %v %s, %v", m.Name, cfg, format, err)
			}
		}
	})
}

func FuzzSift(f *testing.F) {
	f.Add(moving(f, 2, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		clean, n, err := sift(data)
		if err == nil && (n < 1 || len(clean) > len(data)) {
			t.Fatalf("%d frames, %d of %d bytes", n, len(clean), len(data))
		}
	})
}

func FuzzOrientation(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := orientation(data); o < 1 || o > 8 {
			t.Errorf("%d", o)
		}
	})
}

// headOf is a JPEG's head only: its frame says how it would have to be unpacked.
func headOf(frame byte, side, colours int) []byte {
	head := []byte{0xff, 0xd8, 0xff, frame, 0, byte(8 + 3*colours), 8, byte(side >> 8), byte(side), byte(side >> 8), byte(side), byte(colours)}
	for i := range colours {
		head = append(head, byte(i+1), 0x11, 0)
	}
	return append(head, 0xff, 0xda, 0, 2)
}

func TestWhatCostsMoreToUnpackMayHaveFewerPixels(t *testing.T) {
	for name, c := range map[string]struct {
		head []byte
		most int // million pixels; 0 when it is not refused by its size
	}{
		"plain":                 {headOf(0xc0, 7000, 3), 0},
		"progressive":           {headOf(0xc2, 4000, 3), 0},
		"large progressive":     {headOf(0xc2, 4100, 3), 16},
		"four colours":          {headOf(0xc0, 3600, 4), 12},
		"progressive with four": {headOf(0xc2, 7064, 4), 4},
		"hidden behind garbage": {append([]byte{0xff, 0xd8, 0x00, 0xff, 0x00, 0xff, 0xd0, 0xff, 0xff}, headOf(0xc2, 7000, 3)[3:]...), 16},
		"table of few colours":  {pngOf(t, image.NewPaletted(image.Rect(0, 0, 7000, 7000), color.Palette{color.White, color.Black})), 16},
	} {
		_, err := look(c.head)
		if c.most == 0 && err != nil || c.most > 0 && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("at most %d million", c.most))) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAJPEGOfThousandsOfPassesIsRefused(t *testing.T) {
	_, err := look(append(headOf(0xc2, 100, 3), bytes.Repeat([]byte{0xff, 0xda, 0, 2}, 1000)...))
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}
