package api_test

import "testing"

// attributes registers, changes and deletes one, and lets people have it.
func (b *bench) attributes(t *testing.T) {
	t.Helper()
	type attribute struct {
		Key, Type, Index string
		Labels           map[string]string
		Choices          []string
		Indexed          bool
		People           int64
	}
	var one attribute
	b.ask(t, "POST", "/attributes", m{"key": "paid last", "type": "money", "labels": m{"bg": "Платено"}, "indexed": true}, 201, &one)
	if one.Key != "paid last" || !one.Indexed || one.Index != "wanted" || one.Labels["bg"] != "Платено" {
		t.Errorf("made: %+v", one)
	}
	b.ask(t, "POST", "/attributes", m{"key": "paid last"}, 409, nil)
	b.ask(t, "POST", "/attributes", m{"key": "x", "type": "choice"}, 422, nil)
	var person struct {
		ID         int64
		Attributes map[string]string
	}
	b.ask(t, "POST", "/subscribers", m{"email": "typed@shop.test", "attributes": m{"paid last": "€5,5", "pet": "cat"}}, 200, &person)
	if person.Attributes["paid last"] != "5.50 EUR" {
		t.Errorf("kept as %v", person.Attributes)
	}
	b.ask(t, "POST", "/subscribers", m{"email": "typed@shop.test", "attributes": m{"paid last": "much"}}, 422, nil)
	b.ask(t, "GET", "/attributes/pet", nil, 200, &one)
	if one.Type != "text" || one.People != 1 {
		t.Errorf("registered by its value: %+v", one)
	}
	b.ask(t, "PATCH", "/attributes/pet", m{"type": "choice", "choices": []string{"cat", "dog"}, "labels": m{"en": "Pet"}}, 200, &one)
	if one.Type != "choice" || one.Labels["en"] != "Pet" {
		t.Errorf("changed: %+v", one)
	}
	b.ask(t, "PATCH", "/attributes/paid%20last", m{"indexed": false}, 200, &one)
	if one.Indexed || one.Type != "money" {
		t.Errorf("without an index: %+v", one)
	}
	var all struct{ Items []attribute }
	b.ask(t, "GET", "/attributes", nil, 200, &all)
	if len(all.Items) < 2 {
		t.Errorf("all: %+v", all)
	}
	b.ask(t, "DELETE", "/attributes/paid%20last", nil, 204, nil)
	b.ask(t, "GET", "/attributes/paid%20last", nil, 404, nil)
	b.ask(t, "POST", "/attributes", map[string]any{"key": "town", "labels": map[string]string{"en": "Town", "bg": "Град"}}, 201, nil)
	b.ask(t, "PATCH", "/attributes/town", map[string]any{"labels": map[string]string{"en": "City"}}, 200, &one)
	if one.Labels["en"] != "City" || one.Labels["bg"] != "Град" {
		t.Errorf("a new label in one language leaves %v", one.Labels)
	}
	b.ask(t, "POST", "/attributes", map[string]any{"key": "email"}, 422, nil)
}
