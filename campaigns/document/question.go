package document

import (
	"slices"
	"strconv"
	"strings"
)

// A Question is what a block asks by links, whatever the campaign's kind: a poll, or whether one comes to an event.
type Question struct {
	Block   string // the block's id
	Field   string // under which the answer is recorded: "poll.b7" or "rsvp.b7"
	Text    string
	Options []string // of a poll; an event's are YesNo
	Results bool     // those who answered see what all answered
	Event   *Event   // nil for a poll
}

// YesNo are the answers to an invitation.
var YesNo = []string{"yes", "no"}

// Questions are all the document asks, in reading order.
func (d Document) Questions() (all []Question) {
	d.Each(func(b Block) {
		switch b := b.(type) {
		case *Poll:
			all = append(all, Question{Block: b.ID, Field: "poll." + b.ID, Text: b.Question, Options: b.Options, Results: b.ShowResults})
		case *Event:
			if b.RSVP {
				all = append(all, Question{Block: b.ID, Field: "rsvp." + b.ID, Text: b.Title, Options: YesNo, Event: b})
			}
		}
	})
	return all
}

// Event finds an event by its block.
func (d Document) Event(block string) (found *Event, ok bool) {
	d.Each(func(b Block) {
		if e, is := b.(*Event); is && e.ID == block {
			found, ok = e, true
		}
	})
	return found, ok
}

// Asks reports whether a response's field is the answer to a Question, and to which block's.
func Asks(field string) (block string, ok bool) {
	for _, kind := range []string{"poll.", "rsvp."} {
		if block, ok = strings.CutPrefix(field, kind); ok {
			return block, true
		}
	}
	return "", false
}

// Option is the number of an answer: a poll's are numbered from 0, an invitation's go by name.
func (q Question) Option(value string) (int, bool) {
	if q.Event != nil {
		i := slices.Index(q.Options, value)
		return i, i >= 0
	}
	i, err := strconv.Atoi(value)
	return i, err == nil && i >= 0 && i < len(q.Options)
}
