package admin

import (
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/internal/exchange"
	"keepsake/internal/store"
)

// mappingPage asks what the columns of a file mean and what becomes of its people or orders.
type mappingPage struct {
	jobRow
	Tool       string // whose export the file is
	Columns    []column
	Rows       [][]string
	Lists      []store.ListRow
	Attributes []choice // those that a column may be
	Encodings  []string
	Delimiters []delimiter
	Sheets     []string // of a workbook
}

// column is one of the file's, with what it may mean.
type column struct {
	Header, Field string
	Place         string // the label of the list that it is of
	Samples       []string
	Fresh, Called string // the attribute that it can become, "" where there is one of that name; what its attribute is called
	Known, New    bool   // whether it is registered; whether this column will make it
	Leaving       bool   // its words say that people left, and as an attribute they keep nobody from being written to
	Type, Rule    string
	Merges        []string // the rules that can be chosen
}

// choice is a meaning that a column may have, and what it is called.
type choice struct{ Field, Label string }

// delimiter is a sign and what it is called.
type delimiter struct{ Sign, Label string }

var delimiters = []delimiter{{Sign: ",", Label: "comma"}, {Sign: ";", Label: "semicolon"}, {Sign: "\t", Label: "tab"}, {Sign: "|", Label: "bar"}}

// Orders reports whether the file's lines are orders.
func (p mappingPage) Orders() bool { return p.Import.Of == audience.OfOrders }

// Objects reports whether the file is JSON Lines, which have neither a delimiter nor a header.
func (p mappingPage) Objects() bool { return p.Import.Encoding == exchange.JSONLines }

// Fields are what a column may mean.
func (p mappingPage) Fields() []string {
	if p.Orders() {
		return audience.OrderFields
	}
	return audience.ImportFields
}

// Types are those that a new attribute may have: a choice has its choices told before.
func (p mappingPage) Types() []string {
	return slices.DeleteFunc(slices.Clone(audience.AttributeTypes), func(t string) bool { return t == audience.ChoiceAttribute })
}

const samples = 3

func (a *Admin) mapping(c *gin.Context, j jobRow, wrong error) error {
	look, known, err := a.look(c, &j)
	if err != nil {
		return err
	}
	im := &j.Import
	if len(im.Mapping) != len(look.Header) {
		im.Mapping, im.Types, im.Rules, im.Of = look.Mapping, look.Types, look.Rules, look.Of
	}
	im.Header, im.Leaving = look.Header, look.Leaving
	p := mappingPage{Tool: look.Tool, Rows: look.Rows, Encodings: exchange.Encodings, Delimiters: delimiters, Sheets: look.Sheets}
	if p.Lists, err = a.Store.Lists(c.Request.Context()); err != nil {
		return err
	}
	for _, one := range known {
		p.Attributes = append(p.Attributes, choice{"attributes." + one.Key, one.Label(a.Lang(c))})
	}
	for i, told := range im.Columns() {
		col := columnOf(*im, i, told.Name, look.Rows, known, a.Lang(c))
		col.Leaving = told.Leaving
		p.Columns = append(p.Columns, col)
	}
	p.jobRow = j
	if wrong != nil {
		return a.Again(c, "admin/mapping", p, wrong)
	}
	return a.Page(c, "admin/mapping", p)
}

func columnOf(im audience.Import, i int, header string, rows [][]string, known []audience.Attribute, lang string) column {
	col := column{Header: header, Field: im.Mapping[i], Place: audience.PlaceOf(im.Mapping[i]), Fresh: exchange.AttributeOf(header), Rule: im.Rules[im.Mapping[i]]}
	attribute := strings.HasPrefix(col.Field, "attributes.")
	if attribute {
		key := strings.TrimPrefix(col.Field, "attributes.")
		col.Type, col.Called = im.Types[key], audience.AttributeLabel(known, key, lang)
		if n := slices.IndexFunc(known, func(a audience.Attribute) bool { return a.Key == key }); n >= 0 {
			col.Known, col.Type = true, known[n].Type
		} else {
			col.New, col.Fresh = true, col.Field
		}
	}
	if slices.ContainsFunc(known, func(a audience.Attribute) bool { return "attributes."+a.Key == col.Fresh }) {
		col.Fresh = ""
	}
	if attribute || slices.Contains([]string{"first_name", "last_name", "lang", "zone"}, col.Field) {
		col.Merges = audience.MergeRules[:3]
		if attribute && col.Type == audience.ListAttribute {
			col.Merges = audience.MergeRules
		}
	}
	for _, r := range rows {
		if i < len(r) && strings.TrimSpace(r[i]) != "" && len(col.Samples) < samples {
			col.Samples = append(col.Samples, r[i])
		}
	}
	return col
}

// look reads the beginning of the job's file.
func (a *Admin) look(c *gin.Context, j *jobRow) (exchange.Preview, []audience.Attribute, error) {
	known, err := a.Store.Attributes(c.Request.Context())
	if err != nil {
		return exchange.Preview{}, nil, err
	}
	if j.Import.Lists, err = a.Store.ListsOf(c.Request.Context()); err != nil {
		return exchange.Preview{}, nil, err
	}
	f, err := a.Jobs.Source(j.Job)
	if err != nil {
		return exchange.Preview{}, nil, err
	}
	defer f.Close()
	j.Import.Attributes = known
	look, err := exchange.Sniff(f, exchange.SourceOf(j.Import))
	return look, known, err
}

// readMapping takes what the form says of the file.
func readMapping(c *gin.Context, im *audience.Import) {
	im.Encoding, im.Delimiter, im.Sheet, im.NoHeader = c.PostForm("encoding"), c.PostForm("delimiter"), c.PostForm("sheet"), c.PostForm("no_header") != ""
	im.Of, im.Lang = c.PostForm("of"), audience.Language(c.PostForm("lang"))
	im.Mapping, im.Types, im.Rules = c.PostFormArray("mapping"), map[string]string{}, map[string]string{}
	types, rules := c.PostFormArray("type"), c.PostFormArray("rule")
	for i, field := range im.Mapping {
		if key, is := strings.CutPrefix(field, "attributes."); is && i < len(types) && types[i] != "" {
			im.Types[key] = types[i]
		}
		if field != "" && i < len(rules) && rules[i] != "" {
			im.Rules[field] = rules[i]
		}
	}
	if im.Of == audience.OfOrders {
		im.List, im.State, im.Wording, im.Rules, im.Types = 0, audience.Nowhere, "", nil, nil
		im.Orders = audience.OrderOptions{Currency: c.PostForm("currency"), Shop: c.PostForm("shop"), Zone: strings.TrimSpace(c.PostForm("zone")), Letters: c.PostForm("letters") != ""}
		return
	}
	im.List, im.State = number(c.PostForm("list")), audience.State(c.PostForm("state"))
	im.Wording, im.Existing = c.PostForm("wording"), c.PostForm("existing")
}
