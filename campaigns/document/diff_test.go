package document

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	diffBefore = `{"v":1,"blocks":[
{"id":"b1","type":"heading","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Spring sale begins"}]}]}},
{"id":"b2","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Tea is cheaper"}]}]}},
{"id":"b3","type":"image","asset":"a.png","alt":"A teapot"},
{"id":"b4","type":"button","label":"Look","href":"https://a.test"},
{"id":"b5","type":"columns","cols":[[{"id":"b6","type":"divider"}],[]]},
{"id":"b7","type":"poll","question":"Which?","options":["Green","Black"]},
{"id":"b8","type":"hologram","depth":3},
{"id":"b9","type":"footer"}]}`
	diffAfter = `{"v":1,"blocks":[
{"id":"b2","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Tea is cheaper"}]}]}},
{"id":"b1","type":"heading","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Summer sale begins"}]}]}},
{"id":"b4","type":"button","label":"Look","href":"https://b.test"},
{"id":"b3","type":"image","asset":"a.png","alt":"A teapot"},
{"id":"b5","type":"columns","cols":[[{"id":"b6","type":"divider","thickness":2}],[{"id":"n1","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"New"}]}]}}]]},
{"id":"b7","type":"poll","question":"Which?","options":["Green","White"]},
{"id":"b9","type":"footer","why":"You asked"}]}`
)

func TestTwoVersionsOfALetterAreComparedBlockByBlock(t *testing.T) {
	before, err := Parse(diffBefore)
	if err != nil {
		t.Fatal(err)
	}
	after, err := Parse(diffAfter)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(Compare(before, after), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/diff.golden"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the comparison changed; look at it and run with -update:\n%s", got)
	}
	if same := Compare(before, before); len(same) != 0 {
		t.Errorf("a letter differs from itself: %+v", same)
	}
}

func TestWordsThatStayComeAndGoMakeBothTexts(t *testing.T) {
	for _, c := range [][2]string{{"", ""}, {"a b c", "a x c"}, {"one two", "two one"}, {"", "new"}, {"gone", ""}, {"x  y\nz", "x y\nz z"},
		{strings.Repeat("long ", 3000), strings.Repeat("other ", 3000)}} {
		var before, after strings.Builder
		for _, p := range Words(c[0], c[1]) {
			if p.Op != "add" {
				before.WriteString(p.Text)
			}
			if p.Op != "del" {
				after.WriteString(p.Text)
			}
		}
		if before.String() != c[0] || after.String() != c[1] {
			t.Errorf("%.40q, %.40q became %.40q, %.40q", c[0], c[1], before.String(), after.String())
		}
	}
}
