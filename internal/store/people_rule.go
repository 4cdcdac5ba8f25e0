package store

import (
	"context"
	"strconv"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
)

// placeTests ask for a state on lists.
var placeTests = map[audience.State]string{audience.Confirmed: "confirmed", audience.Pending: "pending", audience.Unsubscribed: "left"}

// RuleOf is the rule of a segment that means who the filters of a query show. A query without filters is refused. Addresses that
// people had before, which the search finds too, no rule can ask for.
func (s *Store) RuleOf(ctx context.Context, q SubscriberQuery) (segment.Rule, error) {
	r := segment.Rule{Match: segment.All}
	if q.Search != "" {
		r.Rules = append(r.Rules, anyOf("contains", []string{q.Search}, foundBy(q.Search, "email", "first_name", "last_name")...))
	}
	if q.List != 0 || q.State != "" {
		r.Rules = append(r.Rules, placed(q))
	}
	if q.Lang != "" {
		r.Rules = append(r.Rules, segment.Rule{Field: "lang", Is: "is", Values: []string{q.Lang}})
	}
	if q.Segment != 0 {
		r.Rules = append(r.Rules, segment.In([]int64{q.Segment}))
	}
	if q.Attribute != "" {
		one, err := hasValue(s.read.WithContext(ctx), q)
		if err != nil {
			return r, err
		}
		r.Rules = append(r.Rules, one)
	}
	if len(r.Rules) == 0 {
		return r, fault.New(fault.Invalid, "Choose a filter first: a segment of everybody needs no name.")
	}
	return r, r.Validate()
}

func anyOf(is string, values []string, fields ...string) segment.Rule {
	r := segment.Rule{Match: segment.Any}
	for _, f := range fields {
		r.Rules = append(r.Rules, segment.Rule{Field: f, Is: is, Values: values})
	}
	return r
}

// placed asks for a place on a list, or on any.
func placed(q SubscriberQuery) segment.Rule {
	var lists []string
	if q.List != 0 {
		lists = []string{strconv.FormatInt(q.List, 10)}
	}
	if q.State == AnyState {
		return segment.Rule{Match: segment.None, Rules: []segment.Rule{{Field: "list", Is: "never", Values: lists}}}
	}
	if q.State == "" {
		q.State = audience.Confirmed
	}
	return segment.Rule{Field: "list", Is: placeTests[q.State], Values: lists}
}
