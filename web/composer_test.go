package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// gated shows its first block to those who are called Ana alone, and greets them by an attribute that nobody has.
const gated = `{"v":1,"lang":"en","blocks":[
 {"id":"b1","type":"text","show":{"match":"all","rules":[{"path":"subscriber.first_name","is":"is","value":"ana"}]},"rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Only for Ana"}]}]}},
 {"id":"b2","type":"text","rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"chip","attrs":{"path":"subscriber.attributes.city"}}]}]}},
 {"id":"b3","type":"text","show":{"match":"any","rules":[{"path":"data.code","is":"filled"}]},"rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"A code"}]}]}}]}`

// draft is a newsletter to the shop's people, and where its English letter is.
func (s shop) draft() (letter string, body map[string]any) {
	_, at := s.begin("newsletter")
	want(s.t, s.post(at+"/audience", "in", fmt.Sprint(s.list.ID)), http.StatusSeeOther)
	return at + "/messages/news/en", map[string]any{"version": 1, "mode": "blocks", "subject": "News", "preheader": "", "document": json.RawMessage(gated)}
}

func TestAConditionSaysHowManyGetTheBlock(t *testing.T) {
	s := newShop(t, 3)
	letter, body := s.draft()
	r, out := s.ask(letter+"/branches", body)
	if r.Code != http.StatusOK || out["people"] != 3.0 {
		t.Fatalf("%d %v", r.Code, out)
	}
	blocks := out["blocks"].(map[string]any)
	if b := blocks["b1"].(map[string]any); b["of"] != 3.0 || b["shown"].(float64) < 1 {
		t.Errorf("of those called Ana: %v", b)
	}
	if b := blocks["b3"].(map[string]any); b["letter"] != true {
		t.Errorf("what only the letter knows is counted: %v", b)
	}
	if _, counted := blocks["b2"]; counted {
		t.Error("a block without a condition is counted")
	}
}

func TestThePreflightNamesTheBlockWhoseValueIsEmpty(t *testing.T) {
	s := newShop(t, 3)
	letter, body := s.draft()
	r, out := s.ask(letter+"/preflight", body)
	if r.Code != http.StatusOK {
		t.Fatalf("%d %v", r.Code, out)
	}
	var found bool
	for _, l := range out["lines"].([]any) {
		line := l.(map[string]any)
		text, _ := line["text"].(string)
		if line["block"] == "b2" && strings.Contains(text, "empty for everybody") && line["level"] == "fail" {
			found = true
		}
		if text == "" {
			t.Errorf("a line without words: %v", line)
		}
	}
	if !found {
		t.Errorf("nobody says that none of them has a city: %v", out["lines"])
	}
}

func TestPeopleWorthALookAreFoundForTheLetter(t *testing.T) {
	s := newShop(t, 3)
	letter, body := s.draft()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r := s.do(httptest.NewRequest(http.MethodPost, "http://shop.test"+letter+"/stand-ins", strings.NewReader(string(b))), []string{"Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"})
	want(t, r, http.StatusOK, `"why":"longest"`, `"why":"lacking","path":"subscriber.attributes.city"`, `"why":"shown","block":"b1"`)
}

func TestTheAddressesOfTestsAreRemembered(t *testing.T) {
	s := newShop(t, 1)
	letter, _ := s.draft()
	r, out := s.ask("/campaigns/seeds", map[string]any{"seeds": []string{"ana@seed.test", "ivan@seed.test"}})
	if r.Code != http.StatusOK {
		t.Fatalf("%d %v", r.Code, out)
	}
	want(t, s.get(letter), http.StatusOK, "ana@seed.test", "ivan@seed.test")
	if r, _ := s.ask("/campaigns/seeds", map[string]any{"seeds": []string{"no address"}}); r.Code != http.StatusUnprocessableEntity {
		t.Errorf("what is no address is kept: %d", r.Code)
	}
	many := strings.Split(strings.Repeat("a@seed.test,", 11), ",")[:11]
	for i := range many {
		many[i] = fmt.Sprint(i, many[i])
	}
	if r, _ := s.ask("/campaigns/seeds", map[string]any{"seeds": many}); r.Code != http.StatusUnprocessableEntity {
		t.Errorf("eleven addresses are kept: %d", r.Code)
	}
}

func TestALanguageThatNobodyWroteIsNamedWithTheWayToIt(t *testing.T) {
	s := newShop(t, 3)
	letter, body := s.draft()
	_, out := s.ask(letter+"/preflight", body)
	hrefs := map[string]any{}
	for _, l := range out["lines"].([]any) {
		line := l.(map[string]any)
		hrefs[line["text"].(string)] = line["href"]
	}
	bulgarian := strings.TrimSuffix(letter, "en") + "bg"
	if got := hrefs["Bulgarian is still the sample text you began with."]; got != bulgarian {
		t.Errorf("it leads to %v; want %s", got, bulgarian)
	}
	if r, out := s.ask(letter+"/save", body); r.Code != http.StatusOK {
		t.Fatalf("%d %v", r.Code, out)
	}
	want(t, s.get(strings.TrimSuffix(letter, "/messages/news/en")+"/review"), http.StatusOK,
		`<a href="`+bulgarian+`">Bulgarian is still the sample text you began with.</a>`, "Russian is still the sample text")
}
