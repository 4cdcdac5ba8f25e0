package render

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// sizedAs is a library whose pictures have files of 320, 600 and 1200 pixels.
func sizedAs(asset string, least int) string {
	for _, w := range []int{320, 600} {
		if w >= least {
			return strings.TrimSuffix(asset, ".jpg") + fmt.Sprintf("-%d.jpg", w)
		}
	}
	return asset
}

func TestASmallPictureIsDrawnFromASmallerFile(t *testing.T) {
	o := Options{BaseURL: "https://k.test", Brand: brand, Sized: sizedAs}
	for block, want := range map[string]string{
		`{"id":"a","type":"image","asset":"x.jpg"}`:                                                                                 "x.jpg",
		`{"id":"a","type":"image","asset":"x.jpg","width":301}`:                                                                     "x.jpg",
		`{"id":"a","type":"image","asset":"x.jpg","width":300}`:                                                                     "x-600.jpg",
		`{"id":"a","type":"image","asset":"x.jpg","darkAsset":"y.jpg","width":200}`:                                                 "y-600.jpg",
		`{"id":"c","type":"columns","layout":"50-50","cols":[[{"id":"a","type":"image","asset":"x.jpg"}],[]]}`:                      "x-600.jpg",
		`{"id":"a","type":"article","layout":"row","image":"x.jpg","title":"T"}`:                                                    "x-600.jpg",
		`{"id":"a","type":"article","image":"x.jpg","title":"T"}`:                                                                   "x.jpg",
		`{"id":"a","type":"products","source":"manual","layout":"grid2","items":[{"title":"T","image":"x.jpg"}]}`:                   "x-600.jpg",
		`{"id":"a","type":"products","source":"manual","layout":"list","items":[{"title":"T","image":"x.jpg"}]}`:                    "x-320.jpg",
		`{"id":"a","type":"quote","author":"Ana","image":"x.jpg"}`:                                                                  "x-320.jpg",
		`{"id":"a","type":"products","source":"manual","layout":"grid2","items":[{"title":"T","image":"https://shop.test/x.jpg"}]}`: `"https://shop.test/x.jpg`,
	} {
		out := rendered(t, blocks(block), o, sampleValues())
		if !strings.HasPrefix(want, `"`) {
			want = "/media/" + want
		}
		if !strings.Contains(out.HTML, want+`"`) {
			t.Errorf("%s: no %s in %s", block, want, out.HTML)
		}
	}
}

var cellWidth = regexp.MustCompile(`<td width="(\d+)" valign="top" style="padding-right:(\d+)px">`)

func TestARowOfProductsEndsWhereTheWordsDo(t *testing.T) {
	for layout, across := range map[string]int{"grid2": 2, "grid3": 3} {
		for _, source := range []string{`"source":"order"`, `"source":"manual","items":[{"title":"1"},{"title":"2"},{"title":"3"},{"title":"4"},{"title":"5"},{"title":"6"}]`} {
			v := sampleValues()
			for range 5 {
				v.Order.Items = append(v.Order.Items, v.Order.Items[0])
			}
			out := rendered(t, blocks(`{"id":"a","type":"products","layout":"`+layout+`","limit":6,`+source+`}`), Options{Brand: brand}, v)
			all := cellWidth.FindAllStringSubmatch(out.HTML, -1)
			if len(all) != 6 {
				t.Fatalf("%s: %d cells in %s", layout, len(all), out.HTML)
			}
			for row := 0; row < 6; row += across {
				sum, words := 0, map[int]bool{}
				for i := row; i < row+across; i++ {
					width, _ := strconv.Atoi(all[i][1])
					gap, _ := strconv.Atoi(all[i][2])
					sum += width
					words[width-gap] = true
					if last := i == row+across-1; last != (gap == 0) {
						t.Errorf("%s %s: cell %d has a gap of %d", layout, source, i, gap)
					}
				}
				if sum != 520 || len(words) != 1 {
					t.Errorf("%s %s: a row is %d wide, pictures %v", layout, source, sum, words)
				}
			}
		}
	}
}
