package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

type campaignRow struct {
	ID                                           int64
	Name, Kind, State, Settings                  string
	TriggerAt                                    *time.Time
	TriggerCron, TriggerOn, Zone                 string
	Lists, NotLists, AudienceLang                string
	Segments, NotSegments                        string
	Goal, Lang, SenderName, SenderEmail, ReplyTo string
	Archived                                     bool
	NextRunAt, KeepAt                            *time.Time
	CreatedAt, UpdatedAt                         time.Time
}

func (campaignRow) TableName() string { return "campaigns" }

func (r campaignRow) campaign() campaigns.Campaign {
	c := campaigns.Campaign{ID: r.ID, Name: r.Name, Kind: r.Kind, State: r.State, Settings: r.Settings,
		Trigger:  campaigns.Trigger{At: utc(r.TriggerAt), Cron: r.TriggerCron, On: r.TriggerOn, Zone: r.Zone},
		Audience: audience.Audience{Lists: numbers(r.Lists), NotLists: numbers(r.NotLists), Segments: numbers(r.Segments), NotSegments: numbers(r.NotSegments), Lang: r.AudienceLang},
		Goal:     r.Goal, Lang: r.Lang, Sender: campaigns.Sender{Name: r.SenderName, Email: r.SenderEmail, ReplyTo: r.ReplyTo},
		Archived: r.Archived, NextRunAt: utc(r.NextRunAt), CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC()}
	return c
}

func (s *Store) columns(c campaigns.Campaign) map[string]any {
	return map[string]any{"name": c.Name, "kind": c.Kind, "settings": c.Settings, "trigger_at": utc(c.Trigger.At),
		"trigger_cron": c.Trigger.Cron, "trigger_on": c.Trigger.On, "zone": c.Trigger.Zone,
		"lists": list(c.Audience.Lists), "not_lists": list(c.Audience.NotLists), "audience_lang": c.Audience.Lang,
		"segments": list(c.Audience.Segments), "not_segments": list(c.Audience.NotSegments),
		"goal": c.Goal, "lang": c.Lang, "sender_name": c.Sender.Name, "sender_email": c.Sender.Email,
		"reply_to": c.Sender.ReplyTo, "updated_at": s.now()}
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

func numbers(s string) (ids []int64) {
	if json.Unmarshal([]byte(s), &ids) != nil || ids == nil {
		return []int64{}
	}
	return ids
}

func list(ids []int64) string {
	if len(ids) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(ids) // numbers always marshal
	return string(b)
}

const noCampaign = "There is no campaign with that number."

// CreateCampaign stores a draft with its messages and contents, and fills in the numbers.
func (s *Store) CreateCampaign(ctx context.Context, c *campaigns.Campaign) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if c.State == "" {
			c.State = campaigns.Draft
		}
		r := campaignRow{State: c.State, CreatedAt: s.now(), UpdatedAt: s.now()}
		if err := tx.Create(&r).Error; err != nil {
			return fmt.Errorf("create campaign: %w", err)
		}
		c.ID, c.CreatedAt = r.ID, r.CreatedAt
		if err := tx.Table("campaigns").Where("id = ?", c.ID).Updates(s.columns(*c)).Error; err != nil {
			return fmt.Errorf("create campaign: %w", err)
		}
		return s.saveMessages(tx, c)
	})
}

// SaveCampaign writes a campaign's settings and messages; contents are saved one by one
// with SaveContent. It is a Conflict when the campaign has left the state in which it was
// read, or when a message that is no longer named has deliveries; others are deleted.
func (s *Store) SaveCampaign(ctx context.Context, c *campaigns.Campaign) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		r := tx.Table("campaigns").Where("id = ? AND state = ?", c.ID, c.State).Updates(s.columns(*c))
		if r.Error != nil || r.RowsAffected == 0 {
			return errorOr(r.Error, movedOn(tx, c.ID))
		}
		names := []string{""}
		for _, m := range c.Messages {
			names = append(names, m.Name)
		}
		if err := tx.Exec(`DELETE FROM messages WHERE campaign_id = ? AND name NOT IN ? AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = messages.id)`, c.ID, names).Error; err != nil {
			return err
		}
		var sent []string
		if err := tx.Table("messages").Where("campaign_id = ? AND name NOT IN ?", c.ID, names).Pluck("name", &sent).Error; err != nil {
			return err
		}
		if len(sent) > 0 {
			return fault.New(fault.Conflict, "The message “%s” has been planned or sent: it stays on record.", sent[0])
		}
		return s.saveMessages(tx, c)
	})
}

