package store

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/trial"
)

// RetireTrial takes a winner of a message that people come to one by one out of office: the
// next reader begins another test of the variants as they are now.
func (s *Store) RetireTrial(ctx context.Context, campaign, id int64) error {
	r := s.db.WithContext(ctx).Exec(`UPDATE trials SET retired_at = ? WHERE id = ? AND campaign_id = ? AND one_by_one AND decided_at IS NOT NULL AND retired_at IS NULL
		AND campaign_id IN (SELECT id FROM campaigns WHERE state IN ('running', 'paused', 'finished'))`, s.now(), id, campaign)
	if r.Error != nil || r.RowsAffected > 0 {
		return r.Error
	}
	if _, err := s.Trial(ctx, campaign, id); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "Only a test of letters that leave one by one can begin again, and only once it has a winner.")
}

// retireChanged retires a message's winners whose test was of other variants, or by another
// rule, than the message has now: nobody asked for them.
func (s *Store) retireChanged(tx *gorm.DB, message int64) error {
	var rule string
	if err := tx.Raw(`SELECT test FROM messages WHERE id = ?`, message).Scan(&rule).Error; err != nil {
		return err
	}
	variants, err := variantsOf(tx, message)
	if err != nil {
		return err
	}
	if r := ruleOf(rule); r != nil {
		rule = asJSON(*r) // as openTrial writes it
	}
	return tx.Exec(`UPDATE trials SET retired_at = ? WHERE message_id = ? AND one_by_one AND decided_at IS NOT NULL AND retired_at IS NULL
		AND (variants <> ? OR rule <> ?)`, s.now(), message, asJSON(variants), rule).Error
}

// SpentVariants are the letters of a message's variants that tests have given to people.
// Deliveries name them, so they stand for nothing else later.
func (s *Store) SpentVariants(ctx context.Context, message int64) (spent []string, err error) {
	var rows []string
	if err := s.read.WithContext(ctx).Raw(`SELECT DISTINCT variants FROM trials WHERE message_id = ?`, message).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("variants of message %d: %w", message, err)
	}
	for _, text := range rows {
		var some []string
		_ = json.Unmarshal([]byte(text), &some) // written by us
		spent = append(spent, some...)
	}
	return spent, nil
}

// DeleteVariant takes a variant out of a message, in every language.
func (s *Store) DeleteVariant(ctx context.Context, message int64, variant string) error {
	if trial.Stored(variant) == "" {
		return fault.New(fault.Conflict, "A is the letter itself and stays.")
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := mayTake(tx, message, `d.variant = ?`, variant); err != nil {
			return err
		}
		if err := tx.Exec(`DELETE FROM contents WHERE message_id = ? AND variant = ?`, message, variant).Error; err != nil {
			return err
		}
		return s.retireChanged(tx, message)
	})
}

// DeleteContent takes one language out of a message, of all its variants.
func (s *Store) DeleteContent(ctx context.Context, message int64, lang string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := mayTake(tx, message, `d.variant > ''`); err != nil {
			return err
		}
		return tx.Exec(`DELETE FROM contents WHERE message_id = ? AND lang = ?`, message, lang).Error
	})
}

// mayTake refuses to take away what letters that have not left yet are to be made of: they
// would silently be made of A.
func mayTake(tx *gorm.DB, message int64, which string, args ...any) error {
	if err := frozen(tx, message); err != nil {
		return err
	}
	var n int64
	err := tx.Raw(`SELECT COUNT(*) FROM deliveries d WHERE d.campaign_id = (SELECT campaign_id FROM messages WHERE id = ?) AND d.message_id = ?
		AND d.state IN ('planned', 'queued', 'leased', 'sending') AND `+which, append([]any{message, message}, args...)...).Scan(&n).Error
	if err == nil && n > 0 {
		err = fault.Field("variant", "Letters that are still to be made of it: %d. Let them leave first, or cancel the campaign.", n)
	}
	return err
}

// frozen refuses to change a letter while its test runs: half of a variant's people would
// have been judged by another letter.
func frozen(tx *gorm.DB, message int64) error {
	n, err := openTrialsOf(tx, message)
	if err == nil && n > 0 {
		err = fault.Field("variant", "The A/B test of this letter is running, so it stays as it is. End the test first: choose a winner on the campaign’s overview.")
	}
	return err
}
