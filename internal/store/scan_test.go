package store

import (
	"path/filepath"
	"strings"
	"testing"
)

// What runs every second, or before each batch, must not read a ledger of a million rows.
func TestSQLiteNeverReadsTheWholeLedger(t *testing.T) {
	s, err := Open(t.Context(), Options{DSN: filepath.Join(t.TempDir(), "keepsake.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := s.now()
	for name, q := range map[string]struct {
		sql  string
		args []any
	}{
		"waiting": {waiting, []any{at}},
		"lease":   {lease, []any{"me", 1, at, 1, at, 10}},
		"begin":   {begin, []any{at, "[1]", "me"}},
		"settle":  {settle, []any{"sent", "", "", at, at, true, 0, nil, at, "{}", "me", 1}},
		"requeue": {requeue, []any{"[1]", 1}},
		"doubt":   {doubt, []any{true, at, "[1]", 1}},
		"end":     {endLease, []any{1, "[1]", 1}},
		"reasons": {reasons, []any{1}},
		"friends": {countResponses, []any{1, "friend_of", "2"}},
		"promote": {promote, []any{at, 10}},
		"skipped": {`SELECT id FROM deliveries WHERE campaign_id = ? AND {{resting}} = 'skipped' AND id > ? ORDER BY id`, []any{1, 0}},
	} {
		rows, err := s.db.Raw("EXPLAIN QUERY PLAN "+s.sql(q.sql), q.args...).Rows()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var line string
			if err := rows.Scan(&id, &parent, &unused, &line); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, line)
		}
		rows.Close()
		if text := strings.Join(plan, "\n"); name == "friends" && !strings.Contains(text, "COVERING INDEX responses_campaign (campaign_id=? AND field=? AND value=?)") {
			t.Errorf("%s:\n%s", name, text)
		} else if text == "" || strings.Contains(text, "SCAN deliveries") || strings.Contains(text, "SCAN d\n") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}
