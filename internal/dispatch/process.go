package dispatch

import "context"

// Owner names this dispatcher on what it leases; it is another at each start.
func (d *Dispatcher) Owner() string { return d.owner }

// Changed tells those who watch that another process may have sent or planned.
func (d *Dispatcher) Changed() { d.watch.changed() }

func may(ctx context.Context, asked func(context.Context) bool) bool {
	return asked == nil || asked(ctx)
}
