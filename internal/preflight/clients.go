package preflight

import (
	"cmp"
	_ "embed" // for the table of mail programs
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"keepsake/campaigns/fault"
)

//go:embed clients.json
var clientsJSON []byte

// support is what mail programs understand, as caniemail.com found it. Each feature has one
// letter for each program: y yes, a partly, n no, u nobody knows.
type support struct {
	Date     string `json:"date"`
	Programs []struct {
		Name  string  `json:"name"`
		Share float64 `json:"share"` // of opens, percent; only puts findings in order
	} `json:"programs"`
	Features map[string]string `json:"features"`
}

var readSupport = sync.OnceValues(func() (s support, err error) {
	err = json.Unmarshal(clientsJSON, &s)
	return s, err
})

// ClientsDate is the day of the table of mail programs: 2026-05-13.
func ClientsDate() string {
	s, _ := readSupport() // a test reads it
	return s.Date
}

// use is one feature that hand-written code uses.
type use struct {
	slug, word string // css-display-flex, display: flex
	block      string
	line       int
}

// mostClients is how many findings about mail programs are worth reading.
const mostClients = 8

// Clients looks at what hand-written HTML and CSS asks of mail programs. What only adds to a
// letter that works without it is allowed; the rest comes in the order of how many readers' programs lack it.
func Clients(code []Code) []Finding {
	table, err := readSupport()
	if err != nil || len(code) == 0 {
		return nil
	}
	var all []Finding
	share := map[string]float64{}
	seen := map[string]bool{}
	for _, c := range code {
		for _, u := range usesOf(c) {
			effect, known := effects[u.slug]
			if seen[u.slug] || !known {
				continue
			}
			seen[u.slug] = true
			names, part := table.lacking(u.slug)
			if len(names) == 0 {
				continue
			}
			share[u.word] = part
			all = append(all, Finding{Level: Warn, About: "clients", Format: "%s is not understood by %s (tests of %s). %s", Args: []any{u.word, strings.Join(names, ", "), table.Date, fault.Word(effect)},
				Because: whyClients, Block: u.block, Field: "html", Line: u.line})
		}
	}
	if len(all) == 0 {
		return pass("clients", "The code needs nothing that widespread mail programs lack.")
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Compare(share[b.Args[0].(string)], share[a.Args[0].(string)])
	})
	return all[:min(len(all), mostClients)]
}

const whyClients = "From caniemail.com's tests; programs are in the order of how many letters are opened in them. Only what readers would notice is listed."

// lacking are the programs without the feature, those of the most readers first, at most four
// by name, and their share.
func (s support) lacking(slug string) (names []string, share float64) {
	for i, mark := range s.Features[slug] {
		if mark == 'n' && i < len(s.Programs) {
			share += s.Programs[i].Share
			names = append(names, s.Programs[i].Name)
		}
	}
	if len(names) > 4 {
		names = append(names[:4:4], "…")
	}
	return names, share
}

// usesOf lists the features a piece of code uses.
func usesOf(c Code) (all []use) {
	add := func(slug, word string, line int) {
		if !slices.ContainsFunc(all, func(u use) bool { return u.slug == slug }) {
			all = append(all, use{slug, word, c.Block, line})
		}
	}
	ghosts := strings.Contains(c.Source, "[if mso") || strings.Contains(c.Source, "[if (gte mso")
	for _, t := range tags(c.Source) {
		if slug, ok := elements[t.name]; ok {
			add(slug, "<"+t.name+">", t.line)
		}
		for name, value := range t.attrs {
			attributeUse(t.name, name, value, func(slug, word string) { add(slug, word, t.line) })
		}
		if t.style != "" {
			sheetUses(t.style, t.line, add)
		}
	}
	slices.SortStableFunc(all, func(a, b use) int { return cmp.Or(a.line-b.line, strings.Compare(a.slug, b.slug)) }) // attributes come in any order
	return slices.DeleteFunc(all, func(u use) bool { return ghosts && u.slug == "css-max-width" })                   // Outlook has its own table
}

// elements are those that not every program shows.
var elements = map[string]string{"video": "html-video", "audio": "html-audio", "form": "html-form", "svg": "html-svg", "object": "html-object", "dialog": "html-dialog",
	"button": "html-button-submit", "select": "html-select", "textarea": "html-textarea", "marquee": "html-marquee", "link": "html-link", "base": "html-base",
	"progress": "html-progress", "meter": "html-meter", "picture": "html-picture", "map": "html-image-maps"}

