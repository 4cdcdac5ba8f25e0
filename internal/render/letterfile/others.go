package letterfile

import (
	"regexp"
	"strings"
)

// others are the merge tags of other senders that have one of ours to the same effect.
var others = map[string]string{
	"*|FNAME|*": "{{ subscriber.first_name }}", "*|LNAME|*": "{{ subscriber.last_name }}", "*|EMAIL|*": "{{ subscriber.email }}",
	"*|UNSUB|*": "{{ links.unsubscribe }}", "*|UPDATE_PROFILE|*": "{{ links.preferences }}", "*|ARCHIVE|*": "{{ links.view }}",
	"*|MC:SUBJECT|*": "{{ message.subject }}", "*|LIST:COMPANY|*": "{{ shop.name }}", "*|LIST:ADDRESS|*": "{{ shop.address }}",
}

var otherTag = regexp.MustCompile(`\*\|[A-Za-z_:]{2,30}\|\*`)

// tagsOfOthers writes others' merge tags as ours; those we have none for stay to be seen.
func tagsOfOthers(src string) string {
	return otherTag.ReplaceAllStringFunc(src, func(tag string) string {
		if ours, ok := others[strings.ToUpper(tag)]; ok {
			return ours
		}
		return tag
	})
}
