package admin

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// maxBulk is a page's worth of people, so that an undo fits an address.
const maxBulk = 50

// Bulk puts the chosen people on a list or takes them off it; its undo carries where each
// of them was.
func (a *Admin) Bulk(c *gin.Context) error {
	ids, err := chosen(c)
	if err != nil {
		return err
	}
	list, err := a.Store.List(c.Request.Context(), number(c.PostForm("list")))
	if err != nil {
		return err
	}
	made := audience.Confirmed
	if c.PostForm("do") == "leave" {
		made = audience.Unsubscribed
	}
	undo, err := a.whereTheyAre(c, list.ID, made, ids)
	if err != nil {
		return err
	}
	if made == audience.Unsubscribed {
		err = a.bulkLeave(c, list, ids, undo)
	} else {
		err = a.bulkJoin(c, list, ids, undo)
	}
	if err != nil {
		return err
	}
	return a.Redirect(c, "%s", page.Local(c.PostForm("back"), "/subscribers"))
}

func (a *Admin) bulkJoin(c *gin.Context, list store.ListRow, ids []int64, undo string) error {
	wording := audience.CleanName(c.PostForm("wording"))
	if wording == "" {
		return fault.Field("wording", "Say how these people agreed: it is the proof that you may write.")
	}
	for _, id := range ids {
		if err := a.Store.Subscribe(c.Request.Context(), id, list.ID, audience.Confirmed, audience.Consent{Source: "admin", Wording: wording}); err != nil {
			return err
		}
	}
	a.Toast(c, a.Catalog.N(a.Lang(c), "%d people added to “%s”.", len(ids), list.Name), undo)
	return nil
}

func (a *Admin) bulkLeave(c *gin.Context, list store.ListRow, ids []int64, undo string) error {
	for _, id := range ids {
		if err := a.Store.Unsubscribe(c.Request.Context(), store.Leave{Subscriber: id, List: list.ID, Source: "admin"}); err != nil {
			return err
		}
	}
	a.Toast(c, a.Catalog.N(a.Lang(c), "%d people taken off “%s”.", len(ids), list.Name), undo)
	return nil
}

func chosen(c *gin.Context) ([]int64, error) {
	var ids []int64
	for _, v := range c.PostFormArray("ids") {
		if id := number(v); id > 0 {
			ids = append(ids, id)
		}
	}
	switch {
	case len(ids) == 0:
		return nil, fault.New(fault.Invalid, "Choose somebody first.")
	case len(ids) > maxBulk:
		return nil, fault.New(fault.Invalid, "Choose at most %d people at once.", maxBulk)
	}
	return ids, nil
}

// refererPath is the path of ours the reader came from.
func refererPath(c *gin.Context) string {
	u, err := url.Parse(c.Request.Referer())
	if err != nil || u.Host != c.Request.Host {
		return ""
	}
	return u.RequestURI()
}

// number reads a number from a form; what is none is 0.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (a *Admin) audit(c *gin.Context, action, object string, args ...any) error {
	return a.Store.Audit(c.Request.Context(), page.User(c).ID, action, fmt.Sprintf(object, args...))
}
