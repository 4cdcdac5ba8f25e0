package admin

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
)

// Columns of people that are not attributes, and those that are shown until somebody chooses.
var (
	fixedColumns = []string{"lists", "lang", "created_at", "zone", "source"}
	usualColumns = []string{"lists", "lang", "created_at"}
)

// A table of more columns than these nobody reads; and a cookie holds no more octets.
const (
	mostColumns   = 10
	columnsCookie = "columns"
	columnsOctets = 3500
	columnsAge    = 365 * 24 * 60 * 60 // seconds
)

// peopleColumn is one that the table of people may have.
type peopleColumn struct {
	Field string // of fixedColumns, or attributes.KEY
	Label string // of an attribute what it is called
	On    bool
}

// Attribute reports whether the column is an attribute.
func (col peopleColumn) Attribute() bool { return strings.HasPrefix(col.Field, segment.Attribute) }

// Shown are the columns of the table.
func (p subscribersPage) Shown() (out []peopleColumn) {
	for _, one := range p.Columns {
		if one.On {
			out = append(out, one)
		}
	}
	return out
}

// Cell is what one of the people has in a column of an attribute. The page's people came with their attributes: nobody else is asked.
func (p subscribersPage) Cell(who audience.Subscriber, col peopleColumn) string {
	key := strings.TrimPrefix(col.Field, segment.Attribute)
	for _, known := range p.Known {
		if known.Key == key {
			return p.words.valueShown(known.Type, who.Attributes[key])
		}
	}
	return ""
}

// columns are all that the table may have, in the order of the form; those that the reader chose are on.
func columns(known []attributeInput, chosen []string) (out []peopleColumn) {
	for _, field := range fixedColumns {
		out = append(out, peopleColumn{Field: field, On: slices.Contains(chosen, field)})
	}
	for _, one := range known {
		field := segment.Attribute + one.Key
		out = append(out, peopleColumn{field, one.Name, slices.Contains(chosen, field)})
	}
	return out
}

// chosenColumns are what this browser keeps, or the usual ones.
func chosenColumns(c *gin.Context) []string {
	kept, err := c.Cookie(columnsCookie)
	if err != nil || kept == "" {
		return usualColumns
	}
	var chosen []string
	b, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil || json.Unmarshal(b, &chosen) != nil || len(chosen) > mostColumns {
		return usualColumns
	}
	return chosen
}

// SaveColumns keeps which columns the table of people has, in this browser, as the choice of light and dark is kept.
func (a *Admin) SaveColumns(c *gin.Context) error {
	chosen := c.PostFormArray("columns")
	known, err := a.attributeInputs(c, nil)
	if err != nil {
		return err
	}
	there := columns(known, nil)
	chosen = slices.DeleteFunc(slices.Compact(chosen), func(field string) bool {
		return !slices.ContainsFunc(there, func(one peopleColumn) bool { return one.Field == field })
	})
	b, _ := json.Marshal(chosen) // texts always marshal
	value, age := base64.RawURLEncoding.EncodeToString(b), columnsAge
	switch {
	case c.PostForm("do") == "usual":
		value, age = "", -1
	case len(chosen) > mostColumns || len(value) > columnsOctets:
		return fault.New(fault.Invalid, "Choose at most %d columns: a table of more nobody reads.", mostColumns)
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: columnsCookie, Value: value, Path: "/subscribers", MaxAge: age, HttpOnly: true, Secure: a.TLS(), SameSite: http.SameSiteLaxMode})
	back, _ := url.ParseQuery(c.PostForm("back")) // what cannot be read shows everybody
	return a.Redirect(c, "/subscribers?%s", back.Encode())
}
