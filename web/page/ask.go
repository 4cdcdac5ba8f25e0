package page

import (
	"context"
	"errors"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
	"keepsake/internal/store"
)

// askEach is how long an address is not asked again: nobody's mailbox is filled through our forms.
const askEach = time.Hour

// AskToConfirm sends the letter that asks for a confirmation, unless one was sent within
// the hour. Those who are on the list already get it too: no answer tells that they are.
// by is the letter of the recipient by whose link the person came, or none; that campaign may
// ask once for itself, as the letter of the hour does not lead on to it.
func (s *Site) AskToConfirm(ctx context.Context, person audience.Subscriber, l audience.List, by ledger.Work) error {
	asked, err := s.Store.Ask(ctx, person.ID, by.CampaignID, askEach)
	if err != nil || asked == (store.Asked{}) {
		return err
	}
	url := s.Links.ConfirmURL(link.Claims{Subscriber: person.ID, List: l.ID, Enrolment: by.EnrolmentID})
	if err := s.Dispatch.Confirm(ctx, person, l, url); err != nil {
		return errors.Join(err, s.Store.Unask(ctx, asked))
	}
	return nil
}
