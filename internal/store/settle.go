package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/ledger"
)

// sql fills in what differs between the databases.
func (s *Store) sql(statement string) string {
	return s.d.clauses.Replace(statement)
}

// Record is the ledger's group commit: it settles outcomes and begins hand-overs in one
// transaction, and returns which of the begun may really be handed over. One that was
// skipped, cancelled or paused meanwhile, or whose lease went to another, may not.
func (s *Store) Record(ctx context.Context, owner string, begin []int64, outcomes []ledger.Outcome) (begun map[int64]bool, err error) {
	return s.RecordAhead(ctx, owner, begin, nil, outcomes)
}

// RecordAhead is Record that also begins letters behind others, before these are answered: each
// by the one it is behind. It may leave when that one's outcome is Answered.
func (s *Store) RecordAhead(ctx context.Context, owner string, begin []int64, ahead map[int64]int64, outcomes []ledger.Outcome) (begun map[int64]bool, err error) {
	if len(ahead) > 0 {
		if err := s.answers.ready(); err != nil {
			return nil, fmt.Errorf("record: %w", err)
		}
	}
	ended := s.held.ended()
	var rows []settledRow
	record := func(tx *gorm.DB) (err error) { // deliveries, runs, days, leases: everywhere in this order
		if rows, err = s.settle(tx, owner, outcomes); err != nil {
			return err
		}
		late, err := s.settleLate(tx, owner, outcomes, rows)
		if err != nil {
			return err
		}
		if begun, err = s.begin(tx, owner, begin, ahead); err != nil {
			return err
		}
		if err := s.followed(tx, outcomes); err != nil {
			return err
		}
		return firstOf(func() error { return s.account(tx, rows) },
			func() error { return countSent(tx, s.now(), late) }, func() error { return endLeases(tx, ended) })
	}
	err = again(func() error { return s.shortTx(ctx, record) })
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	s.held.forget(ended...)
	s.held.settled(rows)
	return begun, nil
}

func endLeases(tx *gorm.DB, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	return tx.Exec(`DELETE FROM leases WHERE id IN ?`, ids).Error
}

// begin turns leased deliveries to sending. Their lease goes on: see sendingTime.
const begin = `
	UPDATE deliveries SET state = 'sending', attempts = attempts + 1, updated_at = ?, behind = 0
	 WHERE id {{in}}{{ids}}{{end}} AND state = 'leased' AND leased_by = ?
	   AND campaign_id IN (SELECT id FROM campaigns WHERE state IN ('running', 'finished'))
	RETURNING id`

func (s *Store) begin(tx *gorm.DB, owner string, ids []int64, ahead map[int64]int64) (map[int64]bool, error) {
	begun := make(map[int64]bool, len(ids)+len(ahead))
	read := func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		begun[id] = true
		return err
	}
	if len(ids) > 0 {
		if err := each(tx, read, s.sql(begin), s.now(), asJSON(ids), owner); err != nil {
			return nil, err
		}
	}
	if len(ahead) > 0 {
		if err := each(tx, read, s.sql(beginAhead), s.now(), asJSON(ahead), owner); err != nil {
			return nil, err
		}
	}
	return begun, nil
}

// asJSON is a statement's list of values: one text however many there are.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // numbers and strings always marshal
	}
	return string(b)
}

// settledRow is a delivery that an outcome was written to.
type settledRow struct {
	ID, RunID, EnrolmentID, LeaseID int64
	State                           ledger.State
}

// settle writes an outcome to deliveries, each with its own words of the server, but not to
// rows that have gone to another owner or state meanwhile. "IN (?)" is "= ?", for which SQLite
// would prepare the statement anew for each value: 60 µs instead of 8.
const settle = `
	UPDATE deliveries SET state = ?, reason = ?, reply = o.value, stage = ?, updated_at = ?, sent_at = ?, counted = ?,
	       attempts = attempts - CASE WHEN deliveries.state = 'sending' THEN ? ELSE 0 END, due_at = COALESCE(?{{time}}, due_at),
	       tried_at = COALESCE(tried_at, ?{{time}})
	  FROM {{pairs}} o
	 WHERE deliveries.id = CAST(o.key AS BIGINT) AND leased_by IN (?)
	   AND (deliveries.state = 'leased' OR deliveries.state = 'sending' AND 1 = ?)
	RETURNING deliveries.id, run_id, enrolment_id, lease_id`

// alike is what letters of one commit mostly have in common; only the server's words differ.
type alike struct {
	state         ledger.State
	reason, stage string
	due           time.Time
	untried       bool
	unbegun       bool
	tried         bool
}

func (s *Store) settle(tx *gorm.DB, owner string, outcomes []ledger.Outcome) (rows []settledRow, err error) {
	groups := map[alike]map[int64]string{}
	var order []alike
	for _, o := range outcomes {
		g := alike{o.State, o.Reason, o.Stage, o.DueAt, o.Untried, o.Unbegun, o.Tried}
		if groups[g] == nil {
			groups[g] = map[int64]string{}
			order = append(order, g)
		}
		groups[g][o.DeliveryID] = o.Reply
	}
	for _, g := range order {
		if rows, err = s.settleAlike(tx, owner, g, groups[g], rows); err != nil {
			return nil, fmt.Errorf("settle %d deliveries: %w", len(groups[g]), err)
		}
	}
	return rows, nil
}

