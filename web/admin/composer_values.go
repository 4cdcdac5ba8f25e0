package admin

import (
	"fmt"
	"reflect"
	"regexp"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/dispatch"
	"keepsake/internal/liquid"
)

// letterValue is a merge tag the composer offers, with what it looks like.
type letterValue struct {
	Path   string `json:"path"`
	Label  string `json:"label"`
	Sample string `json:"sample"`
	Time   string `json:"time,omitempty"` // the sample of a date with its time of day
	Group  string `json:"group"`
	About  string `json:"about"`        // one sentence
	As     string `json:"as,omitempty"` // date, money, number, list or link; "" is a text
}

// letterValues are the values a letter of this campaign may show, group by group.
func (a *Admin) letterValues(c *gin.Context, l letterAt, sample dispatch.Sample) ([]letterValue, error) {
	w := a.words(c)
	known, err := a.Store.Attributes(c.Request.Context())
	if err != nil {
		return nil, err
	}
	k, err := l.campaign.Open()
	if err != nil {
		return nil, err
	}
	all := append(w.personValues(sample.Person), w.attributeValues(known, sample.Person)...)
	all = append(all, w.worthValues()...)
	if sample.Event != nil && sample.Event.Order != nil {
		all = append(all, w.orderValues(*sample.Event.Order)...)
	}
	all = append(all, w.dataValues(k, sample.Data)...)
	all = append(all, letterValue{Path: "campaign.name", Label: w.T("Name of the campaign"), Sample: l.campaign.Name, About: w.T("As you named it; mostly for yourself."), Group: w.T("This campaign")})
	return append(all, w.commonValues()...), nil
}

func (w words) personValues(p audience.Subscriber) []letterValue {
	group := w.T("Subscriber")
	return []letterValue{
		{Path: "subscriber.first_name", Label: w.T("First name"), Sample: p.FirstName, Group: group, About: w.T("Some people never told it: give a fallback.")},
		{Path: "subscriber.last_name", Label: w.T("Last name"), Sample: p.LastName, Group: group, About: w.T("Some people never told it: give a fallback.")},
		{Path: "subscriber.name", Label: w.T("Full name"), Sample: p.Name(), Group: group, About: w.T("First and last name, as far as they are known.")},
		{Path: "subscriber.email", Label: w.T("Email address"), Sample: p.Email, Group: group, About: w.T("The address this letter goes to.")},
		{Path: "subscriber.lang", Label: w.T("Language"), Sample: p.Lang, Group: group, About: w.T("The language the person reads: en, bg or ru.")},
	}
}

// tagName is what the name of an attribute must be to stand in a merge tag.
var tagName = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)

// pointsNames are the attributes that a loyalty programme fills, with what they are.
var pointsNames = map[string]struct{ label, as string }{"points": {"Points", "number"}, "tier": {"Tier", ""}, "next_reward": {"Next reward", ""}, "next_reward_at": {"Points for the next reward", "number"}}

// attributeValues are what else is known of people; those of a loyalty programme stand apart.
func (w words) attributeValues(known []audience.Attribute, p audience.Subscriber) (all []letterValue) {
	var points []letterValue
	for _, one := range known {
		if !tagName.MatchString(one.Key) {
			continue
		}
		v := letterValue{Path: "subscriber.attributes." + one.Key, Label: one.Label(w.lang), Sample: p.Attributes[one.Key], Group: w.T("Subscriber"), About: w.T("An attribute of the person, from an import, a form or your shop.")}
		if p, ok := pointsNames[one.Key]; ok {
			v.As, v.Group, v.About = p.as, w.T("Points"), w.T("From the loyalty programme, as your shop last told it.")
			if v.Label == one.Key {
				v.Label = w.T(p.label)
			}
			points = append(points, v)
			continue
		}
		all = append(all, v)
	}
	return append(all, points...)
}

// worthValues are the figures of a customer's value that letters show; who bought nothing has none.
func (w words) worthValues() []letterValue {
	group := w.T("Customer value")
	about := w.T("Who has bought nothing has no value: give a fallback, or show the block only to customers.")
	return []letterValue{
		{Path: "subscriber.value.spent_cents", Label: w.T("Bought, less refunds"), Group: group, As: "money", About: about},
		{Path: "subscriber.value.orders", Label: w.T("Orders that were kept"), Group: group, As: "number", About: about},
		{Path: "subscriber.value.ltv_cents", Label: w.T("Lifetime value"), Group: group, As: "money", About: about},
		{Path: "subscriber.value.first_order_at", Label: w.T("First order"), Group: group, As: "date", About: about},
		{Path: "subscriber.value.next_order_at", Label: w.T("Expected next order"), Group: group, As: "date", About: about},
	}
}

