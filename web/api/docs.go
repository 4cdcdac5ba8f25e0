package api

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// docsPage is the OpenAPI document as people read it.
type docsPage struct {
	Base     string
	Sections []docsSection
}

type docsSection struct {
	Name       string
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Description string
	Parameters, Body, Answer               []docsField
	BodyType                               string
	Status                                 string
	Statuses                               string // the other ones
}

type docsField struct {
	Name, Type, Where, About string
	Required                 bool
}

func (s *server) docs(c *gin.Context) error { return s.Page(c, "admin/api", s.shown) }

// describe turns the document into a page, once: it does not change while we run.
func (s *server) describe() docsPage {
	api := s.huma.OpenAPI()
	p := docsPage{Base: s.Config.Base()}
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		item := api.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			i := slices.IndexFunc(p.Sections, func(s docsSection) bool { return s.Name == op.Tags[0] })
			if i < 0 {
				p.Sections = append(p.Sections, docsSection{Name: op.Tags[0]})
				i = len(p.Sections) - 1
			}
			p.Sections[i].Operations = append(p.Sections[i].Operations, s.operation(op))
		}
	}
	slices.SortFunc(p.Sections, func(a, b docsSection) int { return cmp.Compare(order(a.Name), order(b.Name)) })
	return p
}

func order(section string) int {
	return slices.Index([]string{"Lists", "Subscribers", "Imports", "Exports", "Campaigns", "Codes", "Orders and events"}, section)
}

func (s *server) operation(op *huma.Operation) docsOperation {
	out := docsOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description}
	for _, p := range op.Parameters {
		f := s.field(p.Name, p.Schema, p.Required)
		f.Where, f.About = p.In, cmp.Or(p.Description, f.About)
		out.Parameters = append(out.Parameters, f)
	}
	if op.RequestBody != nil {
		for kind, media := range op.RequestBody.Content {
			out.BodyType = kind
			out.Body = s.fields("", media.Schema, 0)
		}
	}
	var rest []string
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if !strings.HasPrefix(status, "2") {
			rest = append(rest, status)
			continue
		}
		out.Status = status
		if media := op.Responses[status].Content["application/json"]; media != nil {
			out.Answer = s.fields("", media.Schema, 0)
		}
	}
	out.Statuses = strings.Join(rest, ", ")
	return out
}

// deepest is how far nested fields are listed; the OpenAPI document has them all.
const deepest = 3

// fields lists an object's fields and those of the objects in it, as a.b and a[].b.
func (s *server) fields(prefix string, schema *huma.Schema, depth int) []docsField {
	schema = s.resolve(schema)
	if schema == nil || depth > deepest {
		return nil
	}
	if schema.Type == huma.TypeArray {
		return s.fields(strings.TrimSuffix(prefix, ".")+"[].", schema.Items, depth+1)
	}
	var out []docsField
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		inner := schema.Properties[name]
		out = append(out, s.field(prefix+name, inner, slices.Contains(schema.Required, name)))
		out = append(out, s.fields(prefix+name+".", inner, depth+1)...)
	}
	return out
}

func (s *server) resolve(schema *huma.Schema) *huma.Schema {
	for schema != nil && schema.Ref != "" {
		schema = s.huma.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	return schema
}

func (s *server) field(name string, schema *huma.Schema, required bool) docsField {
	f := docsField{Name: name, Required: required}
	if schema != nil {
		f.About = schema.Description
	}
	if schema = s.resolve(schema); schema == nil {
		return f
	}
	f.Type = schema.Type
	if schema.Type == huma.TypeArray {
		if inner := s.resolve(schema.Items); inner != nil {
			f.Type = "list of " + cmp.Or(inner.Type, "any")
		}
	}
	if schema.Format != "" && schema.Format != "binary" {
		f.Type += " (" + schema.Format + ")"
	}
	f.About = cmp.Or(f.About, schema.Description)
	if len(schema.Enum) > 0 {
		words := make([]string, len(schema.Enum))
		for i, v := range schema.Enum {
			words[i], _ = v.(string)
		}
		f.About = strings.TrimSpace(strings.Join(words, " | ") + " — " + f.About)
		f.About = strings.TrimSuffix(f.About, " —")
	}
	return f
}
