package campaigns

import (
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// Design is a letter without a campaign, kept to begin others with.
type Design struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind"` // the kind of campaign it was made for
	Archived  bool      `json:"archived"`
	Content   Content   `json:"content"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	UpdatedBy string    `json:"updated_by"`
}

// mostName is how long the name of a design, a saved block or a version may be, in runes.
const mostName = 120

// CleanTitle makes a name fit to be kept; an empty or endless one is a fault about the field.
func CleanTitle(field, name string) (string, error) {
	name = audience.CleanName(name)
	if name == "" {
		return "", fault.Field(field, "Give it a name.")
	}
	if len([]rune(name)) > mostName {
		return "", fault.Field(field, "The name has more than %d characters.", mostName)
	}
	return name, nil
}

// Validate cleans the name and the kind.
func (d *Design) Validate() (err error) {
	if d.Name, err = CleanTitle("name", d.Name); err != nil {
		return err
	}
	_, err = KindInfo(d.Kind)
	return err
}

// SavedBlock is a block that several letters show.
type SavedBlock struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Block     string    `json:"block"` // JSON of one block
	Version   int       `json:"version"`
	Archived  bool      `json:"archived"`
	UpdatedAt time.Time `json:"updated_at"`
	UpdatedBy string    `json:"updated_by"`
}

// Use is a letter that shows a saved block by a link. Design is its number when it is one.
type Use struct {
	Block    int64
	Design   int64
	Campaign int64
	Name     string // of the campaign or the design
	State    string // of the campaign
	Message  string
	Lang     string
}

// Over reports whether all that the letter's campaign owed has left.
func (u Use) Over() bool { return u.State == Finished || u.State == Cancelled }
