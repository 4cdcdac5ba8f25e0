package admin

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// maxBulk is a page's worth of people, so that an undo fits an address.
const maxBulk = 50

// Bulk puts the chosen people on a list or takes them off it. The toast's undo carries
// where each of them was.
func (a *Admin) Bulk(c *gin.Context) error {
	ids, err := chosen(c)
	if err != nil {
		return err
	}
	list, err := a.Store.List(c.Request.Context(), number(c.PostForm("list")))
	if err != nil {
		return err
	}
	undo, err := a.whereTheyAre(c, list.ID, ids)
	if err != nil {
		return err
	}
	if c.PostForm("do") == "leave" {
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

// whereTheyAre is the address whose POST puts the people back where they are now.
func (a *Admin) whereTheyAre(c *gin.Context, list int64, ids []int64) (string, error) {
	people := make([]audience.Subscriber, len(ids))
	for i, id := range ids {
		people[i].ID = id
	}
	standings, err := a.Store.Standings(c.Request.Context(), people)
	if err != nil {
		return "", err
	}
	was := map[audience.State][]string{}
	for _, id := range ids {
		state := audience.State("none")
		for _, l := range standings[id].Lists {
			if l.ListID == list {
				state = l.State
			}
		}
		was[state] = append(was[state], strconv.FormatInt(id, 36))
	}
	q := url.Values{}
	for state, all := range was {
		q.Set(string(state), strings.Join(all, "."))
	}
	return fmt.Sprintf("/lists/%d/put-back?%s", list, q.Encode()), nil
}

// putBackURL is whereTheyAre for one person.
func putBackURL(list int64, state audience.State, id int64) string {
	if state == "" {
		state = "none"
	}
	return fmt.Sprintf("/lists/%d/put-back?%s=%s", list, state, strconv.FormatInt(id, 36))
}

// PutBack undoes Bulk, Join and Leave.
func (a *Admin) PutBack(c *gin.Context) error {
	list, err := page.ID(c)
	if err != nil {
		return err
	}
	was := map[int64]audience.State{}
	for _, state := range []audience.State{"none", audience.Pending, audience.Confirmed, audience.Unsubscribed} {
		for part := range strings.SplitSeq(c.Query(string(state)), ".") {
			if id, err := strconv.ParseInt(part, 36, 64); err == nil && len(was) < maxBulk {
				was[id] = state
			}
		}
	}
	for id, state := range was {
		if state == "none" {
			was[id] = ""
		}
	}
	consent := audience.Consent{Source: "admin", Wording: a.T(c, "A change made by mistake was undone.")}
	if err := a.Store.PutBack(c.Request.Context(), list, was, consent); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Undone."), "")
	return a.Redirect(c, "%s", page.Local(refererPath(c), "/subscribers"))
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
