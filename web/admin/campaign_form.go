package admin

import (
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

// field is one labelled setting of a kind, as its form shows it.
type field struct {
	Name, Label, Help string
	Type              string // text, number, checkbox, datetime-local, textarea, url or select
	Value             string
	Options           []option
	On                bool // of a checkbox
}

type option struct {
	Value, Text string
	Here        bool
}

// localForm is how browsers write a date with a time.
const localForm = "2006-01-02T15:04"

// fieldsOf are the labelled fields of a kind's settings, filled with its values. Times are
// the shop's.
func (w words) fieldsOf(k campaigns.Kind) []field {
	v := reflect.ValueOf(k).Elem()
	var all []field
	for i := range v.NumField() {
		tags := v.Type().Field(i).Tag
		if tags.Get("label") == "" {
			continue
		}
		f := field{Name: nameOf(v.Type().Field(i)), Label: w.T(tags.Get("label")), Type: "text"}
		if help := tags.Get("help"); help != "" {
			f.Help = w.T(help)
		}
		w.show(&f, v.Field(i), tags.Get("input"))
		all = append(all, f)
	}
	return all
}

// nameOf is a field's name in JSON, in forms and in faults.
func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func (w words) show(f *field, v reflect.Value, input string) {
	switch x := v.Interface().(type) {
	case time.Time:
		f.Type = "datetime-local"
		if !x.IsZero() {
			f.Value = x.In(w.shop.Location()).Format(localForm)
		}
	case bool:
		f.Type, f.On = "checkbox", x
	case int:
		f.Type, f.Value = "number", strconv.Itoa(x)
	case string:
		f.Value = x
	}
	if list, ok := strings.CutPrefix(input, "select:"); ok {
		f.Type = "select"
		for o := range strings.SplitSeq(list, ",") {
			f.Options = append(f.Options, option{Value: o, Text: w.T(o), Here: o == f.Value})
		}
	} else if input != "" {
		f.Type = input
	}
}

// samples fills the empty settings with their samples, for a picture in the gallery: texts
// by their tag, times two weeks apart from now.
func (w words) samples(k campaigns.Kind) {
	v := reflect.ValueOf(k).Elem()
	at := w.now
	for i := range v.NumField() {
		switch x := v.Field(i).Interface().(type) {
		case string:
			if s := v.Type().Field(i).Tag.Get("sample"); s != "" && x == "" {
				v.Field(i).SetString(w.T(s))
			}
		case time.Time:
			if x.IsZero() {
				v.Field(i).Set(reflect.ValueOf(at))
				at = at.AddDate(0, 0, 14)
			}
		}
	}
}

// fill writes a sent form into a kind's settings; what cannot be read is a fault at its field.
func (w words) fill(k campaigns.Kind, form url.Values) error {
	v := reflect.ValueOf(k).Elem()
	var errs []error
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("label") == "" {
			continue
		}
		name := nameOf(v.Type().Field(i))
		errs = append(errs, w.set(v.Field(i), name, strings.TrimSpace(form.Get(name))))
	}
	return fault.Join(errs...)
}

// mostText is how long a setting may be; the rest is cut off before it is stored.
const mostText = 20000

func (w words) set(v reflect.Value, name, text string) error {
	switch v.Interface().(type) {
	case time.Time:
		return w.setTime(v, name, text)
	case bool:
		v.SetBool(text != "")
	case int:
		n, err := strconv.Atoi(text)
		if err != nil && text != "" {
			return fault.Field(name, "Write a whole number.")
		}
		v.SetInt(int64(n))
	case string:
		if len(text) > mostText {
			return fault.Field(name, "This is too long.")
		}
		v.SetString(strings.ReplaceAll(text, "\r\n", "\n"))
	}
	return nil
}

func (w words) setTime(v reflect.Value, name, text string) error {
	if text == "" {
		v.Set(reflect.ValueOf(time.Time{}))
		return nil
	}
	at, err := time.ParseInLocation(localForm, text, w.shop.Location())
	if err != nil {
		return fault.Field(name, "Write a date and a time.")
	}
	v.Set(reflect.ValueOf(at.UTC()))
	return nil
}
