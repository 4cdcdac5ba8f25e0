package store

import (
	"context"
	"errors"
	"os"

	"keepsake/campaigns/fault"
)

// confirmLeap is how far a confirmation counts ahead: past what any other machine's file knows.
const confirmLeap = 1000

// Confirm is a person's word that this is the live database: sending goes on. It is not
// enough where the secret is another one, see ConfirmSecret.
func (i *Instance) Confirm(ctx context.Context, by string) error {
	return i.confirm(ctx, by, func() error {
		return fault.New(fault.Conflict, "The secret is another one: links in letters already sent stop working. Bring the old secret.key back and start again, or confirm the new one: keepsake confirm --new-secret.")
	})
}

// ConfirmSecret is a person's word that this is the live database, and that its secret from
// now on is ours: links in letters already sent stop working. The secret is kept.
func (i *Instance) ConfirmSecret(ctx context.Context, by string) error {
	return i.confirm(ctx, by, i.keepSecret)
}

// confirm lets sending go on from here. Where our secret is not the database's, newSecret
// says first whether it may become that.
func (i *Instance) confirm(ctx context.Context, by string, newSecret func() error) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	mark, known, err := readMark(i.home.Dir)
	if err != nil {
		return err
	}
	r, err := i.row(ctx)
	switch {
	case err != nil:
		return err
	case r.Held != "" && !CanConfirm(r.Held):
		return fault.New(fault.Conflict, "This cannot be confirmed. %s", fault.Word(HeldWords(r.Held)))
	case r.Secret != i.secret():
		err = newSecret()
	}
	if err == nil && (!known || mark.Instance != r.Token) {
		err = fileMark{Instance: r.Token}.write(i.home.Dir)
	}
	if err != nil {
		return err
	}
	return i.settleAnew(ctx, fileMark{Instance: r.Token, Beat: max(r.Beat, mark.Beat, i.beat) + confirmLeap}, by)
}

// settleAnew makes this place the database's home and our secret its own; row and file count
// on from the mark.
func (i *Instance) settleAnew(ctx context.Context, mark fileMark, by string) error {
	place, err := i.place(ctx)
	if err != nil {
		return err
	}
	err = i.store.db.WithContext(ctx).Exec(`UPDATE instances SET held = '', home = ?, secret = ?, beat = ?, confirmed_at = ?, confirmed_by = ? WHERE id = 1`,
		place, i.secret(), mark.Beat, i.store.now(), by).Error
	if err != nil {
		return err
	}
	i.beat = mark.Beat
	i.alien.Store(false)
	i.held.Store("")
	return mark.write(i.home.Dir)
}

// keepSecret writes the secret down that was good for this run alone.
func (i *Instance) keepSecret() error {
	if i.home.Unkept == "" {
		return nil
	}
	f, err := os.OpenFile(i.home.Unkept, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fault.New(fault.Conflict, "There is a secret.key again. Start Keepsake anew, so that it is used.")
	}
	if err != nil {
		return fault.New(fault.Away, "The secret cannot be kept: %v", err)
	}
	_, err = f.Write(append(i.home.Secret, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	i.home.Unkept = ""
	return nil
}

// HasSent reports whether a letter has left, or may have, that carries links of ours.
func (s *Store) HasSent(ctx context.Context) (sent bool, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM deliveries WHERE state IN ('sent', 'unsure', 'sending'))`).Scan(&sent).Error
	return sent, err
}
