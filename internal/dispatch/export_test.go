package dispatch

import "context"

// BeginTwice asks for one delivery twice in one commit and tells how many may hand it over.
func (d *Dispatcher) BeginTwice(ctx context.Context, delivery int64) (begun int) {
	a, b := make(chan error, 1), make(chan error, 1)
	d.clerk.commit(ctx, []entry{{begin: delivery, answer: a}, {begin: delivery, answer: b}})
	for _, err := range []error{<-a, <-b} {
		if err == nil {
			begun++
		}
	}
	return begun
}
