package store

import (
	"database/sql"
	"fmt"
	"slices"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// place puts the batch's people on the list, takes off it whom the file says have left, and
// keeps the list's counters. Each statement says itself which rows it may change, so it is
// right whatever happens on the list meanwhile.
func (b *importBatch) place() error {
	if b.o.List == 0 || len(b.order) == 0 {
		return nil
	}
	by := map[audience.State]*wanted{audience.Confirmed: {}, audience.Pending: {}, audience.Declined: {}, audience.Unsubscribed: {}}
	for _, p := range b.order {
		if p.state == audience.Nowhere || p.again {
			continue
		}
		to := &by[p.state].known
		if p.ours {
			to = &by[p.state].ours
		}
		*to = append(*to, p.row.ID)
	}
	var confirmed, pending int64
	for _, step := range []func() (int64, int64, error){
		func() (int64, int64, error) { return b.confirm(by[audience.Confirmed]) },
		func() (int64, int64, error) { return b.await(by[audience.Pending]) },
		func() (int64, int64, error) { return b.leave(by[audience.Declined].known) },
		func() (int64, int64, error) { return b.leaveForGood(by[audience.Unsubscribed]) },
	} {
		c, p, err := step()
		if err != nil {
			return fmt.Errorf("import to list %d: %w", b.o.List, err)
		}
		confirmed, pending = confirmed+c, pending+p
	}
	r := b.tx.Exec(`UPDATE lists SET confirmed = confirmed + ?, pending = pending + ? WHERE id = ? AND deleted_at IS NULL`, confirmed, pending, b.o.List)
	if r.Error != nil || r.RowsAffected == 0 {
		return errorOr(r.Error, fault.New(fault.NotFound, noList))
	}
	return b.nameLeft(append(by[audience.Confirmed].known, by[audience.Pending].known...))
}

// wanted are the people whom the file says stand somewhere on the list: those this batch has
// made, who stand nowhere yet, and the others.
type wanted struct{ ours, known []int64 }

func (b *importBatch) confirm(ids *wanted) (confirmed, pending int64, err error) {
	promoted, err := b.move(ids.known, audience.Pending, audience.Confirmed)
	if err != nil {
		return 0, 0, err
	}
	joined, err := b.join(ids, audience.Confirmed)
	if err != nil {
		return 0, 0, err
	}
	b.result.Joined += int64(len(joined) + len(promoted))
	if len(ids.known) > 0 { // who is new has bought nothing
		if err := b.s.valueListed(b.tx, b.o.List, append(promoted, joined...), 1); err != nil {
			return 0, 0, err
		}
	}
	return int64(len(joined) + len(promoted)), -int64(len(promoted)), b.prove(append(joined, promoted...), true)
}

func (b *importBatch) await(ids *wanted) (confirmed, pending int64, err error) {
	joined, err := b.join(ids, audience.Pending)
	b.result.Joined += int64(len(joined))
	return 0, int64(len(joined)), err
}

// leaveForGood takes people off the list, and remembers of those who are not on it that they must not be put there.
func (b *importBatch) leaveForGood(ids *wanted) (confirmed, pending int64, err error) {
	if confirmed, pending, err = b.leave(ids.known); err != nil {
		return 0, 0, err
	}
	never, err := b.join(ids, audience.Unsubscribed)
	if err != nil {
		return 0, 0, err
	}
	b.result.Unsubscribed += int64(len(never))
	return confirmed, pending, b.withdrawn(never)
}

func (b *importBatch) leave(ids []int64) (confirmed, pending int64, err error) {
	if err := b.s.refuse(b.tx, ids...); err != nil { // also of who is off the list: undoing what took them off must not bring them back
		return 0, 0, err
	}
	left, err := b.move(ids, audience.Confirmed, audience.Unsubscribed)
	if err != nil {
		return 0, 0, err
	}
	if err := b.s.valueListed(b.tx, b.o.List, left, -1); err != nil {
		return 0, 0, err
	}
	waited, err := b.move(ids, audience.Pending, audience.Unsubscribed)
	if err != nil {
		return 0, 0, err
	}
	b.result.Unsubscribed += int64(len(left) + len(waited))
	for _, id := range append(left, waited...) {
		if err := b.s.skipIneligible(b.tx, id); err != nil {
			return 0, 0, err
		}
	}
	return -int64(len(left)), -int64(len(waited)), b.withdrawn(append(left, waited...))
}

// numbers asks for numbers.
func (b *importBatch) numbers(query string, args ...any) (all []int64, err error) {
	err = b.rows(func(rows *sql.Rows) error {
		var n int64
		err := rows.Scan(&n)
		all = append(all, n)
		return err
	}, query, args...)
	return all, err
}

// move changes the state of those who have the one, and returns them.
func (b *importBatch) move(ids []int64, from, to audience.State) ([]int64, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	moved, err := b.numbers(`UPDATE subscriptions SET state = ?, updated_at = ? WHERE list_id = ? AND state = ? AND subscriber_id {{in}}{{ids}}{{end}} RETURNING subscriber_id`,
		string(to), b.now, b.o.List, string(from), asJSON(ids))
	if err != nil {
		return nil, err
	}
	return moved, b.keep(places(moved, b.o.List, from, to))
}

const joinList = `WITH x (id) AS ({{array}}) INSERT INTO subscriptions (list_id, subscriber_id, state, created_at, updated_at)
	SELECT CAST(? AS BIGINT), id, CAST(? AS TEXT), ?{{time}}, ?{{time}} FROM x WHERE TRUE`

// join adds those who have no place on the list yet, and returns them.
func (b *importBatch) join(ids *wanted, state audience.State) (joined []int64, err error) {
	if len(ids.known) > 0 {
		joined, err = b.numbers(joinList+` ON CONFLICT (list_id, subscriber_id) DO NOTHING RETURNING subscriber_id`, b.array(ids.known), b.o.List, string(state), b.now, b.now)
		if err == nil {
			err = b.keep(places(joined, b.o.List, "", state))
		}
	}
	if len(ids.ours) > 0 && err == nil && !b.o.Dry {
		_, err = b.exec(joinList, b.array(ids.ours), b.o.List, string(state), b.now, b.now)
	}
	return append(joined, ids.ours...), err
}

const proveAll = `WITH x (id) AS ({{array}}) INSERT INTO consents (subscriber_id, list_id, given, source, wording, address, at)
	SELECT id, CAST(? AS BIGINT), CAST(? AS BOOLEAN), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), ?{{time}} FROM x`

// prove records the consent, or its withdrawal: of each as the file tells it, and of the others as the import does.
func (b *importBatch) prove(ids []int64, given bool) error {
	if b.o.Dry {
		return nil
	}
	told := b.toldOf(given)
	var own, rest []int64
	for _, id := range ids {
		if told[id] != nil {
			own = append(own, id)
		} else {
			rest = append(rest, id)
		}
	}
	if err := b.proveTold(own, told, given); err != nil || len(rest) == 0 {
		return err
	}
	_, err := b.exec(proveAll, b.array(rest), b.o.List, given, b.o.Source, b.o.Wording, "", b.now)
	return err
}

// withdrawn records that people have left, as the file says: the words that the import's people agreed to are none of theirs.
func (b *importBatch) withdrawn(ids []int64) error {
	agreed := b.o.Wording
	defer func() { b.o.Wording = agreed }()
	b.o.Wording = ""
	return b.prove(ids, false)
}

// toldOf is what the file tells of people's consents, or of their withdrawals, on the list that it is about.
func (b *importBatch) toldOf(given bool) map[int64]*audience.Told {
	told := map[int64]*audience.Told{}
	for _, p := range b.order {
		of := p.left
		if given {
			of = p.told
		}
		if of != nil && !b.beside {
			told[p.row.ID] = of
		}
	}
	return told
}

func (b *importBatch) proveTold(ids []int64, told map[int64]*audience.Told, given bool) error {
	for part := range slices.Chunk(ids, many) {
		var args []any
		for _, id := range part {
			t := told[id]
			wording, at := b.o.Wording, t.At
			if t.More != "" {
				wording += " · " + t.More
			}
			if at.IsZero() || at.After(b.now) {
				at = b.now
			}
			args = append(args, id, b.o.List, given, b.o.Source, wording, t.Address, at)
		}
		if _, err := b.exec(`INSERT INTO consents (subscriber_id, list_id, given, source, wording, address, at) VALUES `+tuples(len(part), 7), args...); err != nil {
			return err
		}
	}
	return nil
}

// nameLeft tells whom the file wants on the list and who left it: they stay out.
func (b *importBatch) nameLeft(wanted []int64) error {
	left := map[int64]bool{}
	if len(wanted) == 0 {
		return nil
	}
	some, err := b.numbers(`SELECT subscriber_id FROM subscriptions WHERE list_id = ? AND state = ? AND subscriber_id {{in}}{{ids}}{{end}}`,
		b.o.List, string(audience.Unsubscribed), asJSON(wanted))
	if err != nil {
		return err
	}
	for _, id := range some {
		left[id] = true
	}
	for _, p := range b.order {
		if left[p.row.ID] && p.state != audience.Unsubscribed {
			b.result.Left++
			b.refuse(p.line, p.row.Email, fault.New(fault.Conflict, "This person left the list and is not put back on it."))
		}
	}
	return nil
}
