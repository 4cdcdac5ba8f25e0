package dispatch

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"keepsake/campaigns/ledger"
	"keepsake/internal/mailer"
)

// outcome says what a server's answer means for a delivery: 5yz is final for the
// recipient, 4yz is tried again with back-off, the server's own trouble costs no try, and
// no answer after the final dot is never repeated by itself.
func (d *Dispatcher) outcome(w ledger.Work, got mailer.Outcome) ledger.Outcome {
	out := ledger.Outcome{DeliveryID: w.ID, Reply: got.Reply, Stage: got.Stage}
	switch got.State {
	case mailer.Sent:
		out.State, out.Stage = ledger.Sent, ""
	case mailer.Refused:
		out.State, out.Reason = ledger.Failed, "the mail server refused the letter"
	case mailer.Unsure:
		out.State, out.Reason = ledger.Unsure, "stopped between hand-over and answer"
	case mailer.Later:
		d.later(&out, w, got)
	default:
		d.troubled(&out, w, got)
	}
	return out
}

// age is how long ago a letter was first tried, when it was put off before.
func (d *Dispatcher) age(w ledger.Work) time.Duration {
	if w.TriedAt == nil {
		return 0
	}
	return d.store.Now().Sub(*w.TriedAt)
}

// later puts a letter off; an answer about the rate is the domain's, not the recipient's.
func (d *Dispatcher) later(out *ledger.Outcome, w ledger.Work, got mailer.Outcome) {
	wait, more := ledger.Retry(w.Attempts+1, d.age(w), d.o.RetryFor)
	if !more {
		out.State, out.Reason = ledger.Failed, "given up after many tries"
		return
	}
	out.State, out.Reason, out.Tried = ledger.Queued, "the mail server asked to try later", true
	if tooFast(got) {
		out.Untried, wait = true, restTime
	}
	out.DueAt = d.store.Now().Add(wait)
}

// restTime is after how long a letter asks again that was put off because of the rate; the
// gate then says when its turn is.
const restTime = 15 * time.Second

// troubled is for the server's own trouble. A letter that breaks every connection waits a
// little each time, so that others leave, and not for ever.
func (d *Dispatcher) troubled(out *ledger.Outcome, w ledger.Work, got mailer.Outcome) {
	if d.age(w) >= d.o.RetryFor {
		out.State, out.Reason = ledger.Failed, "given up after many tries"
		return
	}
	out.State, out.Reason, out.DueAt, out.Untried = ledger.Queued, "the mail server does not answer", d.store.Now(), true
	if got.Stage != mailer.StageConnect {
		out.Tried, out.DueAt = true, out.DueAt.Add(brokenOff)
	}
}

// bounced reports what the server says of an address it refuses, or puts off until the
// letter is given up. What it says of the sender is no fault of the recipient's, and nor is
// a rate.
func (d *Dispatcher) bounced(ctx context.Context, w ledger.Work, got mailer.Outcome) {
	final := got.State == mailer.Refused
	if !final && got.State != mailer.Later || got.Stage == mailer.StageMail || got.Stage == mailer.StageConnect {
		return
	}
	verdict, status := ledger.Judge(got.Enhanced, got.Reply)
	if !final && (tooFast(got) || ledger.AboutUs(status)) {
		return
	}
	if verdict == "" || !final { // 5yz with an enhanced status of success is no success (RFC 2034 §4)
		verdict = ledger.SoftBounce
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_, err := d.store.TakeReport(ctx, ledger.Report{Verdict: verdict, Delivery: w.ID, Email: w.Subscriber.Email, Status: status,
		Words: got.Reply, Source: "sending", Key: strconv.FormatInt(w.ID, 10)})
	if err != nil {
		slog.Error("report a refused address", "delivery", w.ID, "error", err)
	}
}
