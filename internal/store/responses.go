package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// Apply brings about what a response says, in one transaction: the response is recorded,
// attributes are set, the code is redeemed (once: a second time is a Conflict and nothing
// else happens), the shop is alerted, the goal ends what waits, and messages that wait for
// this response are owed.
func (s *Store) Apply(ctx context.Context, w ledger.Work, r campaigns.Reply) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if r.Redeem {
			if err := s.redeem(tx, "enrolment_id = ? AND campaign_id = ?", []any{w.EnrolmentID, w.CampaignID}, "page"); err != nil {
				return err
			}
			if err := s.respond(tx, w, map[string]string{"redeemed": "yes"}); err != nil {
				return err
			}
		}
		if err := s.respond(tx, w, r.Record); err != nil {
			return err
		}
		if len(r.Set) > 0 {
			p := w.Subscriber
			p.Attributes = r.Set
			if err := s.save(tx, &p); err != nil {
				return err
			}
		}
		if r.Alert == "" {
			return nil
		}
		return s.alert(tx, w.CampaignID, w.SubscriberID, r.Alert)
	})
}

// alert tells the shop, once until it has seen to it.
func (s *Store) alert(tx *gorm.DB, campaign, subscriber int64, text string) error {
	return tx.Exec(`INSERT INTO alerts (campaign_id, subscriber_id, text, at) SELECT ?, ?, ?, ? WHERE NOT EXISTS
		(SELECT 1 FROM alerts WHERE campaign_id = ? AND subscriber_id = ? AND text = ? AND done_at IS NULL)`,
		campaign, subscriber, text, s.now(), campaign, subscriber, text).Error
}

