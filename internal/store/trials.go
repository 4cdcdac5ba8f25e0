package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/campaigns/trial"
)

// ruleText is a rule as it is stored; "" for none.
func ruleText(r *trial.Rule) string {
	if r == nil {
		return ""
	}
	return asJSON(r)
}

func ruleOf(text string) *trial.Rule {
	var r trial.Rule
	if text == "" || json.Unmarshal([]byte(text), &r) != nil {
		return nil
	}
	return &r
}

type trialRow struct {
	ID, CampaignID, RunID, MessageID, Held int64
	Variants, Rule, Winner, DecidedBy      string
	Verdict, Figures                       string
	OneByOne                               bool
	BeganAt                                time.Time
	EndsAt, DecidedAt, RetiredAt           *time.Time
}

func (r trialRow) trial() ledger.Trial {
	t := ledger.Trial{ID: r.ID, CampaignID: r.CampaignID, RunID: r.RunID, MessageID: r.MessageID, Held: r.Held, OneByOne: r.OneByOne,
		BeganAt: r.BeganAt.UTC(), EndsAt: utc(r.EndsAt), Winner: r.Winner, DecidedAt: utc(r.DecidedAt), DecidedBy: r.DecidedBy, RetiredAt: utc(r.RetiredAt)}
	for text, to := range map[string]any{r.Variants: &t.Variants, r.Rule: &t.Rule, r.Verdict: &t.Verdict, r.Figures: &t.Arms} {
		_ = json.Unmarshal([]byte(text), to) // written by us
	}
	return t
}

// heldUntil is when a delivery is due that waits for a winner: never, until there is one.
var heldUntil = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// order is trial.InRun of a column in SQL, from the same numbers. Xor is what both
// databases have no common sign for: (a | b) - (a & b).
func order(column string, message, run int64) string {
	return orderFrom("deliveries", column, message, run)
}

func orderFrom(table, column string, message, run int64) string {
	mask := strconv.Itoa(trial.Mask)
	first := fmt.Sprintf("((%s * %d + %d) & %s)", column, trial.Spread, trial.Start(message, run), mask)
	mixed := `((h | (h >> 16)) - (h & (h >> 16)))`
	step := fmt.Sprintf("(%s * %d) & %s", mixed, trial.Factor, mask)
	return `SELECT id, subscriber_id, ` + mixed + ` AS h FROM (SELECT id, subscriber_id, ` + step + ` AS h FROM (SELECT id, subscriber_id, ` + step +
		` AS h FROM (SELECT id, subscriber_id, ` + first + ` AS h FROM ` + table + ` WHERE run_id = ? AND message_id = ?) x0) x1) x2`
}

// beginTrial divides a run's letters of a message that has variants: some try them, each as
// many as another (but for one), the others wait for the winner. Who is where depends on
// subscriber, message and run alone. Every person keeps the one delivery there is.
func (s *Store) beginTrial(tx *gorm.DB, c campaigns.Campaign, run int64, m campaigns.Message) error {
	variants := m.Variants()
	if len(variants) < 2 || m.Test == nil || c.OneByOne(m) {
		return nil
	}
	id, err := s.openTrial(tx, ledger.Trial{CampaignID: c.ID, RunID: run, MessageID: m.ID, Variants: variants, Rule: *m.Test})
	if err != nil || id == 0 {
		return err
	}
	name := `''`
	for i := len(variants) - 1; i >= 0; i-- {
		name = fmt.Sprintf(`CASE WHEN (p.place - 1) %% %d = %d THEN '%s' ELSE %s END`, len(variants), i, variants[i], name)
	}
	const tries = `p.place * 100 <= p.people * ?`
	sql := `UPDATE deliveries SET trial_id = ?, variant = CASE WHEN ` + tries + ` THEN ` + name + ` ELSE '' END,
		state = CASE WHEN ` + tries + ` THEN state ELSE 'planned' END, due_at = CASE WHEN ` + tries + ` THEN due_at ELSE ?{{time}} END
		FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY h, subscriber_id) AS place, COUNT(*) OVER () AS people FROM (` + order("subscriber_id", m.ID, run) + `) x3) p
		WHERE deliveries.id = p.id AND deliveries.state IN ('planned', 'queued')`
	share := m.Test.Share
	if err := tx.Exec(s.sql(sql), id, share, share, share, heldUntil, run, m.ID).Error; err != nil {
		return fmt.Errorf("divide message %d: %w", m.ID, err)
	}
	return tx.Exec(`UPDATE trials SET held = (SELECT COUNT(*) FROM deliveries WHERE trial_id = ? AND variant = '') WHERE id = ?`, id, id).Error
}

// openTrial begins a trial, once for a run and a message; 0 when there is one.
func (s *Store) openTrial(tx *gorm.DB, t ledger.Trial) (id int64, err error) {
	err = tx.Raw(`INSERT INTO trials (campaign_id, run_id, message_id, variants, rule, one_by_one, began_at, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING RETURNING id`, t.CampaignID, t.RunID, t.MessageID, asJSON(t.Variants), asJSON(t.Rule), t.OneByOne, s.now(), utc(t.EndsAt)).Scan(&id).Error
	if err != nil {
		err = fmt.Errorf("begin the test of message %d: %w", t.MessageID, err)
	}
	return id, err
}

