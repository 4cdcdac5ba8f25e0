package store

import "context"

// Why a database may not send, Instance.Held.
const (
	HeldCopied   = "copied"   // it lives elsewhere than it was confirmed
	HeldRestored = "restored" // it is older than what this folder has seen of it
	HeldAsked    = "asked"    // an operator said so
	HeldMoving   = "moving"   // keepsake move has not finished
	HeldMoved    = "moved"    // keepsake move took everything to PostgreSQL
	HeldSecret   = "secret"   // this process signs links with another secret than the others
)

const copiedWords = "This database was copied or restored. Confirm that this is the live one and the other is stopped, then sending goes on."

// heldWords say why nothing is sent, and what to do.
var heldWords = map[string]string{
	HeldCopied: copiedWords, HeldRestored: copiedWords,
	HeldAsked:  "Somebody asked this Keepsake to wait. Confirm that this is the live one, then sending goes on.",
	HeldMoving: "keepsake move is at work. Let it finish first: nothing is sent until then.",
	HeldMoved:  "This Keepsake was moved to PostgreSQL. Start it with that database: nothing is sent from here any more.",
	HeldSecret: "This process has another secret than this database was confirmed with, so links in letters already sent do not open. Give it the same secret, or confirm the new one.",
}

// HeldWords says why nothing is sent, and what to do: a catalogue id. "" where nothing holds.
func HeldWords(held string) string { return heldWords[held] }

// Reasons say why nothing is sent, and what to do, each a catalogue id; none where nothing
// holds. A database that came without its secret has two.
func (i *Instance) Reasons() []string {
	held := i.Held()
	switch {
	case held == "":
		return nil
	case held != HeldSecret && i.NewSecret():
		return []string{HeldWords(held), HeldWords(HeldSecret)}
	}
	return []string{HeldWords(held)}
}

// NewSecret reports whether our secret is another one than the database was confirmed with:
// links in letters already sent do not open.
func (i *Instance) NewSecret() bool { return i != nil && i.alien.Load() }

// CanConfirm reports whether a person's word is enough to let sending go on.
func CanConfirm(held string) bool { return held != "" && held != HeldMoving && held != HeldMoved }

// Held says why nothing may be sent, one of the Held constants; "" when it may.
func (i *Instance) Held() string {
	if i == nil {
		return ""
	}
	held, _ := i.held.Load().(string)
	return held
}

func (i *Instance) hold(ctx context.Context, held string) error {
	i.held.Store(held)
	return i.store.db.WithContext(ctx).Exec(`UPDATE instances SET held = ? WHERE id = 1 AND held = ''`, held).Error
}

// Hold stops all sending until somebody confirms.
func (i *Instance) Hold(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.hold(ctx, HeldAsked)
}
