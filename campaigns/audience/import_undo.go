package audience

// UndoPoint is how far the undoing of an import is.
type UndoPoint struct {
	Phase string `json:"phase,omitempty"` // "" until it begins
	After int64  `json:"after,omitempty"` // within the phase
}

// The phases of an undoing, in order.
const (
	UndoChanges = "changes"
	UndoOrders  = "orders"
	UndoPeople  = "people"
	UndoOver    = "over"
)

// UndoCounts are what came of undoing an import.
type UndoCounts struct {
	Removed        int64 `json:"removed"`         // people the import made, taken away
	Restored       int64 `json:"restored"`        // people it changed, put back
	Places         int64 `json:"places"`          // places on the list that are as they were
	Orders         int64 `json:"orders"`          // orders it made, taken away
	OrdersRestored int64 `json:"orders_restored"` // orders it changed, put back
	Attributes     int64 `json:"attributes"`      // attributes it made, taken away as nothing else uses them
	Left           int64 `json:"left"`            // what was changed since, or must stay
}

// Add sums two parts of one undoing.
func (c UndoCounts) Add(d UndoCounts) UndoCounts {
	return UndoCounts{Removed: c.Removed + d.Removed, Restored: c.Restored + d.Restored, Places: c.Places + d.Places,
		Orders: c.Orders + d.Orders, OrdersRestored: c.OrdersRestored + d.OrdersRestored, Attributes: c.Attributes + d.Attributes, Left: c.Left + d.Left}
}

// All is how much was done.
func (c UndoCounts) All() int64 { return c.Removed + c.Restored + c.Orders + c.OrdersRestored }
