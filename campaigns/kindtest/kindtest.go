// Package kindtest holds a kind of campaign to the promises of campaigns.Kind, as a test.
package kindtest

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

// Now is the moment at which kinds are exercised.
var Now = time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)

// Exercise runs a kind through all that every kind promises, once for each of the settings,
// which must be good ones at Now.
func Exercise(t *testing.T, kind string, settings ...campaigns.Kind) {
	t.Helper()
	info, err := campaigns.KindInfo(kind)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("starter", func(t *testing.T) { starter(t, info) })
	t.Run("form", func(t *testing.T) { form(t, info.New()) })
	for i, k := range settings {
		t.Run(fmt.Sprint("settings ", i+1), func(t *testing.T) {
			survive(t, kind, k)
			sameTwice(t, k)
			emptyDesk(t, k)
			visits(t, k)
			junk(t, k)
			published(t, k)
			figures(t, k)
			appointments(t, k)
		})
	}
}

// starter checks that a new campaign begins with messages of different names and
// conditions that can be read, and that a draft of the kind can be stored.
func starter(t *testing.T, info campaigns.Info) {
	c, err := campaigns.New(info.Name, "", "en")
	if err != nil || len(c.Messages) == 0 {
		t.Fatalf("new campaign: %d messages, %v", len(c.Messages), err)
	}
	seen := map[string]bool{}
	for _, m := range c.Messages {
		if m.Name == "" || seen[m.Name] || m.Wait < 0 {
			t.Errorf("message %q, wait %v", m.Name, m.Wait)
		}
		seen[m.Name] = true
		if m.If != "" {
			if _, err := campaigns.ParseCondition(m.If); err != nil {
				t.Error(err)
			}
		}
	}
	if c.Trigger != (campaigns.Trigger{}) {
		if err := c.Trigger.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// form checks that every setting has a name in JSON and a label, so that it can be filled in.
func form(t *testing.T, k campaigns.Kind) {
	for f := range reflect.TypeOf(k).Elem().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == "" || f.Tag.Get("label") == "" {
			t.Errorf("field %s lacks json or label", f.Name)
		}
	}
}

// survive checks that good settings are good, and the same after they were stored.
func survive(t *testing.T, kind string, k campaigns.Kind) {
	t.Helper()
	if err := k.Validate(); err != nil {
		t.Fatalf("the settings are not good: %v", err)
	}
	c := campaigns.Campaign{Kind: kind}
	if err := c.Keep(k); err != nil {
		t.Fatal(err)
	}
	if back, err := c.Open(); err != nil || !reflect.DeepEqual(back, k) {
		t.Errorf("kept %+v, opened %+v, %v", k, back, err)
	}
}

// names are the kind's messages, so that all of them are written.
func names(k campaigns.Kind) []string {
	fresh := reflect.New(reflect.TypeOf(k).Elem()).Interface().(campaigns.Kind)
	var all []string
	for _, m := range fresh.Starter().Messages {
		all = append(all, m.Name)
	}
	return all
}

// sameTwice checks that Data may run again: a retry writes the same letter.
func sameTwice(t *testing.T, k campaigns.Kind) {
	t.Helper()
	d := NewDesk()
	for _, name := range names(k) {
		to := Person(name)
		first, err := k.Data(t.Context(), d, to)
		if err != nil {
			t.Errorf("data of %s: %v", name, err)
			continue
		}
		taken := d.Writes
		again, err := k.Data(t.Context(), d, to)
		if err != nil || !reflect.DeepEqual(first, again) {
			t.Errorf("data of %s differs when asked again: %+v, %+v, %v", name, first, again, err)
		}
		if d.Writes != taken {
			t.Errorf("data of %s takes more when asked again", name)
		}
	}
}

// emptyDesk checks that where there is nothing to give the recipient is left out with a reason.
func emptyDesk(t *testing.T, k campaigns.Kind) {
	t.Helper()
	d := &Desk{}
	for _, name := range names(k) {
		_, err := k.Data(t.Context(), d, Person(name))
		skip, left := errors.AsType[campaigns.Skip](err)
		if err != nil && (!left || skip == "") {
			t.Errorf("data of %s with nothing to give: %v; want a Skip", name, err)
		}
	}
	if p, ok := k.(campaigns.Preparer); ok {
		if err := p.Prepare(t.Context(), d, Now); err != nil && !isSkip(err) {
			t.Errorf("prepare with nothing new: %v; want a Skip", err)
		}
	}
}

func isSkip(err error) bool {
	_, ok := errors.AsType[campaigns.Skip](err)
	return ok
}

// visits checks that following a link changes nothing, whatever its query says.
func visits(t *testing.T, k campaigns.Kind) {
	t.Helper()
	r, ok := k.(campaigns.Responder)
	if !ok {
		return
	}
	d := NewDesk()
	to := Person(names(k)[0])
	if _, err := k.Data(t.Context(), d, to); err != nil { // the letter that led here
		t.Fatal(err)
	}
	written := d.Writes
	for _, query := range append(hostile(), url.Values{}) {
		p, err := r.Visit(t.Context(), d, to, query)
		if err != nil || p.Name == "" {
			t.Errorf("visit with %.80v: page %q, %v", query, p.Name, err)
		}
	}
	if d.Writes != written {
		t.Errorf("a visit writes: %v", d.Log[written:])
	}
}

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// junk checks that what a stranger posts is refused in words, or kept in a form that can be
// stored, shown and exported.
func junk(t *testing.T, k campaigns.Kind) {
	t.Helper()
	r, ok := k.(campaigns.Responder)
	if !ok {
		return
	}
	d := NewDesk()
	to := Person(names(k)[0])
	for _, form := range hostile() {
		reply, err := r.Respond(t.Context(), d, to, form)
		if err != nil {
			if _, ok := errors.AsType[*fault.Error](err); !ok {
				t.Errorf("respond to %.80v: %v is no fault", form, err)
			}
			continue
		}
		if reply.Name == "" {
			t.Errorf("respond to %.80v shows no page", form)
		}
		for field, value := range reply.Record {
			if !fieldName.MatchString(field) || !storable(value) {
				t.Errorf("respond to %.80v records %q: %.80q", form, field, value)
			}
		}
	}
}

// published checks that the pages for everybody write nothing and that others are not found.
func published(t *testing.T, k campaigns.Kind) {
	t.Helper()
	p, ok := k.(campaigns.Publisher)
	if !ok {
		return
	}
	d := NewDesk()
	if shown, err := p.Public(t.Context(), d, "", Now); err != nil || shown.Name == "" {
		t.Errorf("the first page: %+v, %v", shown, err)
	}
	for _, name := range []string{"nothing", "../x", "\x00", strings.Repeat("a", 10_000)} {
		if _, err := p.Public(t.Context(), d, name, Now); !fault.Is(err, fault.NotFound) {
			t.Errorf("page %.20q: %v; want NotFound", name, err)
		}
	}
	if d.Writes != 0 {
		t.Errorf("a public page writes: %v", d.Log)
	}
}

// figures checks that a report has names and numbers with nobody there and with many.
func figures(t *testing.T, k campaigns.Kind) {
	t.Helper()
	r, ok := k.(campaigns.Reporter)
	if !ok {
		return
	}
	for _, d := range []*Desk{{}, NewDesk(), busyDesk()} {
		all, err := r.Figures(t.Context(), d)
		if err != nil {
			t.Error(err)
		}
		for _, f := range all {
			values := []float64{f.Value}
			for _, b := range f.Bars {
				values = append(values, b.Value)
			}
			for _, v := range values {
				if f.Label == "" || math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("figure %+v", f)
				}
			}
		}
	}
}

func busyDesk() *Desk {
	d := NewDesk()
	d.Counts = map[string]int{"": 1, "1": 3, "5": 40, "0": 2, "10": 7, "junk": 9, "NaN": 1, "-3": 1}
	for i := range int64(100) {
		d.Given = append(d.Given, campaigns.Entry{EnrolmentID: i + 1, Value: "yes", At: Now.Add(time.Duration(i) * time.Second)})
	}
	return d
}

// appointments checks that a keeper asked twice does nothing twice, also long after its time.
func appointments(t *testing.T, k campaigns.Kind) {
	t.Helper()
	keeper, ok := k.(campaigns.Keeper)
	if !ok {
		return
	}
	d := busyDesk()
	for _, at := range []time.Time{Now, Now.AddDate(10, 0, 0)} {
		next, err := keeper.Keep(t.Context(), d, at)
		if err != nil || !next.IsZero() && !next.After(at) {
			t.Errorf("keep at %v: next at %v, %v", at, next, err)
		}
		written := d.Writes
		again, err := keeper.Keep(t.Context(), d, at)
		if err != nil || !again.Equal(next) || d.Writes != written {
			t.Errorf("asked twice it writes %v", d.Log[written:])
		}
	}
}
