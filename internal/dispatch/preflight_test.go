package dispatch_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"keepsake/campaigns"
	"keepsake/internal/dispatch"
	"keepsake/internal/fetch"
	"keepsake/internal/mailer/smtptest"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// said is the first line about something that is no pass, filled in.
func said(lines []dispatch.Line, about string) string {
	for _, l := range lines {
		if l.About == about && l.Level != "pass" {
			return l.Level + ": " + fmt.Sprintf(l.Format, l.Args...)
		}
	}
	return ""
}

func TestThePreflightCountsThoseWhoLackAValue(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 3)
		nameless := storetest.Join(t, b.st, l.ID, "nameless@shop.test")
		nameless.FirstName = ""
		must(t, b.st.UpdateSubscriber(t.Context(), &nameless))
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, nil)
		for html, want := range map[string]string{
			"<p>{{ subscriber.first_name }}</p>":                                                   "warn: “First name” is empty for 1 of 4 people; they get no letter. Give it a fallback.",
			`<p>{{ subscriber.first_name | default: "friend" }}</p>`:                               "",
			"<p>{% if subscriber.first_name != blank %}{{ subscriber.first_name }}{% endif %}</p>": "",
			"<p>{{ subscriber.attributes.city }}</p>":                                              "fail: “city” is empty for everybody, so nobody would get this letter. Fill it in, or give it a fallback.",
			"<p>{{ subscriber.frist_name }}</p>":                                                   "fail: There is no value called “subscriber.frist_name”. Did you mean “subscriber.first_name”?",
		} {
			content := campaigns.Content{Lang: "en", Mode: "html", Subject: "Hello", HTML: html}
			lines, err := b.Preflight(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: content})
			must(t, err)
			if got := said(lines, "values"); got != want {
				t.Errorf("%s: %q; want %q", html, got, want)
			}
			for _, line := range lines {
				if line.About == "values" && line.Level != "pass" && (line.Field != "html" || line.At != 1 || line.Lang != "en") {
					t.Errorf("%s: it leads to %+v", html, line)
				}
			}
		}
	})
}

func TestABlockBeyondTheCampaignsKindIsSaidInWordsBeforeItIsSent(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 1)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, nil)
		for blocks, want := range map[string]string{
			`{"id":"x","type":"rating"}`:                                "fail: This kind of campaign does not collect ratings, so the answers would lead nowhere. Ask with a poll, or send this letter in a feedback campaign.",
			`{"id":"x","type":"coupon"}`:                                "fail: This kind of campaign has no code for each reader. Choose one code for everybody, or send this letter in a gift campaign.",
			`{"id":"x","type":"contest"}`:                               "fail: This kind of campaign has no prize to enter for. Remove the block, or send this letter in a contest.",
			`{"id":"x","type":"coupon","source":"shared","code":"A"}`:   "",
			`{"id":"x","type":"referral","href":"https://shop.test/f"}`: "",
		} {
			content := campaigns.Content{Lang: "en", Mode: "blocks", Subject: "Hello", Document: `{"v":1,"blocks":[` + blocks + `]}`}
			lines, err := b.Preflight(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: content})
			must(t, err)
			if got := said(lines, "letter"); got != want {
				t.Errorf("%s: %q; want %q", blocks, got, want)
			}
			for _, line := range lines {
				if strings.Contains(fmt.Sprintf(line.Format, line.Args...), "“data.") && line.Level != "pass" {
					t.Errorf("%s: and in a programmer's words: %+v", blocks, line)
				}
				if line.Level == "fail" && line.About == "letter" && line.Block != "x" {
					t.Errorf("%s: it leads to %+v", blocks, line)
				}
			}
		}
		content := campaigns.Content{Lang: "en", Mode: "blocks", Subject: "Hello", Document: `{"v":1,"blocks":[{"id":"x","type":"referral"}]}`}
		lines, err := b.Preflight(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: content})
		must(t, err)
		if got, want := said(lines, "values"), "fail: This kind of campaign has no link of each reader's own. Give the address they pass on."; got != want {
			t.Errorf("a referral without a link: %q; want %q", got, want)
		}
	})
}

func TestALetterInTwoLanguagesIsCountedForItsOwnReaders(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 2)
		maria := storetest.Join(t, b.st, l.ID, "maria@shop.test")
		maria.Lang, maria.FirstName = "bg", ""
		must(t, b.st.UpdateSubscriber(t.Context(), &maria))
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, func(c *campaigns.Campaign) {
			html := "<p>{{ subscriber.first_name }}</p>"
			c.Messages[0].Contents = []campaigns.Content{{Lang: "en", Mode: "html", Subject: "Hi", HTML: html}, {Lang: "bg", Mode: "html", Subject: "Hi", HTML: html}}
		})
		for i, want := range []string{"", "fail: “First name” is empty for everybody, so nobody would get this letter. Fill it in, or give it a fallback."} {
			lines, err := b.Preflight(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: c.Messages[0].Contents[i]})
			must(t, err)
			if got := said(lines, "values"); got != want {
				t.Errorf("%s: %q; want %q", c.Messages[0].Contents[i].Lang, got, want)
			}
		}
	})
}

