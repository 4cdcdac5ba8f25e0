package document

import (
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
)

// A Question is what a block asks by links, whatever the campaign's kind: a poll, or whether one comes to an event.
type Question struct {
	Block   string // the block's id
	Field   string // under which the answer is recorded: "poll.news.b7" or "rsvp.news.b7", of the message "news"
	Text    string
	Options []string // of a poll; an event's are YesNo
	Keys    []string // by which links and forms name the options
	Results bool     // those who answered see what all answered
	Event   *Event   // nil for a poll
}

// YesNo are the answers to an invitation.
var YesNo = []string{"yes", "no"}

// Questions are all the document asks as the letter of that message, in reading order. The
// answers are recorded under the message's name: letters that were copied have the same
// blocks, and a copied campaign's conditions go on naming its own.
func (d Document) Questions(message string) (all []Question) {
	d.Each(func(b Block) {
		switch b := b.(type) {
		case *Poll:
			all = append(all, Question{Block: b.ID, Field: "poll." + message + "." + b.ID, Text: b.Question, Options: b.Options, Keys: b.Keys(), Results: b.ShowResults})
		case *Event:
			if b.RSVP {
				all = append(all, Question{Block: b.ID, Field: "rsvp." + message + "." + b.ID, Text: b.Title, Options: YesNo, Keys: YesNo, Event: b})
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
		if rest, is := strings.CutPrefix(field, kind); is {
			return rest[strings.LastIndexByte(rest, '.')+1:], true
		}
	}
	return "", false
}

// Keys name a poll's options in links: the place, and a sum of the words, so that a link
// in a letter that left never means another option which came to that place since.
func (p *Poll) Keys() []string {
	keys := make([]string, len(p.Options))
	for i, option := range p.Options {
		keys[i] = fmt.Sprintf("%d-%08x", i, crc32.ChecksumIEEE([]byte(option)))
	}
	return keys
}

// Option is the number of an answer, counted from 0. One that moved to another place is
// found by its words; one that is gone, or says something else now, is none. A number
// alone is the place: letters of former versions have it.
func (q Question) Option(value string) (int, bool) {
	if i := slices.Index(q.Keys, value); i >= 0 {
		return i, true
	}
	if q.Event != nil {
		return -1, false
	}
	if _, sum, ok := strings.Cut(value, "-"); ok && len(sum) == 8 {
		i := slices.IndexFunc(q.Keys, func(key string) bool { return strings.HasSuffix(key, "-"+sum) })
		return i, i >= 0
	}
	i, err := strconv.Atoi(value)
	return i, err == nil && i >= 0 && i < len(q.Keys)
}
