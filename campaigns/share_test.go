package campaigns_test

import (
	"context"
	"errors"
	"testing"

	"keepsake/campaigns"
	"keepsake/campaigns/kindtest"
)

// largeDesk is that of a campaign with so many responses that no page may count them all.
type largeDesk struct{ *kindtest.Desk }

func (largeDesk) Tally(context.Context, string) (map[string]int, error) {
	return nil, errors.New("counts a whole campaign")
}

func TestAContestsPageCountsTheReadersOwnFriendsAlone(t *testing.T) {
	c := &campaigns.Contest{Extra: 2, Winners: 1}
	d := &kindtest.Desk{Counts: map[string]int{"7": 3, "8": 9}}
	page, err := c.Visit(t.Context(), largeDesk{d}, campaigns.Recipient{EnrolmentID: 7}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if shown := page.Data.(interface{ Friends() int }).Friends(); shown != 3 {
		t.Errorf("%d friends", shown)
	}
}
