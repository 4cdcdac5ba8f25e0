package api_test

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"

	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

func TestWhatAProgramDoesIsWrittenDownByTheNameOfItsToken(t *testing.T) {
	b := newBench(t)
	list := b.newList(t)
	kept, gone := b.newPerson(t, list, "ana@shop.test"), b.newPerson(t, list, "eva@shop.test")
	at := fmt.Sprintf("/subscribers/%d", kept)
	var merged struct {
		Merge int64 `json:"merge_id"`
	}
	b.ask(t, "POST", at+"/merge", m{"with": gone}, 200, &merged)
	b.ask(t, "POST", fmt.Sprintf("/merges/%d/undo", merged.Merge), nil, 200, nil)
	b.ask(t, "POST", at+"/suppress", nil, 200, nil)
	b.ask(t, "GET", at+"/record", nil, 200, nil)
	var job struct{ ID int64 }
	b.ask(t, "POST", "/bulk", m{"do": "clear", "attribute": "pet", "who": m{"ids": []int64{kept}}}, 202, &job)
	b.ask(t, "POST", fmt.Sprintf("/bulk/%d/undo", job.ID), nil, 202, nil)
	b.ask(t, "POST", "/exports", m{}, 202, &job)
	must(t, b.site.Jobs.Drain(t.Context(), "export"))
	b.ask(t, "GET", fmt.Sprintf("/exports/%d/file", job.ID), nil, 200, nil)
	b.ask(t, "POST", "/exports/now", m{}, 200, nil)
	b.ask(t, "PUT", "/value/costs", m{"costs": []m{{"currency": "EUR", "channel": "", "month": "2025-09", "spent": "9"}}}, 204, nil)
	b.ask(t, "DELETE", at, nil, 204, nil)
	b.ask(t, "DELETE", fmt.Sprintf("/lists/%d", list), nil, 204, nil)
	b.ask(t, "DELETE", at, nil, 404, nil)
	var got []string
	db, err := sql.Open("sqlite3", "file:"+storetest.DSN(b.st)+"?_busy_timeout=5000")
	must(t, err)
	defer db.Close()
	rows, err := db.Query(`SELECT action, token FROM audits WHERE user_id = 0 ORDER BY id`)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var action, token string
		must(t, rows.Scan(&action, &token))
		if token != "tests" {
			t.Errorf("%s by %q", action, token)
		}
		got = append(got, action)
	}
	must(t, rows.Err())
	want := []string{"subscriber.merge", "subscriber.unmerge", "subscriber.suppress", "subscriber.record", "bulk.clear", "bulk.undo", "export.start", "export.download", "export.download", "value.costs", "subscriber.erase", "list.delete"}
	if !slices.Equal(got, want) {
		t.Errorf("written down: %q\nwant %q", got, want)
	}
	moments, _, err := b.st.Timeline(t.Context(), store.TimelineQuery{Subscriber: gone, Group: "changes"})
	if err != nil || !slices.ContainsFunc(moments, func(one store.Moment) bool { return one.Detail == "subscriber.unmerge" && one.Title == "tests" }) {
		t.Errorf("time line: %+v, %v", moments, err)
	}
}
