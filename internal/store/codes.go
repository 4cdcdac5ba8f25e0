package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
)

// AddCodes puts codes into a campaign's pool and returns how many were new: a code that
// any pool has already is left out, so that no two people ever hold the same.
func (s *Store) AddCodes(ctx context.Context, campaign int64, codes []string) (added int64, err error) {
	err = s.tx(ctx, func(tx *gorm.DB) error {
		added = 0
		for _, code := range codes {
			r := tx.Exec(`INSERT INTO codes (campaign_id, code, code_norm, state, created_at) VALUES (?, ?, ?, 'free', ?) ON CONFLICT DO NOTHING`,
				campaign, code, campaigns.NormCode(code), s.now())
			if r.Error != nil {
				return fmt.Errorf("add codes: %w", r.Error)
			}
			added += r.RowsAffected
		}
		return nil
	})
	return added, err
}

// reserve takes the oldest free code; the unique pair of campaign and subscriber makes sure
// that nobody gets two.
const reserve = `
	UPDATE codes SET state = 'reserved', subscriber_id = ?, enrolment_id = ?, expires_at = ?
	 WHERE id = (SELECT id FROM codes WHERE campaign_id = ? AND state = 'free' ORDER BY id LIMIT 1)
	RETURNING *`

type codeRow struct {
	ID          int64
	Code, State string
	EnrolmentID *int64
	ExpiresAt   *time.Time
	RedeemedAt  *time.Time
}

func (r codeRow) code() campaigns.Code {
	return campaigns.Code{Code: r.Code, State: r.State, ExpiresAt: utc(r.ExpiresAt), RedeemedAt: utc(r.RedeemedAt)}
}

// Reserve gives a subscriber one code of the campaign's pool: the same one each time the
// same enrolment asks. campaigns.ErrSoldOut when none is left, campaigns.ErrHasOne when
// the person holds one of an earlier occasion. A zero expires is never.
func (s *Store) Reserve(ctx context.Context, campaign, subscriber, enrolment int64, expires time.Time) (campaigns.Code, error) {
	var r codeRow
	err := s.tx(ctx, func(tx *gorm.DB) error {
		// One reservation of a pool at a time: a code that another transaction holds and may
		// give back must not read as "none left".
		if err := tx.Exec(s.sql(`SELECT id FROM campaigns WHERE id = ? {{lock}}`), campaign).Error; err != nil {
			return err
		}
		err := tx.Table("codes").Where("campaign_id = ? AND subscriber_id = ?", campaign, subscriber).Limit(1).Find(&r).Error
		switch {
		case err != nil:
			return err
		case r.ID != 0 && (r.EnrolmentID == nil || *r.EnrolmentID != enrolment):
			return campaigns.ErrHasOne
		case r.ID != 0:
			return nil
		}
		var until *time.Time
		if !expires.IsZero() {
			until = utc(&expires)
		}
		if err := tx.Raw(s.sql(reserve), subscriber, enrolment, until, campaign).Scan(&r).Error; err != nil {
			return err
		}
		if r.ID == 0 {
			return campaigns.ErrSoldOut
		}
		return nil
	})
	return r.code(), err
}

// Held is the code an enrolment holds; campaigns.ErrSoldOut when it holds none. It takes nothing.
func (s *Store) Held(ctx context.Context, campaign, enrolment int64) (campaigns.Code, error) {
	var r codeRow
	err := s.db.WithContext(ctx).Table("codes").Where("campaign_id = ? AND enrolment_id = ?", campaign, enrolment).Limit(1).Find(&r).Error
	if err == nil && r.ID == 0 {
		err = campaigns.ErrSoldOut
	}
	return r.code(), err
}

// issueCodes keeps the codes of enrolments whose letter was sent, or may have been.
func (s *Store) issueCodes(tx *gorm.DB, enrolments []int64) error {
	if len(enrolments) == 0 {
		return nil
	}
	return tx.Exec(s.sql(`UPDATE codes SET state = 'issued', issued_at = ? WHERE state = 'reserved'
		AND enrolment_id {{in}}{{ids}}{{end}}`), s.now(), asJSON(enrolments)).Error
}

