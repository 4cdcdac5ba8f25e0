package segment_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns/segment"
)

var update = flag.Bool("update", false, "write the table of tests into docs/shop.md")

const (
	shopDoc  = "../../docs/shop.md"
	docBegin = "<!-- Every test of a rule, written by: go test ./campaigns/segment -run Documented -update -->\n"
	docEnd   = "<!-- end of the tests -->\n"
)

func TestEveryTestOfARuleIsDocumented(t *testing.T) {
	b, err := os.ReadFile(shopDoc)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(b), docBegin)
	table, after, ended := strings.Cut(rest, docEnd)
	if !begun || !ended {
		t.Fatal("docs/shop.md has no place for the tests of rules")
	}
	if *update {
		if err := os.WriteFile(shopDoc, []byte(before+docBegin+documented()+docEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != documented() {
		t.Errorf("docs/shop.md is behind: run this test with -update. It should say:\n%s", documented())
	}
}

// documented is the table: fields of one kind, what may be asked of them, and what each takes; then what a happening's where takes.
func documented() string {
	var kinds []string
	fields, asks := map[string][]string{}, map[string]string{}
	put := func(f segment.Field, called string) {
		kind := string(f.Sort)
		switch {
		case f.Amount() || f.Name == "total":
			kind = "amount"
		case f.Sort == segment.Word && f.Named != "":
			kind = "number of a " + f.Named
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
			asks[kind] = asked(f)
		}
		if called = "`" + called + "`"; !slices.Contains(fields[kind], called) {
			fields[kind] = append(fields[kind], called)
		}
	}
	var where []string
	for _, f := range segment.Fields {
		put(f, f.Name)
	}
	for _, sort := range segment.Types {
		put(segment.Field{Name: segment.Attribute + "NAME", Sort: sort}, segment.Attribute+"NAME")
	}
	for _, f := range segment.Fields {
		var names []string
		for _, one := range f.Where {
			put(one, "where."+one.Name)
			names = append(names, "`"+one.Name+"`")
		}
		if len(names) > 0 {
			where = append(where, strings.Join(names, ", ")+"|`"+f.Name+"`")
		}
	}
	var out strings.Builder
	out.WriteString("\n| Kind of field | Fields | What `is` may be, and what it takes |\n|---|---|---|\n")
	for _, kind := range kinds {
		fmt.Fprintf(&out, "| %s | %s | %s |\n", kind, strings.Join(fields[kind], ", "), asks[kind])
	}
	out.WriteString("\n| What happened | Fields of its `where` |\n|---|---|\n")
	for len(where) > 0 {
		names, _, _ := strings.Cut(where[0], "|")
		var of []string
		where = slices.DeleteFunc(where, func(one string) bool {
			n, f, _ := strings.Cut(one, "|")
			if n == names {
				of = append(of, f)
			}
			return n == names
		})
		fmt.Fprintf(&out, "| %s | %s |\n", strings.Join(of, ", "), names)
	}
	return out.String() + "\n"
}

// asked are the tests of a field, those that take the same together.
func asked(f segment.Field) string {
	var takes []string
	tests := map[string][]string{}
	for _, is := range f.Tests() {
		needs := taken(f, is)
		if !slices.Contains(takes, needs) {
			takes = append(takes, needs)
		}
		tests[needs] = append(tests[needs], "`"+is+"`")
	}
	for i, needs := range takes {
		takes[i] = strings.Join(tests[needs], ", ") + ": " + needs
	}
	return strings.Join(takes, "; ")
}

func taken(f segment.Field, is string) string {
	needs := f.NeedsOf(is)
	var all []string
	switch {
	case needs.Values == 1 || needs.Values == needs.Least && needs.Values > 0:
		all = append(all, fmt.Sprintf("%d in `values`", needs.Values))
	case needs.Values > 0:
		all = append(all, fmt.Sprintf("%d to %d `values`", needs.Least, needs.Values))
	}
	if needs.Within && f.Sort == segment.Happening {
		all = append(all, "`within` and `times`, if you like")
	} else if needs.Within {
		all = append(all, "`within`")
	}
	return cmp.Or(strings.Join(all, " and "), "nothing more")
}

func TestAPlaceInARuleIsThatOfItsJSON(t *testing.T) {
	for path, want := range map[string]string{"rule": "rule", "rule.0": "rule.rules[0]", "rule.0.12": "rule.rules[0].rules[12]",
		"rule.3.where.1": "rule.rules[3].where[1]", "name": "name", "name.0": "name.0"} {
		if got := segment.JSONPath(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
