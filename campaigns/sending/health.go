package sending

import "time"

// After so many failures in a row a transport is left alone, first for a short while, then
// for ever longer ones.
const (
	mostFailures = 3
	firstPause   = 2 * time.Second
	longestPause = time.Minute
	trialTime    = time.Minute // after which a trial that said nothing is tried again
)

// Health is how a transport fares: closed to nobody while it is well; after a row of
// failures open until Trial, when one letter tries it.
type Health struct {
	Failures int       // in a row
	Since    time.Time // when it was left alone; zero while it is well
	Trial    time.Time // when one letter tries it
	Why      string    // the last failure, in the server's words
	pause    time.Duration
	trying   bool
}

// Well reports whether letters may go without a trial.
func (h *Health) Well() bool { return h.Since.IsZero() }

// May reports whether a letter may go now; that of a trial must be announced with Try.
func (h *Health) May(now time.Time) bool { return h.Well() || !h.waits(now) }

// waits reports whether the trial is to come. One further ahead than any pause was set by a
// clock that was set back since.
func (h *Health) waits(now time.Time) bool {
	return now.Before(h.Trial) && h.Trial.Sub(now) <= max(longestPause, trialTime)
}

// Try begins the trial: others wait for its answer.
func (h *Health) Try(now time.Time) {
	if !h.Well() {
		h.trying, h.Trial = true, now.Add(trialTime)
	}
}

// Trying reports whether a letter that tries it is on its way.
func (h *Health) Trying(now time.Time) bool { return h.trying && h.waits(now) }

// Forgo ends a trial that came to nothing: the next letter is one.
func (h *Health) Forgo(now time.Time) {
	if h.trying {
		h.trying, h.Trial = false, now
	}
}

// Hurry makes the next letter a trial: something was changed.
func (h *Health) Hurry(now time.Time) {
	if !h.Well() && !h.trying {
		h.Trial = now
	}
}

// Failed counts a failure of the connection and reports whether the transport's standing
// changed. What was on its way when the pause began does not make it longer.
func (h *Health) Failed(now time.Time, why string) bool {
	h.Failures++
	switch {
	case h.Well() && h.Failures < mostFailures, !h.Well() && !h.trying:
		h.Why = why
		return false
	case h.Well():
		h.Since, h.pause = now, firstPause
	default:
		h.pause = min(2*h.pause, longestPause)
	}
	h.Why, h.trying, h.Trial = why, false, now.Add(h.pause)
	return true
}

// Worked closes the case and reports whether there was one.
func (h *Health) Worked() bool {
	ill := !h.Well()
	*h = Health{}
	return ill
}
