package sending

import "time"

// How a domain that asked for a slower pace is written to: not at all for a while, then
// slowly, and faster again the longer it is content.
const (
	firstRest   = 15 * time.Second
	longestRest = 15 * time.Minute
	firstEvery  = 200 * time.Millisecond
	slowest     = time.Minute
	fastest     = 50 * time.Millisecond // faster than that is no slow-down any more
	recovery    = 30 * time.Second      // after which the pace doubles
)

// Slow is the slow-down of one domain that answered that we write too fast.
type Slow struct {
	Until time.Time     // nothing before
	Every time.Duration // then one letter in each
	rest  time.Duration // how long before Until it began
	times int           // how often it answered so, less what was forgiven
	next  time.Time
	eased time.Time // when the pace was last changed
}

// Rated is told of an answer about the rate; step is the domain's own limit, if it has one.
// Answers to letters that were on their way when the rest began count once.
func (s *Slow) Rated(now time.Time, step time.Duration) {
	if s.ease(now); now.Before(s.Until) {
		return
	}
	s.times++
	s.rest = min(firstRest<<min(s.times-1, 10), longestRest)
	s.Until = now.Add(s.rest)
	s.Every = min(max(2*s.Every, 2*step, firstEvery), slowest)
	s.next, s.eased = s.Until, s.Until
}

// Ready reports whether a letter may go, and if not when to ask again.
func (s *Slow) Ready(now time.Time) (again time.Time, ok bool) {
	s.ease(now)
	if again = s.Until; s.next.After(again) {
		again = s.next
	}
	return again, !again.After(now)
}

// Take is told that a letter goes.
func (s *Slow) Take(now time.Time) { s.next = now.Add(s.Every) }

// Over reports whether the domain may be written to at full speed again.
func (s *Slow) Over(now time.Time) bool {
	s.ease(now)
	return s.Every < fastest && !now.Before(s.Until)
}

// ease doubles the pace for each span of content. Moments further ahead than they were ever
// set are of a clock that was set back since.
func (s *Slow) ease(now time.Time) {
	if rest := now.Add(s.rest); s.Until.After(rest) || s.eased.After(rest) || s.next.After(now.Add(max(s.rest, slowest))) {
		s.Until, s.next, s.eased = now, now, now
	}
	for s.Every > 0 && now.Sub(s.eased) >= recovery {
		s.Every, s.eased, s.times = s.Every/2, s.eased.Add(recovery), max(0, s.times-1)
	}
}
