package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// The purposes of a ticket.
const (
	Welcome    = "welcome" // makes the first owner; its user is 0
	SignInLink = "sign-in" // signs in once
)

const badTicket = "This link has been used or has expired. Ask for a new one."

// CreateTicket makes a one-time link's token, which is nowhere else.
func (s *Store) CreateTicket(ctx context.Context, purpose string, user int64, ttl time.Duration) (token string, err error) {
	token = newToken()
	now := s.now()
	err = s.tx(ctx, func(tx *gorm.DB) error {
		return firstError(tx.Exec(`DELETE FROM tickets WHERE expires_at < ?`, now).Error,
			tx.Exec(`INSERT INTO tickets (token_hash, purpose, user_id, expires_at) VALUES (?, ?, ?, ?)`, hashToken(token), purpose, user, now.Add(ttl)).Error)
	})
	if err != nil {
		return "", fmt.Errorf("create ticket: %w", err)
	}
	return token, nil
}

// Ticket says whose ticket that is without using it; NotFound when it is none any more.
func (s *Store) Ticket(ctx context.Context, purpose, token string) (user int64, err error) {
	var row struct{ UserID int64 }
	err = s.db.WithContext(ctx).Table("tickets").Where("token_hash = ? AND purpose = ? AND used_at IS NULL AND expires_at > ?", hashToken(token), purpose, s.now()).Take(&row).Error
	return row.UserID, notFound(err, badTicket)
}

// UseTicket is Ticket for the last time.
func (s *Store) UseTicket(ctx context.Context, purpose, token string) (user int64, err error) {
	var rows []struct{ UserID int64 }
	now := s.now()
	err = s.db.WithContext(ctx).Raw(`UPDATE tickets SET used_at = ? WHERE token_hash = ? AND purpose = ? AND used_at IS NULL AND expires_at > ? RETURNING user_id`,
		now, hashToken(token), purpose, now).Scan(&rows).Error
	if err == nil && len(rows) == 0 {
		return 0, fault.New(fault.NotFound, badTicket)
	}
	if err != nil {
		return 0, err
	}
	return rows[0].UserID, nil
}

// CreateOwner makes the first user by a Welcome ticket; a Conflict when there is one already.
func (s *Store) CreateOwner(ctx context.Context, ticket string, u *User) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Model(&User{}).Count(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "Keepsake already has an owner. Sign in instead.")
		}
		inside := &Store{db: tx, read: tx, now: s.now, d: s.d}
		if _, err := inside.UseTicket(ctx, Welcome, ticket); err != nil {
			return err
		}
		u.Role = Owner
		return inside.CreateUser(ctx, u)
	})
}

// APIToken opens the API to the shop's own programs.
type APIToken struct {
	ID         int64
	TokenHash  string `gorm:"column:token_hash"`
	Name       string
	Hint       string // the token's first characters, to tell it from others
	CreatedAt  time.Time
	LastUsedAt *time.Time
}

// TableName is api_tokens; GORM would say otherwise.
func (APIToken) TableName() string { return "api_tokens" }

// tokenPrefix lets scanners of source code find a token that got lost.
const tokenPrefix = "ks_"

// CreateToken makes an API token; it is shown this once.
func (s *Store) CreateToken(ctx context.Context, name string) (token string, err error) {
	if name = audience.CleanName(name); name == "" {
		return "", fault.Field("name", "Give the token a name, so that you know what to revoke.")
	}
	token = tokenPrefix + newToken()
	row := APIToken{TokenHash: hashToken(token), Name: name, Hint: token[:len(tokenPrefix)+5], CreatedAt: s.now()}
	return token, s.db.WithContext(ctx).Create(&row).Error
}

// Tokens are the API tokens, oldest first.
func (s *Store) Tokens(ctx context.Context) (rows []APIToken, err error) {
	err = s.read.WithContext(ctx).Order("id").Find(&rows).Error
	return rows, err
}

// RevokeToken ends an API token for good.
func (s *Store) RevokeToken(ctx context.Context, id int64) error {
	r := s.db.WithContext(ctx).Exec(`DELETE FROM api_tokens WHERE id = ?`, id)
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.NotFound, "There is no token with that number.")
	}
	return r.Error
}

// UseToken returns the API token a caller showed; a SignIn fault when it is none.
func (s *Store) UseToken(ctx context.Context, token string) (row APIToken, err error) {
	err = s.read.WithContext(ctx).Where("token_hash = ?", hashToken(token)).First(&row).Error
	if err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) {
			err = fault.New(fault.SignIn, "This API token is not valid.")
		}
		return APIToken{}, err
	}
	now := s.now()
	if row.LastUsedAt == nil || now.Sub(*row.LastUsedAt) > sessionStep {
		err = s.db.WithContext(ctx).Exec(`UPDATE api_tokens SET last_used_at = ? WHERE id = ?`, now, row.ID).Error
	}
	return row, err
}

// AuditToken writes down what a program did to what, by the name of the token that it showed.
func (s *Store) AuditToken(ctx context.Context, token, action, object string) error {
	return s.db.WithContext(ctx).Exec(`INSERT INTO audits (user_id, token, action, object, at) VALUES (0, ?, ?, ?, ?)`, token, action, object, s.now()).Error
}

// Audit writes down who did what to what.
func (s *Store) Audit(ctx context.Context, user int64, action, object string) error {
	return s.db.WithContext(ctx).Exec(`INSERT INTO audits (user_id, action, object, at) VALUES (?, ?, ?, ?)`, user, action, object, s.now()).Error
}