// returnCodes puts the codes of these deliveries' enrolments, whose letters were never seen, back into the pool, unless
// another letter of the enrolment has shown the code, or is about to.
func (s *Store) returnCodes(tx *gorm.DB, deliveries []int64) error {
	if len(deliveries) == 0 {
		return nil
	}
	return tx.Exec(`UPDATE codes SET state = 'free', subscriber_id = NULL, enrolment_id = NULL, expires_at = NULL
		WHERE state = 'reserved' AND enrolment_id IN (SELECT enrolment_id FROM deliveries WHERE id IN ?)
		  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.enrolment_id = codes.enrolment_id AND d.state IN ('queued', 'leased', 'sending', 'sent', 'unsure'))`,
		deliveries).Error
}

// Stock counts a campaign's codes by state.
func (s *Store) Stock(ctx context.Context, campaign int64) (campaigns.Stock, error) {
	var rows []struct {
		State string
		N     int
	}
	err := s.read.WithContext(ctx).Raw(`SELECT state, COUNT(*) AS n FROM codes WHERE campaign_id = ? GROUP BY state`, campaign).Scan(&rows).Error
	n := map[string]int{}
	for _, r := range rows {
		n[r.State] = r.N
	}
	return campaigns.Stock{Free: n["free"], Reserved: n["reserved"], Issued: n["issued"], Redeemed: n["redeemed"]}, err
}

// CodeRow is a code with its holder.
type CodeRow struct {
	ID           int64      `json:"id"`
	CampaignID   int64      `json:"-"`
	Code         string     `json:"code"`
	State        string     `json:"state"`
	SubscriberID *int64     `json:"subscriber_id,omitempty"`
	ExpiresAt    *time.Time `json:"expires_at,omitempty"`
	IssuedAt     *time.Time `json:"issued_at,omitempty"`
	RedeemedAt   *time.Time `json:"redeemed_at,omitempty"`
}

// Codes lists a campaign's codes by number, one page; next is the after of the following page.
func (s *Store) Codes(ctx context.Context, campaign, after int64, limit int) (rows []CodeRow, next int64, err error) {
	err = s.read.WithContext(ctx).Table("codes").Where("campaign_id = ? AND id > ?", campaign, after).Order("id").Limit(limit + 1).Find(&rows).Error
	if len(rows) > limit {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	return rows, next, err
}

// Code finds a code, however it is typed.
func (s *Store) Code(ctx context.Context, code string) (CodeRow, error) {
	var r CodeRow
	err := s.read.WithContext(ctx).Table("codes").Where("code_norm = ?", campaigns.NormCode(code)).First(&r).Error
	return r, notFound(err, "There is no such code.")
}

// DropFreeCodes empties a pool of what nobody holds.
func (s *Store) DropFreeCodes(ctx context.Context, campaign int64) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM codes WHERE campaign_id = ? AND state = 'free'`, campaign).Error
}

// CodeQuery says which codes of a campaign; its zero State is any.
type CodeQuery struct {
	Campaign int64
	State    string
	Search   string // a code, or a part of its holder's address
	After    int64
	Limit    int // 0 is 50
}

// HeldCode is a code with its holder's address, "" when nobody has it.
type HeldCode struct {
	CodeRow
	Email string
}

// FindCodes lists a campaign's codes, one page; next is the After of the following page.
func (s *Store) FindCodes(ctx context.Context, q CodeQuery) (rows []HeldCode, next int64, err error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	db := s.read.WithContext(ctx).Table("codes c").Select("c.*, COALESCE(s.email, '') AS email").
		Joins("LEFT JOIN subscribers s ON s.id = c.subscriber_id").Where("c.campaign_id = ? AND c.id > ?", q.Campaign, q.After)
	if q.State != "" {
		db = db.Where("c.state = ?", q.State)
	}
	if q.Search != "" {
		db = db.Where(`(c.code_norm = ? OR s.email_norm LIKE ? ESCAPE '\')`, campaigns.NormCode(q.Search), "%"+likeEscape.Replace(audience.NormEmail(q.Search))+"%")
	}
	err = db.Order("c.id").Limit(q.Limit + 1).Find(&rows).Error
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		next = rows[q.Limit-1].ID
	}
	return rows, next, err
}
