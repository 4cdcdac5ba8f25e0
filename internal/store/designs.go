package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

type designRow struct {
	ID                                             int64
	Name, Kind                                     string
	Archived                                       bool
	Lang, Mode, Subject, Preheader, Document, HTML string
	Version                                        int
	CreatedAt, UpdatedAt                           time.Time
	UpdatedBy                                      string
}

func (r designRow) design() campaigns.Design {
	return campaigns.Design{ID: r.ID, Name: r.Name, Kind: r.Kind, Archived: r.Archived, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
		Content: campaigns.Content{Lang: r.Lang, Mode: r.Mode, Subject: r.Subject, Preheader: r.Preheader, Document: r.Document, HTML: r.HTML,
			Version: r.Version, UpdatedAt: r.UpdatedAt.UTC()}}
}

const noDesign = "There is no design with that number."

// DesignQuery says which designs; its zero value is all that are not archived.
type DesignQuery struct {
	Search, Kind, Lang string
	Archived           bool
	Before             int64 // the number of the last one of the page before
	Limit              int   // 0 is 60
}

// Designs lists designs without their contents, newest first, one page.
func (s *Store) Designs(ctx context.Context, q DesignQuery) (out []campaigns.Design, next int64, err error) {
	if q.Limit <= 0 {
		q.Limit = 60
	}
	db := s.read.WithContext(ctx).Table("designs").Select("id, name, kind, archived, lang, mode, subject, version, created_at, updated_at, updated_by").Where("archived = ?", q.Archived)
	db = having(db, map[string]string{"kind": q.Kind, "lang": q.Lang})
	if q.Search != "" {
		db = part(db, q.Search, "name", "subject")
	}
	rows, next, err := newest(db, q.Before, q.Limit, func(r designRow) int64 { return r.ID })
	if err != nil {
		return nil, 0, err
	}
	for _, r := range rows {
		out = append(out, r.design())
	}
	return out, next, nil
}

// Design is one design with its content.
func (s *Store) Design(ctx context.Context, id int64) (campaigns.Design, error) {
	var r designRow
	err := s.read.WithContext(ctx).Table("designs").Where("id = ?", id).Take(&r).Error
	return r.design(), notFound(err, noDesign)
}

// CreateDesign stores a checked design and fills in its number.
func (s *Store) CreateDesign(ctx context.Context, d *campaigns.Design, by string) error {
	c := &d.Content
	if err := c.Whole(); err != nil {
		return err
	}
	if c.Mode == "" {
		c.Mode = "blocks"
	}
	c.Version, c.Restored, c.UpdatedAt = 1, 0, s.now()
	return s.tx(ctx, func(tx *gorm.DB) error {
		err := tx.Raw(`INSERT INTO designs (name, kind, lang, mode, subject, preheader, document, html, version, created_at, updated_at, updated_by)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			d.Name, d.Kind, c.Lang, c.Mode, c.Subject, c.Preheader, c.Document, c.HTML, c.Version, s.now(), s.now(), by).Scan(&d.ID).Error
		if err != nil {
			return fmt.Errorf("create design: %w", err)
		}
		return s.keepVersion(tx, Letter{Design: d.ID, Lang: c.Lang}, *c, by)
	})
}

// SaveDesign stores a design's letter if nobody saved since c.Version was read, else it is
// a Conflict. On success Version is the new one.
func (s *Store) SaveDesign(ctx context.Context, id int64, c *campaigns.Content, by string) error {
	if err := c.Whole(); err != nil {
		return err
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		r := tx.Exec(`UPDATE designs SET mode = ?, subject = ?, preheader = ?, document = ?, html = ?, version = version + 1, updated_at = ?, updated_by = ?
			WHERE id = ? AND version = ?`, c.Mode, c.Subject, c.Preheader, c.Document, c.HTML, s.now(), by, id, c.Version)
		if r.Error != nil {
			return fmt.Errorf("save design %d: %w", id, r.Error)
		}
		if r.RowsAffected == 0 {
			return fault.New(fault.Conflict, "Somebody else saved this letter meanwhile.")
		}
		c.Version, c.UpdatedAt = c.Version+1, s.now()
		return s.keepVersion(tx, Letter{Design: id, Lang: c.Lang}, *c, by)
	})
}

// RenameDesign gives a design another name.
func (s *Store) RenameDesign(ctx context.Context, id int64, name string) error {
	return s.changeDesign(ctx, id, map[string]any{"name": name})
}

// ArchiveDesign hides a design, or brings it back.
func (s *Store) ArchiveDesign(ctx context.Context, id int64, hidden bool) error {
	return s.changeDesign(ctx, id, map[string]any{"archived": hidden})
}

func (s *Store) changeDesign(ctx context.Context, id int64, to map[string]any) error {
	r := s.db.WithContext(ctx).Table("designs").Where("id = ?", id).Updates(to)
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.NotFound, noDesign)
	}
	return r.Error
}
