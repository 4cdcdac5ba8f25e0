package audience

import (
	"slices"
	"strings"

	"keepsake/campaigns/fault"
)

// Bulk is one thing done to many people in the background.
type Bulk struct {
	Do        string    `json:"do"` // one of BulkActions, or BulkUndo
	Who       Selection `json:"who"`
	List      int64     `json:"list_id,omitempty"`
	Wording   string    `json:"wording,omitempty"`   // what these people agreed to, when they are put on a list
	Attribute string    `json:"attribute,omitempty"` // its key
	Value     string    `json:"value,omitempty"`     // in its one form; of a list one item
	Undoes    int64     `json:"undoes,omitempty"`    // the job that BulkUndo takes back
	Reader    string    `json:"reader,omitempty"`    // language of what is said when it fails
}

// What can be done to many people.
const (
	BulkJoin     = "join"     // put on a list, as confirmed
	BulkLeave    = "leave"    // taken off a list
	BulkSet      = "set"      // an attribute gets a value
	BulkClear    = "clear"    // an attribute is taken away
	BulkAdd      = "add"      // an item to an attribute that is a list
	BulkTake     = "take"     // an item off it
	BulkSuppress = "suppress" // never mailed again
	BulkDelete   = "delete"   // erased
	BulkUndo     = "undo"     // another job's work is taken back
)

// BulkActions are those that one can ask for.
var BulkActions = []string{BulkJoin, BulkLeave, BulkSet, BulkClear, BulkAdd, BulkTake, BulkSuppress, BulkDelete}

// MostDeleted is how many people one job deletes: nothing brings them back.
const MostDeleted = 10_000

// Selection is who is meant: the people of these numbers or, without any, all who fit everything that is said.
type Selection struct {
	IDs       []int64 `json:"ids,omitempty"`
	Search    string  `json:"search,omitempty"` // part of an address or a name
	List      int64   `json:"list_id,omitempty"`
	State     State   `json:"state,omitempty"` // on List, "" is confirmed; without List on any; "any" is whatever
	Lang      string  `json:"lang,omitempty"`
	Segment   int64   `json:"segment_id,omitempty"`
	Attribute string  `json:"attribute,omitempty"` // a key
	Value     string  `json:"value,omitempty"`     // of Attribute; "" is any
}

// Everybody reports whether the selection leaves nobody out.
func (s Selection) Everybody() bool { return len(s.IDs) == 0 && !s.filtered() }

// filtered reports whether anything but numbers says who is meant; of no list any state is everybody's.
func (s Selection) filtered() bool {
	return s.Search != "" || s.List != 0 || s.State != "" && s.State != "any" || s.Lang != "" || s.Segment != 0 || s.Attribute != "" || s.Value != ""
}

// Mail reports whether undoing it may bring mail to somebody again.
func (b Bulk) Mail() bool { return slices.Contains([]string{BulkJoin, BulkLeave, BulkSuppress}, b.Do) }

// OfAttribute reports whether it changes an attribute.
func (b Bulk) OfAttribute() bool {
	return slices.Contains([]string{BulkSet, BulkClear, BulkAdd, BulkTake}, b.Do)
}

// Validate refuses what cannot be meant; of is the attribute that it changes.
func (b *Bulk) Validate(of Attribute) error {
	b.Wording = CleanName(b.Wording)
	switch {
	case len(b.Who.IDs) > 0 && b.Who.filtered():
		return fault.Field("who", "Say which people by their numbers or by filters, not both.")
	case b.Who.Value != "" && b.Who.Attribute == "":
		return fault.Field("who", "Say of which attribute the value is.")
	case !slices.Contains(BulkActions, b.Do):
		return fault.Field("do", "“%s” cannot be done to many people.", show(CleanName(b.Do)))
	case (b.Do == BulkJoin || b.Do == BulkLeave) && b.List == 0:
		return fault.Field("list_id", "Say which list.")
	case b.Do == BulkJoin && b.Wording == "":
		return fault.Field("wording", "Say what these people agreed to, and where: it is your proof.")
	case !b.OfAttribute():
		return nil
	}
	if err := ValidKey(b.Attribute); err != nil {
		return err
	}
	return b.validateValue(of)
}

func (b *Bulk) validateValue(of Attribute) error {
	if b.Do == BulkClear {
		return nil
	}
	if (b.Do == BulkAdd || b.Do == BulkTake) && of.Type != ListAttribute {
		return fault.Field("attribute", "“%s” is not a list: it has no items to add or take away.", show(of.Key))
	}
	value, err := of.Canonical(b.Value)
	if b.Value = value; err == nil && value == "" {
		err = fault.Field("value", "Say which value.")
	}
	return err
}

// Changed is what the value of an attribute becomes; "" is none.
func (b Bulk) Changed(was string) string {
	switch b.Do {
	case BulkSet:
		return b.Value
	case BulkAdd:
		return strings.Join(Listed(was+"; "+b.Value), "; ")
	case BulkTake:
		gone := Listed(b.Value)
		return strings.Join(slices.DeleteFunc(Listed(was), func(item string) bool {
			return slices.ContainsFunc(gone, func(g string) bool { return strings.EqualFold(g, item) })
		}), "; ")
	}
	return ""
}

// Back is the value that undoing leaves: what was there before, unless somebody changed it since. The items that came or went,
// of those that were meant, are then taken or added alone.
func (b Bulk) Back(was, now string) string {
	became := b.Changed(was)
	change := Bulk{}
	switch {
	case now == became:
		return was
	case b.Do == BulkAdd:
		change = Bulk{Do: BulkTake, Value: Bulk{Do: BulkTake, Value: was}.Changed(became)}
	case b.Do == BulkTake:
		change = Bulk{Do: BulkAdd, Value: Bulk{Do: BulkTake, Value: became}.Changed(was)}
	}
	if change.Value == "" {
		return now
	}
	return change.Changed(now)
}

// BulkCounts are what became of the people of a bulk job.
type BulkCounts struct {
	Chosen       int64 `json:"chosen"`       // whom it is about
	Changed      int64 `json:"changed"`      // to whom it was done
	Same         int64 `json:"same"`         // for whom it was so already
	Unsubscribed int64 `json:"unsubscribed"` // left out: they left the list
	Suppressed   int64 `json:"suppressed"`   // left out: they are never mailed
	Pending      int64 `json:"pending"`      // left out: they have not confirmed yet
	Full         int64 `json:"full"`         // left out: their list would be longer than MaxAttributeValue
	Since        int64 `json:"since"`        // left out: they changed since (of an undo), or a letter to them is leaving (of a deletion)
}

// Add sums two parts of one job.
func (c BulkCounts) Add(d BulkCounts) BulkCounts {
	return BulkCounts{c.Chosen + d.Chosen, c.Changed + d.Changed, c.Same + d.Same, c.Unsubscribed + d.Unsubscribed, c.Suppressed + d.Suppressed, c.Pending + d.Pending, c.Full + d.Full, c.Since + d.Since}
}

// Done is with how many people the job is through.
func (c BulkCounts) Done() int64 {
	return c.Changed + c.Same + c.Unsubscribed + c.Suppressed + c.Pending + c.Full + c.Since
}
