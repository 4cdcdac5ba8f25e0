package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns/segment"
	"keepsake/internal/store/storetest"
)

func TestACampaignIsNarrowedToSegmentsOnItsPage(t *testing.T) {
	a := newApp(t)
	a.signIn(a.owner())
	list := storetest.People(t, a.store, 3)
	one := segment.Segment{Name: "First & only", Rule: segment.Rule{Match: segment.All, Rules: []segment.Rule{{Field: "email", Is: "is", Values: []string{"p1@shop.test"}}}}}
	if err := a.store.SaveSegment(t.Context(), &one, "Ana"); err != nil {
		t.Fatal(err)
	}
	c := storetest.Campaign(t, a.store, "newsletter", list.ID, nil)
	at := fmt.Sprintf("/campaigns/%d/audience", c.ID)
	if w := a.get(at); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "First &amp; only") {
		t.Errorf("%d, the page offers no segment", w.Code)
	}
	live := a.get(fmt.Sprintf("%s/reach?in=%d&segment=%d", at, list.ID, one.ID)).Body.String()
	if !strings.Contains(live, `<span class="big">1</span>`) || !strings.Contains(live, "2 not in the segments") {
		t.Errorf("the live count says %s", live)
	}
	a.post(at, "in", fmt.Sprint(list.ID), "not_segment", fmt.Sprint(one.ID))
	kept, err := a.store.Campaign(t.Context(), c.ID)
	if err != nil || len(kept.Audience.Segments) != 0 || len(kept.Audience.NotSegments) != 1 {
		t.Errorf("kept %+v, %v", kept.Audience, err)
	}
	if w := a.post(at, "in", fmt.Sprint(list.ID), "segment", "99"); w.Code != http.StatusNotFound {
		t.Errorf("a segment there is not: %d", w.Code)
	}
}
