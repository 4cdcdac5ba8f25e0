package render

import (
	"regexp"
	"slices"
	"strings"

	"keepsake/campaigns/fault"
)

// branching is a Liquid tag with branches: what was open before it and behind its first branch.
type branching struct {
	name   string
	before []string
	first  []string
	begun  bool // a branch has begun: not yet between case and its first when
	seen   bool // a first branch ended
	total  bool // an else is there, so one of the branches is taken
}

// tagWord is a tag's name, behind all that Liquid holds for white space.
var tagWord = regexp.MustCompile(`^\{%-?[\s\x0b\x00]*([a-z]+)`)

// alone keeps what is left of the words when a tag between them goes from becoming a tag of HTML
// or of Liquid with what stands there then.
var alone = strings.NewReplacer("<", "&lt;", "{", "&#123;")

// text copies words and follows the merge tags among them.
func (s *sanitizer) text(raw string) {
	s.out.WriteString(alone.Replace(raw))
	for rest := raw; ; {
		i := strings.Index(rest, markLeft)
		if i < 0 {
			return
		}
		mark, after, _ := strings.Cut(rest[i:], markRight)
		s.merge(s.p.restore(mark + markRight))
		rest = after
	}
}

// hiding tags keep what is in them from Liquid. protect puts each aside with its inside, as long as it is written plainly.
var hiding = regexp.MustCompile(`\{%-?[\s\x0b\x00]*(?:end)?(?:comment|doc|raw)\b`)

// merge follows one merge tag.
func (s *sanitizer) merge(tag string) {
	if n := len(hiding.FindAllString(tag, 3)); n > 0 && (n != 2 || !verbatimForm.MatchString(tag)) {
		s.refuse("Write {%% comment %%} and {%% endcomment %%} with nothing else in them, and none inside another.")
		return
	}
	if m := tagWord.FindStringSubmatch(tag); m != nil {
		s.tag(m[1])
	}
}

var verbatimForm = regexp.MustCompile(`(?s)^\{%-?\s*(comment|doc)\s*-?%\}.*\{%-?\s*end(comment|doc)\s*-?%\}$`)

func (s *sanitizer) refuse(format string, args ...any) {
	if s.fault == nil {
		s.fault = fault.New(fault.Invalid, format, args...)
	}
}

func (s *sanitizer) tag(name string) {
	switch name {
	case "if", "unless", "case", "for", "tablerow", "capture", "ifchanged":
		if len(s.forks) == maxForks {
			s.refuse("Tags are nested deeper than %d.", maxForks)
			return
		}
		if name == "tablerow" && !slices.Contains(s.stack, "table") {
			s.refuse("The tag “tablerow” stands inside a <table>.")
		}
		s.forks = append(s.forks, branching{name: name, before: slices.Clone(s.stack), begun: name != "case"})
	case "break", "continue":
		s.leap()
	case "elsif", "else", "when":
		s.next(name)
	case "endif", "endunless", "endcase", "endfor", "endtablerow", "endcapture", "endifchanged":
		if n := len(s.forks); n > 0 {
			f := s.forks[n-1]
			s.branch(&f)
			if !f.total || slices.Contains([]string{"for", "tablerow", "capture", "ifchanged"}, f.name) {
				s.even(f.name, f.before)
			}
			s.forks = s.forks[:n-1]
		}
	}
}

// next begins another branch.
func (s *sanitizer) next(name string) {
	n := len(s.forks)
	if n == 0 {
		return
	}
	f := &s.forks[n-1]
	if f.begun {
		s.branch(f)
	}
	f.begun, f.total = true, f.total || name == "else"
	s.stack = slices.Clone(f.before)
}

// leap leaves the innermost loop: nothing may be open there that was not before it.
func (s *sanitizer) leap() {
	for _, f := range slices.Backward(s.forks) {
		if f.name == "for" || f.name == "tablerow" {
			s.even(f.name, f.before)
			return
		}
	}
}

// branch ends one branch: all must leave the same open.
func (s *sanitizer) branch(f *branching) {
	if !f.seen {
		f.seen, f.first = true, slices.Clone(s.stack)
	}
	s.even(f.name, f.first)
}

func (s *sanitizer) even(name string, want []string) {
	if !slices.Equal(s.stack, want) {
		s.refuse("The branches of this “%s” end in different places of the HTML. Open and close HTML tags and quotes in the same branch.", name)
	}
}
