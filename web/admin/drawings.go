package admin

import (
	"io/fs"
	"strings"

	"github.com/gin-gonic/gin"
)

// drawingNames are what the program's own drawings show; each stands in the catalogue.
var drawingNames = map[string]string{
	"book": "An open book and a cup", "cake": "A birthday cake", "clock": "An alarm clock", "contest": "A box full of confetti", "door": "An open door at night",
	"film": "A film on a laptop", "gift": "A wrapped gift", "hourglass": "An hourglass", "item-box": "A gift box", "item-cup": "A cup of tea", "item-lamp": "A table lamp",
	"item-plant": "A plant in a pot", "item-spool": "A spool of thread with a needle", "key": "A key with a tag", "laptop": "A talk on a laptop",
	"launch": "A teapot in the limelight", "microphone": "A microphone", "mugs": "Two mugs and a heart", "news": "A newspaper and a cup", "parcel": "A teapot in a parcel",
	"person-1": "A woman with glasses", "person-2": "A man with a grey beard", "price": "Price tags", "rating": "A card with five stars", "season": "A calendar with autumn leaves",
	"shop": "A shop front", "steps": "Steps up to a flag", "survey": "A list of questions and a pencil", "thread": "Threads and buttons", "trophy": "A trophy",
	"wrapping": "Gifts in the snow",
}

// drawing is one of the program's own drawings, named in the reader's language.
type drawing struct {
	Asset string `json:"asset"`
	Name  string `json:"name"`
}

// drawings are the program's own art, but for the signs that blocks draw themselves.
func (a *Admin) drawings(c *gin.Context) (all []drawing) {
	if a.Art == nil {
		return nil
	}
	files, _ := fs.Glob(a.Art, "art-*.png") // the pattern is a good one
	for _, f := range files {
		if artName.MatchString(f) && f != "art-play.png" && !strings.HasPrefix(f, "art-social-") {
			all = append(all, drawing{f, a.drawingName(c, f)})
		}
	}
	return all
}

// drawingName says what a drawing shows; a new one is called as its file until it has a name.
func (a *Admin) drawingName(c *gin.Context, file string) string {
	plain := strings.TrimSuffix(strings.TrimPrefix(file, "art-"), ".png")
	if name, ok := drawingNames[plain]; ok {
		return a.T(c, name)
	}
	return strings.ReplaceAll(plain, "-", " ")
}