// movedOn is why a campaign could not be saved.
func movedOn(tx *gorm.DB, id int64) error {
	if err := tx.First(&campaignRow{}, id).Error; err != nil {
		return notFound(err, noCampaign)
	}
	return fault.New(fault.Conflict, "This campaign was started, paused or ended meanwhile. Look at it again.")
}

func errorOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func (s *Store) saveMessages(tx *gorm.DB, c *campaigns.Campaign) error {
	for i := range c.Messages {
		m := &c.Messages[i]
		err := tx.Raw(`INSERT INTO messages (campaign_id, position, name, wait_seconds, local_time, on_response, only_if, test) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (campaign_id, name) DO UPDATE SET position = excluded.position, wait_seconds = excluded.wait_seconds,
			local_time = excluded.local_time, on_response = excluded.on_response, only_if = excluded.only_if, test = excluded.test RETURNING id`,
			c.ID, i, m.Name, int64(m.Wait/time.Second), m.LocalTime, m.On, m.If, ruleText(m.Test)).Scan(&m.ID).Error
		if err != nil {
			return fmt.Errorf("save message %s: %w", m.Name, err)
		}
		for j := range m.Contents {
			if m.Contents[j].Version > 0 {
				continue
			}
			if err := s.saveContent(tx, m.ID, &m.Contents[j], ""); err != nil {
				return err
			}
		}
		if err := s.retireChanged(tx, m.ID); err != nil {
			return err
		}
	}
	return nil
}

// SaveContent stores one language of a message if nobody saved since content.Version was
// read, else it is a Conflict. On success Version is the new one. by names who saved. While
// a test of the message runs it is refused.
func (s *Store) SaveContent(ctx context.Context, messageID int64, content *campaigns.Content, by string) error {
	added := content.Version == 0
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := s.saveContent(tx, messageID, content, by); err != nil || !added {
			return err
		}
		return s.retireChanged(tx, messageID)
	})
}

// saveContent numbers a content that was taken away and comes back after its former
// versions, so that none of them is taken for it. It leaves the sender's name of a stored content alone: SetSenderName writes it.
func (s *Store) saveContent(tx *gorm.DB, messageID int64, c *campaigns.Content, by string) error {
	if c.Mode == "" {
		c.Mode = "blocks"
	}
	if err := c.Whole(); err != nil {
		return err
	}
	letter := Letter{Message: messageID, Variant: c.Variant, Lang: c.Lang}
	if err := s.lock(tx, letter); err != nil {
		return err
	}
	if err := frozen(tx, messageID); err != nil {
		return err
	}
	var version int
	err := tx.Raw(`INSERT INTO contents (message_id, lang, variant, mode, subject, preheader, sender_name, document, html, version, updated_at, updated_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(version), 0) + 1 FROM content_versions WHERE message_id = ? AND variant = ? AND lang = ?), ?, ?) ON CONFLICT (message_id, lang, variant) DO UPDATE SET mode = excluded.mode, subject = excluded.subject,
		preheader = excluded.preheader, document = excluded.document, html = excluded.html, version = contents.version + 1,
		updated_at = excluded.updated_at, updated_by = excluded.updated_by WHERE contents.version = ? RETURNING version`,
		messageID, c.Lang, c.Variant, c.Mode, c.Subject, c.Preheader, c.SenderName, c.Document, c.HTML, messageID, c.Variant, c.Lang, s.now(), by, c.Version).Scan(&version).Error
	if err != nil {
		return fmt.Errorf("save content of message %d: %w", messageID, err)
	}
	if version == 0 {
		return fault.New(fault.Conflict, "Somebody else saved this letter meanwhile.")
	}
	c.Version, c.UpdatedAt = version, s.now()
	return s.keepVersion(tx, letter, *c, by)
}

// ContentAuthor tells who saved a content last and when.
func (s *Store) ContentAuthor(ctx context.Context, messageID int64, lang, variant string) (by string, at time.Time, err error) {
	var r struct {
		UpdatedBy string
		UpdatedAt time.Time
	}
	err = s.read.WithContext(ctx).Table("contents").Where("message_id = ? AND lang = ? AND variant = ?", messageID, lang, variant).Limit(1).Find(&r).Error
	return r.UpdatedBy, r.UpdatedAt.UTC(), err
}

