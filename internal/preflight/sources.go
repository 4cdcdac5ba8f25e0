package preflight

import (
	"slices"
	"strings"
)

// pictureIn are the attributes that name a picture, by element; those under "" name one in any.
var pictureIn = map[string][]string{"img": {"src"}, "mj-image": {"src"}, "mj-carousel-image": {"src"}, "": {"background", "background-url"}}

// mostSource is how much of an address is shown, in letters.
const mostSource = 60

const whySource = "Readers see an empty frame. Import a .zip that holds the letter with its pictures, or upload the picture under Pictures and put its address here."

// Sources looks for pictures in hand-written code that no reader can load: without an address, or
// lying where only the writer's own computer finds them.
func Sources(code []Code) (all []Finding) {
	for _, c := range code {
		for _, t := range tags(c.Source) {
			for _, name := range slices.Concat(pictureIn[t.name], pictureIn[""]) {
				if f, bad := source(t, name); bad {
					f.Level, f.About, f.Because, f.Block, f.Field, f.Line = Fail, "pictures", whySource, c.Block, "html", t.line
					all = append(all, f)
				}
			}
		}
	}
	return all
}

func source(t tag, name string) (f Finding, bad bool) {
	address, has := t.attrs[name]
	address = strings.TrimSpace(address)
	switch {
	case address == "" && name == "src":
		return Finding{Format: "The picture in line %d has no address.", Args: []any{t.line}}, true
	case !has, address == "", loads(address):
		return f, false
	}
	if r := []rune(address); len(r) > mostSource {
		address = "…" + string(r[len(r)-mostSource+1:]) // its end says which one it is
	}
	return Finding{Format: "The picture “%s” in line %d is missing: it was not in what you brought along.", Args: []any{address, t.line}}, true
}

// loads reports whether readers can load a picture from there, as far as its address tells:
// on the web, among the shop's own, inside the letter, or where a merge tag says (see blank).
func loads(address string) bool {
	lower := strings.ToLower(address)
	return slices.ContainsFunc([]string{"https://", "http://", "//", "/media/", "data:", "#", "xxxx"}, func(begin string) bool { return strings.HasPrefix(lower, begin) })
}
