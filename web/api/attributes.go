package api

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// cleanAttributes refuses names and values that no export could bring back.
func cleanAttributes(all map[string]string) error {
	for key, value := range all {
		if key == "" || key != audience.CleanName(key) {
			return fault.Field("attributes", "“%s” is no name for an attribute.", audience.CleanName(key))
		}
		if strings.IndexByte(value, 0) >= 0 || !utf8.ValidString(value) || utf8.RuneCountInString(value) > audience.MaxAttributeValue {
			return fault.Field("attributes."+key, "The value of “%s” is longer than %d characters.", key, audience.MaxAttributeValue)
		}
	}
	return nil
}

// canonical checks the values that were sent and puts them into the form of their types.
func (s *server) canonical(ctx context.Context, values map[string]string) error {
	if err := cleanAttributes(values); err != nil || len(values) == 0 {
		return err
	}
	all, err := s.Store.Attributes(ctx)
	if err != nil {
		return err
	}
	return audience.Canonicalize(values, all)
}

func (s *server) attributes() {
	const tag = "Attributes"
	const types = "Values are texts of one form by type: number `1234.5`, money `12.34 EUR`, date `2026-11-22`, yes_no `yes` or `no`, choice one of `choices`, list `red; blue`. " +
		"Other ways to write the same are put into that form; what cannot be read as the type is refused. A value under a key that nobody registered registers it as text."
	add(s, endpoint{id: "attributes", method: http.MethodGet, path: "/attributes", tag: tag, summary: "All attributes, by key, with how many people have them", description: types}, s.allAttributes)
	add(s, endpoint{id: "create-attribute", method: http.MethodPost, path: "/attributes", tag: tag, summary: "Register an attribute", description: types, status: http.StatusCreated, faults: []int{http.StatusConflict}}, s.createAttribute)
	add(s, endpoint{id: "attribute", method: http.MethodGet, path: "/attributes/{key}", tag: tag, summary: "One attribute"}, s.attribute)
	add(s, endpoint{id: "update-attribute", method: http.MethodPatch, path: "/attributes/{key}", tag: tag, summary: "Change an attribute", description: "Its key never changes. A new type leaves the values people have as they are."}, s.updateAttribute)
	add(s, endpoint{id: "delete-attribute", method: http.MethodDelete, path: "/attributes/{key}", tag: tag, summary: "Hide an attribute that nothing uses", status: http.StatusNoContent, faults: []int{http.StatusConflict}}, s.deleteAttribute)
}

// Attribute is one as the API tells it.
type Attribute struct {
	audience.Attribute
	People   int64 `json:"people" doc:"How many have a value for it"`
	Estimate bool  `json:"estimate" doc:"That number is worked out of a part of the people"`
}

func (s *server) told(ctx context.Context, all ...audience.Attribute) ([]Attribute, error) {
	counts, err := s.Store.AttributeCounts(ctx)
	out := make([]Attribute, len(all))
	for i, a := range all {
		if a.Choices == nil {
			a.Choices = []string{}
		}
		out[i] = Attribute{a, counts[a.Key].People, counts[a.Key].Estimate}
	}
	return out, err
}

func (s *server) toldOne(ctx context.Context, key string) (*body[Attribute], error) {
	a, err := s.Store.Attribute(ctx, key)
	if err != nil {
		return nil, err
	}
	out, err := s.told(ctx, a)
	return answer(out[0], err)
}

func (s *server) allAttributes(ctx context.Context, _ *struct{}) (*paged[Attribute], error) {
	all, err := s.Store.Attributes(ctx)
	if err != nil {
		return nil, err
	}
	out, err := s.told(ctx, all...)
	return pageOf(out, 0), err
}

// ByKey is the key of an attribute in an address.
type ByKey struct {
	Key string `path:"key" maxLength:"400"`
}

func (s *server) attribute(ctx context.Context, in *ByKey) (*body[Attribute], error) {
	return s.toldOne(ctx, in.Key)
}

type attributeBody struct {
	Key     string            `json:"key" minLength:"1" maxLength:"100"`
	Type    string            `json:"type,omitempty" enum:"text,number,money,date,yes_no,choice,list" doc:"text when absent"`
	Labels  map[string]string `json:"labels,omitempty" doc:"What people see, by language: en, bg, ru"`
	Choices []string          `json:"choices,omitempty" maxItems:"500" doc:"Of a choice all there are; of a list those that are offered"`
	Indexed bool              `json:"indexed,omitempty" doc:"Segments find people by it without asking everybody; made in the background"`
}

func (s *server) createAttribute(ctx context.Context, in *struct{ Body attributeBody }) (*body[Attribute], error) {
	b := in.Body
	a := audience.Attribute{Key: b.Key, Type: b.Type, Labels: b.Labels, Choices: b.Choices}
	if err := a.Validate(); err != nil {
		return nil, err
	}
	if err := audience.NewKey(a.Key); err != nil {
		return nil, err
	}
	if _, err := s.Store.Attribute(ctx, a.Key); err == nil {
		return nil, fault.New(fault.Conflict, "There is an attribute with the key “%s” already.", a.Key)
	}
	if err := s.Store.SaveAttribute(ctx, &a); err != nil {
		return nil, err
	}
	return s.indexed(ctx, a.Key, b.Indexed)
}

// indexed says whether an attribute is to have an index, and answers with it.
func (s *server) indexed(ctx context.Context, key string, want bool) (*body[Attribute], error) {
	if err := s.Store.WantIndex(ctx, key, want); err != nil {
		return nil, err
	}
	s.Jobs.WakeIndexes()
	return s.toldOne(ctx, key)
}

type attributePatch struct {
	ByKey
	Body struct {
		Type    *string            `json:"type,omitempty" enum:"text,number,money,date,yes_no,choice,list"`
		Labels  *map[string]string `json:"labels,omitempty" doc:"By language; the other languages keep theirs, and an empty text takes one away"`
		Choices *[]string          `json:"choices,omitempty" maxItems:"500"`
		Indexed *bool              `json:"indexed,omitempty"`
	}
}

func (s *server) updateAttribute(ctx context.Context, in *attributePatch) (*body[Attribute], error) {
	a, err := s.Store.Attribute(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	put(&a.Type, in.Body.Type)
	if in.Body.Labels != nil {
		maps.Copy(a.Labels, *in.Body.Labels)
	}
	put(&a.Choices, in.Body.Choices)
	if err := a.Validate(); err != nil {
		return nil, err
	}
	if err := s.Store.SaveAttribute(ctx, &a); err != nil {
		return nil, err
	}
	put(&a.Indexed, in.Body.Indexed)
	return s.indexed(ctx, a.Key, a.Indexed)
}

func (s *server) deleteAttribute(ctx context.Context, in *ByKey) (*none, error) {
	one, err := s.Store.Attribute(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	if err := s.Store.DeleteAttribute(ctx, in.Key); err != nil {
		return nil, err
	}
	return nil, s.audit(ctx, "attribute.delete", "attribute:%d", one.ID)
}
