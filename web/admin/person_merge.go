package admin

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// mergePage asks which of two people's words stay when they become one; without the other it asks who that is.
type mergePage struct {
	personPage
	Query  string
	Found  []audience.Subscriber // who might be the other
	Other  *personPage
	Fields []mergeField
	Stays  []mergePlace
}

// mergeField is one field of the two, side by side.
type mergeField struct {
	Name, Label    string
	Attribute      bool   // the label is the shop's own word
	One, Two       string // as one reads them
	TwoIsProposed  bool
	Same, Language bool
}

// mergePlace is a list with both places on it, and the one that comes of them.
type mergePlace struct {
	List           string
	One, Two, Made audience.State
}

// MergeForm shows two people side by side.
func (a *Admin) MergeForm(c *gin.Context) error {
	p, err := a.mergePage(c, number(c.Query("with")))
	if err != nil {
		return err
	}
	return a.Page(c, "admin/subscriber-merge", p)
}

func (a *Admin) mergePage(c *gin.Context, with int64) (p mergePage, err error) {
	if p.personPage, err = a.person(c); err != nil {
		return p, err
	}
	if with == 0 {
		p.Query = audience.CleanName(c.Query("q"))
		p.Found, err = a.twins(c, p.Subscriber, p.Query)
		return p, err
	}
	other, err := a.personOf(c, with)
	if err != nil {
		return p, err
	}
	if other.ID == p.ID {
		return p, fault.New(fault.Conflict, "This is the same person.")
	}
	known, err := a.Store.Attributes(c.Request.Context())
	if err != nil {
		return p, err
	}
	p.Other, p.Stays = &other, mergePlaces(p.Places, other.Places)
	p.Fields = a.words(c).readable(mergeFields(p.Subscriber, other.Subscriber, known, a.Lang(c)), known)
	return p, nil
}

// twins are people who may be the same: what somebody looks for, or who has the same name or the same mailbox.
func (a *Admin) twins(c *gin.Context, p audience.Subscriber, query string) (found []audience.Subscriber, err error) {
	ctx := c.Request.Context()
	asked := query
	if asked == "" {
		if asked = p.LastName; asked == "" {
			return nil, nil
		}
	}
	people, _, err := a.Store.Subscribers(ctx, store.SubscriberQuery{Search: asked, Limit: 20})
	for _, one := range people {
		if one.ID != p.ID && (query != "" || one.Name() == p.Name() || audience.SameMailbox(one.Email, p.Email)) {
			found = append(found, one)
		}
	}
	return found, err
}

func mergeFields(one, two audience.Subscriber, known []audience.Attribute, lang string) []mergeField {
	all := []mergeField{{Name: "email", Label: "Email", One: one.Email, Two: two.Email}, {Name: "first_name", Label: "First name", One: one.FirstName, Two: two.FirstName},
		{Name: "last_name", Label: "Last name", One: one.LastName, Two: two.LastName}, {Name: "lang", Label: "Language", One: one.Lang, Two: two.Lang, Language: true},
		{Name: "zone", Label: "Time zone", One: one.Zone, Two: two.Zone}}
	keys := maps.Clone(one.Attributes)
	maps.Copy(keys, two.Attributes)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		all = append(all, mergeField{Name: "attributes." + key, Label: audience.AttributeLabel(known, key, lang), Attribute: true, One: one.Attributes[key], Two: two.Attributes[key]})
	}
	for i, f := range all {
		all[i].Same, all[i].TwoIsProposed = f.One == f.Two, f.One == ""
	}
	return all
}

// readable puts what one reads in the place of the values of attributes as they are kept.
func (w words) readable(all []mergeField, known []audience.Attribute) []mergeField {
	for i, f := range all {
		for _, one := range known {
			if f.Attribute && f.Name == "attributes."+one.Key {
				all[i].One, all[i].Two = w.valueShown(one.Type, f.One), w.valueShown(one.Type, f.Two)
			}
		}
	}
	return all
}

func mergePlaces(one, two []place) (all []mergePlace) {
	for i := range one {
		if one[i].State != "" || two[i].State != "" {
			all = append(all, mergePlace{one[i].Name, one[i].State, two[i].State, audience.Stricter(one[i].State, two[i].State)})
		}
	}
	return all
}

// MergePeople makes two people one.
func (a *Admin) MergePeople(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	m := audience.Merge{Keep: id, Gone: number(c.PostForm("with"))}
	p, err := a.mergePage(c, m.Gone)
	if err != nil {
		return err
	}
	if p.Other == nil {
		return a.Again(c, "admin/subscriber-merge", p, fault.Field("with", "Choose the other person."))
	}
	for _, f := range p.Fields {
		if c.PostForm("take:"+f.Name) == "two" {
			m.Take = append(m.Take, f.Name)
		}
	}
	made, err := a.Store.Merge(c.Request.Context(), m)
	if err != nil {
		return a.Again(c, "admin/subscriber-merge", p, err)
	}
	if err := a.audit(c, "subscriber.merge", "subscriber:%d", id); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "The two are one now."), fmt.Sprintf("/merges/%d/undo", made))
	return a.Redirect(c, "/subscribers/%d", id)
}

// UndoMerge parts two people again.
func (a *Admin) UndoMerge(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	m, err := a.Store.MergeOf(c.Request.Context(), id)
	if err != nil {
		return err
	}
	gone, err := a.Store.Unmerge(c.Request.Context(), id)
	if err != nil {
		return err
	}
	if err := a.audit(c, "subscriber.unmerge", "subscriber:%d", gone); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "They are two people again."), "")
	return a.Redirect(c, "/subscribers/%d", m.KeptID)
}