func (s *Store) respond(tx *gorm.DB, w ledger.Work, record map[string]string) error {
	if len(record) == 0 {
		return nil
	}
	var before int64
	if err := tx.Table("responses").Where("enrolment_id = ?", w.EnrolmentID).Count(&before).Error; err != nil {
		return err
	}
	now := s.now()
	for field, value := range record {
		err := tx.Exec(`INSERT INTO responses (enrolment_id, field, campaign_id, subscriber_id, value, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (enrolment_id, field) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
			w.EnrolmentID, field, w.CampaignID, w.SubscriberID, value, now, now).Error
		if err != nil {
			return fmt.Errorf("respond: %w", err)
		}
	}
	if _, rated := record["rating"]; rated {
		if err := s.remood(tx, w.SubscriberID); err != nil {
			return err
		}
	}
	if before == 0 {
		if err := tx.Exec(`UPDATE runs SET responded = responded + 1 WHERE id = ?`, w.RunID).Error; err != nil {
			return err
		}
	}
	return s.follow(tx, w, record)
}

// follow ends the enrolment at its goal and owes the messages that wait for the response.
func (s *Store) follow(tx *gorm.DB, w ledger.Work, record map[string]string) error {
	var row campaignRow
	if err := tx.First(&row, w.CampaignID).Error; err != nil {
		return err
	}
	if _, ok := record[row.Goal]; ok {
		if err := tx.Exec(`UPDATE enrolments SET state = 'done', reason = 'goal reached' WHERE id = ? AND state = 'active'`, w.EnrolmentID).Error; err != nil {
			return err
		}
		if err := s.closeDeliveries(tx, ledger.Skipped, "goal reached", "d.enrolment_id = ?", w.EnrolmentID); err != nil {
			return err
		}
	}
	var occasion string
	if err := tx.Raw(`SELECT occasion FROM enrolments WHERE id = ?`, w.EnrolmentID).Scan(&occasion).Error; err != nil || strings.Contains(occasion, mergedMark) {
		return err // the person is in this run twice since a merge, and answered by the letter that is there twice
	}
	return s.owe(tx, row.campaign(), w.EnrolmentID, w.RunID, w.Subscriber, s.now(), func(m messageRow) bool {
		_, ok := record[m.OnResponse]
		return m.OnResponse != "" && ok
	})
}

// Award records a response on an enrolment's behalf.
func (s *Store) Award(ctx context.Context, enrolment int64, field, value string) error {
	w, err := s.EnrolmentWork(ctx, enrolment)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *gorm.DB) error { return s.respond(tx, w, map[string]string{field: value}) })
}

// Tally counts a campaign's responses to a field by value.
func (s *Store) Tally(ctx context.Context, campaign int64, field string) (map[string]int, error) {
	var rows []struct {
		Value string
		N     int
	}
	err := s.read.WithContext(ctx).Raw(`SELECT value, COUNT(*) AS n FROM responses WHERE campaign_id = ? AND field = ? GROUP BY value`, campaign, field).Scan(&rows).Error
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.Value] = r.N
	}
	return out, err
}

// countResponses is answered by an index alone.
const countResponses = `SELECT COUNT(*) FROM responses WHERE campaign_id = ? AND field = ? AND value = ?`

// CountResponses counts a campaign's responses to a field that say value.
func (s *Store) CountResponses(ctx context.Context, campaign int64, field, value string) (n int, err error) {
	err = s.read.WithContext(ctx).Raw(countResponses, campaign, field, value).Scan(&n).Error
	return n, err
}

// Entries lists who gave a response to a field, by the moment they first did.
func (s *Store) Entries(ctx context.Context, campaign int64, field string) ([]campaigns.Entry, error) {
	var rows []struct {
		EnrolmentID int64
		Value       string
		At          time.Time
	}
	err := s.read.WithContext(ctx).Raw(`SELECT enrolment_id, value, created_at AS at FROM responses WHERE campaign_id = ? AND field = ? ORDER BY created_at, enrolment_id`, campaign, field).Scan(&rows).Error
	out := make([]campaigns.Entry, len(rows))
	for i, r := range rows {
		out[i] = campaigns.Entry{EnrolmentID: r.EnrolmentID, Value: r.Value, At: r.At.UTC()}
	}
	return out, err
}

// ResponseRow is one person's answers to a campaign.
type ResponseRow struct {
	EnrolmentID int64               `json:"enrolment_id"`
	Subscriber  audience.Subscriber `json:"subscriber"`
	Values      map[string]string   `json:"values"`
	At          time.Time           `json:"at"`
}

// Responses lists a campaign's responses, newest enrolment first, one page of enrolments;
// next is the after of the following page, 0 at the end.
func (s *Store) Responses(ctx context.Context, campaign, after int64, limit int) (out []ResponseRow, next int64, err error) {
	db := s.read.WithContext(ctx)
	q := db.Table("responses").Distinct("enrolment_id").Where("campaign_id = ?", campaign)
	if after > 0 {
		q = q.Where("enrolment_id < ?", after)
	}
	var ids []int64
	if err := q.Order("enrolment_id DESC").Limit(limit+1).Pluck("enrolment_id", &ids).Error; err != nil {
		return nil, 0, err
	}
	if len(ids) > limit {
		ids = ids[:limit]
		next = ids[limit-1]
	}
	if len(ids) == 0 {
		return nil, 0, nil
	}
	var rows []struct {
		EnrolmentID, SubscriberID int64
		Field, Value              string
		UpdatedAt                 time.Time
	}
	if err := db.Table("responses").Where("enrolment_id IN ?", ids).Order("enrolment_id DESC").Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	var people []int64
	for _, r := range rows {
		people = append(people, r.SubscriberID)
	}
	byID, err := s.peopleByID(ctx, people)
	for _, r := range rows {
		if len(out) == 0 || out[len(out)-1].EnrolmentID != r.EnrolmentID {
			out = append(out, ResponseRow{EnrolmentID: r.EnrolmentID, Subscriber: byID[r.SubscriberID], Values: map[string]string{}})
		}
		last := &out[len(out)-1]
		last.Values[r.Field] = r.Value
		if r.UpdatedAt.After(last.At) {
			last.At = r.UpdatedAt.UTC()
		}
	}
	return out, next, err
}

func (s *Store) peopleByID(ctx context.Context, ids []int64) (map[int64]audience.Subscriber, error) {
	var rows []subscriberRow
	err := s.read.WithContext(ctx).Where("id IN ?", slices.Compact(slices.Sorted(slices.Values(ids)))).Find(&rows).Error
	out := make(map[int64]audience.Subscriber, len(rows))
	for _, r := range rows {
		out[r.ID] = r.subscriber()
	}
	return out, err
}

// redeem takes a code once: of two at the same moment one succeeds.
func (s *Store) redeem(tx *gorm.DB, where string, args []any, by string) error {
	now := s.now()
	r := tx.Exec(`UPDATE codes SET state = 'redeemed', redeemed_at = ?, redeemed_by = ? WHERE state IN ('reserved', 'issued')
		AND (expires_at IS NULL OR expires_at > ?) AND `+where, append([]any{now, by, now}, args...)...)
	if r.Error != nil || r.RowsAffected == 1 {
		return r.Error
	}
	var c campaigns.Code
	if err := tx.Table("codes").Where(where, args...).First(&c).Error; err != nil {
		return notFound(err, "There is no such code.")
	}
	switch {
	case c.State == "redeemed":
		return fault.New(fault.Conflict, "This code was redeemed already.")
	case c.ExpiresAt != nil && !c.ExpiresAt.After(now):
		return fault.New(fault.Conflict, "This code has expired.")
	}
	return fault.New(fault.Conflict, "This code was not given to anybody yet.")
}

// Redeem takes a code at the shop's checkout, whoever has it; by names who did.
func (s *Store) Redeem(ctx context.Context, code, by string) (campaigns.Code, error) {
	norm := campaigns.NormCode(code)
	var out campaigns.Code
	err := s.tx(ctx, func(tx *gorm.DB) error {
		if err := s.redeem(tx, "code_norm = ?", []any{norm}, by); err != nil {
			return err
		}
		if err := tx.Table("codes").Where("code_norm = ?", norm).First(&out).Error; err != nil {
			return err
		}
		var enrolment int64
		if err := tx.Raw(`SELECT COALESCE(enrolment_id, 0) FROM codes WHERE code_norm = ?`, norm).Scan(&enrolment).Error; err != nil || enrolment == 0 {
			return err
		}
		return s.respondFor(tx, enrolment, "redeemed", "yes")
	})
	return out, err
}

// respondFor records a response where only the enrolment is known.
func (s *Store) respondFor(tx *gorm.DB, enrolment int64, field, value string) error {
	var d ledger.Delivery
	if err := tx.Table("deliveries").Where("enrolment_id = ?", enrolment).Order("id").Limit(1).Find(&d).Error; err != nil || d.ID == 0 {
		return err
	}
	works, err := s.works(tx, []ledger.Delivery{d})
	if err != nil {
		return errors.Join(err)
	}
	return s.respond(tx, works[0], map[string]string{field: value})
}
