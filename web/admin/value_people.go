package admin

import (
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/segment"
	"keepsake/internal/store"
)

// peopleOf leads to a new segment of just those a figure of one currency counts.
func peopleOf(currency string, rules ...segment.Rule) string {
	for i, r := range rules {
		if r.Field != "value.mood" { // it is of no currency
			rules[i].Where = []segment.Rule{{Field: "currency", Is: "is", Values: []string{currency}}}
		}
	}
	return ruleAt(rules...)
}

// ruleAt is where a new segment begins with these rules.
func ruleAt(rules ...segment.Rule) string {
	b, _ := json.Marshal(segment.Rule{Match: segment.All, Rules: rules}) // a rule always marshals
	return "/segments/new?" + url.Values{"rule": {string(b)}}.Encode()
}

func scored(score string, n int) segment.Rule {
	return segment.Rule{Field: "value." + score, Is: "is", Values: []string{strconv.Itoa(n)}}
}

// linksOf lead to the customers of a mood, 0 for all, by how they keep their rhythm.
func linksOf(currency string, mood int) rhythmLinks {
	to := func(rules ...segment.Rule) string {
		if mood != 0 {
			rules = append(rules, segment.Rule{Field: "value.mood", Is: "is", Values: []string{store.PersonValue{Mood: mood}.MoodWord()}})
		}
		return peopleOf(currency, rules...)
	}
	keeps := func(word string) string {
		return to(segment.Rule{Field: "value.rhythm", Is: "is", Values: []string{word}})
	}
	customer := segment.Rule{Field: "value.frequency", Is: "at_least", Values: []string{"1"}} // who bought nothing has no rhythm either
	return rhythmLinks{keeps("keeping"), keeps("at_risk"), keeps("lost"), to(customer, segment.Rule{Field: "value.rhythm", Is: "empty"})}
}

// newSegmentOf is the form of a new segment that begins with the rule in the address.
func (a *Admin) newSegmentOf(c *gin.Context, rule string) error {
	r, err := segment.Decode([]byte(rule))
	if err != nil {
		return err
	}
	return a.showSegment(c, segmentPage{Segment: segment.Segment{Rule: r}, JSON: written(r)}, nil)
}
