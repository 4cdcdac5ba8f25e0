package admin

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
)

// membersPage is a page of those who are in a segment now.
type membersPage struct {
	segmentRow
	Search    string
	After     int64
	People    []audience.Subscriber
	Standings map[int64]store.Standing
	Next      int64
}

// Standing is where one of the people stands.
func (p membersPage) Standing(id int64) store.Standing { return p.Standings[id] }

// membersShown is how many people a page has.
const membersShown = 50

// SegmentMembers lists those who are in a segment now, newest first.
func (a *Admin) SegmentMembers(c *gin.Context) error {
	ctx := c.Request.Context()
	one, err := a.segment(c)
	if err != nil {
		return err
	}
	names, err := a.Store.SegmentNames(ctx, a.Lang(c))
	if err != nil {
		return err
	}
	p := membersPage{segmentRow: segmentRow{one.Segment, a.words(c).said(one.Rule, names)}, Search: audience.CleanName(c.Query("q")), After: number(c.Query("after"))}
	if p.People, p.Next, err = a.Store.FindMembers(ctx, one.Rule, p.Search, p.After, membersShown); err != nil {
		return err
	}
	if p.Standings, err = a.Store.Standings(ctx, p.People); err != nil {
		return err
	}
	return a.Page(c, "admin/segment-members", p)
}

// SegmentCount says how many are in a segment now: pages ask for it when they are shown, as it takes a while where there
// are a million.
func (a *Admin) SegmentCount(c *gin.Context) error {
	one, err := a.segment(c)
	if err != nil {
		return err
	}
	n, err := a.Store.CountSegment(c.Request.Context(), one.Rule)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, map[string]any{"people": n, "text": a.words(c).N("%d people", n)})
	return nil
}
