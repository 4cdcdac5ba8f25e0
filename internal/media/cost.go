package media

import (
	"bytes"
	"image"
	"image/color"
)

// Cost is what a picture takes to unpack, in pixels of a plain JPEG; 0 for what is none.
func Cost(data []byte) int {
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 0
	}
	return cfg.Width * cfg.Height * cost(data, cfg.ColorModel, format)
}

// maxScans is how many passes over a JPEG's pixels its file may ask for: programs write about
// ten, and a pass of a few octets goes over all pixels.
const maxScans = 64

var startOfScan = []byte{0xff, 0xda}

// cost is how many times as much as a plain JPEG's a picture's pixel takes to unpack, in room
// and in time: a plain JPEG takes 1.5 to 3 octets a pixel, a progressive one holds 4 more for
// each of its colours until all of the file is read.
func cost(data []byte, model color.Model, format string) int {
	n := 3
	if format == "jpeg" && plain(data) {
		n = 1
	}
	switch model {
	case deep64, deepNRGBA64, deepGray16:
		n *= 2
	case color.RGBAModel: // of a JPEG: it is unpacked twice
		if format == "jpeg" {
			n *= 2
		}
	case color.CMYKModel:
		n *= 4
	}
	return n
}

// The markers of a JPEG (ITU T.81, table B.1).
const (
	markerBaseline    = 0xc0
	markerExtended    = 0xc1
	markerProgressive = 0xc2
	markerRestart     = 0xd0 // to 0xd7: these have no length
	markerEnd         = 0xd9
	markerScan        = 0xda
)

// plain reports whether a JPEG is surely none of the progressive ones. It walks the head as
// image/jpeg does, garbage between the segments too, so both see the same frame first.
func plain(data []byte) bool {
	for at := 2; at+1 < len(data); {
		if data[at] != 0xff || data[at+1] == 0 {
			at++
			continue
		}
		marker := data[at+1]
		switch {
		case marker == 0xff:
			at++
			continue
		case marker >= markerRestart && marker < markerRestart+8:
			at += 2
			continue
		case marker == markerBaseline, marker == markerExtended:
			return true
		case marker == markerProgressive, marker == markerScan, marker == markerEnd, at+4 > len(data):
			return false
		}
		at += 2 + max(2, int(data[at+2])<<8|int(data[at+3]))
	}
	return false
}
