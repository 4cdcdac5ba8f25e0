package page

import (
	"context"
	"errors"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/internal/link"
)

// askEach is how long an address is not asked again: nobody's mailbox is filled through our forms.
const askEach = time.Hour

// AskToConfirm sends the letter that asks for a confirmation, unless one was sent within
// the hour. Those who are on the list already get it too: no answer tells that they are.
// by is the enrolment of the recipient by whose link the person came, or 0.
func (s *Site) AskToConfirm(ctx context.Context, person audience.Subscriber, l audience.List, by int64) error {
	may, err := s.Store.Ask(ctx, person.ID, askEach)
	if err != nil || !may {
		return err
	}
	url := s.Links.ConfirmURL(link.Claims{Subscriber: person.ID, List: l.ID, Enrolment: by})
	if err := s.Dispatch.Confirm(ctx, person, l, url); err != nil {
		return errors.Join(err, s.Store.Unask(ctx, person.ID))
	}
	return nil
}
