package media

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"

	"golang.org/x/image/draw"

	"keepsake/campaigns/fault"
)

// The colour models with 16 bits a colour.
var deep64, deepNRGBA64, deepGray16 = color.RGBA64Model, color.NRGBA64Model, color.Gray16Model

// drawGIF draws one that stands still as any picture. One that moves keeps its frames, bit for
// bit, once all were looked at; what else is in the file (comments, programs of others, what
// hides behind its end) is left out.
func drawGIF(data []byte) (Picture, error) {
	clean, frames, err := sift(data)
	if err != nil {
		return Picture{}, err
	}
	all, err := gif.DecodeAll(bytes.NewReader(clean))
	if err != nil || len(all.Image) != frames {
		return Picture{}, damaged()
	}
	first := image.NewRGBA(image.Rect(0, 0, all.Config.Width, all.Config.Height))
	draw.Draw(first, all.Image[0].Rect, all.Image[0], all.Image[0].Rect.Min, draw.Src)
	if frames == 1 {
		return drawStill(fit(first, 1), "gif")
	}
	p := Picture{Made: Made{named12(clean) + ".gif", "image/gif", all.Config.Width, all.Config.Height, clean}, Frames: frames}
	still, err := drawStill(fit(first, 1), "gif") // lists show its first frame
	if err != nil {
		return Picture{}, err
	}
	for _, s := range still.Smaller {
		s.Name = named12(clean) + s.Name[24:]
		p.Smaller = append(p.Smaller, s)
	}
	return p, nil
}

// sifter walks a GIF block by block (GIF89a, section 12 on) without unpacking anything.
type sifter struct {
	in, out []byte
	at      int
	pixels  int
	frames  int
}

// sift copies the blocks that make the picture and counts its frames.
func sift(data []byte) (clean []byte, frames int, err error) {
	s := &sifter{in: data, out: make([]byte, 0, len(data))}
	if len(data) < 13 || !s.keep(13) || data[10]&0x80 != 0 && !s.keep(table(data[10])) {
		return nil, 0, damaged()
	}
	for {
		switch {
		case s.frames > maxFrames:
			return nil, 0, fault.Field("file", "The picture has more than %d frames. Make it shorter first.", maxFrames)
		case s.pixels > maxMoving:
			return nil, 0, tooMany(maxMoving)
		case s.at >= len(data):
			return nil, 0, damaged() // it has no end
		case data[s.at] == 0x3b: // the end; the rest is nobody's business
			if s.frames == 0 {
				return nil, 0, damaged()
			}
			return append(s.out, 0x3b), s.frames, nil
		case !s.block():
			return nil, 0, damaged()
		}
	}
}

// table is the size of a colour table, in bytes.
func table(flags byte) int { return 3 << (flags&7 + 1) }

func (s *sifter) keep(n int) bool {
	if s.at+n > len(s.in) {
		return false
	}
	s.out = append(s.out, s.in[s.at:s.at+n]...)
	s.at += n
	return true
}

// block takes one extension or one frame.
func (s *sifter) block() bool {
	switch s.in[s.at] {
	case 0x21:
		return s.extension()
	case 0x2c:
		return s.frame()
	}
	return false
}

// extension keeps how a frame is shown, and that the whole is shown again; no other.
func (s *sifter) extension() bool {
	if s.at+2 > len(s.in) {
		return false
	}
	kind, begun := s.in[s.at+1], len(s.out)
	rest := s.in[s.at:]
	wanted := kind == 0xf9 || kind == 0xff && len(rest) > 14 && string(rest[3:14]) == "NETSCAPE2.0"
	if !s.keep(2) || !s.subBlocks() {
		return false
	}
	if !wanted {
		s.out = s.out[:begun]
	}
	return true
}

// subBlocks takes data up to the empty one that ends it.
func (s *sifter) subBlocks() bool {
	for s.at < len(s.in) {
		n := int(s.in[s.at])
		if !s.keep(1 + n) {
			return false
		}
		if n == 0 {
			return true
		}
	}
	return false
}

func (s *sifter) frame() bool {
	if s.at+10 > len(s.in) {
		return false
	}
	head := s.in[s.at : s.at+10]
	s.frames++
	s.pixels += (int(head[5]) | int(head[6])<<8) * (int(head[7]) | int(head[8])<<8)
	if !s.keep(10) || head[9]&0x80 != 0 && !s.keep(table(head[9])) {
		return false
	}
	return s.keep(1) && s.subBlocks() // the size of the codes, and the codes
}
