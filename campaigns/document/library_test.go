package document

import (
	"testing"
)

func TestASavedBlockIsOneBlockAndNoFooter(t *testing.T) {
	for src, want := range map[string]string{
		`{"id":"b1","type":"spacer","height":8}`:                      `{"id":"b1","type":"spacer","height":8}`,
		` [{"id":"b1","type":"divider"},{"id":"b2","type":"footer"}]`: `{"id":"b1","type":"divider"}`,
		`[{"id":"b1","type":"divider"},{"id":"b2","type":"divider"}]`: "",
		`{"id":"f","type":"footer"}`:                                  "",
		`[]`:                                                          "",
		`{"id":"b1","type":"saved","ref":3}`:                          "",
		`{"id":"c","type":"columns","cols":[[{"id":"b1","type":"saved","ref":3}]]}`: "",
		`{"id":"b1"`: "",
		`"text"`:     "",
		`],"x":[`:    "",
	} {
		bs, err := ParseSaved(src)
		if (err != nil) != (want == "") {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if err != nil {
			continue
		}
		got, err := bs.SavedJSON()
		if err != nil || got != want {
			t.Errorf("%s became %s, %v; want %s", src, got, err, want)
		}
	}
}

func FuzzParseSaved(f *testing.F) {
	f.Add(`{"id":"b1","type":"divider"}`)
	f.Add(`[{"type":"columns","cols":[[{"type":"text"}]]}]`)
	f.Fuzz(func(t *testing.T, src string) {
		bs, err := ParseSaved(src)
		if err != nil {
			return
		}
		kept, err := bs.SavedJSON()
		if err != nil {
			t.Fatalf("%q is kept as %q, %v", src, kept, err)
		}
		if _, err := ParseSaved(kept); err != nil {
			t.Errorf("what is kept cannot be read again: %q, %v", kept, err)
		}
	})
}

func TestTheSavedBlocksOfALetterAreFound(t *testing.T) {
	const src = `{"v":1,"blocks":[{"id":"a","type":"saved","ref":3},{"id":"c","type":"columns","cols":[[{"id":"b","type":"saved","ref":4}],[{"id":"d","type":"saved","ref":3}]]},{"id":"t","type":"text","ref":9}]}`
	if got := Refs(src); len(got) != 2 || got[0] != 3 || got[1] != 4 {
		t.Errorf("got %v", got)
	}
	for _, none := range []string{"", "[", `{"blocks":"saved"}`, `{"type":"saved","ref":"x"}`} {
		if got := Refs(none); got != nil {
			t.Errorf("%s: %v", none, got)
		}
	}
}
