package admin

import (
	"time"

	"keepsake/campaigns/fault"
	"keepsake/internal/media"
)

// What the pictures of one file may cost together: a hundred photographs of a letter are well
// below it.
const (
	budgetPixels = 300_000_000 // as media.Cost counts them
	budgetTime   = time.Minute
)

// pictureBudget is what is left for the pictures of one file.
type pictureBudget struct {
	pixels int
	until  time.Time
	now    func() time.Time
}

func (a *Admin) newBudget() *pictureBudget {
	return &pictureBudget{budgetPixels, a.Now().Add(budgetTime), a.Now}
}

// take is asked before a picture is unpacked.
func (b *pictureBudget) take(data []byte) error {
	b.pixels -= media.Cost(data)
	if b.pixels < 0 || b.now().After(b.until) {
		return fault.Field("file", "The pictures of this file take too long to read. Make them smaller first.")
	}
	return nil
}
