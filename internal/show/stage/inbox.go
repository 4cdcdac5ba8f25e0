package stage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"keepsake/internal/inbound"
)

// An Inbox is the built-in receiver: it keeps each letter as it came, in memory and as a file.
type Inbox struct {
	*inbound.Receiver
	Folder  string
	mu      sync.Mutex
	letters []Arrival
}

// Arrival is one letter that came.
type Arrival struct {
	To   string
	Data []byte
}

// Inbox starts one, until the story ends.
func (w *Workshop) Inbox() (*Inbox, error) {
	folder, err := w.Folder("inbox")
	if err != nil {
		return nil, err
	}
	in := &Inbox{Folder: folder}
	in.Receiver, err = inbound.Listen("127.0.0.1:0", in.keep, inbound.Limits{})
	if err == nil {
		w.After(in.Close)
	}
	return in, err
}

func (in *Inbox) keep(_ context.Context, _ string, to []string, data []byte) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, rcpt := range to {
		in.letters = append(in.letters, Arrival{rcpt, data})
		name := filepath.Join(in.Folder, fmt.Sprintf("%05d.eml", len(in.letters)))
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// All are the letters that came so far.
func (in *Inbox) All() []Arrival {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]Arrival(nil), in.letters...)
}

// Opened are all letters of an inbox, taken apart.
func (in *Inbox) Opened() (all []Letter, err error) {
	for _, a := range in.All() {
		l, err := Open(a.To, a.Data)
		if err != nil {
			return nil, fmt.Errorf("the letter to %s: %w", a.To, err)
		}
		all = append(all, l)
	}
	return all, nil
}
