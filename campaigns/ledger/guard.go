package ledger

// Guard says when a run has done enough harm to stop by itself. After that many letters it
// goes by shares; before, when a share says little, by the floors.
type Guard struct {
	After      int64   // letters handed over
	Hard       float64 // hard bounces in percent of them; 0 is off
	Complaints float64 // complaints in percent of them; 0 is off
}

// The floors: so many pause a run that has not come to Guard.After letters yet.
const (
	HardFloor      = 50
	ComplaintFloor = 5
)

// Growth is how many times the share must become of that with which a person let a run go on.
const Growth = 1.5

// What paused a run by itself, Guarded.By.
const (
	ByHard      = "hard"
	ByComplaint = "complaint"
)

// Guarded is what the guard knows of a run.
type Guarded struct {
	By              string  `json:"guarded,omitempty" gorm:"column:guarded"` // ByHard or ByComplaint while it stands paused for it
	HardPassed      float64 `json:"-"`                                       // the share with which a person let it go on, in percent
	ComplaintPassed float64 `json:"-"`
}

// HandedOver is how many letters a server was asked to take.
func (c Counts) HandedOver() int64 { return c.Sent + c.Failed + c.Unsure }

// HardShare is the hard bounces in percent of the letters handed over.
func (c Counts) HardShare() float64 { return c.percent(c.HardBounced) }

// ComplaintShare is the complaints in percent of the letters handed over.
func (c Counts) ComplaintShare() float64 { return c.percent(c.Complained) }

func (c Counts) percent(n int64) float64 {
	return float64(n) * 100 / float64(max(c.HandedOver(), n, 1))
}

// Trips says what pauses a run: ByHard, ByComplaint, or "" when nothing does.
func (g Guard) Trips(c Counts, was Guarded) string {
	switch {
	case g.over(c, c.HardBounced, g.Hard, was.HardPassed, HardFloor):
		return ByHard
	case g.over(c, c.Complained, g.Complaints, was.ComplaintPassed, ComplaintFloor):
		return ByComplaint
	}
	return ""
}

func (g Guard) over(c Counts, n int64, most, passed float64, floor int64) bool {
	share := c.percent(n)
	if most <= 0 || n == 0 || passed > 0 && share < Growth*passed {
		return false
	}
	if c.HandedOver() >= g.After {
		return share > most
	}
	return n >= floor && float64(n)*100 >= most*float64(g.After)
}