func (w words) orderValues(o audience.Order) []letterValue {
	group := w.T("Order")
	items := ""
	if len(o.Items) > 0 {
		items = o.Items[0].Name
	}
	return []letterValue{
		{Path: "order.number", Label: w.T("Order number"), Sample: o.Number, Group: group, About: w.T("The number your shop gave the order.")},
		{Path: "order.total_cents", Label: w.T("Order total"), Sample: w.cat.Money(w.lang, o.TotalCents, o.Currency), Group: group, As: "money", About: w.T("What was paid, in the order's own currency.")},
		w.dateValue("order.placed_at", w.T("Ordered on"), group, w.T("When the order was placed."), o.PlacedAt),
		{Path: "order.items[0].name", Label: w.T("First product"), Sample: items, Group: group, About: w.T("The first product of the order.")},
		{Path: "order.items.size", Label: w.T("Number of products"), Sample: w.cat.Number(w.lang, len(o.Items)), Group: group, As: "number", About: w.T("How many different products the order has.")},
	}
}

func (w words) dateValue(path, label, group, about string, t time.Time) letterValue {
	v := letterValue{Path: path, Label: label, Group: group, About: about, As: "date"}
	if !t.IsZero() {
		v.Sample, v.Time = w.cat.Date(w.lang, t, w.shop.Location()), w.cat.DateTime(w.lang, t, w.shop.Location())
	}
	return v
}

// commonValues are those every letter has.
func (w words) commonValues() []letterValue {
	link := func(name, label, about string) letterValue {
		return letterValue{Path: "links." + name, Label: label, Sample: "https://…", Group: w.T("Links"), As: "link", About: about}
	}
	shop := func(name, label, sample, about string) letterValue {
		return letterValue{Path: "shop." + name, Label: label, Sample: sample, Group: w.T("Shop"), About: about}
	}
	return []letterValue{
		w.dateValue("now", w.T("Today"), w.T("Dates"), w.T("The day the letter is sent."), w.now),
		link("view", w.T("View in browser"), w.T("This letter as a page.")),
		link("unsubscribe", w.T("Unsubscribe"), w.T("One click and no more letters of this list.")),
		link("preferences", w.T("Preferences"), w.T("The page where the person chooses lists and language.")),
		link("respond", w.T("This campaign's page"), w.T("Where ratings, codes and entries lead, for this person alone.")),
		shop("name", w.T("Your shop's name"), w.shop.Name, w.T("From the settings.")),
		shop("address", w.T("Your postal address"), w.shop.Address, w.T("From the settings.")),
		shop("url", w.T("Your website"), w.shop.URL, w.T("From the settings.")),
	}
}

// dataValues are the kind's own: each plain value of its data that has a name people know.
func (w words) dataValues(k campaigns.Kind, data any) (all []letterValue) {
	v := reflect.Indirect(reflect.ValueOf(data))
	if v.Kind() != reflect.Struct {
		return nil
	}
	labels := map[string]string{"code": w.T("Code"), "expires_at": w.T("Valid until"), "entries": w.T("Entries so far"), "share_url": w.T("Own link to share"), "points": w.T("Points")}
	for _, f := range w.fieldsOf(k) {
		labels[f.Name] = f.Label
	}
	for _, f := range reflect.VisibleFields(v.Type()) {
		name := liquid.Snake(f.Name)
		if label := labels[name]; label != "" && f.IsExported() {
			all = append(all, w.dataValue("data."+name, label, v.FieldByIndex(f.Index)))
		}
	}
	return all
}

func (w words) dataValue(path, label string, v reflect.Value) letterValue {
	value := letterValue{Path: path, Label: label, Group: w.T("This campaign"), About: w.T("What this campaign gives, for each person.")}
	v = reflect.Indirect(v)
	if !v.IsValid() {
		return value
	}
	switch x := v.Interface().(type) {
	case time.Time:
		return w.dateValue(path, label, value.Group, value.About, x)
	case int, int64:
		value.Sample, value.As = w.cat.Number(w.lang, x), "number"
	case string:
		value.Sample = x
	default:
		if v.Kind() == reflect.Slice {
			value.As, value.Sample = "list", fmt.Sprint(v.Len())
		}
	}
	return value
}
