package deps

import (
	"go/ast"
	"go/token"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"keepsake/campaigns"
)

// templateIDs are the texts that templates hand to t and n: {{t "…"}}, {{"…" | t}}, (t "…"), {{$.T "…"}}.
func templateIDs(t *testing.T) []id {
	var ids []id
	for _, name := range sources(t, ".html") {
		if !strings.HasPrefix(name, "templates/") {
			continue
		}
		ids = append(ids, idsOfTemplate(t, name, read(t, name))...)
	}
	return ids
}

func idsOfTemplate(t *testing.T, name, text string) []id {
	var ids []id
	for _, tree := range parseTemplate(t, name, text) {
		walkTemplate(reflect.ValueOf(tree.Root), func(p *parse.PipeNode) {
			ids = append(ids, pipeIDs(p, name)...)
		})
	}
	return ids
}

// parseTemplate parses without knowing the functions, as only the names matter here.
func parseTemplate(t *testing.T, name, text string) map[string]*parse.Tree {
	t.Helper()
	trees := map[string]*parse.Tree{}
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return trees
}

// walkTemplate visits every pipe of a template's tree, however deep.
func walkTemplate(v reflect.Value, visit func(*parse.PipeNode)) {
	switch v.Kind() {
	case reflect.Interface:
		walkTemplate(v.Elem(), visit)
	case reflect.Pointer:
		if v.IsNil() || v.Type() == reflect.TypeFor[*parse.Tree]() {
			return
		}
		if p, ok := v.Interface().(*parse.PipeNode); ok {
			visit(p)
		}
		walkTemplate(v.Elem(), visit)
	case reflect.Struct:
		for f := range v.Type().Fields() {
			if f.IsExported() {
				walkTemplate(v.FieldByIndex(f.Index), visit)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkTemplate(v.Index(i), visit)
		}
	}
}

func pipeIDs(p *parse.PipeNode, where string) []id {
	var ids []id
	for i, cmd := range p.Cmds {
		plural, ok := translator(cmd.Args[0])
		if !ok {
			continue
		}
		text, found := firstString(cmd.Args[1:])
		if !found && i > 0 {
			text, found = firstString(p.Cmds[i-1].Args) // {{"…" | t}}
		}
		if found {
			ids = append(ids, id{text, plural, where})
		}
	}
	return ids
}

// translator reports whether a template calls t or n here, bare or as a method.
func translator(n parse.Node) (plural, ok bool) {
	name := ""
	switch n := n.(type) {
	case *parse.IdentifierNode:
		name = n.Ident
	case *parse.FieldNode:
		name = n.Ident[len(n.Ident)-1]
	case *parse.VariableNode:
		name = n.Ident[len(n.Ident)-1]
	}
	return strings.EqualFold(name, "n"), strings.EqualFold(name, "t") || strings.EqualFold(name, "n")
}

func firstString(args []parse.Node) (string, bool) {
	for _, a := range args {
		if s, ok := a.(*parse.StringNode); ok {
			return s.Text, true
		}
	}
	return "", false
}

// goIDs are the texts our Go code hands to people: faults, .T and .N, Skip, and the fields that label.
func goIDs(t *testing.T) []id {
	return idsOfGo(goFiles(t))
}

func idsOfGo(files []goFile) []id {
	consts := constants(files)
	var ids []id
	for _, f := range files {
		add := func(plural bool, e ast.Expr) {
			if text, ok := stringOf(e, consts[f.dir]); ok && text != "" {
				ids = append(ids, id{text, plural, f.name})
			}
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				callIDs(n, f.dir, add)
			case *ast.CompositeLit:
				literalIDs(n, add)
			case *ast.Field:
				tagIDs(n, add)
			}
			return true
		})
	}
	return ids
}

func callIDs(call *ast.CallExpr, dir string, add func(plural bool, e ast.Expr)) {
	name, pkg := called(call.Fun)
	switch {
	case (pkg == "fault" || dir == "campaigns/fault") && (name == "New" || name == "Field") && len(call.Args) > 1:
		add(false, call.Args[1])
	case name == "Skip" && (pkg == "campaigns" || dir == "campaigns") && len(call.Args) == 1:
		add(false, call.Args[0])
	case pkg != "" && (name == "T" || name == "N") && len(call.Args) > 0:
		for _, arg := range call.Args[:min(2, len(call.Args))] {
			add(name == "N", arg)
		}
	}
}

// literalIDs are what campaigns' values are called: Figure{Label: "…"}, fault.FieldError{Format: "…"}.
func literalIDs(lit *ast.CompositeLit, add func(plural bool, e ast.Expr)) {
	_, typ := "", ""
	if lit.Type != nil {
		typ, _ = called(lit.Type)
	}
	wanted := map[string]string{"Figure": "Label", "FieldError": "Format", "Error": "Format"}[typ]
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if k, ok := kv.Key.(*ast.Ident); ok && (k.Name == wanted || k.Name == "Label" && (typ == "" || typ == "Figure")) {
			add(false, kv.Value)
		}
	}
}

func tagIDs(field *ast.Field, add func(plural bool, e ast.Expr)) {
	if field.Tag == nil {
		return
	}
	raw, _ := strconv.Unquote(field.Tag.Value)
	for _, key := range []string{"label", "help"} {
		if text := reflect.StructTag(raw).Get(key); text != "" {
			add(false, &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(text)})
		}
	}
}

// called splits what is called, or a literal's type, into its name and what stands before the dot.
func called(e ast.Expr) (name, before string) {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name, ""
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return e.Sel.Name, x.Name
		}
		return e.Sel.Name, "…"
	}
	return "", ""
}

// constants are the string constants of each package, by folder and name.
func constants(files []goFile) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, f := range files {
		if all[f.dir] == nil {
			all[f.dir] = map[string]string{}
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			for i := 0; ok && i < len(spec.Values) && i < len(spec.Names); i++ {
				if text, ok := stringOf(spec.Values[i], nil); ok {
					all[f.dir][spec.Names[i].Name] = text
				}
			}
			return true
		})
	}
	return all
}

// stringOf is the value of a literal, a constant of the package, or several joined by +.
func stringOf(e ast.Expr, consts map[string]string) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.Ident:
		s, ok := consts[e.Name]
		return s, ok
	case *ast.ParenExpr:
		return stringOf(e.X, consts)
	case *ast.BinaryExpr:
		a, okA := stringOf(e.X, consts)
		b, okB := stringOf(e.Y, consts)
		return a + b, okA && okB
	}
	return "", false
}

// kindIDs are what the gallery says of each kind.
func kindIDs() []id {
	var ids []id
	for _, k := range campaigns.Kinds {
		ids = append(ids, id{k.Title, false, "campaigns.Kinds"}, id{k.Gives, false, "campaigns.Kinds"})
	}
	return ids
}

var scriptCall = regexp.MustCompile(`(?:^|[^\w$.])([tn])\(\s*("(?:[^"\\]|\\.)*")`)

// scriptIDs are the texts our TypeScript hands to t and n.
func scriptIDs(t *testing.T) []id {
	var ids []id
	for _, name := range sources(t, ".ts", ".tsx") {
		ids = append(ids, idsOfScript(t, name, read(t, name))...)
	}
	return ids
}

func idsOfScript(t *testing.T, name, script string) []id {
	var ids []id
	for _, m := range scriptCall.FindAllStringSubmatch(script, -1) {
		text, err := strconv.Unquote(m[2])
		if err != nil {
			t.Errorf("%s: %s: write it as Go would too", name, m[2])
			continue
		}
		ids = append(ids, id{text, m[1] == "n", name})
	}
	return ids
}
