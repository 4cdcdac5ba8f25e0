package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/segment"
)

const aboutRules = `A rule is a group — ` + "`match`" + ` (all, any, none) of ` + "`rules`" + ` — or a test: ` + "`field`, `is`" + ` and, as the field takes them, ` +
	"`values`" + ` (any one will do), ` + "`type`" + ` (of attributes), ` + "`times`, `within`" + ` (rolling with the clock, or from one day to another, UTC) and ` +
	"`where`" + ` (tests that hold of one and the same happening). The top is a group.`

func (s *server) segments() {
	const tag = "Segments"
	add(s, endpoint{id: "segments", method: http.MethodGet, path: "/segments", tag: tag, summary: "All segments, by name"}, s.allSegments)
	add(s, endpoint{id: "create-segment", method: http.MethodPost, path: "/segments", tag: tag, summary: "Make a segment", description: aboutRules, status: http.StatusCreated}, s.createSegment)
	add(s, endpoint{id: "count-rule", method: http.MethodPost, path: "/segments/count", tag: tag, summary: "Count whom a rule means, and ten of them, without saving it"}, s.countRule)
	add(s, endpoint{id: "segment", method: http.MethodGet, path: "/segments/{id}", tag: tag, summary: "One segment with its rule"}, s.segment)
	add(s, endpoint{id: "update-segment", method: http.MethodPatch, path: "/segments/{id}", tag: tag, summary: "Change a segment", description: aboutRules, faults: []int{http.StatusConflict}}, s.updateSegment)
	add(s, endpoint{id: "delete-segment", method: http.MethodDelete, path: "/segments/{id}", tag: tag, summary: "Delete a segment that nothing uses", status: http.StatusNoContent, faults: []int{http.StatusConflict}}, s.deleteSegment)
	add(s, endpoint{id: "count-segment", method: http.MethodGet, path: "/segments/{id}/count", tag: tag, summary: "How many are in it now"}, s.countSegment)
	add(s, endpoint{id: "segment-subscribers", method: http.MethodGet, path: "/segments/{id}/subscribers", tag: tag, summary: "Who is in it now, newest first"}, s.segmentMembers)
	add(s, endpoint{id: "explain-segment", method: http.MethodGet, path: "/segments/{id}/explain/{subscriber}", tag: tag, summary: "Why somebody is in it, or is not"}, s.explainSegment)
}

func (s *server) allSegments(ctx context.Context, _ *struct{}) (*paged[segment.Segment], error) {
	all, err := s.Store.Segments(ctx)
	return pageOf(all, 0), err
}

func (s *server) segment(ctx context.Context, in *ByID) (*body[segment.Segment], error) {
	return answer(s.Store.Segment(ctx, in.ID))
}

type segmentBody struct {
	Name string       `json:"name" minLength:"1" maxLength:"200"`
	Rule segment.Rule `json:"rule"`
}

func (s *server) createSegment(ctx context.Context, in *struct{ Body segmentBody }) (*body[segment.Segment], error) {
	one := segment.Segment{Name: in.Body.Name, Rule: in.Body.Rule}
	if err := one.Validate(); err != nil {
		return nil, err
	}
	err := s.Store.SaveSegment(ctx, &one, "API")
	return answer(one, err)
}

