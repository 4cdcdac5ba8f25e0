package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// A new type reads what people have into its one form, as an import does, so that its tests meet it. That is done in the
// background, a few people at a time; how far it is, a setting keeps.

// readingSetting begins the name of the setting that tells how far the values of an attribute are read: its number follows.
const readingSetting = "attribute_values_"

// someRead is how many people's values are read at once.
var someRead = 500

// ReadAs is what a type would make of the values that people have.
type ReadAs struct {
	Unread, Changed int64  // how many people have a value that it cannot read, or writes anew
	Example         string // that it cannot read
	From, To        string // that it writes anew
}

// Read reports whether everything would stay as it is.
func (r ReadAs) Read() bool { return r.Unread+r.Changed == 0 }

func (r *ReadAs) add(a audience.Attribute, value string, people int64) {
	switch said, wrong := a.Canonical(value); {
	case wrong != nil:
		if r.Unread += people; r.Example == "" {
			r.Example = clipped(value)
		}
	case said != value:
		if r.Changed += people; r.From == "" {
			r.From, r.To = clipped(value), clipped(said)
		}
	}
}

// clipped is as much of a value as an example needs.
func clipped(value string) string {
	const long = 60
	if all := []rune(value); len(all) > long {
		return string(all[:long]) + "…"
	}
	return value
}

// ReadAs tells what an attribute's type would make of the values that people have.
func (s *Store) ReadAs(ctx context.Context, a audience.Attribute) (r ReadAs, err error) {
	value, args := s.valueOf(attributePath + a.Key)
	err = each(s.read.WithContext(ctx), func(rows *sql.Rows) error {
		var v string
		var n int64
		err := rows.Scan(&v, &n)
		r.add(a, v, n)
		return err
	}, `SELECT v, COUNT(*) FROM (SELECT `+value+` AS v FROM subscribers s WHERE s.attributes <> '{}') x WHERE v <> '' GROUP BY v ORDER BY v`, args...)
	if err != nil {
		return r, fmt.Errorf("values of an attribute: %w", err)
	}
	return r, nil
}

func readingOf(id int64) string { return readingSetting + strconv.FormatInt(id, 10) }

// wantRead says that what people have is to be read as an attribute's new type; a text is what it is.
func (s *Store) wantRead(tx *gorm.DB, a audience.Attribute) error {
	if a.Type == audience.TextAttribute {
		return tx.Exec(`DELETE FROM settings WHERE name = ?`, readingOf(a.ID)).Error
	}
	return s.saveSetting(tx, readingOf(a.ID), "0")
}

// ReadValues reads what people have as the types that attributes were given since, and ends. It holds a few hundred people at
// a time and writes only those who change, so that others write in between; begun anew it goes on where it was.
func (s *Store) ReadValues(ctx context.Context) error {
	var names []string
	if err := s.read.WithContext(ctx).Raw(`SELECT name FROM settings WHERE name LIKE ? ORDER BY name`, readingSetting+`%`).Scan(&names).Error; err != nil {
		return fmt.Errorf("attributes to read: %w", err)
	}
	for _, name := range names {
		id, err := strconv.ParseInt(strings.TrimPrefix(name, readingSetting), 10, 64)
		for more := err == nil; more; {
			if more, err = s.readSome(ctx, id); err != nil {
				return fmt.Errorf("read the values of attribute %d: %w", id, err)
			}
		}
	}
	return nil
}

// readSome reads the values of the next people; more is that there may be others behind them.
func (s *Store) readSome(ctx context.Context, id int64) (more bool, err error) {
	at, err := s.Setting(ctx, readingOf(id))
	after, wrong := strconv.ParseInt(at, 10, 64)
	if err != nil || wrong != nil {
		return false, err
	}
	a, err := s.AttributeByID(ctx, id)
	if err != nil { // a deleted one is read when it is brought back
		return false, unlessNotFound(err)
	}
	people, last, err := s.toRead(ctx, a, after)
	if err != nil {
		return false, err
	}
	return last != 0, s.txAgain(ctx, func(tx *gorm.DB) error {
		if err := s.rewrite(tx, a, people); err != nil {
			return err
		}
		if last == 0 {
			return tx.Exec(`DELETE FROM settings WHERE name = ? AND value = ?`, readingOf(id), at).Error
		}
		return tx.Exec(`UPDATE settings SET value = ? WHERE name = ? AND value = ?`, strconv.FormatInt(last, 10), readingOf(id), at).Error
	})
}

func unlessNotFound(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// toRead are those of the next people behind a number whose value an attribute's type would write anew. last is the number
// of the last who was asked, 0 when nobody is behind them.
func (s *Store) toRead(ctx context.Context, a audience.Attribute, after int64) (people []int64, last int64, err error) {
	value, args := s.valueOf(attributePath + a.Key)
	asked := 0
	err = each(s.read.WithContext(ctx), func(rows *sql.Rows) error {
		var v string
		err := rows.Scan(&last, &v)
		asked++
		if said, wrong := a.Canonical(v); err == nil && wrong == nil && said != v {
			people = append(people, last)
		}
		return err
	}, `SELECT id, v FROM (SELECT s.id, `+value+` AS v FROM subscribers s WHERE s.id > ? AND s.attributes <> '{}') x WHERE v <> '' ORDER BY id LIMIT ?`, append(args, after, someRead)...)
	if asked < someRead {
		last = 0
	}
	return people, last, err
}

// rewrite writes people's values as an attribute's type does, if that is its type still.
func (s *Store) rewrite(tx *gorm.DB, a audience.Attribute, people []int64) error {
	w := bulkStep{s: s, tx: tx, now: s.now()}
	if now, err := oneAttribute(tx, a.Key); err != nil || now.Type != a.Type || len(people) == 0 {
		return unlessNotFound(err)
	}
	rows, err := w.people(people)
	if err != nil {
		return err
	}
	made := map[int64]string{}
	for _, r := range rows {
		values := r.subscriber().Attributes
		if said, wrong := a.Canonical(values[a.Key]); wrong == nil && said != values[a.Key] {
			made[r.ID] = withValue(values, a.Key, said)
		}
	}
	return w.write(made)
}
