package admin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// attributeInput is one attribute in a person's form, or on their page.
type attributeInput struct {
	audience.Attribute
	Name  string // what it is called in the reader's language
	Value string // as it is kept, or as it was typed
	Shown string // for reading
}

// Day reports whether the browser's own input for days can hold the value.
func (i attributeInput) Day() bool {
	_, err := time.Parse(time.DateOnly, i.Value)
	return i.Value == "" || err == nil
}

// attributeInputs are all attributes with somebody's values, by what they are called. What nobody registered comes too,
// as text.
func (a *Admin) attributeInputs(c *gin.Context, values map[string]string) ([]attributeInput, error) {
	known, err := a.Store.Attributes(c.Request.Context())
	if err != nil {
		return nil, err
	}
	w := a.words(c)
	var all []attributeInput
	for _, one := range known {
		all = append(all, attributeInput{Attribute: one, Name: one.Label(w.lang), Value: values[one.Key], Shown: w.valueShown(one.Type, values[one.Key])})
	}
	slices.SortStableFunc(all, func(x, y attributeInput) int { return cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)) })
	return all, nil
}

// valueShown is a value as one reads it; what is not of its type is as it is.
func (w words) valueShown(kind, value string) string {
	switch kind {
	case audience.DateAttribute:
		if at, err := time.Parse(time.DateOnly, value); err == nil {
			return w.cat.Date(w.lang, at, time.UTC)
		}
	case audience.MoneyAttribute:
		amount, currency, ok := strings.Cut(value, " ")
		if cents, err := audience.ParseMoney(amount, currency); ok && err == nil {
			return w.cat.Money(w.lang, cents, currency)
		}
	case audience.YesNoAttribute:
		if value == "yes" || value == "no" {
			return w.T(value)
		}
	}
	return value
}

// readAttributes puts the form's values into a person: an empty one is taken away, and what cannot be read as its type is
// a fault. What the form does not ask stays.
func (a *Admin) readAttributes(c *gin.Context, p *audience.Subscriber) error {
	known, err := a.Store.Attributes(c.Request.Context())
	if err != nil {
		return err
	}
	if p.Attributes == nil {
		p.Attributes = map[string]string{}
	}
	var wrong []error
	for _, one := range known {
		typed, sent := c.GetPostForm("attributes." + one.Key)
		if !sent || typed == p.Attributes[one.Key] { // what is there already stays, whatever its type says
			continue
		}
		value, err := one.Canonical(typed)
		if wrong = append(wrong, err); err != nil {
			value = typed
		}
		if p.Attributes[one.Key] = value; value == "" {
			delete(p.Attributes, one.Key)
		}
	}
	return fault.Join(wrong...)
}
