package campaigns

import (
	"context"
	"strconv"
	"time"

	"keepsake/campaigns/fault"
)

// A Sharer is a Kind whose recipients may pass it on by a link of their own (Desk.ShareURL). Who
// comes by it joins the campaign's first list and is written to like all others.
type Sharer interface {
	// Shared is the page behind such a link, which has the form; a Conflict says why nobody can
	// come by it at that moment.
	Shared(ctx context.Context, d Desk, at time.Time) (Page, error)
}

var _ Sharer = (*Contest)(nil)

// mostTickets is how many more tickets sharing may bring one entrant.
const mostTickets = 20

// BroughtBy is the name of the note that says on which enrolment's link somebody came.
func BroughtBy(enrolmentID int64) string { return "brought:" + strconv.FormatInt(enrolmentID, 10) }

// friendOf is the response that credits the enrolment in it: its writer entered by that one's link.
const friendOf = "friend_of"

// Shared is the contest for somebody whom a friend sent.
func (c *Contest) Shared(_ context.Context, _ Desk, at time.Time) (Page, error) {
	data := c.data(at)
	switch {
	case c.Extra == 0:
		return Page{}, fault.New(fault.NotFound, "This link is not valid.")
	case data.NotYet:
		return Page{}, fault.New(fault.Conflict, "Entries have not opened yet.")
	case data.Closed:
		return Page{}, fault.New(fault.Conflict, "Entries have closed.")
	}
	return Page{Name: "shared", Data: data}, nil
}

// sharing adds the recipient's own link and what came of it.
func (c *Contest) sharing(ctx context.Context, d Desk, to Recipient, data *contestData) error {
	if c.Extra == 0 {
		return nil
	}
	if data.ShareURL = d.ShareURL(to); data.ShareURL == "" {
		return nil
	}
	n, err := d.Count(ctx, friendOf, strconv.FormatInt(to.EnrolmentID, 10))
	if err != nil {
		return err
	}
	goal := c.Extra
	data.Referrals, data.ReferralGoal, data.Tickets = &n, &goal, 1+min(n, goal)
	return nil
}

// credit is what an entry says of the friend by whose link its writer came.
func (c *Contest) credit(ctx context.Context, d Desk, to Recipient, record map[string]string) error {
	by, err := d.Record(ctx, BroughtBy(to.EnrolmentID), "")
	if by != "" && err == nil {
		record[friendOf] = by
	}
	return err
}

// Friends are those who entered by the recipient's link.
func (d contestData) Friends() int {
	if d.Referrals == nil {
		return 0
	}
	return *d.Referrals
}

// tickets are an entry's ids in the draw: one, and one more for each friend up to the limit.
func (c *Contest) tickets(id string, friends int) []string {
	all := []string{id}
	for n := range min(friends, c.Extra) {
		all = append(all, id+ticketSign+strconv.Itoa(n+1))
	}
	return all
}

// shared are the figures of passing on.
func (c *Contest) shared(ctx context.Context, d Desk) ([]Figure, error) {
	friends, err := d.Tally(ctx, friendOf)
	if err != nil || c.Extra == 0 {
		return nil, err
	}
	came := 0
	for _, n := range friends {
		came += n
	}
	return []Figure{{Label: "Entries by a friend's link", Value: float64(came)}, {Label: "Entrants who brought friends", Value: float64(len(friends))}}, nil
}
