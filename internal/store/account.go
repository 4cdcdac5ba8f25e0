package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// User is somebody of the shop who signs in.
type User struct {
	ID           int64
	Email, Name  string
	PasswordHash string // PHC string of argon2id; "" until one is chosen
	Role         string // Owner or Marketer
	Lang, Zone   string
	CreatedAt    time.Time
}

// The roles. An owner also looks after the settings, the users and the API tokens.
const (
	Owner    = "owner"
	Marketer = "marketer"
)

// IsOwner reports whether the user looks after the settings.
func (u User) IsOwner() bool { return u.Role == Owner }

// Validate checks and tidies what a person typed.
func (u *User) Validate() error {
	email, err := audience.CleanEmail(u.Email)
	if err != nil {
		return err
	}
	u.Email, u.Name, u.Lang = audience.NormEmail(email), audience.CleanName(u.Name), audience.Language(u.Lang)
	if u.Name == "" {
		return fault.Field("name", "Give your name.")
	}
	if _, err := time.LoadLocation(u.Zone); err != nil || u.Zone == "" {
		return fault.Field("zone", "There is no time zone “%s”.", u.Zone)
	}
	if u.Role != Owner && u.Role != Marketer {
		return fault.Field("role", "Choose a role.")
	}
	return nil
}

const noUser = "There is no user with that number."

// Users are all who may sign in, oldest first.
func (s *Store) Users(ctx context.Context) (users []User, err error) {
	err = s.read.WithContext(ctx).Order("id").Find(&users).Error
	return users, err
}

// User is one user.
func (s *Store) User(ctx context.Context, id int64) (u User, err error) {
	err = s.read.WithContext(ctx).First(&u, id).Error
	return u, notFound(err, noUser)
}

// UserByEmail finds a user by address, however it is written.
func (s *Store) UserByEmail(ctx context.Context, email string) (u User, err error) {
	err = s.read.WithContext(ctx).Where("email = ?", audience.NormEmail(email)).First(&u).Error
	return u, notFound(err, "There is no user with that address.")
}

// CreateUser stores a validated user and fills in the number.
func (s *Store) CreateUser(ctx context.Context, u *User) error {
	u.CreatedAt = s.now()
	err := s.db.WithContext(ctx).Create(u).Error
	if duplicated(err) {
		return fault.Field("email", "Somebody already signs in with this address.")
	}
	return err
}

// UpdateUser writes name, address, language and zone of a validated user.
func (s *Store) UpdateUser(ctx context.Context, u User) error {
	r := s.db.WithContext(ctx).Model(&User{}).Where("id = ?", u.ID).Updates(map[string]any{
		"email": u.Email, "name": u.Name, "lang": u.Lang, "zone": u.Zone})
	switch {
	case duplicated(r.Error):
		return fault.Field("email", "Somebody already signs in with this address.")
	case r.Error == nil && r.RowsAffected == 0:
		return fault.New(fault.NotFound, noUser)
	}
	return r.Error
}

// DeleteUser takes a user away, with all sessions; the last owner stays.
func (s *Store) DeleteUser(ctx context.Context, id int64) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var u User
		if err := tx.First(&u, id).Error; err != nil {
			return notFound(err, noUser)
		}
		var others int64
		if err := tx.Model(&User{}).Where("role = ? AND id <> ?", Owner, id).Count(&others).Error; err != nil {
			return err
		}
		if u.IsOwner() && others == 0 {
			return fault.New(fault.Conflict, "The last owner cannot be removed.")
		}
		return firstError(tx.Exec(`DELETE FROM tickets WHERE user_id = ?`, id).Error, tx.Exec(`DELETE FROM users WHERE id = ?`, id).Error)
	})
}

