package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/sending"
)

// transportRow is a transport as it is stored.
type transportRow struct {
	sending.Transport `gorm:"embedded"`
	CreatedAt         time.Time
	UpdatedAt         time.Time
}

func (transportRow) TableName() string { return "transports" }

// Transports are those made in the pages, also those turned off, the best priority first.
func (s *Store) Transports(ctx context.Context) ([]sending.Transport, error) {
	var rows []transportRow
	if err := s.read.WithContext(ctx).Where("deleted_at IS NULL").Order("priority, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("transports: %w", err)
	}
	out := make([]sending.Transport, len(rows))
	for i, r := range rows {
		out[i] = r.Transport
	}
	return out, nil
}

// Transport is one of them.
func (s *Store) Transport(ctx context.Context, id int64) (sending.Transport, error) {
	var r transportRow
	err := s.read.WithContext(ctx).Where("deleted_at IS NULL").Take(&r, id).Error
	return r.Transport, notFound(err, "There is no mail server with that number.")
}

// SaveTransport stores a new transport (ID 0) or what is in place of an old one.
func (s *Store) SaveTransport(ctx context.Context, t *sending.Transport) error {
	row := map[string]any{"name": t.Name, "host": t.Host, "port": t.Port, "tls": t.TLS, "username": t.Username, "password": t.Password,
		"helo": t.HELO, "connections": t.Connections, "per_connection": t.PerConnection, "timeout_seconds": t.TimeoutSeconds,
		"weight": t.Weight, "priority": t.Priority, "enabled": t.Enabled, "per_second": t.PerSecond, "per_minute": t.PerMinute,
		"per_hour": t.PerHour, "per_day": t.PerDay, "warm_up": t.WarmUp, "first_day": t.FirstDay, "updated_at": s.now()}
	return s.resend(ctx, func(tx *gorm.DB) error {
		if t.ID == 0 {
			new := transportRow{Transport: *t, CreatedAt: s.now(), UpdatedAt: s.now()}
			err := tx.Create(&new).Error
			t.ID = new.ID
			return err
		}
		r := tx.Table("transports").Where("id = ? AND deleted_at IS NULL", t.ID).Updates(row)
		if err := changed(r, "There is no mail server with that number."); err != nil {
			return err
		}
		return s.forgetHealth(tx, t.ID)
	})
}

// EnableTransport lets a transport take letters, or not.
func (s *Store) EnableTransport(ctx context.Context, id int64, enabled bool) error {
	return s.resend(ctx, func(tx *gorm.DB) error {
		err := changed(tx.Exec(`UPDATE transports SET enabled = ?, updated_at = ? WHERE id = ? AND deleted_at IS NULL`, enabled, s.now(), id),
			"There is no mail server with that number.")
		if err != nil {
			return err
		}
		return s.forgetHealth(tx, id)
	})
}

// DeleteTransport takes a transport away; RestoreTransport brings it back.
func (s *Store) DeleteTransport(ctx context.Context, id int64) error {
	return s.resend(ctx, func(tx *gorm.DB) error {
		return tx.Exec(`UPDATE transports SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL`, s.now(), id).Error
	})
}

// RestoreTransport undoes DeleteTransport.
func (s *Store) RestoreTransport(ctx context.Context, id int64) error {
	return s.resend(ctx, func(tx *gorm.DB) error {
		return changed(tx.Exec(`UPDATE transports SET deleted_at = NULL WHERE id = ?`, id), "There is no mail server with that number.")
	})
}

// Limits are the rules made in the pages.
func (s *Store) Limits(ctx context.Context) ([]sending.Rule, error) {
	var rows []sending.Rule
	err := s.read.WithContext(ctx).Raw(`SELECT id, scope, name, per_second, per_minute, per_hour, per_day FROM limits WHERE deleted_at IS NULL ORDER BY scope, name`).Scan(&rows).Error
	return rows, err
}