var formats = map[string]string{".webp": "image-webp", ".avif": "image-avif", ".svg": "image-svg", ".heic": "image-heif", ".tiff": "image-tiff", ".mp4": "image-mp4", ".apng": "image-apng"}

func attributeUse(element, name, value string, add func(slug, word string)) {
	switch name {
	case "style":
		bodyUses(value, add)
	case "background":
		add("html-background", "background=…")
	case "srcset":
		add("html-srcset", "srcset")
	case "src":
		value = strings.ToLower(value)
		if strings.HasPrefix(value, "data:") {
			add("image-base64", "data:…")
		}
		path, _, _ := strings.Cut(value, "?")
		for ending, slug := range formats {
			if element == "img" && strings.HasSuffix(path, ending) {
				add(slug, ending)
			}
		}
	case "type":
		if slug := "html-input-" + strings.ToLower(value); element == "input" && effects[slug] != "" {
			add(slug, "<input type="+strings.ToLower(value)+">")
		}
	}
}

// within are features that a value names.
var within = []struct {
	form       *regexp.Regexp
	slug, word string
}{
	{regexp.MustCompile(`\blinear-gradient\(`), "css-linear-gradient", "linear-gradient()"}, {regexp.MustCompile(`\bradial-gradient\(`), "css-radial-gradient", "radial-gradient()"},
	{regexp.MustCompile(`\bcalc\(`), "css-unit-calc", "calc()"}, {regexp.MustCompile(`\bclamp\(`), "css-function-clamp", "clamp()"},
	{regexp.MustCompile(`\bvar\(`), "css-variables", "var()"}, {regexp.MustCompile(`\blight-dark\(`), "css-function-light-dark", "light-dark()"},
	{regexp.MustCompile(`\d(vw|vh)\b`), "css-unit-vw", "vw, vh"},
	{regexp.MustCompile(`\b(oklch|oklab|lch|lab|color|color-mix)\(`), "css-modern-color", "oklch() …"},
}

// grounds are the features that do no harm where a plain colour stands beside them.
var grounds = []string{"css-background-image", "css-linear-gradient", "css-radial-gradient"}

// bodyUses are the features of a style attribute or of a rule's body.
func bodyUses(body string, add func(slug, word string)) {
	all := declarations(body)
	coloured := slices.ContainsFunc(all, func(d declaration) bool {
		_, ok := colour(d.value)
		return ok && strings.HasPrefix(d.property, "background")
	})
	for _, d := range all {
		declarationUse(d, func(slug, word string) {
			if !coloured || !slices.Contains(grounds, slug) {
				add(slug, word)
			}
		})
	}
}

func declarationUse(d declaration, add func(slug, word string)) {
	switch {
	case d.property == "display" && strings.HasSuffix(d.value, "flex"):
		add("css-display-flex", "display: flex")
	case d.property == "display" && strings.HasSuffix(d.value, "grid"):
		add("css-display-grid", "display: grid")
	case d.property == "position" && d.value != "static" && d.value != "relative":
		add("css-position", "position: "+short(d.value, 12))
	case strings.HasPrefix(d.property, "background") && strings.Contains(d.value, "url("):
		add("css-background-image", "background-image")
	case d.property == "margin" && strings.Contains(d.value, "-"):
		add("css-margin", "margin: −…")
	case d.property != "position" && d.property != "margin" && d.property != "background-image" && effects["css-"+d.property] != "":
		add("css-"+d.property, d.property)
	}
	for _, w := range within {
		if w.form.MatchString(d.value) {
			add(w.slug, w.word)
		}
	}
}

// sheetUses are the features of a style sheet. What stands in @media or @supports is for
// those who understand it, over something that works without.
func sheetUses(css string, line int, add func(slug, word string, line int)) {
	for _, r := range rules(css, line) {
		switch {
		case strings.HasPrefix(r.head, "@import"):
			add("css-at-import", "@import", r.line)
		case !strings.HasPrefix(r.head, "@"):
			bodyUses(r.body, func(slug, word string) { add(slug, word, r.line) })
		}
	}
}
