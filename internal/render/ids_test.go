package render

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
)

// spoken are the functions that take a sentence for people, and which argument it is.
var spoken = map[string]int{"fault.New": 1, "fault.Field": 1, "need": 2, "Skip": 0, "campaigns.Skip": 0,
	".T": 1, ".N": 1, ".say": 0, ".fail": 0, ".errorAt": 1}

// spokenFields are the fields of structs that hold one.
var spokenFields = []string{"Label", "Alert", "Title", "Gives"}

type sentences map[string]sight

// sight is where an id was seen first, and whether it is counted, which English too has forms for.
type sight struct {
	where   string
	counted bool
}

func TestEverySentenceIsInEveryLanguage(t *testing.T) {
	found := sentences{}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && slices.Contains([]string{"node_modules", ".git", "testdata", "show"}, d.Name()) {
				return fs.SkipDir
			}
			return err
		}
		return found.file(root, path)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 100 {
		t.Fatalf("only %d sentences found: the search is broken", len(found))
	}
	cat := opened(t)
	for id, seen := range found {
		for _, lang := range audience.Languages {
			if (lang != "en" || seen.counted) && !cat.Has(lang, id) {
				t.Errorf("%s: no %s for %q", seen.where, lang, id)
			}
		}
	}
}

func (s sentences) file(root fs.FS, path string) error {
	switch filepath.Ext(path) {
	case ".go":
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "test/") {
			return nil
		}
		b, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		return s.goFile(path, b)
	case ".html":
		b, err := fs.ReadFile(root, path)
		s.page(path, string(b))
		return err
	}
	return nil
}

func (s sentences) add(where, id string, counted bool) {
	if _, seen := s[id]; !seen && strings.ContainsFunc(id, func(r rune) bool { return r >= 'A' && r <= 'z' }) {
		s[id] = sight{where, counted}
	}
}

func (s sentences) goFile(path string, src []byte) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if i, ok := spoken[called(n.Fun)]; ok && i < len(n.Args) {
				s.literal(path, n.Args[i], called(n.Fun) == ".N")
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && slices.Contains(spokenFields, key.Name) && strings.HasPrefix(path, "campaigns/") {
				s.literal(path, n.Value, false)
			}
		case *ast.Field:
			s.tag(path, n.Tag)
		case *ast.CompositeLit:
			s.kind(path, n)
		}
		return true
	})
	return nil
}

func called(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			if _, known := spoken[x.Name+"."+f.Sel.Name]; known {
				return x.Name + "." + f.Sel.Name
			}
		}
		return "." + f.Sel.Name
	}
	return ""
}

func (s sentences) literal(path string, e ast.Expr, counted bool) {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if id, err := strconv.Unquote(lit.Value); err == nil {
			s.add(path, id, counted)
		}
	}
}

func (s sentences) tag(path string, lit *ast.BasicLit) {
	if lit == nil || !strings.HasPrefix(path, "campaigns/") {
		return
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return
	}
	for _, key := range []string{"label", "help"} {
		if v := reflect.StructTag(text).Get(key); v != "" {
			s.add(path, v, false)
		}
	}
}

// kind reads the lines of the Kinds table: name, title, what it gives.
func (s sentences) kind(path string, c *ast.CompositeLit) {
	if path == "campaigns/kind.go" && c.Type == nil && len(c.Elts) == 5 {
		s.literal(path, c.Elts[1], false)
		s.literal(path, c.Elts[2], false)
	}
}

var inPage = regexp.MustCompile("(?:\\{\\{-?|\\()\\s*(?:\\$?\\.?)([tn]) (\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`)")

func (s sentences) page(path, src string) {
	for _, m := range inPage.FindAllStringSubmatch(src, -1) {
		if id, err := strconv.Unquote(m[2]); err == nil {
			s.add(path, id, m[1] == "n")
		}
	}
}
