package api_test

import (
	"fmt"
	"testing"

	"keepsake/campaigns/ledger"
)

// bulk changes many people, and changes them back.
func (b *bench) bulk(t *testing.T, list int64) {
	t.Helper()
	type job struct {
		ID        int64
		Do, State string
		Counts    struct{ Chosen, Changed, Unsubscribed int64 }
		Undoes    int64
	}
	var one job
	who := m{"attribute": "pet", "value": "cat"}
	b.ask(t, "POST", "/bulk", m{"do": "set", "who": m{}, "attribute": "wave", "value": "1"}, 422, nil)
	b.ask(t, "POST", "/bulk", m{"do": "set", "who": m{"everybody": true, "lang": "bg"}, "attribute": "wave", "value": "1"}, 422, nil)
	b.ask(t, "POST", "/bulk", m{"do": "suppress", "who": m{"ids": []int64{1, 2}, "search": "nobody-at-all"}}, 422, nil)
	b.ask(t, "POST", "/bulk", m{"do": "suppress", "who": m{"state": "any"}}, 422, nil)
	b.ask(t, "POST", "/bulk", m{"do": "suppress", "who": m{"value": "cat"}}, 422, nil)
	b.ask(t, "POST", "/bulk", m{"do": "join", "who": who, "list_id": list}, 422, nil)
	b.ask(t, "POST", "/bulk", m{"do": "join", "who": who, "list_id": 99, "wording": "x"}, 404, nil)
	b.ask(t, "POST", "/bulk", m{"do": "add", "who": who, "attribute": "pet", "value": "dog"}, 422, nil)
	b.ask(t, "POST", "/bulk", m{"do": "set", "who": who, "attribute": "pet", "value": "DOG"}, 202, &one)
	at := fmt.Sprintf("/bulk/%d", one.ID)
	b.ask(t, "POST", at+"/pause", nil, 200, &one)
	if one.State != ledger.JobPaused {
		t.Errorf("paused: %+v", one)
	}
	b.ask(t, "POST", at+"/resume", nil, 200, &one)
	must(t, b.site.Jobs.Drain(t.Context(), ledger.BulkJob))
	b.ask(t, "GET", at, nil, 200, &one)
	if one.State != ledger.JobFinished || one.Counts.Changed != 1 || one.Counts.Chosen != 1 {
		t.Errorf("done: %+v", one)
	}
	b.ask(t, "POST", at+"/pause", nil, 409, nil)
	b.ask(t, "POST", at+"/undo", nil, 202, &one)
	must(t, b.site.Jobs.Drain(t.Context(), ledger.BulkJob))
	b.ask(t, "GET", fmt.Sprintf("/bulk/%d", one.ID), nil, 200, &one)
	if one.Counts.Changed != 1 || one.Undoes == 0 {
		t.Errorf("undone: %+v", one)
	}
	b.ask(t, "POST", at+"/undo", nil, 409, nil)
	b.ask(t, "POST", fmt.Sprintf("/bulk/%d/undo", one.ID), nil, 409, nil)
	b.ask(t, "POST", "/bulk", m{"do": "delete", "who": who}, 202, &one)
	b.ask(t, "POST", fmt.Sprintf("/bulk/%d/stop", one.ID), nil, 200, &one)
	if one.State != ledger.JobStopped {
		t.Errorf("stopped: %+v", one)
	}
	b.ask(t, "GET", "/bulk/999", nil, 404, nil)
}
