package render

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/templates"
)

var update = flag.Bool("update", false, "write the golden files anew")

var brand = Brand{Name: "Lindenhof & Sons", Address: "12 Orchard Lane, 1000 Sofia", URL: "https://shop.test"}

func opened(t testing.TB) *Catalog {
	t.Helper()
	c, err := LoadCatalog(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sampleData is what each kind's Data looks like to a letter.
func sampleData() any {
	ends := time.Date(2026, 5, 31, 15, 0, 0, 0, time.UTC)
	return struct {
		Reward, Terms, Code                string
		ExpiresAt                          *time.Time
		Prize, Organiser, Question, Answer string
		Starts, Ends                       time.Time
		Items                              []campaigns.Item
	}{"a bag of our new tea", "One per person, while we have some.", "LINDE-7K3Q", &ends,
		"A weekend for two in Plovdiv", "Lindenhof & Sons, 12 Orchard Lane, Sofia", "", "", ends.AddDate(0, -1, 0), ends,
		[]campaigns.Item{
			{Title: "How to season a pan that lasts", URL: "https://shop.test/pan?a=1&b=2", Excerpt: "Three thin coats, one patient hour. The rest is cooking."},
			{Title: "Why <linen> gets better", URL: "https://shop.test/linen", Excerpt: ""},
		}}
}

func sampleValues() Values {
	return Values{Subscriber: audience.Subscriber{Email: "mira@mail.test", FirstName: "Mira", LastName: "Petrova", Lang: "en"}, Shop: brand,
		Order: &audience.Order{Number: "1042", Items: []audience.Item{{Name: "Stoneware teapot", Quantity: 1}}},
		Data:  sampleData(), Campaign: "Spring", Now: time.Date(2026, 5, 2, 9, 0, 0, 0, time.UTC),
		Links: map[string]string{"unsubscribe": "https://k.test/u/t0ken", "preferences": "https://k.test/p/t0ken", "view": "https://k.test/v/t0ken",
			"respond": "https://k.test/r/t0ken", "public": "https://k.test/c/7"}}
}

func eachStarter(t *testing.T, visit func(t *testing.T, name string, c campaigns.Content)) {
	for _, k := range campaigns.Kinds {
		for _, m := range k.New().Starter().Messages {
			for _, lang := range audience.Languages {
				c, err := Starter(k.Name, m.Name, lang, templates.FS)
				if err != nil {
					t.Fatal(err)
				}
				t.Run(k.Name+"."+m.Name+"."+lang, func(t *testing.T) { visit(t, k.Name+"."+m.Name+"."+lang, c) })
			}
		}
	}
}

func TestEachStarterIsALetter(t *testing.T) {
	cat := opened(t)
	eachStarter(t, func(t *testing.T, name string, c campaigns.Content) {
		l, err := Compile(c, Options{BaseURL: "https://k.test", Brand: brand, Catalog: cat, Data: sampleData()})
		if err != nil {
			t.Fatal(err)
		}
		if u := l.Unknown(); len(u) > 0 {
			t.Errorf("unknown merge tags: %+v", u)
		}
		v := sampleValues()
		v.Subscriber.Lang = c.Lang
		out, err := l.Render(v)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".html", out.HTML)
		golden(t, name+".txt", "Subject: "+out.Subject+"\nPreheader: "+out.Preheader+"\n\n"+out.Text)
	})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s changed; look at it and run with -update", file)
	}
}

func TestAKindWithoutALetterBeginsWithTheNewsletters(t *testing.T) {
	c, err := Starter("hologram", "first", "bg-BG", templates.FS)
	if err != nil || c.Lang != "bg" || !strings.Contains(c.Document, "Здравейте") {
		t.Errorf("got %v, %v", c.Subject, err)
	}
}
