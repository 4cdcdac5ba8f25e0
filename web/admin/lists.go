package admin

import (
	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// Lists shows all lists with their counts.
func (a *Admin) Lists(c *gin.Context) error {
	lists, err := a.Store.Lists(c.Request.Context())
	if err != nil {
		return err
	}
	return a.Page(c, "admin/lists", lists)
}

// NewList asks for a list.
func (a *Admin) NewList(c *gin.Context) error {
	return a.Page(c, "admin/list", listPage{ListRow: store.ListRow{List: audience.List{OptIn: audience.Double}}})
}

// listPage is one list's form, a new one's when its ID is 0.
type listPage struct {
	store.ListRow
	SignUp string // the address of the public sign-up page
	Left   int64  // how many have unsubscribed
}

// List shows one list.
func (a *Admin) List(c *gin.Context) error {
	l, err := a.list(c)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/list", l)
}

func (a *Admin) list(c *gin.Context) (listPage, error) {
	id, err := page.ID(c)
	if err != nil {
		return listPage{}, err
	}
	row, err := a.Store.List(c.Request.Context(), id)
	if err != nil {
		return listPage{}, err
	}
	left, err := a.Store.CountSubscribers(c.Request.Context(), store.SubscriberQuery{List: id, State: audience.Unsubscribed})
	return listPage{row, a.Config.Base() + "/join/" + row.Label, left}, err
}

func readList(c *gin.Context, l *audience.List) error {
	l.Name, l.Description, l.OptIn = c.PostForm("name"), c.PostForm("description"), audience.OptIn(c.PostForm("opt_in"))
	return l.Validate()
}

// CreateList stores a new list.
func (a *Admin) CreateList(c *gin.Context) error {
	var l listPage
	if err := readList(c, &l.List); err != nil {
		return a.Again(c, "admin/list", l, err)
	}
	if err := a.Store.CreateList(c.Request.Context(), &l.List); err != nil {
		return a.Again(c, "admin/list", l, err)
	}
	a.Toast(c, a.T(c, "“%s” is ready.", l.Name), "")
	return a.Redirect(c, "/lists/%d", l.ID)
}

// EditList stores a list's name, description and way of joining.
func (a *Admin) EditList(c *gin.Context) error {
	l, err := a.list(c)
	if err != nil {
		return err
	}
	if err := readList(c, &l.List); err != nil {
		return a.Again(c, "admin/list", l, err)
	}
	if err := a.Store.UpdateList(c.Request.Context(), l.List); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved."), "")
	return a.Redirect(c, "/lists/%d", l.ID)
}

// DeleteList hides a list; its people stay.
func (a *Admin) DeleteList(c *gin.Context) error {
	l, err := a.list(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteList(c.Request.Context(), l.ID); err != nil {
		return err
	}
	if err := a.audit(c, "list.delete", "list:%d", l.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "“%s” is deleted. Its people stay on your books.", l.Name), c.Request.URL.Path[:len(c.Request.URL.Path)-len("delete")]+"restore")
	return a.Redirect(c, "/lists")
}

// RestoreList undoes DeleteList.
func (a *Admin) RestoreList(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Store.RestoreList(c.Request.Context(), id); err != nil {
		return err
	}
	return a.Redirect(c, "/lists/%d", id)
}
