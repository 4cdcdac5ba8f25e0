package liquid

import (
	"encoding/json"
	"go/ast"
	goparser "go/parser"
	gotoken "go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// sentences are what errorAt and fail are called with in this package.
func sentences(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := goparser.ParseFile(gotoken.NewFileSet(), name, nil, goparser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if text, ok := sentence(n); ok {
				all = append(all, text)
			}
			return true
		})
	}
	return all
}

func sentence(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	at, known := map[string]int{"errorAt": 1, "fail": 0}[f.Sel.Name]
	if !known || len(call.Args) <= at {
		return "", false
	}
	lit, ok := call.Args[at].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func TestEveryErrorIsTranslated(t *testing.T) {
	all := sentences(t)
	if len(all) < 30 {
		t.Fatalf("only %d sentences found", len(all))
	}
	for _, lang := range []string{"bg", "ru"} {
		data, err := os.ReadFile("../../templates/lang/liquid." + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var catalogue map[string]string
		if err := json.Unmarshal(data, &catalogue); err != nil {
			t.Fatal(err)
		}
		for _, text := range all {
			if catalogue[text] == "" {
				t.Errorf("%s has no translation of %q", lang, text)
			}
		}
	}
}
