package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/trial"
)

// Letter names the letter whose versions are meant: a message's in one language, or a design.
type Letter struct {
	Message int64
	Design  int64 // when it is not 0, nothing else counts
	Variant string
	Lang    string
}

// of narrows a query to the letter's versions.
func (l Letter) of(db *gorm.DB) *gorm.DB {
	db = db.Table("content_versions")
	if l.Design != 0 {
		return db.Where("design_id = ?", l.Design)
	}
	return db.Where("message_id = ? AND variant = ? AND lang = ?", l.Message, l.Variant, l.Lang)
}

// owner are the two columns that say whose the version is: one of them is NULL.
func (l Letter) owner() (message, design any) {
	if l.Design != 0 {
		return nil, l.Design
	}
	return l.Message, nil
}

// lock lets one transaction at a time look at the letter's versions and write them: of two, the
// second would write over what the first has marked meanwhile. On SQLite there is but one writer.
func (s *Store) lock(tx *gorm.DB, l Letter) error {
	table, id := "messages", l.Message
	if l.Design != 0 {
		table, id = "designs", l.Design
	}
	if err := tx.Exec(s.sql(`SELECT id FROM `+table+` WHERE id = ? {{keep}}`), id).Error; err != nil {
		return fmt.Errorf("lock the versions of %+v: %w", l, err)
	}
	return nil
}

type versionRow struct {
	N, Version, Restored                                                   int
	Name, SavedBy, Variant, Lang, Mode, Subject, Preheader, Document, HTML string
	BegunAt, SavedAt                                                       time.Time
	SentAt                                                                 *time.Time
}

func (r versionRow) version() campaigns.Version {
	return campaigns.Version{N: r.N, Name: r.Name, By: r.SavedBy, BegunAt: r.BegunAt.UTC(), SavedAt: r.SavedAt.UTC(), SentAt: utc(r.SentAt), Restored: r.Restored,
		Content: campaigns.Content{Lang: r.Lang, Mode: r.Mode, Subject: r.Subject, Preheader: r.Preheader, Document: r.Document, HTML: r.HTML,
			Version: r.Version, UpdatedAt: r.SavedAt.UTC()}}
}

// versionFacts are all of a version but its content.
const versionFacts = "n, version, restored, name, saved_by, lang, begun_at, saved_at, sent_at"

// keepVersion remembers a save within its transaction: in the person's last version when
// that is young and made of the same, else in a new one: what a letter was before it became
// code is not written over. The letter is locked.
func (s *Store) keepVersion(tx *gorm.DB, l Letter, c campaigns.Content, by string) error {
	var last versionRow
	if err := l.of(tx).Select(versionFacts + ", mode").Order("n DESC").Limit(1).Find(&last).Error; err != nil {
		return fmt.Errorf("last version: %w", err)
	}
	now := s.now()
	if last.N > 0 && last.Mode == c.Mode && c.Restored == 0 && last.version().Takes(by, now) {
		return l.of(tx).Where("n = ?", last.N).Updates(map[string]any{"version": c.Version, "mode": c.Mode, "subject": c.Subject,
			"preheader": c.Preheader, "document": c.Document, "html": c.HTML, "saved_at": now}).Error
	}
	if err := s.addVersion(tx, l, c, by, last.N+1, nil); err != nil {
		return err
	}
	return s.thinVersions(tx, l, now)
}