// SaveLimit stores a rule, in place of another for the same domain or sender.
func (s *Store) SaveLimit(ctx context.Context, r *sending.Rule) error {
	return s.resend(ctx, func(tx *gorm.DB) error {
		return tx.Raw(`INSERT INTO limits (scope, name, per_second, per_minute, per_hour, per_day, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (scope, name) DO UPDATE SET per_second = excluded.per_second, per_minute = excluded.per_minute,
				per_hour = excluded.per_hour, per_day = excluded.per_day, updated_at = excluded.updated_at, deleted_at = NULL
			RETURNING id`, r.Scope, r.Name, r.PerSecond, r.PerMinute, r.PerHour, r.PerDay, s.now()).Scan(&r.ID).Error
	})
}

// DeleteLimit takes a rule away; RestoreLimit brings it back.
func (s *Store) DeleteLimit(ctx context.Context, id int64) error {
	return s.resend(ctx, func(tx *gorm.DB) error {
		return changed(tx.Exec(`UPDATE limits SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL`, s.now(), id), "There is no limit with that number.")
	})
}

// RestoreLimit undoes DeleteLimit.
func (s *Store) RestoreLimit(ctx context.Context, id int64) error {
	return s.resend(ctx, func(tx *gorm.DB) error {
		return changed(tx.Exec(`UPDATE limits SET deleted_at = NULL WHERE id = ?`, id), "There is no limit with that number.")
	})
}

func changed(r *gorm.DB, missing string, args ...any) error {
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.NotFound, missing, args...)
	}
	return r.Error
}

const sendingSetting = "sending"

// resend makes a change that every sender learns of at its next look.
func (s *Store) resend(ctx context.Context, change func(*gorm.DB) error) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := change(tx); err != nil {
			return err
		}
		return tx.Exec(`INSERT INTO settings (name, value, updated_at) VALUES (?, '1', ?)
			ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT), updated_at = excluded.updated_at`, sendingSetting, s.now()).Error
	})
}

// SendingVersion grows with each change of a transport or a limit.
func (s *Store) SendingVersion(ctx context.Context) (int64, error) {
	var values []string
	err := s.read.WithContext(ctx).Raw(`SELECT value FROM settings WHERE name = ?`, sendingSetting).Scan(&values).Error
	if err != nil || len(values) == 0 {
		return 0, err
	}
	return strconv.ParseInt(values[0], 10, 64)
}

// Ill is why a transport is left alone, as the sender that found out wrote it down.
type Ill struct {
	TransportID int64
	Since       time.Time
	TrialAt     time.Time
	Why         string
}

// SaveHealth writes down that a transport is left alone, or that it is well again.
func (s *Store) SaveHealth(ctx context.Context, transport int64, h sending.Health) error {
	db := s.db.WithContext(ctx)
	if h.Well() {
		return db.Exec(`DELETE FROM transport_health WHERE transport_id = ?`, transport).Error
	}
	return db.Exec(`INSERT INTO transport_health (transport_id, since, trial_at, why) VALUES (?, ?, ?, ?)
		ON CONFLICT (transport_id) DO UPDATE SET since = excluded.since, trial_at = excluded.trial_at, why = excluded.why`,
		transport, h.Since.UTC(), h.Trial.UTC(), h.Why).Error
}

// forgetHealth forgets how a transport fared that is set up anew: the next letter shows it.
func (s *Store) forgetHealth(tx *gorm.DB, transport int64) error {
	return tx.Exec(`DELETE FROM transport_health WHERE transport_id = ?`, transport).Error
}

// illFor is how long after its trial was due a transport counts as left alone: while letters
// wait for it, it is tried and written down again each minute.
const illFor = 10 * time.Minute

// IllTransports are those that are left alone, by their number.
func (s *Store) IllTransports(ctx context.Context) (map[int64]Ill, error) {
	var rows []Ill
	err := s.read.WithContext(ctx).Table("transport_health").Where("trial_at > ?", s.now().Add(-illFor)).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make(map[int64]Ill, len(rows))
	for _, r := range rows {
		out[r.TransportID] = r
	}
	return out, nil
}
