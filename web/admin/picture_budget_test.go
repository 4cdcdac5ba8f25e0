package admin

import (
	"bytes"
	"image"
	"image/png"
	"testing"
	"time"
)

func TestThePicturesOfOneFileHaveOneBudget(t *testing.T) {
	var large bytes.Buffer
	if err := png.Encode(&large, image.NewGray(image.Rect(0, 0, 4000, 4000))); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)
	fresh := func() *pictureBudget {
		return &pictureBudget{budgetPixels, at.Add(budgetTime), func() time.Time { return at }}
	}
	b, taken := fresh(), 0
	for b.take(large.Bytes()) == nil {
		taken++
	}
	if taken != 6 { // a pixel of a PNG counts three
		t.Errorf("%d pictures of 16 million pixels are read", taken)
	}
	b = fresh()
	if err := b.take([]byte("none")); err != nil {
		t.Error(err)
	}
	at = at.Add(2 * budgetTime)
	if b.take([]byte("none")) == nil {
		t.Error("after its time one more picture is read")
	}
}
