package admin

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/link"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// backTime is how long a change of places can be undone; the toast is gone long before.
const backTime = 10 * time.Minute

// whereTheyAre is the address whose POST puts the people back where they are now, before
// a change puts them all in one state.
func (a *Admin) whereTheyAre(c *gin.Context, list int64, made audience.State, ids []int64) (string, error) {
	people := make([]audience.Subscriber, len(ids))
	for i, id := range ids {
		people[i].ID = id
	}
	standings, err := a.Store.Standings(c.Request.Context(), people)
	if err != nil {
		return "", err
	}
	note := map[string][]string{}
	for _, id := range ids {
		state, short := "none", strconv.FormatInt(id, 36)
		for _, l := range standings[id].Lists {
			if l.ListID == list {
				state = string(l.State)
			}
		}
		note[state] = append(note[state], short)
		if made == audience.Confirmed && standings[id].Suppressed == audience.Left {
			note["left"] = append(note["left"], short)
		}
	}
	q := url.Values{"made": {string(made)}, "until": {strconv.FormatInt(a.Now().Add(backTime).Unix(), 10)}}
	for word, all := range note {
		q.Set(word, strings.Join(all, "."))
	}
	token := a.Links.Token(link.Claims{Purpose: link.Undo, List: list, Extra: q.Encode()})
	return fmt.Sprintf("/lists/%d/put-back?note=%s", list, token), nil
}

// PutBack undoes Bulk, Join and Leave.
func (a *Admin) PutBack(c *gin.Context) error {
	list, err := page.ID(c)
	if err != nil {
		return err
	}
	note, err := a.Links.Open(link.Undo, c.Query("note"))
	if err != nil || note.List != list {
		return fault.New(fault.NotFound, "There is no such page.")
	}
	q, err := url.ParseQuery(note.Extra)
	if err != nil {
		return err
	}
	if until := number(q.Get("until")); a.Now().Unix() > until {
		return fault.New(fault.Conflict, "This can no longer be undone.")
	}
	consent := audience.Consent{Source: "admin", Wording: a.T(c, "A change made by mistake was undone.")}
	if err := a.Store.PutBack(c.Request.Context(), undoOf(list, q), consent); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Undone."), "")
	return a.Redirect(c, "%s", page.Local(refererPath(c), "/subscribers"))
}

func undoOf(list int64, q url.Values) store.Undo {
	u := store.Undo{List: list, Made: audience.State(q.Get("made")), Was: map[int64]audience.State{}, Left: map[int64]bool{}}
	for _, id := range people(q, "none") {
		u.Was[id] = ""
	}
	for _, state := range []audience.State{audience.Pending, audience.Confirmed, audience.Unsubscribed} {
		for _, id := range people(q, string(state)) {
			u.Was[id] = state
		}
	}
	for _, id := range people(q, "left") {
		u.Left[id] = true
	}
	return u
}

func people(q url.Values, word string) (ids []int64) {
	for part := range strings.SplitSeq(q.Get(word), ".") {
		if id, err := strconv.ParseInt(part, 36, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}
