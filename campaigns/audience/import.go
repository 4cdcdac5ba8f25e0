package audience

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"keepsake/campaigns/fault"
)

// Import says how a file of people, or of their orders, is read, and what becomes of them.
type Import struct {
	Name      string            `json:"name"`      // the file's, as it was uploaded
	Of        string            `json:"of"`        // OfPeople or OfOrders
	Encoding  string            `json:"encoding"`  // "" is guessed; XLSX is a workbook
	Delimiter string            `json:"delimiter"` // one sign; "" is guessed
	Sheet     string            `json:"sheet"`     // of a workbook; "" is the first
	NoHeader  bool              `json:"no_header"` // the first line is a person already
	Header    []string          `json:"header"`    // the columns' names, as the file was looked at
	Leaving   []string          `json:"leaving"`   // columns whose words say that people left, and whatever they are called
	Mapping   []string          `json:"mapping"`   // for each column one of Fields, "attributes.<key>", "lists.<label>", or "" to leave it out
	List      int64             `json:"list_id"`   // 0: people are known afterwards, but on no list
	State     State             `json:"state"`     // on List: one of ImportStates. A column can only say less
	Wording   string            `json:"wording"`   // what these people agreed to
	Existing  string            `json:"existing"`  // UpdateKnown or KeepKnown, where Rules says nothing
	Rules     map[string]string `json:"rules"`     // by field: what becomes of what we know of a person
	Types     map[string]string `json:"types"`     // of attributes that are new, by key
	Lang      string            `json:"lang"`      // of those whose language the file does not tell
	Dry       bool              `json:"dry_run"`   // only count what would happen
	Undo      bool              `json:"undo"`      // it is over, and is to be taken back
	Reader    string            `json:"reader"`    // language of the reasons why lines were left out
	Orders    OrderOptions      `json:"orders"`
	// Attributes are those that are registered when the import begins, Lists those there are.
	Attributes []Attribute `json:"-"`
	Lists      []List      `json:"-"`
}

// What the lines of a file are.
const (
	OfPeople = "people"
	OfOrders = "orders"
)

// What an import does to people we know already.
const (
	UpdateKnown = "update" // what the file tells replaces what we know; an empty cell never does
	KeepKnown   = "keep"   // they only join the list
)

// What an import does to one field of a person we know. An empty cell does nothing.
const (
	Overwrite = "overwrite" // the file counts
	FillEmpty = "fill"      // the file counts where we know nothing
	KeepField = "keep"      // what we know stays, though it be nothing
	AddItems  = "add"       // of a list: what is new in the file comes to what is there
)

// MergeRules are all rules.
var MergeRules = []string{Overwrite, FillEmpty, KeepField, AddItems}

// The states that only a file tells.
const (
	Declined State = "declined" // does not agree: is taken off the list and put on none
	Nowhere  State = "none"     // never agreed, or the file does not tell: is put on no list
)

// ImportStates are what a whole file's people may be on the list, at most: the first is the usual one.
var ImportStates = []State{Confirmed, Pending, Nowhere, Unsubscribed}

// caution orders states by how little they allow.
var caution = []State{"", Confirmed, Pending, Nowhere, Declined, Unsubscribed}

// Cautious is the state of the two that allows less. "" says nothing.
func Cautious(a, b State) State {
	return caution[max(slices.Index(caution, a), slices.Index(caution, b), 0)]
}

// ImportFields are what a column may be, besides "attributes.<key>". "name" is a full name, "attributes" a JSON object; who
// has anything in left_at has left, in bounced_at cannot be reached; blocked is yes, or why.
var ImportFields = []string{"email", "first_name", "last_name", "name", "lang", "zone", "state", "left_at", "bounced_at", "blocked",
	"consent_at", "consent_ip", "consent_source", "attributes"}

// Rule is what the import does to a field of a person we know.
func (i Import) Rule(field string) string {
	if r := i.Rules[field]; r != "" {
		return r
	}
	if i.Existing == KeepKnown {
		return KeepField
	}
	return Overwrite
}

