package audience

import (
	"slices"
	"strings"

	"keepsake/campaigns/fault"
)

// Import says how a file of people is read, and what becomes of them.
type Import struct {
	Name      string   `json:"name"`      // the file's, as it was uploaded
	Encoding  string   `json:"encoding"`  // "" is guessed; XLSX is a workbook
	Delimiter string   `json:"delimiter"` // one sign; "" is guessed
	Sheet     string   `json:"sheet"`     // of a workbook; "" is the first
	NoHeader  bool     `json:"no_header"` // the first line is a person already
	Mapping   []string `json:"mapping"`   // for each column one of ImportFields, "attributes.<key>", or "" to leave it out
	List      int64    `json:"list_id"`   // 0: people are known afterwards, but on no list
	State     State    `json:"state"`     // on List, unless a column says otherwise: Confirmed or Pending
	Wording   string   `json:"wording"`   // what these people agreed to
	Existing  string   `json:"existing"`  // UpdateKnown or KeepKnown
	Lang      string   `json:"lang"`      // of those whose language the file does not tell
	Dry       bool     `json:"dry_run"`   // only count what would happen
	Reader    string   `json:"reader"`    // language of the reasons why lines were left out
}

// What an import does to people we know already.
const (
	UpdateKnown = "update" // what the file tells replaces what we know; an empty cell never does
	KeepKnown   = "keep"   // they only join the list
)

// ImportFields are what a column may be, besides "attributes.<key>". "name" is a full name,
// "attributes" a JSON object.
var ImportFields = []string{"email", "first_name", "last_name", "name", "lang", "zone", "state", "attributes"}

// Validate puts the choices right and refuses what cannot be meant.
func (i *Import) Validate() error {
	i.Wording = CleanName(i.Wording)
	if i.State == "" {
		i.State = Confirmed
	}
	if i.Existing == "" {
		i.Existing = UpdateKnown
	}
	switch {
	case i.State != Confirmed && i.State != Pending:
		return fault.Field("state", "People are imported as confirmed or as pending.")
	case i.Existing != UpdateKnown && i.Existing != KeepKnown:
		return fault.Field("existing", "People we know are updated or kept.")
	case i.List != 0 && i.State == Confirmed && i.Wording == "":
		return fault.Field("wording", "Say what these people agreed to, and where: it is your proof.")
	}
	return nil
}

// ImportRow is one line of a file: a person, or what is wrong with it.
type ImportRow struct {
	Line       int // the first is 1
	Subscriber Subscriber
	State      State        // on the import's list; "" is the import's own
	Again      bool         // the same address stood in an earlier line
	Fault      *fault.Error // when set, of the rest only the address as written may be
}

// RowFault is why a line was left out, or not put on the list.
type RowFault struct {
	Line  int
	Email string
	Fault *fault.Error
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
	Unsubscribed int64 `json:"unsubscribed"` // whom the file says have left
	Wrong        int64 `json:"wrong"`        // lines that could not be read as a person
}

// Add sums two parts of one import.
func (c ImportCounts) Add(d ImportCounts) ImportCounts {
	return ImportCounts{Rows: c.Rows + d.Rows, New: c.New + d.New, Updated: c.Updated + d.Updated, Same: c.Same + d.Same,
		Joined: c.Joined + d.Joined, Left: c.Left + d.Left, Suppressed: c.Suppressed + d.Suppressed,
		Unsubscribed: c.Unsubscribed + d.Unsubscribed, Wrong: c.Wrong + d.Wrong}
}

// ImportResult is what became of one batch of an import.
type ImportResult struct {
	ImportCounts
	Faults []RowFault // by line
}

// Faults is how many lines the file of reasons has.
func (c ImportCounts) Faults() int64 { return c.Left + c.Suppressed + c.Wrong }

// IsField reports whether name is one of the fields or an attribute.
func IsField(name string, fields []string) bool {
	key, attribute := strings.CutPrefix(name, "attributes.")
	return slices.Contains(fields, name) || attribute && key != ""
}
