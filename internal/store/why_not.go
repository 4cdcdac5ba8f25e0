package store

import (
	"context"
	"slices"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// WhyNot says why a campaign owes a person no letter, as things stand now: each a sentence. It is empty where nothing stands
// in the way, and says nothing of letters that are in the ledger: they have their reason themselves.
func (s *Store) WhyNot(ctx context.Context, p audience.Subscriber, c campaigns.Campaign) (all []*fault.Error, err error) {
	say := func(format string, args ...any) { all = append(all, fault.New(fault.Conflict, format, args...)) }
	stand, err := s.Standings(ctx, []audience.Subscriber{p})
	if err != nil {
		return nil, err
	}
	if why := stand[p.ID].Suppressed; why != "" {
		say("The address gets no mail: %s.", fault.Word(suppressionWords[why]))
	}
	var on []int64
	for _, l := range stand[p.ID].Lists {
		if l.State == audience.Confirmed {
			on = append(on, l.ListID)
		}
	}
	any := func(lists []int64) bool {
		return slices.ContainsFunc(lists, func(l int64) bool { return slices.Contains(on, l) })
	}
	a := c.Audience
	if len(a.Lists) > 0 && !any(a.Lists) {
		say("The person is confirmed on none of the campaign’s lists.")
	}
	if any(a.NotLists) {
		say("The person is on a list that the campaign leaves out.")
	}
	if a.Lang != "" && a.Lang != p.Lang {
		say("The campaign is for those who read another language.")
	}
	if err := s.whySegments(ctx, p, a, say); err != nil {
		return nil, err
	}
	switch {
	case c.State == campaigns.Draft:
		say("The campaign has not been started.")
	case c.State == campaigns.Scheduled:
		say("The campaign has not begun yet.")
	case len(all) == 0 && c.Automation():
		say("What sets the campaign off has not happened to this person since it runs: %s.", c.Trigger.On)
	case len(all) == 0:
		say("Nothing stands in the way now: the person came, or changed, after the campaign chose whom to write to.")
	}
	return all, nil
}

func (s *Store) whySegments(ctx context.Context, p audience.Subscriber, a audience.Audience, say func(string, ...any)) error {
	if len(a.Segments)+len(a.NotSegments) == 0 {
		return nil
	}
	in, err := s.SegmentsOf(ctx, p.ID)
	if err != nil {
		return err
	}
	all, err := s.Segments(ctx)
	if err != nil {
		return err
	}
	inAny := false
	for _, one := range all {
		inAny = inAny || in[one.ID] && slices.Contains(a.Segments, one.ID)
		if in[one.ID] && slices.Contains(a.NotSegments, one.ID) {
			say("The person is in the segment “%s”, which the campaign leaves out.", one.Name)
		}
	}
	if len(a.Segments) > 0 && !inAny {
		say("The person is in none of the campaign’s segments.")
	}
	return nil
}
