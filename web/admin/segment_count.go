package admin

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
	"keepsake/internal/store"
)

// ruleCount is what is said of a rule while it is made.
type ruleCount struct {
	Problems []ruleProblem     `json:"problems"` // where there are any, nobody is counted
	Said     said              `json:"said"`
	People   int64             `json:"people"`
	Of       int64             `json:"of"` // all subscribers
	Sample   []rulePerson      `json:"sample"`
	Names    map[string]string `json:"names"` // as builderProps has them
}

type ruleProblem struct {
	Path string `json:"path"`
	Part string `json:"part,omitempty"`
	Text string `json:"text"`
}

type rulePerson struct {
	ID    int64  `json:"id"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email"`
}

// CountRule counts whom a rule means that is not saved, exactly, and shows ten of them; of one that is not finished it
// says what is missing.
func (a *Admin) CountRule(c *gin.Context) error {
	raw, err := c.GetRawData()
	if err != nil {
		return err
	}
	out := ruleCount{Problems: []ruleProblem{}, Sample: []rulePerson{}, Names: map[string]string{}}
	rule, err := segment.Read(raw)
	if err != nil {
		out.Problems = append(out.Problems, ruleProblem{Path: "rule", Text: a.Catalog.Fault(a.Lang(c), err)})
		c.JSON(http.StatusOK, out)
		return nil
	}
	names, err := a.Store.SegmentNames(c.Request.Context(), a.Lang(c))
	if err != nil {
		return err
	}
	out.Said = a.words(c).said(rule, names)
	namesIn(rule, names, out.Names)
	for _, p := range rule.Problems() {
		out.Problems = append(out.Problems, ruleProblem{p.Path, p.Part, a.Catalog.Fault(a.Lang(c), p.Fault)})
	}
	if len(out.Problems) == 0 {
		if err := a.countRule(c, rule, &out); err != nil {
			return err
		}
	}
	c.JSON(http.StatusOK, out)
	return nil
}

func (a *Admin) countRule(c *gin.Context, r segment.Rule, out *ruleCount) (err error) {
	ctx := c.Request.Context()
	if out.People, err = a.Store.CountSegment(ctx, r); err != nil {
		return err
	}
	if out.Of, err = a.Store.CountLately(ctx, store.SubscriberQuery{}); err != nil {
		return err
	}
	people, _, err := a.Store.Members(ctx, r, 0, sampleSize)
	for _, p := range people {
		out.Sample = append(out.Sample, rulePerson{p.ID, p.Name(), p.Email})
	}
	return err
}

// suggested is how many values are offered at once.
const suggested = 30

// SegmentValues offers values for a test.
func (a *Admin) SegmentValues(c *gin.Context) error {
	search := audience.CleanName(c.Query("q"))
	all, sampled, err := a.Store.Suggest(c.Request.Context(), c.Query("of"), c.Query("field"), search, suggested)
	if err != nil {
		return err
	}
	if all == nil {
		all = []store.Suggestion{}
	}
	c.JSON(http.StatusOK, map[string]any{"values": all, "sampled": sampled})
	return nil
}
