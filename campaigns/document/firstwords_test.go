package document

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatANewBlockBeganWithIsFoundUntilItIsReplaced(t *testing.T) {
	d, err := Parse(`{"v":1,"blocks":[
		{"id":"h","type":"heading","level":2,"rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Заглавие"}]}]}},
		{"id":"c","type":"columns","layout":"50-50","cols":[[{"id":"t","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Write here."}]}]}}],[]]},
		{"id":"p","type":"poll","question":"Which tea?","options":["Green","The second","The third"]},
		{"id":"g","type":"products","source":"manual","items":[{"title":"A product"},{"title":"Stoneware cup (sample)"},{"title":"Lamp"}]},
		{"id":"q","type":"quote","author":"Name","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Write here. It is lovely."}]}]}},
		{"id":"b","type":"button","label":"Read more","href":"https://shop.test"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(d.Leftovers())
	if want := "[{h rich [Заглавие]} {t rich [Write here.]} {p options [The second The third]} {g items [A product Stoneware cup (sample)]} {q author [Name]}]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEveryLanguageHasTheSameFirstWords(t *testing.T) {
	for _, name := range toReplace {
		if n := strings.Count(string(firstWords), "\n  \""+name+"\": "); n != 3 {
			t.Errorf("%s is said in %d languages", name, n)
		}
	}
}

func TestWhatALetterSaysIsTheSameHoweverItLooks(t *testing.T) {
	text := func(id, mark, words string) string {
		return fmt.Sprintf(`{"v":1,"blocks":[{"id":"%s","type":"text","style":{"bg":"#ff0000"},"rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"%s"%s}]}]}}]}`, id, words, mark)
	}
	said := func(src string) string {
		d, err := Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		return d.Said()
	}
	bold := `,"marks":[{"type":"strong"}]`
	if said(text("a", "", "Tea")) != said(text("b", bold, "Tea")) || said(text("a", bold, "Tea")) == said(text("a", bold, "Coffee")) {
		t.Error("the looks count, or the words do not")
	}
}