// Campaign is one campaign with its messages and contents.
func (s *Store) Campaign(ctx context.Context, id int64) (campaigns.Campaign, error) {
	var r campaignRow
	if err := s.read.WithContext(ctx).First(&r, id).Error; err != nil {
		return campaigns.Campaign{}, notFound(err, noCampaign)
	}
	c := r.campaign()
	messages, err := s.messages(ctx, id)
	c.Messages = messages
	return c, err
}

func (s *Store) messages(ctx context.Context, campaign int64) ([]campaigns.Message, error) {
	var rows []struct {
		ID                                        int64
		Name, LocalTime, OnResponse, OnlyIf, Test string
		WaitSeconds                               int64
	}
	if err := s.read.WithContext(ctx).Table("messages").Where("campaign_id = ?", campaign).Order("position, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	var contents []struct {
		MessageID int64
		campaigns.Content
	}
	err := s.read.WithContext(ctx).Raw(`SELECT c.* FROM contents c JOIN messages m ON m.id = c.message_id WHERE m.campaign_id = ? ORDER BY c.variant, c.lang`, campaign).Scan(&contents).Error
	if err != nil {
		return nil, err
	}
	out := make([]campaigns.Message, len(rows))
	for i, r := range rows {
		out[i] = campaigns.Message{ID: r.ID, Name: r.Name, Wait: time.Duration(r.WaitSeconds) * time.Second, LocalTime: r.LocalTime, On: r.OnResponse, If: r.OnlyIf, Test: ruleOf(r.Test)}
		for _, c := range contents {
			if c.MessageID == r.ID {
				out[i].Contents = append(out[i].Contents, c.Content)
			}
		}
	}
	return out, nil
}

// CampaignQuery says which campaigns; its zero value is all that are not archived.
type CampaignQuery struct {
	Search, State, Kind string
	States              []string // any of these; empty is all
	Archived            bool
	After               int64
	Limit               int // 0 is 50
}

// Campaigns lists campaigns without their messages, newest first, one page.
func (s *Store) Campaigns(ctx context.Context, q CampaignQuery) (out []campaigns.Campaign, next int64, err error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	db := having(s.read.WithContext(ctx).Where("archived = ?", q.Archived), map[string]string{"state": q.State, "kind": q.Kind})
	if len(q.States) > 0 {
		db = db.Where("state IN ?", q.States)
	}
	if q.Search != "" {
		db = part(db, q.Search, "name")
	}
	rows, next, err := newest(db, q.After, q.Limit, func(r campaignRow) int64 { return r.ID })
	if err != nil {
		return nil, 0, err
	}
	for _, r := range rows {
		out = append(out, r.campaign())
	}
	return out, next, nil
}

// CampaignCounts counts the campaigns that are not archived by state, for the tabs, and
// those that are under "archived".
func (s *Store) CampaignCounts(ctx context.Context) (map[string]int, error) {
	var rows []struct {
		State    string
		Archived bool
		N        int
	}
	err := s.read.WithContext(ctx).Raw(`SELECT state, archived, COUNT(*) AS n FROM campaigns GROUP BY state, archived`).Scan(&rows).Error
	out := map[string]int{}
	for _, r := range rows {
		if r.Archived {
			out["archived"] += r.N
		} else {
			out[r.State] += r.N
		}
	}
	return out, err
}

// Archive hides a campaign from the list, or brings it back.
func (s *Store) Archive(ctx context.Context, id int64, hidden bool) error {
	return s.db.WithContext(ctx).Exec(`UPDATE campaigns SET archived = ? WHERE id = ?`, hidden, id).Error
}

// DeleteDraft takes a draft away; whatever was started stays on record and is a Conflict.
func (s *Store) DeleteDraft(ctx context.Context, id int64) error {
	r := s.db.WithContext(ctx).Exec(`DELETE FROM campaigns WHERE id = ? AND state = ? AND NOT EXISTS (SELECT 1 FROM runs WHERE campaign_id = campaigns.id)`, id, campaigns.Draft)
	if r.Error == nil && r.RowsAffected == 0 {
		return fault.New(fault.Conflict, "Only a draft can be deleted. Archive this campaign instead.")
	}
	return r.Error
}
