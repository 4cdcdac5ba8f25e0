package public

import (
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/internal/link"
	"keepsake/web/page"
)

// tried is what the page behind a link of a test letter says.
type tried struct {
	Icon string
	Does string // what the link does for a reader, a catalogue id
}

// triedAt is what each address does for a reader, by the beginning of its route.
var triedAt = map[string]tried{
	"/u/": {"mail", "For a reader, this link leads to the page where one button takes them off the list."},
	"/p/": {"sliders-horizontal", "For a reader, this link leads to the page where they choose which letters they get."},
	"/v/": {"eye", "For a reader, this link shows the letter in their browser."},
	"/r/": {"message-square", "For a reader, this link leads to the campaign's page: to rate, to take part, to read the rules."},
	"/a/": {"vote", "For a reader, this link leads to the question with the answer they chose. It counts once they press the button there."},
	"/e/": {"calendar-days", "For a reader, this link puts the event into their calendar."},
}

// unlessTest runs h for readers. Behind a link of a test letter or a preview it says, in the letter's
// language, what the link does for them; whatever was asked for, nothing changes and nothing is counted.
func (p *pages) unlessTest(purpose link.Purpose, h func(*gin.Context) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		claims, err := p.site.Links.Open(purpose, c.Param("token"))
		if err != nil {
			return h(c) // which says so
		}
		lang, is := claims.Test()
		if !is {
			return h(c)
		}
		page.Speak(c, lang, p.site.Shop(c).Location())
		return p.site.Page(c, "public/test", triedAt[route(c.FullPath())])
	}
}

// route is how an address begins: "/u/".
func route(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + name + "/"
}