// Full refuses what is merged into an attribute where it would be longer than an attribute can be.
func (i Import) Full(key, known, told string) *fault.Error {
	if merged := i.Merge("attributes."+key, known, told); merged != known && utf8.RuneCountInString(merged) > MaxAttributeValue {
		return fault.Field(key, "With what the file adds, the list “%s” would be longer than %d characters: nothing of the line was taken. Take items away from it first, or overwrite it.", show(key), MaxAttributeValue)
	}
	return nil
}

// Merge is what is known of a field afterwards.
func (i Import) Merge(field, known, told string) string {
	rule := i.Rule(field)
	switch {
	case told == "" || rule == KeepField || rule == FillEmpty && known != "":
		return known
	case rule == AddItems:
		return strings.Join(Listed(known+";"+told), "; ")
	}
	return told
}

// Validate puts the choices right and refuses what cannot be meant.
func (i *Import) Validate() error {
	i.Wording = CleanName(i.Wording)
	if i.State == "" {
		i.State = Confirmed
	}
	if i.Existing == "" {
		i.Existing = UpdateKnown
	}
	if i.Of == "" {
		i.Of = OfPeople
	}
	switch {
	case i.Of != OfPeople && i.Of != OfOrders:
		return fault.Field("of", "A file is one of people or of orders.")
	case !slices.Contains(ImportStates, i.State):
		return fault.Field("state", "People are imported as confirmed, pending, unsubscribed, or on no list.")
	case i.Existing != UpdateKnown && i.Existing != KeepKnown:
		return fault.Field("existing", "People we know are updated or kept.")
	case i.State == Confirmed && i.Wording == "" && (i.List != 0 || len(i.PlaceColumns()) > 0):
		return fault.Field("wording", "Say what these people agreed to, and where: it is your proof.")
	}
	return fault.Join(i.validateRules(), i.validatePlaces(), i.Orders.validate())
}

func (i *Import) validateRules() error {
	for field, rule := range i.Rules {
		key, attribute := strings.CutPrefix(field, "attributes.")
		known := Attribute{Type: i.Types[key]}
		if n := slices.IndexFunc(i.Attributes, func(a Attribute) bool { return a.Key == key }); n >= 0 {
			known = i.Attributes[n]
		}
		switch {
		case !IsField(field, ImportFields) || !slices.Contains(MergeRules, rule):
			return fault.Field("rules", "“%s” cannot be merged by “%s”: name a field, and overwrite, fill, keep or add.", show(field), show(rule))
		case rule == AddItems && (!attribute || known.Type != ListAttribute):
			return fault.Field("rules", "Only to a list can something be added: “%s” is none.", show(field))
		}
	}
	for key, kind := range i.Types {
		a := Attribute{Key: key, Type: kind, Choices: []string{"any"}}
		if err := a.Validate(); err != nil {
			return err
		}
		if kind == ChoiceAttribute {
			return fault.Field("types", "A choice must be told its choices first: make the attribute “%s” before the import.", show(key))
		}
	}
	return nil
}

// ImportRow is one line of a file: a person, or what is wrong with it.
type ImportRow struct {
	Line       int // the first is 1
	Subscriber Subscriber
	State      State  // on the import's list; "" is the import's own
	Places     Places // on the lists that columns are of
	Never      Reason // when set, the file says that this address cannot or must not be reached
	Told       *Told  // what the file tells of the consent
	Left       *Told  // when the file says that they left
	Again      bool   // the same address stood in an earlier line
	// Packed are the attributes as PackAttributes has them, where they were packed before the row's turn.
	Packed string
	// Untaken are what is wrong with values of attributes that are not taken: the person comes in without them.
	Untaken []*fault.Error
	// Cells are the line as it stands in the file; nil where not even that can be read.
	Cells []string
	// Fault, when set, is why the line tells nothing, but that somebody left: if it says so of an address that can be read, the
	// address is whole, and State, Places and Never take effect. Otherwise of the rest only the address as written may be.
	Fault *fault.Error
}

