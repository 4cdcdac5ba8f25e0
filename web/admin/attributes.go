package admin

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// attributePage is one attribute: a row of the list, or its form; a new one's ID is 0.
type attributePage struct {
	audience.Attribute
	store.AttributeCount
	Uses    store.AttributeUses
	Name    string       // what it is called in the reader's language
	Percent int          // of its index, where the database tells
	As      store.ReadAs // what its new type would make of what people have: the form asks once more
}

// Types are the types of attributes.
func (attributePage) Types() []string { return audience.AttributeTypes }

// Lines are the choices as they are written, one on each line.
func (p attributePage) Lines() string { return strings.Join(p.Choices, "\n") }

// Used reports whether anything asks for it.
func (p attributePage) Used() bool { return len(p.Uses.Segments)+len(p.Uses.Letters) > 0 }

// Going reports whether its index is on its way.
func (p attributePage) Going() bool {
	return p.Index == audience.IndexWanted || p.Index == audience.IndexMaking
}

type attributesPage struct{ All []attributePage }

// Going reports whether the page should look again soon.
func (p attributesPage) Going() bool {
	for _, one := range p.All {
		if one.Going() {
			return true
		}
	}
	return false
}

// Attributes lists what can be known of people.
func (a *Admin) Attributes(c *gin.Context) error {
	all, err := a.Store.Attributes(c.Request.Context())
	if err != nil {
		return err
	}
	p := attributesPage{}
	if p.All, err = a.attributeRows(c, all); err != nil {
		return err
	}
	return a.Page(c, "admin/attributes", p)
}

func (a *Admin) attributeRows(c *gin.Context, all []audience.Attribute) ([]attributePage, error) {
	ctx := c.Request.Context()
	counts, err := a.Store.AttributeCounts(ctx)
	if err != nil {
		return nil, err
	}
	uses, err := a.Store.UsesOfAttributes(ctx)
	if err != nil {
		return nil, err
	}
	rows := make([]attributePage, len(all))
	for i, one := range all {
		rows[i] = attributePage{Attribute: one, AttributeCount: counts[one.Key], Uses: uses[one.Key], Name: one.Label(a.Lang(c))}
		if one.Index == audience.IndexMaking {
			if rows[i].Percent, err = a.Store.IndexProgress(ctx, one.ID); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// NewAttribute asks for an attribute.
func (a *Admin) NewAttribute(c *gin.Context) error {
	return a.Page(c, "admin/attribute", attributePage{Attribute: audience.Attribute{Type: audience.TextAttribute}})
}

// Attribute shows one attribute.
func (a *Admin) Attribute(c *gin.Context) error {
	p, err := a.attribute(c)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/attribute", p)
}

func (a *Admin) attribute(c *gin.Context) (attributePage, error) {
	id, err := page.ID(c)
	if err != nil {
		return attributePage{}, err
	}
	one, err := a.Store.AttributeByID(c.Request.Context(), id)
	if err != nil {
		return attributePage{}, err
	}
	rows, err := a.attributeRows(c, []audience.Attribute{one})
	if err != nil {
		return attributePage{}, err
	}
	return rows[0], nil
}

func readAttribute(c *gin.Context, one *audience.Attribute) error {
	form := c.Request.FormValue // an undo has it in its address
	one.Type, one.Labels = form("type"), map[string]string{}
	for _, lang := range audience.Languages {
		one.Labels[lang] = form("label_" + lang)
	}
	one.Choices = strings.Split(form("choices"), "\n")
	return one.Validate()
}

// CreateAttribute registers an attribute.
func (a *Admin) CreateAttribute(c *gin.Context) error {
	p := attributePage{Attribute: audience.Attribute{Key: strings.TrimSpace(c.PostForm("key"))}}
	err := readAttribute(c, &p.Attribute)
	if err == nil {
		err = audience.NewKey(p.Key)
	}
	if err == nil {
		if _, known := a.Store.Attribute(c.Request.Context(), p.Key); known == nil {
			err = fault.Field("key", "There is an attribute with the key “%s” already.", p.Key)
		}
	}
	if err != nil {
		return a.Again(c, "admin/attribute", p, err)
	}
	if err := a.Store.SaveAttribute(c.Request.Context(), &p.Attribute); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "“%s” is ready.", p.Label(a.Lang(c))), "")
	return a.Redirect(c, "/attributes")
}

// longestUndo is how many octets an address has that undoes: it waits in a cookie.
const longestUndo = 2000

// formerly is the address that brings an attribute back to what it is; "" where that is too much for one.
func (p attributePage) formerly() string {
	q := url.Values{"type": {p.Type}, "sure": {p.Type}, "choices": {p.Lines()}}
	for lang, label := range p.Labels {
		q.Set("label_"+lang, label)
	}
	if at := fmt.Sprintf("/attributes/%d?%s", p.ID, q.Encode()); len(at) <= longestUndo {
		return at
	}
	return ""
}

// EditAttribute stores an attribute's type, labels and choices. Before a new type that cannot read what people have, or
// writes it anew, it says of how many.
func (a *Admin) EditAttribute(c *gin.Context) error {
	p, err := a.attribute(c)
	if err != nil {
		return err
	}
	was, undo := p.Type, p.formerly()
	if err := readAttribute(c, &p.Attribute); err != nil {
		return a.Again(c, "admin/attribute", p, err)
	}
	if p.Type == was {
		undo = ""
	} else if c.Request.FormValue("sure") != p.Type {
		if p.As, err = a.Store.ReadAs(c.Request.Context(), p.Attribute); err != nil {
			return err
		}
		if !p.As.Read() {
			return a.Page(c, "admin/attribute", p)
		}
	}
	if err := a.Store.SaveAttribute(c.Request.Context(), &p.Attribute); err != nil {
		return err
	}
	a.Jobs.WakeIndexes()
	a.Toast(c, a.T(c, "Saved."), undo)
	return a.Redirect(c, "/attributes")
}

// IndexAttribute says whether segments find people by an attribute.
func (a *Admin) IndexAttribute(c *gin.Context) error {
	p, err := a.attribute(c)
	if err != nil {
		return err
	}
	if err := a.Store.WantIndex(c.Request.Context(), p.Key, c.PostForm("on") != ""); err != nil {
		return a.Again(c, "admin/attribute", p, err)
	}
	a.Jobs.WakeIndexes()
	return a.Redirect(c, "/attributes/%d", p.ID)
}

// DeleteAttribute hides an attribute that nothing uses.
func (a *Admin) DeleteAttribute(c *gin.Context) error {
	p, err := a.attribute(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteAttribute(c.Request.Context(), p.Key); err != nil {
		if fault.Is(err, fault.Conflict) {
			return a.Again(c, "admin/attribute", p, err)
		}
		return err
	}
	if err := a.audit(c, "attribute.delete", "attribute:%d", p.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "“%s” is deleted.", p.Name), strings.TrimSuffix(c.Request.URL.Path, "delete")+"restore")
	return a.Redirect(c, "/attributes")
}

// RestoreAttribute undoes DeleteAttribute.
func (a *Admin) RestoreAttribute(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Store.RestoreAttribute(c.Request.Context(), id); err != nil {
		return err
	}
	a.Jobs.WakeIndexes()
	return a.Redirect(c, "/attributes/%d", id)
}
