package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"keepsake/campaigns/ledger"
	"keepsake/internal/mailer"
)

// hand is one of a session's senders: letter after letter over one line, each settled in
// one commit with the begin of the next.
type hand struct {
	*session
	c      *carrier
	line   *mailer.Line
	before *ledger.Outcome // of the letter before, not yet handed to the clerk
	ahead  *written        // the letter after the one at hand, when it is ready
	room   [2][]byte       // the bytes of both
	which  int
	try    int  // which hand-over of its delivery before is about
	slow   bool // the server took its time with the last letter
}

// written is a letter ready to leave.
type written struct {
	job
	env mailer.Envelope
	via *carrier // the transport it leaves over, and is counted at
	// begun is set for a letter that was begun behind the one at hand; it waits for the commit.
	begun func() error
}

// slowServer is how long an answer must take for the next letter to be begun before it comes.
// Begun then, it need not wait for a commit; where answers come fast, commits are full anyway.
const slowServer = 8 * time.Millisecond

// send works until the session ends or the transport is used no more.
func (s *session) send(ctx context.Context, fail context.CancelCauseFunc, c *carrier) {
	x := &hand{session: s, c: c, line: c.pool.Line()}
	defer func() {
		x.line.Close()
		x.letGo()
		x.settle(&x.before)
		x.d.fleet.gate.rest(x.c)
	}()
	for x.step(ctx, fail) {
	}
}

// step brings one letter to its outcome; more says whether there may be another.
func (x *hand) step(ctx context.Context, fail context.CancelCauseFunc) (more bool) {
	if x.ahead != nil {
		x.follow(ctx, fail)
		return true
	}
	if !x.await(ctx, fail, x.c, &x.before) {
		return false
	}
	j, ok := x.next()
	if !ok {
		return false
	}
	x.c = x.d.fleet.gate.current(x.c)
	if !x.goes(ctx, fail, j) {
		return true
	}
	via := x.over(ctx, x.c, j)
	if j.Refusal == "" && !x.turn(ctx, via, via != x.c, j, &x.before) {
		return true
	}
	if w := x.write(ctx, fail, j, via); w != nil {
		x.report(fail, x.handOver(ctx, fail, w))
	}
	return true
}

// follow hands the letter ahead over, or lets it go. One that was begun behind the letter before
// goes with that one's answer only, which is kept first: after a kill one of the two is in doubt.
func (x *hand) follow(ctx context.Context, fail context.CancelCauseFunc) {
	w := x.ahead
	goes := x.goes(ctx, fail, w.job)
	if w.begun != nil && (!goes || !x.kept(w)) {
		x.letGo()
		x.line.Close()
		return
	}
	x.ahead = nil
	if !goes || w.via != x.c && !x.turn(ctx, w.via, true, w.job, &x.before) {
		x.line.Close()
		return
	}
	x.report(fail, x.handOver(ctx, fail, w))
}

// kept keeps the answer to the letter before, behind which w was begun.
func (x *hand) kept(w *written) bool {
	if x.before == nil || x.before.Untried || !x.line.Asked(&w.env) {
		return false
	}
	x.before.Behind = w.ID
	err := x.d.store.Answered(x.d.owner, x.try, *x.before)
	if err != nil {
		slog.Warn("an answer could not be kept; the next letter waits", "error", err)
		x.before.Behind = 0
	}
	return err == nil
}

func (x *hand) report(fail context.CancelCauseFunc, err error) {
	if err != nil {
		fail(err)
	}
}

// next takes a job. When none is there at once, the letter before is settled by itself.
func (x *hand) next() (j job, ok bool) {
	select {
	case j, ok = <-x.queue:
	default:
		x.settle(&x.before)
		x.d.fleet.gate.rest(x.c)
		select {
		case j, ok = <-x.queue:
		case <-x.c.retired:
		}
	}
	return j, ok
}

// goes says whether a leased letter may still be sent; what stays leased is released at the
// session's end.
func (x *hand) goes(ctx context.Context, fail context.CancelCauseFunc, j job) bool {
	switch {
	case ctx.Err() != nil:
		return false
	case !may(ctx, x.d.o.Sends):
		fail(errMayNot)
		return false
	case j.batch.stopped(j.CampaignID):
		x.d.clerk.settle(*unsent(j.Work))
		return false
	}
	return true
}

// mostBuffer is how much room for a letter a sender keeps for the next but one.
const mostBuffer = 1 << 20