// SetPassword stores a password's hash and ends the user's sessions, but for the one whose
// token is kept ("" ends all; ASVS 7.4.3).
func (s *Store) SetPassword(ctx context.Context, user int64, hash, keep string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		r := tx.Exec(`UPDATE users SET password_hash = ? WHERE id = ?`, hash, user)
		if r.Error == nil && r.RowsAffected == 0 {
			return fault.New(fault.NotFound, noUser)
		}
		return firstError(r.Error, tx.Exec(`UPDATE sessions SET by_link = FALSE WHERE token_hash = ?`, hashToken(keep)).Error,
			tx.Exec(`DELETE FROM sessions WHERE user_id = ? AND token_hash <> ?`, user, hashToken(keep)).Error)
	})
}

// newToken returns 256 random bits for a cookie, a link or a header.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails (Go 1.24)
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashToken is what the database knows of a token. It is random, so one plain hash is enough.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// The limits of a session (ASVS 7.3.1, 7.3.2).
const (
	sessionIdle = 7 * 24 * time.Hour
	sessionLife = 30 * 24 * time.Hour
	sessionStep = 5 * time.Minute // how exactly we know when a session was last seen
)

// Session is one browser somebody signed in with.
type Session struct {
	ID, UserID                       int64
	TokenHash                        string
	Agent                            string
	ByLink                           bool // it began with a one-time link, and no password was set since
	CreatedAt, LastSeenAt, ExpiresAt time.Time
}

// StartSession signs a user in, by a one-time link or a password, and returns the cookie's
// value, which is nowhere else.
func (s *Store) StartSession(ctx context.Context, user int64, agent string, byLink bool) (token string, err error) {
	now := s.now()
	token = newToken()
	row := Session{UserID: user, TokenHash: hashToken(token), Agent: cut(agent, 200), ByLink: byLink, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(sessionLife)}
	if err := s.db.WithContext(ctx).Create(&row).Error; err != nil {
		return "", fmt.Errorf("start session of user %d: %w", user, err)
	}
	return token, s.db.WithContext(ctx).Exec(`DELETE FROM sessions WHERE expires_at < ? OR last_seen_at < ?`, now, now.Add(-sessionIdle)).Error
}

// SessionUser returns whose session a cookie's value is; a SignIn fault when it is none, or
// ended: 7 days after it was last seen, 30 days after it began.
func (s *Store) SessionUser(ctx context.Context, token string) (User, Session, error) {
	var row Session
	now := s.now()
	err := s.read.WithContext(ctx).Where("token_hash = ? AND expires_at > ? AND last_seen_at > ?", hashToken(token), now, now.Add(-sessionIdle)).First(&row).Error
	if err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) {
			err = fault.New(fault.SignIn, "Please sign in.")
		}
		return User{}, Session{}, err
	}
	if now.Sub(row.LastSeenAt) > sessionStep {
		if err := s.db.WithContext(ctx).Exec(`UPDATE sessions SET last_seen_at = ? WHERE id = ?`, now, row.ID).Error; err != nil {
			return User{}, Session{}, err
		}
	}
	u, err := s.User(ctx, row.UserID)
	return u, row, err
}

// Sessions are the browsers a user is signed in with, last seen first.
func (s *Store) Sessions(ctx context.Context, user int64) (rows []Session, err error) {
	now := s.now()
	err = s.read.WithContext(ctx).Where("user_id = ? AND expires_at > ? AND last_seen_at > ?", user, now, now.Add(-sessionIdle)).Order("last_seen_at DESC, id DESC").Find(&rows).Error
	return rows, err
}

// EndSession signs the browser with that cookie out.
func (s *Store) EndSession(ctx context.Context, token string) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM sessions WHERE token_hash = ?`, hashToken(token)).Error
}

// RevokeSession signs one of a user's browsers out, by its number.
func (s *Store) RevokeSession(ctx context.Context, user, id int64) error {
	r := s.db.WithContext(ctx).Exec(`DELETE FROM sessions WHERE id = ? AND user_id = ?`, id, user)
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.NotFound, "This session has already ended.")
	}
	return r.Error
}

// cut keeps the first n bytes of a text, whole letters only.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}
