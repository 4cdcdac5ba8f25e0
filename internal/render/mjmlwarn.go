package render

import (
	"context"
	"regexp"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/mjml"
)

// Warning is something in code that works, but hardly as it was meant.
type Warning struct {
	Line int // from 1
	Text string
	Args []any
}

// Warnings are the MJML compiler's own, of a letter written in MJML; none for all others, or
// when it does not compile: Compile tells that.
func Warnings(ctx context.Context, c campaigns.Content) []Warning {
	if c.Mode != "mjml" {
		return nil
	}
	_, all, _ := fromMJML(c.HTML, Options{Wait: ctx})
	return all
}

// complaints are what the compiler's validator says, and how a person is told.
var complaints = []struct {
	said *regexp.Regexp
	tell string
}{
	{regexp.MustCompile(`^(\S+) cannot be used inside (\S+), only inside: (.*)$`), "<%s> cannot stand inside <%s>. It belongs inside: %s."},
	{regexp.MustCompile(`^Attributes? (.+) (?:is|are) illegal$`), "There is no attribute “%s” here: MJML leaves it out."},
	{regexp.MustCompile(`^Attribute (\S+) has invalid value: (.*) for type \S+(?:, only accepts (.*))?$`), "The attribute “%s” cannot be “%s”."},
}

var (
	unknownTag = regexp.MustCompile(`^Element (\S+) doesn't exist`)
	untold     = regexp.MustCompile(`mj-title`) // the letter's subject becomes its title
)

// judge turns the compiler's complaints into words: an unknown tag is refused, for its content
// is gone; with the rest the letter can be sent.
func (m *mjmlReader) judge(problems []mjml.Problem) ([]Warning, error) {
	var all []Warning
	var errs []error
	for _, p := range problems {
		if tag := unknownTag.FindStringSubmatch(p.Text); tag != nil {
			errs = append(errs, fault.Field(placed(m.place(p.Line)), "There is no MJML tag <%s>, so nothing in it would be sent.", tag[1]))
			continue
		}
		if strings.Contains(p.Text, markLeft) || untold.MatchString(p.Text) {
			continue // a value that is known only when the letter is sent
		}
		w := tell(p.Text)
		w.Line, _ = m.place(p.Line)
		all = append(all, w)
	}
	return all, fault.Join(errs...)
}

func tell(said string) Warning {
	said = strings.TrimSpace(said)
	for _, c := range complaints {
		got := c.said.FindStringSubmatch(said)
		if got == nil {
			continue
		}
		w := Warning{Text: c.tell}
		for _, arg := range got[1 : 1+strings.Count(c.tell, "%s")] {
			w.Args = append(w.Args, arg)
		}
		return w
	}
	return Warning{Text: "The MJML compiler says: %s", Args: []any{said}}
}

// place is where the compiler's line begins in what the person wrote: a merge tag may hold lines of its own.
func (m *mjmlReader) place(line int) (int, int) {
	offset := 0
	for range line - 1 {
		n := strings.IndexByte(m.p.src[offset:], '\n')
		if n < 0 {
			break
		}
		offset += n + 1
	}
	return m.p.place(offset)
}
