package deps

import (
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// The collectors see every way of saying a text, so a green TestEveryTextIsTranslated means something.
func TestTextsAreFound(t *testing.T) {
	template := `{{define "x"}}<p title="{{t "a"}}">{{if t "b" | len}}{{n "c%d" .Count}}{{end}}{{end}}
		{{template "row" (dict "label" (t "d"))}}{{"e" | t}}{{$.T "f"}}{{.Cat.N "g%d" 3}}{{with .X}}{{else}}{{t "h"}}{{end}}{{print "no"}}`
	same(t, idsOfTemplate(t, "x.html", template), "a b c%d+ d e f g%d+ h")

	src := `package p
	const long = "j" + "k"
	type S struct { A int ` + "`json:\"no\" label:\"l\" help:\"m\"`" + ` }
	var sold = fault.New(fault.Conflict, "n")
	func f() { fault.Field("no", long); cat.T(lang, "o %s", "no"); p.N(lang, "p", 2); campaigns.Skip("q"); fmt.Println("no")
		_ = []Figure{{Label: "r", Unit: "no"}}; _ = fault.FieldError{Field: "no", Format: "s"} }`
	tree, err := parser.ParseFile(token.NewFileSet(), "p.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, idsOfGo([]goFile{{dir: "p", name: "p.go", tree: tree}}), "jk l m n o %s p+ q r s")

	script := `t("u"); x.t("no"); <b>{t("v \"w\"")}</b>; n("%d x", 3); format("no"); t(name)`
	same(t, idsOfScript(t, "x.ts", script), `u v "w" %d x+`)
}

func TestSpokenTextsAreFound(t *testing.T) {
	src := `package store
	type line struct { To, Text string }
	var sadWords = map[state]string{bounced: "a"}
	const sql = "UPDATE x SET state = 'no', reason = 'b c' WHERE 1"
	func skip(w work, reason string) {}
	func fail(text string, args ...any) {}
	func tell(text string) {}
	func f() { line := func(level, format string, args ...any) {}; line("no", "d %s", 1); skip(w, "e"); fail("f %d", 2); tell("no"); s.check("no")
		out.State, out.Reason = "no", "g"; _ = []line{{"no", "h"}, {To: "no", Text: "i"}}; _ = Outcome{Reason: "j", Reply: "no"}
		render(Options{Format: "<b>no"}); skip(w, "/no"); fail("%s", "no") }`
	tree, err := parser.ParseFile(token.NewFileSet(), "s.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, spokenIDs([]goFile{{dir: "internal/store", name: "s.go", tree: tree}}), "a b c d %s e f %d g h i j")
}

// same compares the texts found, plurals marked by +, in any order.
func same(t *testing.T, ids []id, want string) {
	t.Helper()
	var got []string
	for _, id := range ids {
		got = append(got, id.text+map[bool]string{true: "+"}[id.plural])
	}
	a, b := strings.Fields(strings.Join(got, " ")), strings.Fields(want)
	slices.Sort(a)
	slices.Sort(b)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("found %v, want %v", a, b)
	}
}

// names are words that are the same in every language.
var names = map[string]bool{"Keepsake": true, "API": true, "CSV": true, "SMTP": true, "HTML": true, "JSON": true,
	"RSS": true, "English": true, "Български": true, "Русский": true, "Liquid": true, "Ctrl": true, "OpenAPI": true,
	"Esc": true, "Enter": true, "UTC": true, "URL": true, "SQLite": true, "PostgreSQL": true, "NPS": true}

// No words stand in a page's template outside the catalogues, nor in the attributes people see or hear.
func TestNoTextOutsideTheCatalogues(t *testing.T) {
	for _, name := range sources(t, ".html") {
		if !strings.HasPrefix(name, "templates/") || strings.HasPrefix(name, "templates/letters/") {
			continue
		}
		for _, text := range strayTexts(withoutActions(read(t, name))) {
			t.Errorf("%s: %q is in no catalogue", name, text)
		}
	}
}

// withoutActions puts a sign without letters where a template acts, so that what is left is HTML.
func withoutActions(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, text, _ = strings.Cut(rest, "}}")
		b.WriteString("·")
	}
}

func strayTexts(page string) []string {
	var stray []string
	keep := func(text string) {
		for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !letter(r) }) {
			if len([]rune(word)) > 1 && !names[word] {
				stray = append(stray, strings.Join(strings.Fields(text), " "))
				return
			}
		}
	}
	z, inside := html.NewTokenizer(strings.NewReader(page)), ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return stray
		case html.TextToken:
			if inside != "script" && inside != "style" && inside != "code" {
				keep(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			inside = tok.Data
			for _, a := range tok.Attr {
				if slices.Contains([]string{"title", "alt", "aria-label", "placeholder", "aria-description"}, a.Key) {
					keep(a.Val)
				}
			}
		case html.EndTagToken:
			inside = ""
		}
	}
}

func letter(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= 'А' && r <= 'я'
}

func TestStrayTextsAreSeen(t *testing.T) {
	page := withoutActions(`{{define "a"}}<a href="/x?{{.Q}}" title="Go">{{t "Lists"}} · 3</a><code>abc</code>` +
		`<input placeholder="{{t "Name"}}"><b>Keepsake</b> Hello {{.Name}}!{{end}}`)
	if got := fmt.Sprint(strayTexts(page)); got != "[Go Hello ·!·]" {
		t.Errorf("got %s", got)
	}
}
