package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// UnsureRule is what becomes of letters in doubt.
type UnsureRule struct {
	Rule   string    `json:"rule"`   // ledger.Hold, Resend or CountSent
	Chosen bool      `json:"chosen"` // in Settings; otherwise it is the configuration's
	Since  time.Time `json:"since"`  // letters in doubt from before then wait for a person
}

const unsureSetting = "unsure"

// Unsure returns the rule in force; before anybody named one, letters are held.
func (s *Store) Unsure(ctx context.Context) (UnsureRule, error) {
	r := UnsureRule{Rule: ledger.Hold}
	value, err := s.Setting(ctx, unsureSetting)
	if err != nil || value == "" {
		return r, err
	}
	err = json.Unmarshal([]byte(value), &r)
	return r, err
}

// ConfigureUnsure makes the configuration's rule the one in force, unless one was chosen in Settings.
func (s *Store) ConfigureUnsure(ctx context.Context, rule string) error {
	now, err := s.Unsure(ctx)
	if err != nil || now.Chosen || now.Rule == rule && !now.Since.IsZero() {
		return err
	}
	return s.saveUnsure(ctx, UnsureRule{Rule: rule, Since: s.now()})
}

// ChooseUnsure sets the rule for letters that come into doubt from now on.
func (s *Store) ChooseUnsure(ctx context.Context, rule string) error {
	switch rule {
	case ledger.Hold, ledger.Resend, ledger.CountSent:
		return s.saveUnsure(ctx, UnsureRule{Rule: rule, Chosen: true, Since: s.now()})
	}
	return fault.Field("rule", "Choose what to do with it.")
}

func (s *Store) saveUnsure(ctx context.Context, r UnsureRule) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.SaveSetting(ctx, unsureSetting, string(b))
}

// resolveSize is how many letters in doubt one transaction decides.
const resolveSize = 500

// ApplyUnsure decides letters in doubt by the rule in force and returns how many. A letter
// that came into doubt again and again is left to a person.
func (s *Store) ApplyUnsure(ctx context.Context) (n int, err error) {
	r, err := s.Unsure(ctx)
	if err != nil {
		return 0, err
	}
	switch r.Rule {
	case ledger.Resend:
		return s.resolve(ctx, resolution{to: ledger.Queued}, "d.updated_at >= ? AND d.attempts < ?", r.Since, ledger.MostResends)
	case ledger.CountSent:
		return s.resolve(ctx, resolution{to: ledger.Sent}, "d.updated_at >= ?", r.Since)
	}
	return 0, nil
}

// Decision is a person's word on letters in doubt. At is the moment that Undecide takes back.
type Decision struct {
	N  int
	At time.Time
}

// undoTime is how long a letter that is to be sent again waits, so that this can be undone.
const undoTime = 30 * time.Second

// DecideUnsure settles a campaign's letters in doubt, one or with delivery 0 all, by a
// person's word: ledger.Sent, or ledger.Queued to send them again in half a minute, which a
// cancelled campaign refuses. With nothing left to decide it is a Conflict.
func (s *Store) DecideUnsure(ctx context.Context, campaign, delivery int64, to ledger.State) (Decision, error) {
	d := Decision{At: s.now()}
	where, args := "d.campaign_id = ?", []any{campaign}
	if delivery != 0 {
		where, args = where+" AND d.id = ?", append(args, delivery)
	}
	var err error
	d.N, err = s.resolve(ctx, resolution{to: to, at: d.At, due: d.At.Add(undoTime)}, where, args...)
	if err == nil && d.N == 0 {
		err = fault.New(fault.Conflict, "This letter is no longer in doubt, or its campaign was cancelled.")
	}
	return d, err
}

// A resolution is what becomes of letters in doubt.
type resolution struct {
	to      ledger.State // Sent or Queued
	at, due time.Time    // zero is now
}

// resolve takes deliveries out of doubt, batch after batch, and keeps the runs' counters.
// Their stage stays: it tells Undecide, and a person, where they came from.
func (s *Store) resolve(ctx context.Context, r resolution, where string, args ...any) (n int, err error) {
	if r.at.IsZero() {
		r.at, r.due = s.now(), s.now()
	}
	for {
		var runs []int64
		err := s.txAgain(ctx, func(tx *gorm.DB) error {
			var err error
			runs, err = s.resolveSome(tx, r, where, args)
			return err
		})
		if n += len(runs); err != nil || len(runs) < resolveSize {
			return n, err
		}
	}
}

func (s *Store) resolveSome(tx *gorm.DB, r resolution, where string, args []any) (runs []int64, err error) {
	set, values := `state = 'sent', counted = ?, sent_at = ?, reason = ''`, []any{true, r.at}
	if r.to == ledger.Queued {
		set, values = `state = 'queued', counted = ?, due_at = ?, reason = ''`, []any{false, r.due}
		where += ` AND d.campaign_id NOT IN (SELECT id FROM campaigns WHERE state = 'cancelled')`
	}
	values = append(append(append(values, r.at), args...), resolveSize)
	err = tx.Raw(s.sql(`UPDATE deliveries SET `+set+`, leased_by = '', updated_at = ? WHERE state = 'unsure'
		AND id IN (SELECT d.id FROM deliveries d WHERE d.{{resting}} = 'unsure' AND `+where+` ORDER BY d.id LIMIT ?) RETURNING run_id`), values...).Scan(&runs).Error
	if err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	if r.to == ledger.Queued {
		return runs, perRun(runs, func(run int64, n int) error {
			return tx.Exec(`UPDATE runs SET unsure = unsure - ?, state = CASE WHEN state = 'finished' THEN 'running' ELSE state END, finished_at = NULL WHERE id = ?`, n, run).Error
		})
	}
	return runs, firstOf(func() error {
		return perRun(runs, func(run int64, n int) error {
			return tx.Exec(`UPDATE runs SET unsure = unsure - ?, sent = sent + ? WHERE id = ?`, n, n, run).Error
		})
	}, func() error { return countSent(tx, r.at, len(runs)) })
}

// Undecide puts back into doubt what DecideUnsure decided at a moment and nobody has sent since.
func (s *Store) Undecide(ctx context.Context, campaign int64, to ledger.State, at time.Time) (n int, err error) {
	sent := 0
	if to == ledger.Sent {
		sent = 1
	}
	err = s.txAgain(ctx, func(tx *gorm.DB) error {
		var runs []int64
		err := tx.Raw(`UPDATE deliveries SET state = 'unsure', counted = ?, sent_at = NULL, reason = 'stopped between hand-over and answer', updated_at = ?
			WHERE campaign_id = ? AND state = ? AND stage <> '' AND updated_at = ? RETURNING run_id`, true, s.now(), campaign, to, at.UTC()).Scan(&runs).Error
		if err != nil {
			return err
		}
		n = len(runs)
		return firstOf(func() error {
			return perRun(runs, func(run int64, n int) error {
				return tx.Exec(`UPDATE runs SET unsure = unsure + ?, sent = sent - ? WHERE id = ?`, n, sent*n, run).Error
			})
		}, func() error { return countSent(tx, at, -sent*n) })
	})
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "It is too late to undo this: the letters are on their way.")
	}
	return n, err
}

// perRun calls f once for each run with how often it occurs, in the runs' order.
func perRun(runs []int64, f func(run int64, n int) error) error {
	n := map[int64]int{}
	for _, r := range runs {
		n[r]++
	}
	for _, run := range slices.Sorted(maps.Keys(n)) {
		if err := f(run, n[run]); err != nil {
			return err
		}
	}
	return nil
}
