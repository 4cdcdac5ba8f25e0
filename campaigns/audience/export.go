package audience

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"keepsake/campaigns/fault"
)

// Export says which rows are written to a file, what of them, and how.
type Export struct {
	What      string            `json:"what"` // of ExportKinds
	Search    string            `json:"search,omitempty"`
	List      int64             `json:"list_id,omitempty"`
	State     State             `json:"state,omitempty"` // on List; "" is confirmed, "any" is all who ever were on it
	Lang      string            `json:"lang,omitempty"`
	Segment   int64             `json:"segment_id,omitempty"` // only who is in it now, and what is theirs
	Attribute string            `json:"attribute,omitempty"`  // only who has this one: with Value, or "" with any
	Value     string            `json:"value,omitempty"`
	IDs       []int64           `json:"ids,omitempty"`         // only these people
	Campaign  int64             `json:"campaign_id,omitempty"` // only what is of this campaign
	Days      int               `json:"days,omitempty"`        // only what happened in the last so many times 24 hours; 0 is ever
	Fields    []string          `json:"fields"`                // in the columns' order
	Names     map[string]string `json:"names,omitempty"`       // what columns are called, of those not called as their field
	Format    string            `json:"format"`                // CSV, XLSX or JSONL
	Form      string            `json:"form"`                  // of CSV: Spreadsheet or Raw
	Gzip      bool              `json:"gzip,omitempty"`
	Reader    string            `json:"reader,omitempty"` // language of what is said when it fails
	Saved     int64             `json:"saved_id,omitempty"`
}

// Subscribers is the kind of export that is meant when none is named.
const Subscribers = "subscribers"

// The formats of a file.
const (
	CSV   = "csv"
	XLSX  = "xlsx"
	JSONL = "jsonl" // an object on each line
)

// Formats are all of them.
var Formats = []string{CSV, XLSX, JSONL}

// The two forms of a CSV file (CWE-1236).
const (
	Spreadsheet = "spreadsheet" // no cell is ever a formula
	Raw         = "raw"         // for programs
)

// The most of an export's columns, how long the name of one may be, in characters, and how far Days goes back.
const (
	maxColumns    = 500
	maxColumnName = 200
	maxExportDays = 36500
)

// Validate fills in what was not said and refuses what cannot be meant.
func (e *Export) Validate() error {
	e.fill()
	kind := e.Kind()
	if kind.What == "" {
		return fault.Field("what", "There is nothing called “%s” to export.", show(e.What))
	}
	switch {
	case !slices.Contains(Formats, e.Format):
		return fault.Field("format", "A file is CSV, XLSX or JSON Lines.")
	case e.Form != Spreadsheet && e.Form != Raw:
		return fault.Field("form", "A file is for spreadsheets or raw.")
	case e.Format == XLSX && e.Gzip:
		return fault.Field("gzip", "An XLSX file is compressed already: leave gzip out.")
	case !slices.Contains([]State{"", "any", Confirmed, Pending, Unsubscribed}, e.State):
		return fault.Field("state", "“%s” is no status we know.", show(string(e.State)))
	case e.Days < 0 || e.Days > maxExportDays:
		return fault.Field("days", "Give the number of days, or leave it empty for everything.")
	}
	if err := e.checkRows(kind); err != nil {
		return err
	}
	return e.checkFields(kind)
}

// checkRows refuses to narrow rows by what they have not.
func (e *Export) checkRows(kind ExportKind) error {
	switch {
	case e.Narrowed() && !kind.People:
		return fault.Field("segment_id", "These rows are nobody's: they cannot be narrowed to some people.")
	case e.Campaign != 0 && !kind.Campaigns:
		return fault.Field("campaign_id", "These rows are of no campaign: they cannot be narrowed to one.")
	case e.Days != 0 && !kind.Lately:
		return fault.Field("days", "These rows have no time: they cannot be narrowed to the last days.")
	}
	return nil
}

func (e *Export) fill() {
	if e.What == "" {
		e.What = Subscribers
	}
	e.Format, e.Form = cmp.Or(e.Format, CSV), cmp.Or(e.Form, Spreadsheet)
	if e.List == 0 && e.State == "any" { // of no list: that is everybody
		e.State = ""
	}
	if len(e.Fields) == 0 {
		e.Fields = slices.Clone(e.Kind().Usual)
	}
}

// checkFields refuses columns that there are not or that stand twice, and names that cannot be told apart.
func (e *Export) checkFields(kind ExportKind) error {
	if len(e.Fields) > maxColumns {
		return fault.Field("fields", "A file has at most %d columns.", maxColumns)
	}
	seen := map[string]bool{}
	for _, f := range e.Fields {
		if !kind.Has(f) || seen[f] {
			return fault.Field("fields", "There is no column “%s”, or it is chosen twice.", show(f))
		}
		seen[f] = true
	}
	for field, name := range e.Names {
		switch name = CleanName(name); {
		case name == "" || name == field || !seen[field]:
			delete(e.Names, field)
			continue
		case utf8.RuneCountInString(name) > maxColumnName:
			return fault.Field("names", "The name of a column has at most %d characters.", maxColumnName)
		}
		e.Names[field] = name
	}
	called := map[string]bool{}
	for _, name := range e.Header() {
		if called[name] {
			return fault.Field("names", "Two columns are called “%s”.", show(name))
		}
		called[name] = true
	}
	return nil
}

// Header is what the columns are called, in order.
func (e Export) Header() []string {
	out := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		if out[i] = f; e.Names[f] != "" {
			out[i] = e.Names[f]
		}
	}
	return out
}

// Extension is how the file's name ends.
func (e Export) Extension() string {
	ending := "." + e.Format
	if e.Format == "" { // an export from before there were others
		ending = "." + CSV
	}
	if e.Gzip {
		ending += ".gz"
	}
	return ending
}

// MIME is the file's type, as HTTP calls it.
func (e Export) MIME() string {
	switch {
	case e.Gzip:
		return "application/gzip"
	case e.Format == XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case e.Format == JSONL:
		return "application/jsonl; charset=utf-8"
	}
	return "text/csv; charset=utf-8"
}

// Narrowed reports whether the export asks for some people only.
func (e Export) Narrowed() bool {
	return e.Search != "" || e.List != 0 || e.State != "" || e.Lang != "" || e.Chosen()
}

// Chosen reports whether it asks for people by more than the columns of their table.
func (e Export) Chosen() bool { return e.Segment != 0 || e.Attribute != "" || len(e.IDs) > 0 }
