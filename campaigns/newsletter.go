package campaigns

import "context"

// Newsletter is plain news: its letter says it all.
type Newsletter struct{}

// Validate has nothing to check: a newsletter has no settings.
func (*Newsletter) Validate() error { return nil }

// Starter is one message, sent when the marketer says so.
func (*Newsletter) Starter() Starter {
	return Starter{Messages: []Message{{Name: "news"}}}
}

// Data is empty: a newsletter needs nothing but its document.
func (*Newsletter) Data(context.Context, Desk, Recipient) (any, error) { return struct{}{}, nil }