type segmentPatch struct {
	ByID
	Body struct {
		Name    *string       `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Rule    *segment.Rule `json:"rule,omitempty"`
		Version *int          `json:"version,omitempty" doc:"As you read it: refused when somebody saved since"`
	}
}

func (s *server) updateSegment(ctx context.Context, in *segmentPatch) (*body[segment.Segment], error) {
	one, err := s.Store.Segment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	put(&one.Name, in.Body.Name)
	put(&one.Rule, in.Body.Rule)
	put(&one.Version, in.Body.Version)
	if err := one.Validate(); err != nil {
		return nil, err
	}
	err = s.Store.SaveSegment(ctx, &one, "API")
	return answer(one, err)
}

func (s *server) deleteSegment(ctx context.Context, in *ByID) (*none, error) {
	if err := s.Store.DeleteSegment(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, s.audit(ctx, "segment.delete", "segment:%d", in.ID)
}

// SegmentCount is how many a rule means at a moment.
type SegmentCount struct {
	People int64                 `json:"people" doc:"Exact"`
	Sample []audience.Subscriber `json:"sample,omitempty" doc:"Ten of them, the newest"`
	At     time.Time             `json:"at"`
}

func (s *server) countRule(ctx context.Context, in *struct {
	Body struct {
		Rule segment.Rule `json:"rule"`
	}
}) (*body[SegmentCount], error) {
	if err := in.Body.Rule.Validate(); err != nil {
		return nil, err
	}
	out, err := s.counted(ctx, in.Body.Rule)
	if err == nil {
		out.Sample, _, err = s.Store.Members(ctx, in.Body.Rule, 0, 10)
	}
	return answer(out, err)
}

func (s *server) counted(ctx context.Context, r segment.Rule) (SegmentCount, error) {
	n, err := s.Store.CountSegment(ctx, r)
	return SegmentCount{People: n, At: s.Now()}, err
}

func (s *server) countSegment(ctx context.Context, in *ByID) (*body[SegmentCount], error) {
	one, err := s.Store.Segment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(s.counted(ctx, one.Rule))
}

func (s *server) segmentMembers(ctx context.Context, in *struct {
	ByID
	Cursor
}) (*paged[audience.Subscriber], error) {
	one, err := s.Store.Segment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	people, next, err := s.Store.Members(ctx, one.Rule, in.After, in.Limit)
	return pageOf(people, next), err
}

// Explained is what came of one rule for somebody.
type Explained struct {
	Path     string     `json:"path" doc:"rule.rules[0].rules[2] is the third rule of the first group"`
	Sentence string     `json:"sentence"`
	Holds    bool       `json:"holds"`
	Count    *int64     `json:"count,omitempty" doc:"How often it happened"`
	Amount   string     `json:"amount,omitempty" doc:"The sum or average that decided"`
	Value    string     `json:"value,omitempty" doc:"What the subscriber has"`
	At       *time.Time `json:"at,omitempty"`
}

// Explanation is why somebody is in a segment, or is not.
type Explanation struct {
	In    bool        `json:"in"`
	Rules []Explained `json:"rules" doc:"Each rule from above; the first is the whole"`
}

func (s *server) explainSegment(ctx context.Context, in *struct {
	ByID
	Subscriber int64 `path:"subscriber" minimum:"1"`
}) (*body[Explanation], error) {
	one, err := s.Store.Segment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	reasons, err := s.Store.ExplainSegment(ctx, one.Rule, in.Subscriber)
	if err != nil {
		return nil, err
	}
	names, err := s.Store.SegmentNames(ctx, "en")
	if err != nil {
		return nil, err
	}
	out := Explanation{In: reasons[0].Holds}
	for _, r := range reasons {
		out.Rules = append(out.Rules, s.explained(r, names))
	}
	return answer(out, nil)
}

func (s *server) explained(r segment.Reason, names segment.Namer) Explained {
	e := Explained{Path: segment.JSONPath(r.Path), Sentence: segment.Say(r.Rule, english{s}, names), Holds: r.Holds, Value: r.Text}
	if r.Counts {
		e.Count = &r.Count
	}
	if r.Currency != "" {
		e.Amount = fmt.Sprintf("%s %s", audience.FormatMoney(r.Cents, r.Currency), r.Currency)
	}
	if !r.At.IsZero() {
		e.At = &r.At
	}
	return e
}

// english says what the API says.
type english struct{ *server }

func (e english) T(id string, args ...any) string {
	return e.Catalog.T(audience.Languages[0], id, args...)
}
func (e english) N(id string, n int64) string { return e.Catalog.N(audience.Languages[0], id, int(n)) }

// segmentsThere makes sure that a campaign asks for segments there are.
func (s *server) segmentsThere(ctx context.Context, ids ...[]int64) error {
	for _, some := range ids {
		for _, id := range some {
			if _, err := s.Store.Segment(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}
