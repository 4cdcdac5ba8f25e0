package exchange

import (
	"encoding/json"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// maxAttribute is how long one attribute of a person may be, in characters.
const maxAttribute = 2000

// People reads a file's lines as people, as the import says. Its Mapping must be set (see
// Sniff and Check); an encoding or a delimiter that is not is an error. A line with a fault
// does not end it; an error of r does.
func People(f File, im audience.Import) iter.Seq2[audience.ImportRow, error] {
	return func(yield func(audience.ImportRow, error) bool) {
		if err := Check(im.Mapping); err != nil {
			yield(audience.ImportRow{}, err)
			return
		}
		for rec, err := range Records(f, im) {
			if err != nil {
				yield(audience.ImportRow{}, err)
				return
			}
			if !yield(person(rec, im), nil) {
				return
			}
		}
	}
}

// Records reads a file's lines below its header, without those that hold nothing.
func Records(f File, im audience.Import) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		t, err := open(f, SourceOf(im))
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer t.Close()
		for first := !im.NoHeader; ; first = false {
			rec, err := t.Read()
			switch {
			case err == io.EOF:
				return
			case err != nil:
				yield(rec, err)
				return
			case first || rec.Fault == nil && blank(rec.Fields): // spreadsheets end in lines of commas
				continue
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// SourceOf is how an import's file is read.
func SourceOf(im audience.Import) Source {
	return Source{Encoding: im.Encoding, Delimiter: im.Delimiter, Sheet: im.Sheet}
}

func blank(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}

// Whole reads a packed file or a workbook to its end, so that one that is damaged in the middle is refused before anything
// of it is done. A text needs no such look: whatever ends early in it is one line.
func Whole(f File, im audience.Import) error {
	head, err := headOf(f)
	if err != nil {
		return err
	}
	if name, err := kind(head); err != nil || name == "" && !isPacked(f) {
		return err
	}
	for _, err := range Records(f, im) {
		if err != nil {
			return err
		}
	}
	return nil
}

// person makes a person of a record, or says what is wrong with it.
func person(rec Record, im audience.Import) audience.ImportRow {
	row := audience.ImportRow{Line: rec.Line}
	err := ragged(rec, len(im.Mapping))
	for i, field := range im.Mapping {
		if err == nil && field != "" && i < len(rec.Fields) && rec.Fields[i] != "" {
			err = set(&row, field, unguard(rec.Fields[i]))
		}
	}
	if err == nil {
		err = check(&row.Subscriber)
	}
	if err != nil {
		return audience.ImportRow{Line: rec.Line, Subscriber: audience.Subscriber{Email: row.Subscriber.Email}, Fault: err}
	}
	return row
}

// ragged refuses a record that has not the header's number of cells: which of them moved,
// nobody knows. Empty cells at the end are some programs' way and do no harm.
func ragged(rec Record, columns int) *fault.Error {
	if rec.Fault != nil {
		return rec.Fault
	}
	n := len(rec.Fields)
	for n > columns && strings.TrimSpace(rec.Fields[n-1]) == "" {
		n--
	}
	if n != columns {
		return fault.New(fault.Invalid, "The line has %d cells, the header has %d.", len(rec.Fields), columns)
	}
	return nil
}

func set(row *audience.ImportRow, field, cell string) *fault.Error {
	p := &row.Subscriber
	if !valid(cell) {
		return fault.Field(field, "A cell holds a NUL character.")
	}
	switch field {
	case "email":
		p.Email = cell
	case "first_name":
		p.FirstName = cell
	case "last_name":
		p.LastName = cell
	case "name":
		first, last, _ := strings.Cut(audience.CleanName(cell), " ")
		p.FirstName, p.LastName = first, last
	case "lang":
		p.Lang = audience.Language(strings.TrimSpace(cell))
	case "zone":
		p.Zone = strings.TrimSpace(cell)
	case "state":
		st, err := state(cell)
		row.State = st
		return asFault(err)
	case "attributes":
		return setJSON(p, cell)
	default:
		return setAttribute(p, strings.TrimPrefix(field, "attributes."), cell)
	}
	return nil
}

func asFault(err error) *fault.Error {
	f, _ := err.(*fault.Error)
	return f
}

func setAttribute(p *audience.Subscriber, key, value string) *fault.Error {
	if utf8.RuneCountInString(value) > maxAttribute {
		return fault.Field(key, "The value of “%s” is longer than %d characters.", audience.CleanName(key), maxAttribute)
	}
	if p.Attributes == nil {
		p.Attributes = map[string]string{}
	}
	p.Attributes[key] = value
	return nil
}

// setJSON takes attributes as listmonk writes them: a JSON object, of which text, numbers
// and yes or no are kept.
func setJSON(p *audience.Subscriber, cell string) *fault.Error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(cell), &all); err != nil {
		return fault.Field("attributes", "The attributes are no JSON object.")
	}
	for key, raw := range all {
		value := string(raw)
		if raw[0] == '"' {
			_ = json.Unmarshal(raw, &value) // valid: it is part of what was read
		}
		if value == "null" || raw[0] == '{' || raw[0] == '[' || !valid(value) {
			continue
		}
		if err := setAttribute(p, key, value); err != nil {
			return err
		}
	}
	return nil
}

// check is Validate for a person of whom a file may not tell the language: "" stays "".
func check(p *audience.Subscriber) *fault.Error {
	lang := p.Lang
	if strings.TrimSpace(p.Email) == "" {
		return fault.Field("email", "The address is missing.")
	}
	if err := p.Validate(); err != nil {
		return asFault(err)
	}
	p.Lang = lang
	return nil
}
