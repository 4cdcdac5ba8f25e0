package admin

import (
	"context"
	"slices"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
	"keepsake/web/page"
)

// whyPage says of each segment whether a person is in it, and of one why.
type whyPage struct {
	audience.Subscriber
	Segments []whySegment
	Chosen   whySegment
	Reasons  []whyRule
	Forgets  bool // some of it is answered from what retention has left
}

type whySegment struct {
	segment.Segment
	In bool
}

// whyRule is one rule with what came of it.
type whyRule struct {
	segment.Reason
	Text   string
	Figure string
}

// WhySegments answers why a person is in a segment, or is not.
func (a *Admin) WhySegments(c *gin.Context) error {
	ctx := c.Request.Context()
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	p := whyPage{}
	if p.Subscriber, err = a.Store.Subscriber(ctx, id); err != nil {
		return err
	}
	in, err := a.Store.SegmentsOf(ctx, id)
	if err != nil {
		return err
	}
	all, err := a.Store.Segments(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		row := whySegment{one, in[one.ID]}
		if p.Segments = append(p.Segments, row); one.ID == number(c.Query("segment")) {
			p.Chosen = row
		}
	}
	if p.Chosen.ID != 0 {
		if p.Reasons, err = a.whyRules(c, p.Chosen.Rule, id); err != nil {
			return err
		}
		if p.Forgets, err = a.forgets(ctx, p.Reasons); err != nil {
			return err
		}
	}
	return a.Page(c, "admin/subscriber-segments", p)
}

func (a *Admin) whyRules(c *gin.Context, r segment.Rule, subscriber int64) ([]whyRule, error) {
	reasons, err := a.Store.ExplainSegment(c.Request.Context(), r, subscriber)
	if err != nil {
		return nil, err
	}
	names, err := a.Store.SegmentNames(c.Request.Context(), a.Lang(c))
	if err != nil {
		return nil, err
	}
	w := a.words(c)
	all := make([]whyRule, len(reasons))
	for i, one := range reasons {
		all[i] = whyRule{one, segment.Say(one.Rule, w, names), w.decided(one)}
	}
	return all, nil
}

// forgets reports whether one of the rules asks what retention takes away.
func (a *Admin) forgets(ctx context.Context, all []whyRule) (bool, error) {
	kept, err := a.Store.Retention(ctx)
	months := map[string]int{"opened": kept.Opens, "clicked": kept.Clicks}
	return slices.ContainsFunc(all, func(r whyRule) bool {
		return months[r.Rule.Field] > 0 && !r.Rule.ByLatest(a.Store.Now())
	}), err
}

// decided is the figure that decided a test; "" of a group.
func (w words) decided(r segment.Reason) string {
	switch {
	case r.Rule.Group() || r.Rule.Field == "segment":
		return ""
	case r.Counts && !r.At.IsZero():
		return w.T("%s, last on %s", w.N("%d times", r.Count), w.cat.Date(w.lang, r.At, w.zone))
	case r.Counts:
		return w.N("%d times", r.Count)
	case r.Currency != "":
		return w.cat.Money(w.lang, r.Cents, r.Currency)
	case !r.At.IsZero():
		return w.cat.Date(w.lang, r.At, w.zone)
	case r.Text != "":
		return w.T("“%s”", r.Text)
	}
	return w.T("nothing on record")
}
