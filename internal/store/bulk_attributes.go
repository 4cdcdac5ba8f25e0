package store

import (
	"fmt"
	"unicode/utf8"

	"keepsake/campaigns/audience"
)

// change gives people's attribute another value. What it was is remembered: "=" and the value, "" for none.
func (w *bulkStep) change(ids []int64) error {
	rows, err := w.people(ids)
	if err != nil {
		return err
	}
	made, was := map[int64]string{}, map[int64]string{}
	for _, r := range rows {
		values := r.subscriber().Attributes
		old, had := values[w.b.Attribute]
		value := w.b.Changed(old)
		if value == old && had == (value != "") {
			w.counts.Same++
			continue
		}
		if w.b.Do == audience.BulkAdd && utf8.RuneCountInString(value) > audience.MaxAttributeValue {
			w.counts.Full++
			continue
		}
		if was[r.ID] = ""; had {
			was[r.ID] = "=" + old
		}
		made[r.ID] = withValue(values, w.b.Attribute, value)
		w.counts.Changed++
	}
	if err := w.s.meet(w.tx, map[string]string{w.b.Attribute: ""}); err != nil {
		return err
	}
	if err := w.write(made); err != nil {
		return err
	}
	return w.remember(was)
}

// people are those of the numbers, held until the transaction ends.
func (w *bulkStep) people(ids []int64) (rows []subscriberRow, err error) {
	err = w.tx.Raw(w.s.sql(`SELECT id, attributes FROM subscribers WHERE id {{in}}{{ids}}{{end}} ORDER BY id {{lock}}`), asJSON(ids)).Scan(&rows).Error
	return rows, err
}

func withValue(values map[string]string, key, value string) string {
	if values[key] = value; value == "" {
		delete(values, key)
	}
	return audience.PackAttributes(values)
}

// write stores people's attributes.
func (w *bulkStep) write(made map[int64]string) error {
	if len(made) == 0 {
		return nil
	}
	err := w.tx.Exec(w.s.sql(`UPDATE subscribers SET attributes = o.value, updated_at = ?{{time}} FROM {{pairs}} o WHERE subscribers.id = CAST(o.key AS BIGINT)`), w.now, asJSON(made)).Error
	if err != nil {
		return fmt.Errorf("change attributes: %w", err)
	}
	return nil
}
