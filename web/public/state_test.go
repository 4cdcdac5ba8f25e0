package public_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/store"
)

// state is all that a scanner must not change, as text.
func (f *face) state() string {
	f.t.Helper()
	ctx := f.t.Context()
	var b strings.Builder
	people, _, err := f.st.Subscribers(ctx, store.SubscriberQuery{Limit: 1000})
	must(f.t, err)
	slices.SortFunc(people, func(a, b audience.Subscriber) int { return int(a.ID - b.ID) })
	for _, p := range people {
		on, err := f.st.Subscriptions(ctx, p.ID)
		must(f.t, err)
		said, err := f.st.Consents(ctx, p.ID)
		must(f.t, err)
		fmt.Fprintln(&b, p, on, said)
	}
	stopped, err := f.st.Suppressions(ctx, time.Time{}, 1000)
	must(f.t, err)
	alerts, err := f.st.Alerts(ctx, 1000)
	must(f.t, err)
	fmt.Fprintln(&b, stopped, alerts)
	all, _, err := f.st.Campaigns(ctx, store.CampaignQuery{})
	must(f.t, err)
	for _, c := range all {
		f.campaignState(&b, c)
	}
	return b.String()
}

func (f *face) campaignState(b *strings.Builder, c campaigns.Campaign) {
	f.t.Helper()
	ctx := f.t.Context()
	codes, _, err := f.st.Codes(ctx, c.ID, 0, 1000)
	must(f.t, err)
	said, _, err := f.st.Responses(ctx, c.ID, 0, 1000)
	must(f.t, err)
	rows, _, err := f.st.Deliveries(ctx, store.DeliveryQuery{Campaign: c.ID, Limit: 1000})
	must(f.t, err)
	fmt.Fprintln(b, c.ID, c.Kind, c.State, said)
	for _, r := range codes {
		fmt.Fprintln(b, r.ID, r.Code, r.State, r.SubscriberID != nil, r.RedeemedAt)
	}
	for _, r := range rows {
		fmt.Fprintln(b, r.ID, r.State, r.Reason)
	}
	for _, name := range []string{"secret:salt", "secret:seed", "commitment", "list", "draw"} {
		kept, err := f.st.Note(ctx, c.ID, name, "")
		must(f.t, err)
		fmt.Fprintln(b, name, kept)
	}
}
