package preflight

import (
	"cmp"
	"slices"
)

// Gmail shows a letter up to 102 KB and hides the rest.
const (
	sizeWarn = 80 << 10
	sizeFull = 102 << 10
)

// Size looks at how long the letter's HTML is, in bytes.
func Size(n int) []Finding {
	one := Finding{Level: Pass, About: "size", Format: "The letter has %d KB.", Args: []any{kilobytes(n)}, Because: "Gmail hides what is beyond 102 KB, the unsubscribe link too. Measured on the longest letter of the people looked at, with the links as they are counted."}
	switch {
	case n > sizeFull:
		one.Level, one.Format = Warn, "The letter has %d KB: Gmail hides what is beyond 102 KB."
	case n > sizeWarn:
		one.Level, one.Format = Warn, "The letter has %d KB, close to the 102 KB at which Gmail hides the rest."
	}
	return []Finding{one}
}

func kilobytes(n int) int { return (n + 1023) >> 10 }

// Picture is a picture of the letter that we hold.
type Picture struct {
	Name  string // as it was uploaded
	Block string
	Bytes int
}

// From these on a picture, or all of them, are slow on a phone on the way.
const (
	pictureHeavy  = 500 << 10
	picturesHeavy = 1 << 20
)

// Pictures looks at what a phone must load.
func Pictures(all []Picture) []Finding {
	if len(all) == 0 {
		return nil
	}
	sum := 0
	for _, p := range all {
		sum += p.Bytes
	}
	heaviest := slices.MaxFunc(all, func(a, b Picture) int { return cmp.Compare(a.Bytes, b.Bytes) })
	one := Finding{Level: Pass, About: "pictures", Format: "The pictures have %d KB together.", Args: []any{kilobytes(sum)}}
	if sum > picturesHeavy || heaviest.Bytes > pictureHeavy {
		one.Level, one.Block = Warn, heaviest.Block
		one.Format, one.Args = "The pictures have %d KB together; the heaviest, “%s”, has %d KB.", []any{kilobytes(sum), heaviest.Name, kilobytes(heaviest.Bytes)}
		one.Because = "A reader on the way waits for pictures, or pays for them. 200 KB for one and 1 MB for all is plenty."
	}
	return []Finding{one}
}
