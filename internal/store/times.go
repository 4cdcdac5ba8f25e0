package store

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// timeText reads a moment from an expression: SQLite knows a column's type, but not an
// expression's, and hands over text.
type timeText struct{ time.Time }

// Scan implements sql.Scanner.
func (t *timeText) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		t.Time = time.Time{}
	case time.Time:
		t.Time = v.UTC()
	case string:
		return t.parse(v)
	case []byte:
		return t.parse(string(v))
	default:
		return fmt.Errorf("a moment cannot be read from %T", v)
	}
	return nil
}

// Value implements driver.Valuer; GORM takes a struct that is no Valuer for a relation.
func (t timeText) Value() (driver.Value, error) { return t.Time, nil }

func (t *timeText) parse(s string) error {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999-07:00", time.RFC3339Nano, "2006-01-02 15:04:05"} {
		if at, err := time.Parse(layout, s); err == nil {
			t.Time = at.UTC()
			return nil
		}
	}
	return fmt.Errorf("%q is no moment", s)
}
