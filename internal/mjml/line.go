package mjml

import (
	"context"
	"sync/atomic"

	"keepsake/campaigns/fault"
)

// mostWaiting is how many letters that somebody writes may wait for the machine.
const mostWaiting = 8

// line is where letters wait for the machine. Those that somebody writes stand at a gate
// first, which lets one of them through at a time: so a send has at most one before it, and
// the one in the machine.
type line struct {
	turn, gate chan struct{}
	waiting    atomic.Int32
}

func newLine() line { return line{turn: make(chan struct{}, 1), gate: make(chan struct{}, 1)} }

func (l *line) take() { l.turn <- struct{}{} }
func (l *line) give() { <-l.turn }

// join waits for the turn, which leave gives to the next.
func (l *line) join(ctx context.Context, urgent bool) (leave func(), err error) {
	if !urgent {
		defer l.waiting.Add(-1)
		if l.waiting.Add(1) > mostWaiting {
			return nil, fault.New(fault.TooMany, "Many letters in MJML are being looked at just now. Try again in a moment.")
		}
		if err := enter(ctx, l.gate); err != nil {
			return nil, err
		}
		defer func() { <-l.gate }()
	}
	if err := enter(ctx, l.turn); err != nil {
		return nil, err
	}
	return l.give, nil
}

func enter(ctx context.Context, door chan<- struct{}) error {
	select {
	case door <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