func TestLinksAreOpenedInTheBackgroundAsASamplePersonGetsThem(t *testing.T) {
	opened := make(chan string, 9)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/gone") {
			http.NotFound(w, r)
		}
		opened <- r.URL.Path
	}))
	defer page.Close()
	shop := strings.Replace(page.URL, "127.0.0.1", "localhost", 1)
	clock := storetest.NewClock(tuesday)
	st := storetest.SQLite(t, clock)
	book := fetch.NewBook([]string{"localhost"}, clock.Now)
	d := newDispatcherWith(t, st, smtptest.Start(t), func(o *dispatch.Options) { o.Links = book })
	l := storetest.People(t, st, 1)
	c := storetest.Campaign(t, st, "newsletter", l.ID, nil)
	draft := dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: campaigns.Content{Lang: "en", Mode: "html", Subject: "Hi",
		HTML: `<a href="` + shop + `/fine/{{ subscriber.first_name }}">a</a>` + "\n" + `<a href="` + shop + `/gone">b</a><a href="mailto:a@b.test">c</a><a href="http://10.1.2.3/">d</a>`}}
	lines, err := d.Preflight(t.Context(), draft)
	must(t, err)
	if got := said(lines, "links"); got != "wait: 0 of 3 links have been opened so far." {
		t.Errorf("at first: %q", got)
	}
	book.Wait()
	lines, err = d.Preflight(t.Context(), draft)
	must(t, err)
	var got []string
	for _, l := range lines {
		if l.About == "links" {
			got = append(got, fmt.Sprintf(l.Level+": "+l.Format+" line %d", append(l.Args, l.At)...))
		}
	}
	want := []string{"warn: The link " + shop + "/gone leads to no page (the server answered 404). line 2",
		"warn: The link http://10.1.2.3/ leads into a private network: readers cannot open it. line 2", "pass: Links that lead somewhere: 1 of 3. line 0"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if path := <-opened; path != "/fine/Maria" && path != "/gone" {
		t.Errorf("opened %s", path)
	}
}

func TestAFaultInABlockLeadsThere(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 1)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, nil)
		content := campaigns.Content{Lang: "en", Mode: "blocks", Subject: "Hi", Document: `{"v":1,"blocks":[{"id":"b1","type":"button","label":"Go"},
			{"id":"b2","type":"html","code":"<div style=\"display:flex\">x</div>"},{"id":"b3","type":"image","asset":"x.png","alt":"Tea"}]}`}
		must(t, b.st.SaveAsset(t.Context(), &store.Asset{Asset: "x.png", Name: "tea.png", Type: "image/png", Bytes: 900 << 10, Width: 1, Height: 1}, 1<<30))
		lines, err := b.Preflight(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: content})
		must(t, err)
		places := map[string]string{}
		for _, l := range lines {
			if l.Level != "pass" && l.Block != "" {
				places[l.About] = l.Block + "." + l.Field
			}
		}
		if places["letter"] != "b1.href" || places["clients"] != "b2.html" || places["pictures"] != "b3." {
			t.Errorf("%v", places)
		}
	})
}

func TestAPictureInAColumnIsWeighedByTheFileThatIsShown(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 1)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, nil)
		moves := fmt.Sprintf("%024x", 1)
		must(t, b.st.SaveAsset(t.Context(), &store.Asset{Asset: moves + ".gif", Name: "tea.gif", Type: "image/gif", Bytes: 900 << 10, Stored: 1520 << 10, Width: 1200, Height: 900,
			Variants: `[{"Name":"` + moves + `-600.png","Width":600,"Height":450,"Bytes":614400},{"Name":"` + moves + `-320.png","Width":320,"Height":240,"Bytes":20480}]`}, 0))
		image := `{"id":"%s","type":"image","asset":"` + moves + `.gif","alt":"Tea"}`
		content := campaigns.Content{Lang: "en", Mode: "blocks", Subject: "Hi", Document: `{"v":1,"blocks":[{"id":"b1","type":"columns","layout":"50-50","cols":[[` +
			fmt.Sprintf(image, "b2") + `],[` + fmt.Sprintf(image, "b3") + `]]}]}`}
		lines, err := b.Preflight(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: content})
		must(t, err)
		if got := said(lines, "pictures"); got != "warn: The pictures have 600 KB together; the heaviest, “tea.gif”, has 600 KB." {
			t.Errorf("got %q", got)
		}
	})
}

func TestAReviewSaysTheSameOfEachLetter(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 1)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, nil)
		draft := dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: c.Messages[0].Contents[0]}
		one, err := b.Preflight(t.Context(), draft)
		must(t, err)
		all, err := b.Review(t.Context(), c)
		must(t, err)
		for _, line := range one {
			if !slices.ContainsFunc(all, func(l dispatch.Line) bool {
				return l.Format == line.Format && fmt.Sprint(l.Args) == fmt.Sprint(line.Args) && l.Where == c.Messages[0].Name && l.Lang == "en"
			}) {
				t.Errorf("the review lacks %+v", line)
			}
		}
	})
}

func TestThePreflightFailsAtWhatWouldRunCode(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		l := storetest.People(t, b.st, 1)
		c := storetest.Campaign(t, b.st, "newsletter", l.ID, nil)
		content := campaigns.Content{Lang: "en", Mode: "html", Subject: "Hello", HTML: "<p>Hello</p>\n<p onclick=\"x()\">a</p>\n<a href=\"javascript:x()\">b</a>"}
		lines, err := b.Preflight(t.Context(), dispatch.Draft{Campaign: c, Message: c.Messages[0], Content: content})
		must(t, err)
		var at []int
		for _, line := range lines {
			if line.Level == "fail" && strings.Contains(line.Format, "would run code") {
				at = append(at, line.At)
			}
		}
		if !slices.Equal(at, []int{2, 3}) {
			t.Errorf("lines %v of %+v", at, lines)
		}
	})
}
