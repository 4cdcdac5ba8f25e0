package store

import (
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
	by := map[audience.State][]int64{}
	for _, p := range b.order {
		by[p.state] = append(by[p.state], p.row.ID)
	}
	var confirmed, pending int64
	for _, step := range []func() (int64, int64, error){
		func() (int64, int64, error) { return b.confirm(by[audience.Confirmed]) },
		func() (int64, int64, error) { return b.await(by[audience.Pending]) },
		func() (int64, int64, error) { return b.leave(by[audience.Unsubscribed]) },
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
	return b.nameLeft(append(by[audience.Confirmed], by[audience.Pending]...))
}

func (b *importBatch) confirm(ids []int64) (confirmed, pending int64, err error) {
	promoted, err := b.move(ids, audience.Pending, audience.Confirmed)
	if err != nil {
		return 0, 0, err
	}
	joined, err := b.join(ids, audience.Confirmed)
	if err != nil {
		return 0, 0, err
	}
	b.result.Joined += int64(len(joined) + len(promoted))
	return int64(len(joined) + len(promoted)), -int64(len(promoted)), b.prove(append(joined, promoted...), true)
}

func (b *importBatch) await(ids []int64) (confirmed, pending int64, err error) {
	joined, err := b.join(ids, audience.Pending)
	b.result.Joined += int64(len(joined))
	return 0, int64(len(joined)), err
}

func (b *importBatch) leave(ids []int64) (confirmed, pending int64, err error) {
	left, err := b.move(ids, audience.Confirmed, audience.Unsubscribed)
	if err != nil {
		return 0, 0, err
	}
	waited, err := b.move(ids, audience.Pending, audience.Unsubscribed)
	if err != nil {
		return 0, 0, err
	}
	never, err := b.join(ids, audience.Unsubscribed)
	if err != nil {
		return 0, 0, err
	}
	b.result.Unsubscribed += int64(len(left) + len(waited) + len(never))
	for _, id := range append(left, waited...) {
		if err := b.s.skipIneligible(b.tx, id); err != nil {
			return 0, 0, err
		}
	}
	return -int64(len(left)), -int64(len(waited)), b.prove(append(left, waited...), false)
}

// move changes the state of those who have the one, and returns them.
func (b *importBatch) move(ids []int64, from, to audience.State) (moved []int64, err error) {
	for part := range slices.Chunk(ids, 500) {
		var some []int64
		err := b.tx.Raw(`UPDATE subscriptions SET state = ?, updated_at = ? WHERE list_id = ? AND state = ? AND subscriber_id IN ? RETURNING subscriber_id`,
			to, b.now, b.o.List, from, part).Find(&some).Error
		if err != nil {
			return nil, err
		}
		moved = append(moved, some...)
	}
	return moved, nil
}

// join adds those who have no place on the list yet, and returns them.
func (b *importBatch) join(ids []int64, state audience.State) (joined []int64, err error) {
	for part := range slices.Chunk(ids, many) {
		args := make([]any, 0, 5*len(part))
		for _, id := range part {
			args = append(args, b.o.List, id, state, b.now, b.now)
		}
		var some []int64
		err := b.tx.Raw(`INSERT INTO subscriptions (list_id, subscriber_id, state, created_at, updated_at) VALUES `+tuples(len(part), 5)+
			` ON CONFLICT (list_id, subscriber_id) DO NOTHING RETURNING subscriber_id`, args...).Find(&some).Error
		if err != nil {
			return nil, err
		}
		joined = append(joined, some...)
	}
	return joined, nil
}

// prove records the consent, or its withdrawal.
func (b *importBatch) prove(ids []int64, given bool) error {
	for part := range slices.Chunk(ids, many) {
		args := make([]any, 0, 7*len(part))
		for _, id := range part {
			args = append(args, id, b.o.List, given, b.o.Source, b.o.Wording, "", b.now)
		}
		err := b.tx.Exec(`INSERT INTO consents (subscriber_id, list_id, given, source, wording, address, at) VALUES `+tuples(len(part), 7), args...).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// nameLeft tells whom the file wants on the list and who left it: they stay out.
func (b *importBatch) nameLeft(wanted []int64) error {
	left := map[int64]bool{}
	for part := range slices.Chunk(wanted, 500) {
		var some []int64
		err := b.tx.Raw(`SELECT subscriber_id FROM subscriptions WHERE list_id = ? AND state = ? AND subscriber_id IN ?`,
			b.o.List, audience.Unsubscribed, part).Find(&some).Error
		if err != nil {
			return err
		}
		for _, id := range some {
			left[id] = true
		}
	}
	for _, p := range b.order {
		if left[p.row.ID] && p.state != audience.Unsubscribed {
			b.result.Left++
			b.refuse(p.line, p.row.Email, fault.New(fault.Conflict, "This person left the list and is not put back on it."))
		}
	}
	return nil
}
