package exchange

import (
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// People reads a file's lines as people, as the import says. Its Mapping must be set (see
// Sniff and Check); an encoding or a delimiter that is not is an error. A line with a fault
// does not end it; an error of r does.
func People(f File, im audience.Import) iter.Seq2[audience.ImportRow, error] {
	return func(yield func(audience.ImportRow, error) bool) {
		if err := Check(audience.OfPeople, im.Mapping); err != nil {
			yield(audience.ImportRow{}, err)
			return
		}
		c := columnsOf(im)
		for rec, err := range Records(f, im) {
			if err != nil {
				yield(audience.ImportRow{}, err)
				return
			}
			if !yield(c.person(rec), nil) {
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
		for first := !im.NoHeader || im.Encoding == JSONLines; ; first = false {
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
	return Source{Encoding: im.Encoding, Delimiter: im.Delimiter, Sheet: im.Sheet, Name: im.Name, Of: im.Of, Attributes: im.Attributes, Lists: im.Lists}
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

// columns are what a file's columns mean.
type columns struct {
	state      audience.State // of all, at most
	fields     []string
	attributes []audience.Attribute // of each column that is one
	all        []audience.Attribute
}

func columnsOf(im audience.Import) columns {
	c := columns{state: im.State, fields: im.Mapping, attributes: make([]audience.Attribute, len(im.Mapping)), all: im.Attributes}
	for i, field := range im.Mapping {
		if key, is := strings.CutPrefix(field, "attributes."); is {
			c.attributes[i] = audience.Attribute{Key: key, Type: im.Types[key]}
			if n := slices.IndexFunc(im.Attributes, func(a audience.Attribute) bool { return a.Key == key }); n >= 0 {
				c.attributes[i] = im.Attributes[n]
			}
		}
	}
	return c
}

// person makes a person of a record, or says what is wrong with it.
func (c columns) person(rec Record) audience.ImportRow {
	row := audience.ImportRow{Line: rec.Line, Cells: kept(rec)}
	err := ragged(rec, len(c.fields))
	for i := 0; err == nil && i < len(c.fields) && i < len(rec.Fields); i++ {
		switch {
		case rec.Fields[i] != "" && c.attributes[i].Key != "":
			take(&row, c.attributes[i], unguard(rec.Fields[i]))
		case rec.Fields[i] != "" && c.fields[i] != "" || c.fields[i] == "state":
			err = c.set(&row, c.fields[i], unguard(rec.Fields[i]))
		}
	}
	if err == nil {
		err = check(&row.Subscriber)
	}
	if err != nil {
		return c.leaving(rec, audience.ImportRow{Line: rec.Line, Cells: row.Cells, Subscriber: audience.Subscriber{Email: row.Subscriber.Email}, Fault: err})
	}
	return row
}

// ragged refuses a record that has not the header's number of cells: which of them moved,
// nobody knows. Empty cells at the end are some programs' way and do no harm.
func ragged(rec Record, columns int) *fault.Error {
	if rec.Fault != nil {
		return rec.Fault
	}
	if width(rec, columns) != columns {
		return fault.New(fault.Invalid, "The line has %d cells, the header has %d.", len(rec.Fields), columns)
	}
	return nil
}

// width is how many cells a record has, without empty ones behind the last column.
func width(rec Record, columns int) int {
	n := len(rec.Fields)
	for n > columns && strings.TrimSpace(rec.Fields[n-1]) == "" {
		n--
	}
	return n
}

func (c columns) set(row *audience.ImportRow, field, cell string) *fault.Error {
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
		s, err := standing(cell)
		s.take(row)
		return asFault(err)
	case "left_at":
		said(cell, stand{state: audience.Unsubscribed}).take(row)
		if at, ok := momentOf(cell); ok {
			row.Left = &audience.Told{At: at}
		}
	case "bounced_at":
		said(cell, stand{audience.Unsubscribed, audience.HardBounce}).take(row)
	case "blocked":
		c.block(row, blocking(cell))
	case "consent_at", "consent_ip", "consent_source":
		tell(row, field, cell)
	case "attributes":
		return c.setJSON(row, cell)
	default:
		return setPlace(row, field, cell)
	}
	return nil
}

func asFault(err error) *fault.Error {
	f, _ := err.(*fault.Error)
	return f
}

// said is what a cell says by not being empty. A no, or a zero, says nothing.
func said(cell string, s stand) stand {
	if saysNo(plain(cell)) {
		return stand{}
	}
	return s
}

// take keeps the value of an attribute. One that cannot be read as its type throws nobody out: the person comes in without it.
func take(row *audience.ImportRow, a audience.Attribute, value string) *fault.Error {
	if !valid(value) {
		return fault.Field(a.Key, "A cell holds a NUL character.")
	}
	if err := setAttribute(&row.Subscriber, a, value); err != nil {
		row.Untaken = append(row.Untaken, err)
	}
	return nil
}

func setAttribute(p *audience.Subscriber, a audience.Attribute, value string) *fault.Error {
	if a.Type == "" || a.Type == audience.TextAttribute {
		return setText(p, a.Key, value)
	}
	if a.Type == audience.ListAttribute {
		value = strings.ReplaceAll(value, `"`, "") // Mailchimp quotes each tag
	}
	said, err := a.Canonical(value)
	if err != nil {
		return asFault(err)
	}
	if said != "" {
		put(p, a.Key, said)
	}
	return nil
}

// setText keeps a text as it is: line breaks alone are a value too, and what was exported comes back.
func setText(p *audience.Subscriber, key, value string) *fault.Error {
	if len(value) > audience.MaxAttributeValue && utf8.RuneCountInString(value) > audience.MaxAttributeValue {
		return fault.Field(key, "The value of “%s” is longer than %d characters.", audience.CleanName(key), audience.MaxAttributeValue)
	}
	put(p, key, value)
	return nil
}

func put(p *audience.Subscriber, key, value string) {
	if p.Attributes == nil {
		p.Attributes = map[string]string{}
	}
	p.Attributes[key] = value
}

// setJSON takes attributes as listmonk writes them: a JSON object, of which text, numbers
// and yes or no are kept.
func (c columns) setJSON(row *audience.ImportRow, cell string) *fault.Error {
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
		a := audience.Attribute{Key: key}
		if n := slices.IndexFunc(c.all, func(a audience.Attribute) bool { return a.Key == key }); n >= 0 {
			a = c.all[n]
		}
		take(row, a, value)
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
