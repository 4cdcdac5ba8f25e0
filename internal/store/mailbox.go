package store

import (
	"context"
	"time"

	"keepsake/campaigns/fault"
)

// BoxLetter is a letter in the built-in mailbox.
type BoxLetter struct {
	ID        int64
	Sender    string
	Recipient string
	Subject   string
	Data      []byte
	At        time.Time
}

// boxSize is how many letters the built-in mailbox keeps.
const boxSize = 20000

// KeepLetter puts a letter into the built-in mailbox; the oldest make room.
func (s *Store) KeepLetter(ctx context.Context, l BoxLetter) error {
	var id int64
	err := s.db.WithContext(ctx).Raw(`INSERT INTO letters (sender, recipient, subject, data, at) VALUES (?, ?, ?, ?, ?) RETURNING id`,
		l.Sender, l.Recipient, l.Subject, l.Data, s.now()).Scan(&id).Error
	if err != nil || id%1000 != 0 {
		return err
	}
	return s.db.WithContext(ctx).Exec(`DELETE FROM letters WHERE id <= ?`, id-boxSize).Error
}

// Letters lists the built-in mailbox without the letters' bytes, newest first.
func (s *Store) Letters(ctx context.Context, search string, before int64, limit int) (rows []BoxLetter, err error) {
	q := s.read.WithContext(ctx).Table("letters").Select("id, sender, recipient, subject, at").Order("id DESC").Limit(limit)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	if search != "" {
		q = part(q, search, "recipient", "subject")
	}
	err = q.Find(&rows).Error
	return rows, err
}

// Letter is one letter of the built-in mailbox.
func (s *Store) Letter(ctx context.Context, id int64) (l BoxLetter, err error) {
	err = s.read.WithContext(ctx).Table("letters").Where("id = ?", id).Limit(1).Find(&l).Error
	if err == nil && l.ID == 0 {
		err = fault.New(fault.NotFound, "This letter is no longer on record.")
	}
	return l, err
}
