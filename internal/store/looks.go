package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

// What the notes begin with that keep how a campaign's letters looked when they left.
const (
	lookNote   = "look:"
	blocksNote = "saved:"
)

// KeepLook keeps the shop's settings under a name with a campaign whose letters leave in them;
// the first kept under a name stay.
func (s *Store) KeepLook(ctx context.Context, campaign int64, name string, shop Shop) error {
	value, err := json.Marshal(shop)
	if err != nil {
		return fmt.Errorf("keep a look: %w", err)
	}
	_, err = s.Note(ctx, campaign, lookNote+name, string(value))
	return err
}

// KeptLook are the settings kept under a name; ok is false where there are none.
func (s *Store) KeptLook(ctx context.Context, campaign int64, name string) (shop Shop, ok bool, err error) {
	var value string
	err = s.read.WithContext(ctx).Raw(`SELECT value FROM notes WHERE campaign_id = ? AND name = ?`, campaign, lookNote+name).Scan(&value).Error
	if err != nil || value == "" {
		return shop, false, err
	}
	if err := json.Unmarshal([]byte(value), &shop); err != nil {
		return shop, false, fmt.Errorf("kept look: %w", err)
	}
	shop.look = sha256.Sum256([]byte(value))
	return shop, true, nil
}

// KeepBlocks keeps what saved blocks were, by their numbers, under a name with a campaign whose
// letters leave with them; the first kept under a name stay.
func (s *Store) KeepBlocks(ctx context.Context, campaign int64, name string, blocks map[int64]string) error {
	value, err := json.Marshal(blocks)
	if err != nil {
		return fmt.Errorf("keep saved blocks: %w", err)
	}
	_, err = s.Note(ctx, campaign, blocksNote+name, string(value))
	return err
}

// KeptBlocks are the saved blocks kept under a name, by their numbers; nil where there are none.
func (s *Store) KeptBlocks(ctx context.Context, campaign int64, name string) (blocks map[int64]string, err error) {
	var value string
	err = s.read.WithContext(ctx).Raw(`SELECT value FROM notes WHERE campaign_id = ? AND name = ?`, campaign, blocksNote+name).Scan(&value).Error
	if err != nil || value == "" {
		return nil, err
	}
	if err := json.Unmarshal([]byte(value), &blocks); err != nil {
		return nil, fmt.Errorf("kept saved blocks: %w", err)
	}
	return blocks, nil
}

// SentVersion is the version of a letter that was sent under the content's own number.
func (s *Store) SentVersion(ctx context.Context, l Letter, version int) (campaigns.Version, error) {
	var r versionRow
	err := l.of(s.read.WithContext(ctx)).Where("version = ? AND sent_at IS NOT NULL", version).Order("n DESC").Limit(1).Find(&r).Error
	if err == nil && r.N == 0 {
		err = fault.New(fault.NotFound, "This version is no longer kept.")
	}
	return r.version(), err
}
