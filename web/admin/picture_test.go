package admin

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"testing"

	"keepsake/campaigns/fault"
)

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
		p, err := readPicture("file", bytes.NewReader(held(t, o)))
		if err != nil {
			t.Fatalf("%d: %v", o, err)
		}
		img, err := jpeg.Decode(bytes.NewReader(p.data))
		if err != nil {
			t.Fatal(err)
		}
		if r, g, _, _ := img.At(at.X, at.Y).RGBA(); r < 0xc000 || g > 0x6000 {
			t.Errorf("orientation %d: the red corner is not at %v", o, at)
		}
		if side := o >= 5; side != (p.height > p.width) {
			t.Errorf("orientation %d: %d × %d", o, p.width, p.height)
		}
	}
}

func TestMovingPicturesKeepMoving(t *testing.T) {
	frame := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White})
	var file bytes.Buffer
	if err := gif.EncodeAll(&file, &gif.GIF{Image: []*image.Paletted{frame, frame, frame}, Delay: []int{1, 1, 1}}); err != nil {
		t.Fatal(err)
	}
	p, err := readPicture("file", &file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := gif.DecodeAll(bytes.NewReader(p.data))
	if err != nil || len(all.Image) != 3 {
		t.Errorf("%v frames, %v", all, err)
	}
}

func TestPixelBombsAreNotUnpacked(t *testing.T) {
	// The header of a GIF of 65535 × 65535 pixels, and nothing else.
	bomb := []byte("GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff,")
	if _, err := readPicture("file", bytes.NewReader(bomb)); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := orientation(data); o < 1 || o > 8 {
			t.Errorf("%d", o)
		}
	})
}

func TestPasswordsAreCheckedAndKept(t *testing.T) {
	for _, bad := range []string{"short", "password123", "aaaaaaaaaa", "Password123", "ana.petrova", "ana.petrova@shop.test"} {
		if err := CheckNewPassword(bad, "Ana", "ana.petrova@shop.test"); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	const good = "четири думи в ред"
	if err := CheckNewPassword(good, "Ana", "ana@shop.test"); err != nil {
		t.Fatal(err)
	}
	hash, err := HashPassword(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{good: true, good + " ": false, "": false} {
		if ok, err := checkPassword(t.Context(), hash, password); err != nil || ok != want {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	if ok, _ := checkPassword(t.Context(), "", ""); ok {
		t.Error("no password opens an account without one")
	}
}
