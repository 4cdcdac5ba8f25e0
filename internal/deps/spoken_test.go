package deps

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// speakers are the rooms whose reasons, lines and alerts end on a page, beside what goIDs find everywhere.
var speakers = []string{"campaigns/...", "internal/store", "internal/dispatch", "internal/domain", "internal/feed", "internal/preflight", "internal/mailer",
	"internal/inbound", "internal/jobs", "internal/render", "internal/exchange", "internal/shop", "internal/liquid", "web/..."}

// spokenFields and spokenNames hold a text for people wherever a speaker fills them with a literal: as a
// field, a parameter, or a variable. A spokenFormat is one where values follow it.
var (
	spokenFields = []string{"Format", "Reason", "Refusal", "Note", "Alert", "Text", "Label", "Help", "Hint", "Because"}
	spokenNames  = []string{"format", "reason", "note", "alert", "sentence", "id", "pass", "fail"}
	spokenFormat = "text"
)

// A voice knows, of one package, where its functions and structs take texts for people.
type voice struct {
	params  map[string][]int // a function's name: the positions of its texts
	structs map[string][]int // a struct's name: the positions of its texts
}

// spokenIDs are the texts that reach people through names: Line{Format: "…"}, out.Reason = "…", skip(w, "…").
func spokenIDs(files []goFile) []id {
	voices, consts := voicesOf(files), constants(files)
	abroad := voice{map[string][]int{}, nil}
	for dir, v := range voices {
		if fitsAny(dir, speakers) && !fitsAny(dir, testOnly) {
			for name, at := range v.params {
				abroad.keep(abroad.params, name, at)
			}
		}
	}
	var ids []id
	for _, f := range files {
		if !fitsAny(f.dir, speakers) || fitsAny(f.dir, testOnly) {
			continue
		}
		add := func(e ast.Expr) {
			if text, ok := stringOf(e, consts[f.dir]); ok && text != "" && spoken(text) {
				ids = append(ids, id{text, false, f.name})
			}
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if counted(n) {
				return true // goIDs has it, with its plural
			}
			voices[f.dir].listen(n, add)
			if call, ok := n.(*ast.CallExpr); ok {
				name, pkg := called(call.Fun)
				if _, own := voices[f.dir].params[name]; pkg != "" && !own { // another room's method
					at(call.Args, abroad.params[name], add)
				}
			}
			return true
		})
	}
	return ids
}

// counted reports whether n says a number, .N.
func counted(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	name, _ := called(call.Fun)
	return name == "N"
}

// spoken tells words from paths, markup and colours.
func spoken(text string) bool {
	return !strings.ContainsRune("/<{#", rune(text[0])) && strings.ContainsFunc(verb.ReplaceAllString(text, ""), unicode.IsLetter)
}

func voicesOf(files []goFile) map[string]voice {
	voices := map[string]voice{}
	for _, f := range files {
		v, ok := voices[f.dir]
		if !ok {
			v = voice{map[string][]int{}, map[string][]int{}}
			voices[f.dir] = v
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			v.learn(n)
			return true
		})
	}
	return voices
}

func (v voice) learn(n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		v.keep(v.params, n.Name.Name, texts(n.Type.Params, isSpokenParam))
	case *ast.AssignStmt: // line := func(level, format string) …
		for i, e := range n.Rhs {
			if f, ok := e.(*ast.FuncLit); ok && i < len(n.Lhs) {
				name, _ := called(n.Lhs[i])
				v.keep(v.params, name, texts(f.Type.Params, isSpokenParam))
			}
		}
	case *ast.TypeSpec:
		if s, ok := n.Type.(*ast.StructType); ok {
			v.keep(v.structs, n.Name.Name, texts(s.Fields, func(name string, _ bool) bool { return slices.Contains(spokenFields, name) }))
		}
	}
}

// keep remembers also what takes no texts, so that nobody looks for its name elsewhere.
func (v voice) keep(in map[string][]int, name string, at []int) {
	if _, known := in[name]; !known || len(at) > 0 {
		in[name] = at
	}
}

func isSpokenParam(name string, values bool) bool {
	return slices.Contains(spokenNames, name) || name == spokenFormat && values
}

// texts are the positions of the strings among params or fields whose name is wanted; values says whether
// any number of values follows.
func texts(list *ast.FieldList, wanted func(name string, values bool) bool) (at []int) {
	last := list.NumFields() - 1
	i := 0
	for n, field := range list.List {
		values := false
		if n+1 < len(list.List) {
			_, values = list.List[n+1].Type.(*ast.Ellipsis)
		}
		typ, _ := called(field.Type)
		for _, name := range field.Names {
			if typ == "string" && wanted(name.Name, values && i == last-1) {
				at = append(at, i)
			}
			i++
		}
		if len(field.Names) == 0 {
			i++
		}
	}
	return at
}

func (v voice) listen(n ast.Node, add func(ast.Expr)) {
	switch n := n.(type) {
	case *ast.CallExpr:
		name, _ := called(n.Fun)
		at(n.Args, v.params[name], add)
	case *ast.CompositeLit:
		named(n, add)
		v.placed(n, typeName(n.Type), add)
	case *ast.AssignStmt:
		for i := range n.Lhs {
			if name, _ := called(n.Lhs[i]); i < len(n.Rhs) && (slices.Contains(spokenFields, name) || slices.Contains(spokenNames, name)) {
				add(n.Rhs[i])
			}
		}
	case *ast.ValueSpec: // suppressionWords and the like: a map from states to words
		if len(n.Names) == 1 && len(n.Values) == 1 && strings.HasSuffix(n.Names[0].Name, "Words") {
			values(n.Values[0], add)
		}
	case *ast.BasicLit: // SQL that writes a reason
		if text, ok := stringOf(n, nil); ok {
			for _, m := range reasonInSQL.FindAllStringSubmatch(text, -1) {
				add(&ast.BasicLit{Kind: n.Kind, Value: "`" + m[1] + "`"})
			}
		}
	}
}

var reasonInSQL = regexp.MustCompile(`\b(?:reason|note)\s*=\s*'([^']+)'`)

// named hears a struct's texts by their fields' names.
func named(lit *ast.CompositeLit, add func(ast.Expr)) {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if k, ok := kv.Key.(*ast.Ident); ok && slices.Contains(spokenFields, k.Name) {
				add(kv.Value)
			}
		}
	}
}

// placed hears a struct's texts by their places, also in a slice or a map of it.
func (v voice) placed(lit *ast.CompositeLit, typ string, add func(ast.Expr)) {
	for i, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		} else if slices.Contains(v.structs[typ], i) {
			add(e)
		}
		if inner, ok := e.(*ast.CompositeLit); ok && inner.Type == nil {
			v.placed(inner, typ, add)
		}
	}
}

// typeName is the struct a literal is made of, also in []line{…} and map[string]line{…}.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.ArrayType:
		return typeName(e.Elt)
	case *ast.MapType:
		return typeName(e.Value)
	}
	name, _ := called(e)
	return name
}

func at(args []ast.Expr, positions []int, add func(ast.Expr)) {
	for _, i := range positions {
		if i < len(args) {
			add(args[i])
		}
	}
}

func values(e ast.Expr, add func(ast.Expr)) {
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return
	}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			add(kv.Value)
		}
	}
}
