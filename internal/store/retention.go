package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
)

// What people did is forgotten in small steps: a step looks at some hundred rows in the order they were written, takes away
// those that are due in one short transaction, and writes down how far it came. A click is counted on its link before it
// goes, so that reports stay as they were.

const (
	retainRows  = 500                 // of one step
	retainEvery = 24 * time.Hour      // a run begins
	retainAnew  = 28 * 24 * time.Hour // a run looks at everything again: for rows that came late or were not due
	// RetainAfter is how long after new rules nothing goes yet: for who made a mistake.
	RetainAfter = time.Hour
)

const (
	retentionSetting = "retention"
	retainedSetting  = "retained"
)

// Retained says what rules of retention have done.
type Retained struct {
	BeganAt time.Time  `json:"began_at"` // of the last run
	DoneAt  *time.Time `json:"done_at"`  // nil while it goes on
	FullAt  time.Time  `json:"full_at"`  // when everything was last looked at from the beginning
	Run     Forgotten  `json:"run"`
	Total   Forgotten  `json:"total"`
	At      Forgotten  `json:"at"`    // the row up to which a run has come
	Ended   [3]bool    `json:"ended"` // which of the three have nothing left in this run
}

// Forgotten counts opens, clicks and details of events.
type Forgotten struct {
	Opens   int64 `json:"opens"`
	Clicks  int64 `json:"clicks"`
	Details int64 `json:"details"`
}

// Retention is what the shop asked for; nothing goes before it did.
func (s *Store) Retention(ctx context.Context) (r audience.Retention, err error) {
	return r, s.settingOf(ctx, retentionSetting, &r)
}

// Retained is what came of it.
func (s *Store) Retained(ctx context.Context) (r Retained, err error) {
	return r, s.settingOf(ctx, retainedSetting, &r)
}

