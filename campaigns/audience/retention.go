package audience

import (
	"time"

	"keepsake/campaigns/fault"
)

// Retention says for how many months what people did is kept, one by one; 0 is for good. Campaigns' figures are kept
// whatever it says.
type Retention struct {
	Opens   int       `json:"opens"`
	Clicks  int       `json:"clicks"`
	Details int       `json:"details"` // what API events told besides their name and moment
	SavedAt time.Time `json:"saved_at"`
}

// The months that may be asked for: reports, home and the rule of soft bounces look back three.
const (
	LeastRetention = 3
	MostRetention  = 240
)

// Validate checks the months.
func (r Retention) Validate() error {
	var errs []error
	for field, months := range map[string]int{"opens": r.Opens, "clicks": r.Clicks, "details": r.Details} {
		if months != 0 && (months < LeastRetention || months > MostRetention) {
			errs = append(errs, fault.Field(field, "Write a number of months from %d to %d, or leave it empty to keep everything.", LeastRetention, MostRetention))
		}
	}
	return fault.Join(errs...)
}