// Leaves reports whether a line with a fault takes effect, for it says that somebody left.
func (r ImportRow) Leaves() bool { return r.Fault != nil && r.Subscriber.EmailNorm != "" }

// Refuse leaves of a line that f is wrong with that somebody left, if it says so.
func (r ImportRow) Refuse(f *fault.Error) ImportRow {
	out := ImportRow{Line: r.Line, Cells: r.Cells, Subscriber: Subscriber{Email: r.Subscriber.Email}, Never: r.Never, Left: r.Left, Again: r.Again, Fault: f}
	if Gone(r.State) {
		out.State = r.State
	}
	for label, s := range r.Places {
		if Gone(s) {
			out.Places.Take(label, s)
		}
	}
	if out.State != "" || out.Never != "" || len(out.Places) > 0 {
		out.Subscriber.EmailNorm = r.Subscriber.EmailNorm
	}
	if out.State == "" { // the import's own would put them on its list
		out.State = Nowhere
	}
	return out
}

// Gone reports whether a state says that somebody left, or never wants to be there.
func Gone(s State) bool { return s == Unsubscribed || s == Declined }

// Told is what a file tells of how somebody agreed.
type Told struct {
	At      time.Time // zero: the file does not say
	Address string    // of the network
	More    string    // where it was, and whatever else; a part of the wording
}

// RowFault is why a line was left out, or not put on the list.
type RowFault struct {
	Line  int
	Email string
	Fault *fault.Error
	Left  bool // the line says that somebody left, and that counts
	// Untaken says that the line was imported, without the value that the fault is about.
	Untaken bool
}

// ImportCounts are what an import did, or would do.
type ImportCounts struct {
	Rows         int64 `json:"rows"`         // lines read, without the header
	New          int64 `json:"new"`          // people we did not know
	Updated      int64 `json:"updated"`      // people of whom we know more now
	Same         int64 `json:"same"`         // people of whom the file tells nothing new
	Joined       int64 `json:"joined"`       // places on the list that are new
	Left         int64 `json:"left"`         // unsubscribed people, who stay so
	Suppressed   int64 `json:"suppressed"`   // addresses never mailed, left out
	Never        int64 `json:"never"`        // addresses that the file says bounced or complained: never mailed from now on
	Unsubscribed int64 `json:"unsubscribed"` // whom the file says have left
	Wrong        int64 `json:"wrong"`        // lines that could not be read as a person
	WrongLeft    int64 `json:"wrong_left"`   // of the wrong lines, those that say that somebody left: that counts all the same
	Repeated     int64 `json:"repeated"`     // lines of somebody of whom an earlier line tells: they count in turn, as the rules say
	Untaken      int64 `json:"untaken"`      // lines that were imported without a value that could not be read as its attribute's type
	People       int64 `json:"people"`       // of an import of orders, whose other counts are of orders: buyers we did not know
}

// Add sums two parts of one import.
func (c ImportCounts) Add(d ImportCounts) ImportCounts {
	return ImportCounts{Rows: c.Rows + d.Rows, New: c.New + d.New, Updated: c.Updated + d.Updated, Same: c.Same + d.Same,
		Joined: c.Joined + d.Joined, Left: c.Left + d.Left, Suppressed: c.Suppressed + d.Suppressed, Never: c.Never + d.Never,
		Unsubscribed: c.Unsubscribed + d.Unsubscribed, Wrong: c.Wrong + d.Wrong, WrongLeft: c.WrongLeft + d.WrongLeft, Repeated: c.Repeated + d.Repeated, Untaken: c.Untaken + d.Untaken, People: c.People + d.People}
}

// ImportResult is what became of one batch of an import.
type ImportResult struct {
	ImportCounts
	Faults []RowFault // by line
	Met    []int64    // the people it was about; none of a dry run
	Undone UndoCounts // of an undoing, with how far it is
	At     UndoPoint
}

// Faults is how many lines the file of reasons has.
func (c ImportCounts) Faults() int64 { return c.Left + c.Suppressed + c.Wrong + c.Untaken }