// assign is the variant of one person's letter of a message that people come to one by one:
// theirs while the test is open, the winner afterwards. The first letter begins the test,
// and its time runs from when that one is due.
func (s *Store) assign(tx *gorm.DB, campaign, run int64, m messageRow, subscriber int64, due time.Time) (variant string, id *int64, err error) {
	rule := ruleOf(m.Test)
	if rule == nil {
		return "", nil, nil
	}
	var row trialRow
	find := func() error {
		return tx.Raw(`SELECT * FROM trials WHERE run_id = ? AND message_id = ? AND retired_at IS NULL`, run, m.ID).Scan(&row).Error
	}
	if err := find(); err != nil {
		return "", nil, err
	}
	if row.ID == 0 {
		variants, err := variantsOf(tx, m.ID)
		if err != nil || len(variants) < 2 {
			return "", nil, err
		}
		end := due.Add(rule.After)
		_, err = s.openTrial(tx, ledger.Trial{CampaignID: campaign, RunID: run, MessageID: m.ID, Variants: variants, Rule: *rule, OneByOne: true, EndsAt: &end})
		if err != nil {
			return "", nil, err
		}
		if err := find(); err != nil {
			return "", nil, err
		}
	}
	t := row.trial()
	if !t.Open() {
		return t.Winner, nil, nil
	}
	return trial.Assign(subscriber, m.ID, t.Variants), &t.ID, nil
}

func variantsOf(tx *gorm.DB, message int64) ([]string, error) {
	var stored []string
	err := tx.Raw(`SELECT DISTINCT variant FROM contents WHERE message_id = ? ORDER BY variant`, message).Scan(&stored).Error
	for i := range stored {
		stored[i] = trial.Shown(stored[i])
	}
	return stored, err
}

// Trials are a campaign's tests, newest first.
func (s *Store) Trials(ctx context.Context, campaign int64, limit int) ([]ledger.Trial, error) {
	return trialsWhere(s.read.WithContext(ctx), `campaign_id = ? ORDER BY id DESC LIMIT ?`, campaign, limit)
}

// OpenTrials are the tests without a winner of campaigns that send, or have sent all they
// could; one that is paused waits. With them come tests whose winner has not gone to
// everybody yet who waits for it.
func (s *Store) OpenTrials(ctx context.Context) ([]ledger.Trial, error) {
	return trialsWhere(s.read.WithContext(ctx), `released_at IS NULL AND campaign_id IN
		(SELECT id FROM campaigns WHERE state IN ('running', 'finished') OR state = 'paused' AND decided_at IS NOT NULL) ORDER BY id`)
}

// OpenTrialsOf counts the tests of a message that have no winner yet, or one that has not
// reached everybody who waits for it.
func (s *Store) OpenTrialsOf(ctx context.Context, message int64) (int64, error) {
	return openTrialsOf(s.read.WithContext(ctx), message)
}

func openTrialsOf(db *gorm.DB, message int64) (n int64, err error) {
	err = db.Raw(`SELECT COUNT(*) FROM trials t JOIN campaigns c ON c.id = t.campaign_id
		WHERE t.message_id = ? AND t.released_at IS NULL AND c.state NOT IN ('cancelled', 'finished')`, message).Scan(&n).Error
	return n, err
}

// Trial is one test of a campaign.
func (s *Store) Trial(ctx context.Context, campaign, id int64) (ledger.Trial, error) {
	found, err := trialsWhere(s.read.WithContext(ctx), `campaign_id = ? AND id = ?`, campaign, id)
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, "There is no such test.")
	}
	if err != nil {
		return ledger.Trial{}, err
	}
	return found[0], nil
}

func trialsWhere(db *gorm.DB, where string, args ...any) ([]ledger.Trial, error) {
	var rows []trialRow
	if err := db.Raw(`SELECT * FROM trials WHERE `+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("tests: %w", err)
	}
	out := make([]ledger.Trial, len(rows))
	for i, r := range rows {
		out[i] = r.trial()
	}
	return out, nil
}

// SetSenderName says who a variant of a message is from, in every language; "" is the
// campaign's name.
func (s *Store) SetSenderName(ctx context.Context, message int64, variant, name string) error {
	return s.db.WithContext(ctx).Exec(`UPDATE contents SET sender_name = ? WHERE message_id = ? AND variant = ?`, name, message, trial.Stored(variant)).Error
}

// fewSent is how many letters must have left before their clicks say what is usual.
const fewSent = 1000

// ClickShare is which share of the letters that left so far people clicked; 0 while they
// are too few to say.
func (s *Store) ClickShare(ctx context.Context) (float64, error) {
	var n struct{ Sent, Clicked int64 }
	err := s.read.WithContext(ctx).Raw(`SELECT COALESCE(SUM(sent), 0) AS sent, COALESCE(SUM(clicked), 0) AS clicked FROM runs`).Scan(&n).Error
	if err != nil || n.Sent < fewSent {
		return 0, err
	}
	return float64(n.Clicked) / float64(n.Sent), nil
}