func (s *Store) settingOf(ctx context.Context, name string, into any) error {
	text, err := s.Setting(ctx, name)
	if err != nil || text == "" {
		return err
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	return nil
}

// SaveRetention takes new rules. A run begins with them an hour later.
func (s *Store) SaveRetention(ctx context.Context, r audience.Retention) error {
	if err := r.Validate(); err != nil {
		return err
	}
	r.SavedAt = s.now()
	was, err := s.Retained(ctx)
	if err != nil {
		return err
	}
	done := s.now()
	was.FullAt, was.DoneAt = time.Time{}, &done // shorter rules concern rows that were passed over
	b, err := json.Marshal(was)
	if err != nil {
		return err
	}
	if err := s.SaveSetting(ctx, retainedSetting, string(b)); err != nil {
		return err
	}
	return s.SaveSetting(ctx, retentionSetting, asJSON(r))
}

// forgetting is one of the three things that are forgotten.
type forgetting struct {
	months int
	at, n  *int64 // how far, and how many went
	total  *int64
	next   string // rows after a number, whether they are older than a moment, and whether they may go
	forget func(tx *gorm.DB, due []int64) error
}

// openTrials are the campaigns whose tests still ask what was opened and clicked.
const openTrials = `a.campaign_id NOT IN (SELECT t.campaign_id FROM trials t WHERE t.decided_at IS NULL)`

// clickOf is a letter with a link of it that was clicked.
type clickOf struct{ CampaignID, LinkID, DeliveryID int64 }

const (
	clicksDue = `SELECT DISTINCT campaign_id, link_id, delivery_id FROM activities WHERE id {{in}}{{ids}}{{end}} AND verdict <> 'machine' AND link_id <> 0`
	clicksOf  = `SELECT DISTINCT campaign_id, link_id, delivery_id FROM activities WHERE delivery_id {{in}}{{ids}}{{end}} AND kind = 'click' AND verdict <> 'machine' AND link_id <> 0`
	dropDue   = `DELETE FROM activities WHERE id {{in}}{{ids}}{{end}}`
)

// dropClicks takes clicks away and counts them on their links: a letter once for each link, with its last click there.
func (s *Store) dropClicks(tx *gorm.DB, due []int64) error {
	var gone, left []clickOf
	if err := tx.Raw(s.sql(clicksDue), asJSON(due)).Scan(&gone).Error; err != nil {
		return err
	}
	letters := make([]int64, len(gone))
	for i, c := range gone {
		letters[i] = c.DeliveryID
	}
	err := firstOf(
		func() error { return tx.Exec(s.sql(dropDue), asJSON(due)).Error },
		func() error { return tx.Raw(s.sql(clicksOf), asJSON(letters)).Scan(&left).Error })
	if err != nil {
		return err
	}
	counts := map[clickOf]int64{}
	for _, c := range gone {
		if !slices.Contains(left, c) {
			counts[clickOf{c.CampaignID, c.LinkID, 0}]++
		}
	}
	var rows [][]any
	for link, n := range counts {
		rows = append(rows, []any{link.CampaignID, link.LinkID, n})
	}
	return addTo(tx, "kept_clicks", []string{"campaign_id", "link_id"}, []string{"letters"}, rows)
}

// each does one statement to the rows that are due.
func (s *Store) each(sql string) func(tx *gorm.DB, due []int64) error {
	return func(tx *gorm.DB, due []int64) error { return tx.Exec(s.sql(sql), asJSON(due)).Error }
}

func (s *Store) forgettings(r *Retained, rules audience.Retention) []forgetting {
	const activity = `SELECT a.id, a.at < ? AS old, ` + openTrials + ` AS free FROM activities a WHERE a.id > ? AND a.kind = `
	const end = ` ORDER BY a.id LIMIT ?`
	return []forgetting{
		{rules.Opens, &r.At.Opens, &r.Run.Opens, &r.Total.Opens, activity + `'open'` + end, s.each(dropDue)},
		{rules.Clicks, &r.At.Clicks, &r.Run.Clicks, &r.Total.Clicks, activity + `'click'` + end, s.dropClicks},
		{rules.Details, &r.At.Details, &r.Run.Details, &r.Total.Details, `SELECT a.id, a.at < ? AS old, a.data NOT IN ('{}', 'null') AND a.name NOT LIKE 'order.%' AS free FROM events a WHERE a.id > ?` + end,
			s.each(`UPDATE events SET data = '{}' WHERE id {{in}}{{ids}}{{end}}`)},
	}
}

// Retain takes one small step of forgetting what is older than the rules say; done is that nothing is left for now. One
// process at a time calls it.
func (s *Store) Retain(ctx context.Context) (done bool, err error) {
	rules, err := s.Retention(ctx)
	if err != nil || rules.Opens+rules.Clicks+rules.Details == 0 || s.now().Before(rules.SavedAt.Add(RetainAfter)) {
		return true, err
	}
	r, err := s.Retained(ctx)
	if err != nil {
		return false, err
	}
	if r.BeganAt.IsZero() || r.DoneAt != nil {
		if !r.BeganAt.Before(rules.SavedAt) && s.now().Sub(r.BeganAt) < retainEvery {
			return true, nil
		}
		r.begin(s.now())
	}
	for i, f := range s.forgettings(&r, rules) {
		if r.Ended[i] = r.Ended[i] || f.months == 0; r.Ended[i] {
			continue
		}
		return false, s.stepTx(ctx, func(tx *gorm.DB) error {
			more, err := s.forgetPage(tx, f)
			if err != nil {
				return err
			}
			r.Ended[i] = !more
			return s.saveRetained(tx, r)
		})
	}
	now := s.now()
	r.DoneAt = &now
	return true, s.saveRetained(s.db.WithContext(ctx), r)
}

func (r *Retained) begin(now time.Time) {
	r.BeganAt, r.DoneAt, r.Run, r.Ended = now, nil, Forgotten{}, [3]bool{}
	if now.Sub(r.FullAt) >= retainAnew {
		r.FullAt, r.At = now, Forgotten{}
	}
}

func (s *Store) saveRetained(tx *gorm.DB, r Retained) error {
	return tx.Exec(`INSERT INTO settings (name, value, updated_at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`, retainedSetting, asJSON(r), s.now()).Error
}

// forgetPage looks at a page of rows; more is that the next one may hold some that are due.
func (s *Store) forgetPage(tx *gorm.DB, f forgetting) (more bool, err error) {
	var rows []struct {
		ID        int64
		Old, Free bool
	}
	if err := tx.Raw(f.next, s.now().AddDate(0, -f.months, 0), *f.at, retainRows).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return false, err
	}
	due, old := []int64{}, 0
	for _, r := range rows {
		old += one(r.Old)
		if r.Old && r.Free {
			due = append(due, r.ID)
		}
	}
	if old == 0 { // rows are written in the order of time, as good as always
		return false, nil
	}
	if err := f.forget(tx, due); err != nil {
		return false, fmt.Errorf("forget: %w", err)
	}
	*f.at = rows[len(rows)-1].ID
	*f.n += int64(len(due))
	*f.total += int64(len(due))
	return len(rows) == retainRows, nil
}
