package render

import (
	"math"
	"strings"
	"time"
	"unicode"

	"keepsake/campaigns/audience"
	"keepsake/internal/liquid"
)

// Values are what one letter is filled with.
type Values struct {
	Subscriber  audience.Subscriber
	Shop        Brand
	Order       *audience.Order   // nil for a broadcast
	LastOrder   *audience.Order   // nil when there is none, or the letter does not ask for it
	Bestsellers []Bestseller      // likewise
	Worth       *Worth            // likewise
	Data        any               // what the kind's Data returned
	Links       map[string]string // unsubscribe, preferences, view, respond, public, answer, calendar, qr; open and click "" when not counted
	Hop         Hop               // counts clicks on addresses with merge tags; nil counts none
	Campaign    string            // its name
	Now         time.Time
	Zone        *time.Location // in which dates are shown; nil is UTC
	// Preview shows a value that is missing as [its.path] instead of refusing the letter.
	Preview bool
}

// The values that are looked up only for letters that read them.
const (
	LastOrder   = "subscriber.last_order"
	Bestsellers = "shop.bestsellers"
	OfWorth     = "subscriber.value"
)

// Worth is what a customer is worth to the shop, in the currency bought in most often; campaigns/value says what each figure means.
// Amounts stand as minor units and as plain numbers.
type Worth struct {
	Currency                           string
	LTVCents, SpentCents, AverageCents int64
	LTV, Spent, Average                float64
	Orders                             int64
	FirstOrderAt, LastOrderAt          time.Time
	NextOrderAt                        time.Time // zero while there are too few orders to expect one
	Recency, Frequency, Money          int       // 1 to 5
	Rhythm                             string    // keeping, at_risk, lost or ""
	Mood                               string    // happy, neither, unhappy or ""
}

// Amounts fills in the plain numbers.
func (w *Worth) Amounts() {
	unit := math.Pow10(audience.Exponent(w.Currency))
	w.LTV, w.Spent, w.Average = float64(w.LTVCents)/unit, float64(w.SpentCents)/unit, float64(w.AverageCents)/unit
}

// worthOf is what a letter sees. Who is worth nothing yet has no figures, but a currency of none (XTS, of ISO 4217): an amount that is
// formatted in it is then missing, and its fallback counts.
func worthOf(w *Worth) any {
	if w == nil {
		return map[string]any{"currency": "XTS"}
	}
	return w
}

// Bestseller is a product many bought, with the currency of its price.
type Bestseller struct {
	audience.Item
	Currency string
}

// order is an order as letters see it: with its total as a plain number, too.
type order struct {
	*audience.Order
	Total float64
}

// orderOf is nil for nil, so that a letter sees nothing there.
func orderOf(o *audience.Order) any {
	if o == nil {
		return nil
	}
	return &order{o, float64(o.TotalCents) / math.Pow10(audience.Exponent(o.Currency))}
}

// LinkNames are the links a letter may use.
var LinkNames = []string{"unsubscribe", "preferences", "view", "respond", "public", "answer", "calendar", "qr", "open", "click"}

func (v Values) vars(o Options) map[string]any {
	links := map[string]any{}
	for _, name := range LinkNames {
		links[name] = v.Links[name]
	}
	for _, name := range []string{"answer", "calendar"} {
		if v.Links[name] == "" {
			links[name] = "#" // a letter that is only looked at has nobody to answer
		}
	}
	if v.Hop != nil {
		links["to"] = v.Hop
	}
	s := v.Subscriber
	vars := map[string]any{
		"subscriber": map[string]any{"email": s.Email, "first_name": s.FirstName, "last_name": s.LastName, "name": s.Name(),
			"lang": s.Lang, "attributes": s.Attributes, "last_order": orderOf(v.LastOrder), "value": worthOf(v.Worth)},
		"shop":     map[string]any{"name": v.Shop.Name, "address": v.Shop.Address, "url": v.Shop.URL, "logo": o.asset(v.Shop.Logo), "bestsellers": v.Bestsellers},
		"data":     v.Data,
		"campaign": map[string]any{"name": v.Campaign},
		"message":  map[string]any{"subject": ""},
		"links":    links,
		"now":      v.Now,
	}
	if v.Order != nil {
		vars["order"] = orderOf(v.Order)
	}
	return vars
}

func (v Values) limits(lang string) liquid.Limits {
	zone := v.Zone
	if zone == nil {
		zone = time.UTC
	}
	began := time.Now() // the limit on time needs a clock that goes on
	return liquid.Limits{Lang: lang, Zone: zone, Now: func() time.Time { return v.Now.Add(time.Since(began)) }}
}

// clean makes one line fit for a header: no CR, LF or other control (ASVS 1.3.11), and no
// marks that turn the direction of what stands around it.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u200d' || r == '\u200c': // joiners belong to letters and emoji
			return r
		case unicode.IsControl(r) || unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// day and moment are merge tags that show a time in words of the language.
func day(path, lang string) string { return `{{ ` + path + ` | date: "` + dayPattern(lang) + `" }}` }

func moment(path, lang string) string {
	return `{{ ` + path + ` | date: "` + dayPattern(lang) + `, %H:%M (UTC%:z)" }}`
}

func dayPattern(lang string) string {
	if audience.Language(lang) == "en" {
		return "%-d %B %Y"
	}
	return "%-d %B %Y г."
}