func (s *Store) settleAlike(tx *gorm.DB, owner string, g alike, replies map[int64]string, rows []settledRow) ([]settledRow, error) {
	now := s.now()
	var sent, due, tried *time.Time
	if g.state == ledger.Sent {
		sent = &now
	}
	if g.state == ledger.Queued {
		due = &now
		if !g.due.IsZero() {
			at := g.due.UTC()
			due = &at
		}
	}
	if g.tried {
		tried = &now
	}
	untried, begun := 0, 1
	if g.untried {
		untried = 1
	}
	if g.unbegun {
		begun = 0
	}
	err := each(tx, func(r *sql.Rows) error {
		row := settledRow{State: g.state}
		err := r.Scan(&row.ID, &row.RunID, &row.EnrolmentID, &row.LeaseID)
		rows = append(rows, row)
		return err
	}, s.sql(settle), g.state, g.reason, g.stage, now, sent, g.state.Final(), untried, due, tried, asJSON(replies), owner, begun)
	return rows, err
}

// settleLate takes an answer for a letter that was found unsure meanwhile, because its sender
// seemed lost: what we know is better than what we feared.
// It returns how many of them were sent.
func (s *Store) settleLate(tx *gorm.DB, owner string, outcomes []ledger.Outcome, settled []settledRow) (sent int, err error) {
	if len(settled) == len(outcomes) {
		return 0, nil
	}
	known := make(map[int64]bool, len(settled))
	for _, r := range settled {
		known[r.ID] = true
	}
	for _, o := range outcomes {
		if known[o.DeliveryID] || o.State != ledger.Sent && o.State != ledger.Failed {
			continue
		}
		n, err := s.settleOneLate(tx, owner, o)
		if err != nil {
			return 0, err
		}
		if o.State == ledger.Sent {
			sent += n
		}
	}
	return sent, nil
}

func (s *Store) settleOneLate(tx *gorm.DB, owner string, o ledger.Outcome) (n int, err error) {
	var sent *time.Time
	if now := s.now(); o.State == ledger.Sent {
		sent = &now
	}
	var runs []int64
	err = tx.Raw(`UPDATE deliveries SET state = ?, reason = ?, reply = ?, stage = ?, sent_at = ?, updated_at = ?
		WHERE id = ? AND state = 'unsure' AND stage = 'sending' AND leased_by = ? RETURNING run_id`,
		o.State, o.Reason, o.Reply, o.Stage, sent, s.now(), o.DeliveryID, owner).Scan(&runs).Error
	for _, run := range runs {
		if err == nil {
			err = tx.Exec(`UPDATE runs SET unsure = unsure - 1, `+string(o.State)+` = `+string(o.State)+` + 1 WHERE id = ?`, run).Error
		}
	}
	return len(runs), err
}

// account brings what hangs on deliveries in step with their new states: codes, cancelled
// campaigns, and the runs' counters.
func (s *Store) account(tx *gorm.DB, rows []settledRow) error {
	var shown, unshown, again []int64
	for _, r := range rows {
		switch r.State {
		case ledger.Sent, ledger.Unsure:
			shown = append(shown, r.EnrolmentID)
		case ledger.Queued:
			again = append(again, r.ID)
		default:
			unshown = append(unshown, r.ID)
		}
	}
	return firstOf(
		func() error { return s.issueCodes(tx, shown) },
		func() error { return s.returnCodes(tx, unshown) },
		func() error { return s.endCancelled(tx, again) },
		func() error { return s.count(tx, rows) })
}

// firstOf runs steps until one fails.
func firstOf(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// endCancelled ends what would be tried again for a campaign that was cancelled meanwhile.
func (s *Store) endCancelled(tx *gorm.DB, again []int64) error {
	if len(again) == 0 {
		return nil
	}
	return s.closeDeliveries(tx, ledger.Cancelled, cancelled, "d.id IN ? AND d.campaign_id IN (SELECT id FROM campaigns WHERE state = 'cancelled')", again)
}

// count adds final states to their runs' counters, run after run in their order, so that
// two senders never wait for each other.
func (s *Store) count(tx *gorm.DB, rows []settledRow) error {
	type counter struct {
		run   int64
		state ledger.State
	}
	n, sent := map[counter]int64{}, 0
	for _, r := range rows {
		if r.State.Final() {
			n[counter{r.RunID, r.State}]++
		}
		if r.State == ledger.Sent {
			sent++
		}
	}
	in := slices.SortedFunc(maps.Keys(n), func(a, b counter) int { return cmp.Or(cmp.Compare(a.run, b.run), cmp.Compare(a.state, b.state)) })
	for _, c := range in {
		err := tx.Exec(`UPDATE runs SET `+string(c.state)+` = `+string(c.state)+` + ? WHERE id = ?`, n[c], c.run).Error
		if err != nil {
			return fmt.Errorf("count: %w", err)
		}
	}
	return countSent(tx, s.now(), sent)
}

// countSent adds to the letters that were sent on a day.
func countSent(tx *gorm.DB, at time.Time, n int) error {
	if n == 0 {
		return nil
	}
	return tx.Exec(`INSERT INTO sent_days (day, n) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET n = sent_days.n + excluded.n`, at.UTC().Truncate(24*time.Hour), n).Error
}
