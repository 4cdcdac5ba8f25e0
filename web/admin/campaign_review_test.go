package admin

import (
	"fmt"
	"testing"
)

func TestADeadLinkIsSaidOnceWithAllItsLetters(t *testing.T) {
	in := func(text, lang string) reviewLine {
		return reviewLine{Text: text, To: "/" + lang, Where: []reviewPlace{{"news, " + lang, "/" + lang}}}
	}
	var lines []reviewLine
	for _, l := range []reviewLine{in("dead", "bg"), in("dead", "en"), in("other", "en"), in("dead", "en")} {
		lines = put(lines, l, true)
	}
	for _, l := range []reviewLine{in("no words", "bg"), in("no words", "en"), in("no words", "en")} {
		lines = put(lines, l, false)
	}
	want := "[{dead /bg  [{news, bg /bg} {news, en /en}]} {other /en  [{news, en /en}]} {no words /bg  [{news, bg /bg}]} {no words /en  [{news, en /en}]}]"
	if got := fmt.Sprint(lines); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