func (s *Store) addVersion(tx *gorm.DB, l Letter, c campaigns.Content, by string, n int, sent *time.Time) error {
	message, design := l.owner()
	err := tx.Exec(`INSERT INTO content_versions (message_id, design_id, variant, lang, n, version, mode, subject, preheader, document, html, saved_by, restored, begun_at, saved_at, sent_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		message, design, l.Variant, l.Lang, n, c.Version, c.Mode, c.Subject, c.Preheader, c.Document, c.HTML, by, c.Restored, s.now(), s.now(), sent).Error
	if err != nil {
		return fmt.Errorf("keep version %d: %w", n, err)
	}
	return nil
}

func (s *Store) thinVersions(tx *gorm.DB, l Letter, now time.Time) error {
	list, err := versionsOf(tx, l)
	if err != nil {
		return err
	}
	if gone := campaigns.Thin(list, now); len(gone) > 0 {
		return l.of(tx).Where("n IN ?", gone).Delete(map[string]any{}).Error
	}
	return nil
}

func versionsOf(db *gorm.DB, l Letter) ([]campaigns.Version, error) {
	var rows []versionRow
	if err := l.of(db).Select(versionFacts).Order("n DESC").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("versions: %w", err)
	}
	list := make([]campaigns.Version, len(rows))
	for i, r := range rows {
		list[i] = r.version()
	}
	return list, nil
}

// Versions lists what a letter was, the youngest first, without the contents.
func (s *Store) Versions(ctx context.Context, l Letter) ([]campaigns.Version, error) {
	return versionsOf(s.read.WithContext(ctx), l)
}

// Version is one version of a letter with its content.
func (s *Store) Version(ctx context.Context, l Letter, n int) (campaigns.Version, error) {
	var r versionRow
	err := l.of(s.read.WithContext(ctx)).Where("n = ?", n).Limit(1).Find(&r).Error
	if err == nil && r.N == 0 {
		err = fault.New(fault.NotFound, "This version is no longer kept.")
	}
	return r.version(), err
}

// NameVersion names a version, so that it is kept for good; "" takes the name away.
func (s *Store) NameVersion(ctx context.Context, l Letter, n int, name string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := s.lock(tx, l); err != nil {
			return err
		}
		r := l.of(tx).Where("n = ?", n).Updates(map[string]any{"name": name})
		if r.Error == nil && r.RowsAffected == 0 {
			return fault.New(fault.NotFound, "This version is no longer kept.")
		}
		return r.Error
	})
}

// KeepSent marks the version that letters are made of from now on. It is kept for good;
// called again it changes nothing.
func (s *Store) KeepSent(ctx context.Context, l Letter, c campaigns.Content) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := s.lock(tx, l); err != nil {
			return err
		}
		var r versionRow
		if err := l.of(tx).Select(versionFacts).Where("version = ?", c.Version).Order("n DESC").Limit(1).Find(&r).Error; err != nil {
			return fmt.Errorf("sent version: %w", err)
		}
		now := s.now()
		switch {
		case r.N == 0:
			var last int
			if err := l.of(tx).Select("COALESCE(MAX(n), 0)").Scan(&last).Error; err != nil {
				return fmt.Errorf("sent version: %w", err)
			}
			return s.addVersion(tx, l, c, "", last+1, &now)
		case r.SentAt == nil:
			return l.of(tx).Where("n = ?", r.N).Updates(map[string]any{"sent_at": now}).Error
		}
		return nil
	})
}

// sentUnder counts the letters of a message by the version they left under, the latest first
// in CASE; no letter left under what is older.
const sentUnder = `SELECT CASE%s END AS n, COUNT(*) AS sent FROM deliveries d%s
	WHERE d.campaign_id = (SELECT campaign_id FROM messages WHERE id = ?) AND d.message_id = ? AND d.variant IN (?, ?) AND d.sent_at >= ?%s GROUP BY 1`

// sentKey is what a count of sent versions was made for.
type sentKey struct{ text string }

// SentTo counts for each sent version of a message's letter to how many people it went: a
// version serves from when it was first used up to when the next one was. langs are the
// languages of the message, of which the letter's serves all others when others is true. Of
// many letters the count is up to keptLately old.
func (s *Store) SentTo(ctx context.Context, l Letter, list []campaigns.Version, langs []string, others bool) (map[int]int64, error) {
	var sent []campaigns.Version
	for _, v := range list { // youngest first
		if v.SentAt != nil && l.Design == 0 {
			sent = append(sent, v)
		}
	}
	if len(sent) == 0 {
		return map[int]int64{}, nil
	}
	key := sentKey{fmt.Sprint(l, langs, others, sent[0].N, len(sent))}
	counts, err := lately(ctx, s, key, func() (map[int]int64, int64, error) { return s.sentTo(ctx, l, sent, langs, others) })
	return maps.Clone(counts), err
}

func (s *Store) sentTo(ctx context.Context, l Letter, sent []campaigns.Version, langs []string, others bool) (counts map[int]int64, all int64, err error) {
	var under, join, readers strings.Builder
	var args []any
	for _, v := range sent {
		fmt.Fprintf(&under, " WHEN d.sent_at >= ?%s THEN %d", s.sql("{{time}}"), v.N)
		args = append(args, *v.SentAt)
	}
	args = append(args, l.Message, l.Message, l.Variant, trial.Shown(l.Variant), *sent[len(sent)-1].SentAt)
	if !others || slices.ContainsFunc(langs, func(lang string) bool { return lang != l.Lang }) { // else everybody reads it
		join.WriteString(` JOIN subscribers p ON p.id = d.subscriber_id`)
		readers.WriteString(` AND (p.lang = ? OR (? AND p.lang NOT IN ?))`)
		args = append(args, l.Lang, others, langs)
	}
	var rows []struct {
		N    int
		Sent int64
	}
	if err := s.read.WithContext(ctx).Raw(fmt.Sprintf(sentUnder, &under, &join, &readers), args...).Scan(&rows).Error; err != nil {
		return nil, 0, fmt.Errorf("count sent versions: %w", err)
	}
	counts = map[int]int64{}
	for _, r := range rows {
		counts[r.N], all = r.Sent, all+r.Sent
	}
	return counts, all, nil
}