// write writes a letter, or settles why not; nil when there is none. What goes wrong for
// all ends the session.
func (x *hand) write(ctx context.Context, fail context.CancelCauseFunc, j job, via *carrier) *written {
	x.which ^= 1 // the letter at hand keeps its room
	env, out, err := x.d.writeSafely(ctx, j.batch, j.Work, x.room[x.which][:0])
	if x.room[x.which] = env.Data; cap(env.Data) > mostBuffer {
		x.room[x.which] = nil
	}
	if err == nil && out == nil {
		return &written{job: j, env: env, via: via}
	}
	if j.Refusal == "" {
		x.back(ctx, via, j)
	}
	broken, is := errors.AsType[*brokenError](err)
	switch {
	case is:
		x.report(fail, x.d.halt(ctx, j.Work, broken))
	case err != nil && ctx.Err() == nil:
		fail(fmt.Errorf("write delivery %d: %w", j.ID, err))
	case out != nil:
		x.d.clerk.settle(*out)
	}
	return nil
}

// lookAhead gives the line the next letter where nothing limits it and one is there.
func (x *hand) lookAhead(ctx context.Context, fail context.CancelCauseFunc, behind int64) *mailer.Ahead {
	return &mailer.Ahead{Stalled: x.letGo, Next: func() *mailer.Envelope {
		if !x.d.fleet.gate.free(x.c) {
			return nil
		}
		select {
		case j, ok := <-x.queue:
			if ok && x.goes(ctx, fail, j) {
				x.ahead = x.write(ctx, fail, j, x.over(ctx, x.c, j))
			}
		default:
		}
		if x.ahead == nil || x.ahead.env.NeedsUTF8() { // which another transport may offer
			return nil
		}
		if x.slow && x.d.store.Ahead() {
			x.ahead.begun = x.d.clerk.beginAhead(x.ahead.ID, behind)
		}
		return &x.ahead.env
	}}
}

// letGo gives the letter ahead back: the one at hand stalls, or the session ends.
func (x *hand) letGo() {
	if x.ahead != nil {
		out := unsent(x.ahead.Work)
		out.Unbegun = x.ahead.begun == nil || errors.Is(x.ahead.begun(), errNotBegun)
		x.d.clerk.settle(*out)
		x.ahead = nil
	}
}

func (x *hand) handOver(ctx context.Context, fail context.CancelCauseFunc, w *written) error {
	var wait func() error
	left := time.Now()
	begin := func() func() error {
		if wait = w.begun; wait == nil {
			wait = x.d.clerk.begin(x.before, w.ID)
			x.before = nil
		}
		x.settle(&x.before)
		return func() error {
			defer func() { left = time.Now() }()
			return wait()
		}
	}
	var got mailer.Outcome
	c := w.via
	if c == x.c {
		got = x.line.Send(ctx, &w.env, begin, x.lookAhead(ctx, fail, w.ID))
		x.slow = time.Since(left) > slowServer
	} else {
		got = c.pool.Send(ctx, w.env, begin)
	}
	if wait == nil { // never begun, so the letter before still waits to be settled
		x.settle(&x.before)
	} else if err := wait(); err != nil { // no byte of the letter has left
		x.before = unsent(w.Work)
		x.before.Unbegun = errors.Is(err, errNotBegun)
		x.back(ctx, c, w.job)
		return x.notBegun(ctx, w.job, err)
	}
	x.tell(ctx, c, w.job, got)
	x.before, x.try = x.outcome(ctx, c, w, got), w.Attempts+1
	slog.Debug("settled", "delivery", w.ID, "transport", c.ID, "state", x.before.State)
	return x.judge(ctx, c, got)
}

// outcome is what became of a letter, and what follows from it for its address.
func (x *hand) outcome(ctx context.Context, c *carrier, w *written, got mailer.Outcome) *ledger.Outcome {
	if got.Stage == mailer.StageConnect && ctx.Err() != nil { // it was us who gave up
		out := unsent(w.Work)
		out.Unbegun = false
		return out
	}
	out := x.d.outcome(w.Work, got)
	if off, ok := x.elsewhere(c, w.Work, w.env, got); ok {
		x.back(ctx, c, w.job) // it did not leave
		out = off
	}
	if out.State == ledger.Failed {
		x.d.bounced(ctx, w.Work, got)
	}
	return &out
}
