package media

import (
	"encoding/binary"
	"image"
	"image/color"
)

// A telephone writes a picture as its sensor saw it, and beside it how it was held: the Exif
// tag 0x0112, 1 to 8. Drawn anew the picture loses the tag, so it is turned first.

const orientationTag = 0x0112

// orientation reads the tag of a JPEG; 1, upright, where there is none.
func orientation(data []byte) int {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		marker, size := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xda || size < 2 || at+2+size > len(data) {
			return 1 // the picture itself begins, or the file is cut
		}
		part := data[at+4 : at+2+size]
		if marker == 0xe1 && len(part) > 6 && string(part[:6]) == "Exif\x00\x00" {
			return tiffOrientation(part[6:])
		}
		at += 2 + size
	}
	return 1
}

func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(b[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := int(order.Uint32(b[4:]))
	if at < 8 || at+2 > len(b) {
		return 1
	}
	for n := int(order.Uint16(b[at:])); n > 0 && at+14 <= len(b); n, at = n-1, at+12 {
		if order.Uint16(b[at+2:]) == orientationTag {
			if o := int(order.Uint16(b[at+10:])); o >= 1 && o <= 8 {
				return o
			}
		}
	}
	return 1
}

// turned is a picture as its orientation says, seen from another side: 2, 4, 5 and 7 are mirrored, 5 to 8 lie on a side. Nothing is copied until it is drawn.
type turned struct {
	image.Image
	o int
}

// Bounds is the size of the turned picture, from 0, 0.
func (t turned) Bounds() image.Rectangle {
	b := t.Image.Bounds()
	if t.o >= 5 {
		return image.Rect(0, 0, b.Dy(), b.Dx())
	}
	return image.Rect(0, 0, b.Dx(), b.Dy())
}

// At is the pixel that ends up there.
func (t turned) At(x, y int) color.Color {
	b := t.Image.Bounds()
	w, h := b.Dx()-1, b.Dy()-1
	switch t.o {
	case 2:
		x = w - x
	case 3:
		x, y = w-x, h-y
	case 4:
		y = h - y
	case 5:
		x, y = y, x
	case 6:
		x, y = y, h-x
	case 7:
		x, y = w-y, h-x
	case 8:
		x, y = w-y, x
	}
	return t.Image.At(b.Min.X+x, b.Min.Y+y)
}
