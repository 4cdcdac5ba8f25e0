package sending

import "time"

const (
	lead    = 8           // letters a transport may be ahead of its share
	absence = time.Second // after which one that does not ask is not waited for
)

// Bidder is a transport as the choice sees it.
type Bidder struct {
	ID       int64
	Priority int  // the lowest number goes first
	Weight   int  // its share among those of its priority
	Able     bool // healthy, and not at the end of its limits
}

// Turns shares letters out among transports that ask for them. Those that are not able, or
// do not ask because all their connections are busy, hold nobody up.
type Turns struct {
	share map[int64]float64   // letters by weight
	asked map[int64]time.Time // when last
}

// Mine reports whether it is id's turn, and counts its letter.
func (t *Turns) Mine(id int64, all []Bidder, now time.Time) bool {
	me, least, peers := t.field(id, all, now)
	if me.Weight <= 0 {
		return false
	}
	if t.share == nil {
		t.share, t.asked = map[int64]float64{}, map[int64]time.Time{}
	}
	if peers && now.Sub(t.asked[id]) > absence {
		t.share[id] = least // what was missed or had alone is not made up for
	}
	t.asked[id] = now
	if peers && (t.share[id]-least)*float64(me.Weight) >= lead {
		return false
	}
	t.share[id] += 1 / float64(me.Weight)
	return true
}

// field finds id's bid and the least share among the others of its priority that count. A
// bid of weight 0 means that a better priority is able, or that id is not.
func (t *Turns) field(id int64, all []Bidder, now time.Time) (me Bidder, least float64, peers bool) {
	for _, b := range all {
		if b.ID == id && b.Able {
			me = b
		}
	}
	for _, b := range all {
		switch {
		case !b.Able || b.ID == id:
		case b.Priority < me.Priority:
			return Bidder{}, 0, false
		case b.Priority == me.Priority && now.Sub(t.asked[b.ID]) <= absence:
			if share := t.share[b.ID]; !peers || share < least {
				least, peers = share, true
			}
		}
	}
	return me, least, peers
}

// Rest says that id has no letters, or waits for its own pace: until it asks again, nobody
// waits for it.
func (t *Turns) Rest(id int64) { delete(t.asked, id) }
