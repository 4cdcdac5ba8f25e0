package dispatch

import (
	"context"
	"slices"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/trial"
	"keepsake/internal/store"
)

const whyUntouched = "Its readers get it as it is. Write it in its language too, or take the language out of the message: they then get the campaign's own."

const whyCopy = "Everybody would get the same letter, and the test could find nothing. Change what you want to compare, or delete the variant."

// Catalogue ids by the language of the letter: a language has another form in each sentence.
var (
	sampleIn = map[string]string{"en": "English is still the sample text you began with.", "bg": "Bulgarian is still the sample text you began with.",
		"ru": "Russian is still the sample text you began with."}
	sampleSubjectIn = map[string]string{"en": "The English subject is still the sample's.", "bg": "The Bulgarian subject is still the sample's.",
		"ru": "The Russian subject is still the sample's."}
	variantSampleIn = map[string]string{"en": "Variant %s in English is still the sample text you began with.", "bg": "Variant %s in Bulgarian is still the sample text you began with.",
		"ru": "Variant %s in Russian is still the sample text you began with."}
	sameAsA = map[string]string{"en": "Variant %s in English is still exactly the same as A.", "bg": "Variant %s in Bulgarian is still exactly the same as A.",
		"ru": "Variant %s in Russian is still exactly the same as A."}
)

// untouchedLines say which letters of a message were left as they began while others of it
// were written: a language that is still the sample, a variant that is still A.
func (d *Dispatcher) untouchedLines(m campaigns.Message) []Line {
	return append(d.sampleLines(m), d.copyLines(m)...)
}

func (d *Dispatcher) sampleLines(m campaigns.Message) (lines []Line) {
	written, titled := false, false
	for _, c := range m.Contents {
		written = written || !d.o.Samples.Letter(c)
		titled = titled || !d.o.Samples.Subject(c)
	}
	for _, c := range m.Contents {
		if c.Variant != "" && sameAsFirst(m, c) {
			continue // said by copyLines
		}
		switch {
		case written && d.o.Samples.Letter(c):
			format, args := sampleIn[c.Lang], []any(nil)
			if c.Variant != "" {
				format, args = variantSampleIn[c.Lang], []any{strings.ToUpper(c.Variant)}
			}
			lines = append(lines, untouched(m, c, "", format, args...))
		case c.Variant == "" && written && titled && d.o.Samples.Subject(c):
			lines = append(lines, untouched(m, c, "subject", sampleSubjectIn[c.Lang]))
		}
	}
	return lines
}

// copyLines name the variants that are still A, in all languages or in one that was written.
func (d *Dispatcher) copyLines(m campaigns.Message) (lines []Line) {
	for _, v := range m.Variants()[1:] {
		all := m.Of(v)
		if len(m.Differs(v)) == 0 {
			first := max(0, slices.IndexFunc(all, func(c campaigns.Content) bool { return !d.o.Samples.Letter(c) }))
			lines = append(lines, untouched(m, all[first], "", "A/B test: variant %s is still the same as A.", strings.ToUpper(v)))
			continue
		}
		for _, c := range all {
			if sameAsFirst(m, c) && !d.o.Samples.Letter(c) { // a sample is said by sampleLines, of A
				lines = append(lines, untouched(m, c, "", sameAsA[c.Lang], strings.ToUpper(v)))
			}
		}
	}
	return lines
}

// sameAsFirst reports whether a variant's letter is A's of the same language.
func sameAsFirst(m campaigns.Message, c campaigns.Content) bool {
	a, err := m.Letter(trial.A, c.Lang, c.Lang)
	return err == nil && a.Lang == c.Lang && a.Mode == c.Mode && a.Subject == c.Subject && a.Preheader == c.Preheader &&
		a.SenderName == c.SenderName && a.Document == c.Document && a.HTML == c.HTML
}

func untouched(m campaigns.Message, c campaigns.Content, field, format string, args ...any) Line {
	l := Line{Level: "warn", About: "untouched", Format: format, Args: args, Where: m.Name, Lang: c.Lang, Variant: c.Variant, Field: field}
	l.Because = whyUntouched
	if c.Variant != "" {
		l.Because = whyCopy
	}
	return l
}

// holding is the message with a letter as it is being written.
func holding(m campaigns.Message, draft campaigns.Content) campaigns.Message {
	contents := make([]campaigns.Content, len(m.Contents))
	for i, c := range m.Contents {
		if c.Lang == draft.Lang && c.Variant == draft.Variant {
			c = draft
		}
		contents[i] = c
	}
	m.Contents = contents
	return m
}

const whyLeftover = "A new block and a sample letter say something so that you see how they look. Readers would get those words."

// leftIn says which words were left, by how many there are; of more, the first three.
var leftIn = []string{"Words to begin with are still there: “%s”. Write your own.", "Words to begin with are still there: “%s” and “%s”. Write your own.",
	"Words to begin with are still there: “%s”, “%s” and “%s”. Write your own."}

// leftoverLines name the words that only keep the place for others.
func leftoverLines(doc document.Document) (lines []Line) {
	for _, l := range doc.Leftovers() {
		words := l.Words[:min(len(l.Words), len(leftIn))]
		args := make([]any, len(words))
		for i, w := range words {
			args[i] = short(w)
		}
		lines = append(lines, Line{Level: "warn", About: "untouched", Block: l.Block, Field: l.Field, Format: leftIn[len(words)-1], Args: args, Because: whyLeftover})
	}
	return lines
}

// mostQuoted is how much of a text is shown in a line, in letters.
const mostQuoted = 60

func short(words string) string {
	if r := []rune(words); len(r) > mostQuoted {
		return string(r[:mostQuoted-1]) + "…"
	}
	return words
}

// nobodyLines name the blocks whose condition none of the letter's readers fits.
func (d *Dispatcher) nobodyLines(ctx context.Context, c *checked) ([]Line, error) {
	blocks := conditional(c.Content)
	who := whoReads(c.Draft)
	if len(blocks) == 0 || len(who.Audience.Lists) == 0 {
		return nil, nil
	}
	conditions := []store.Condition{{}} // the first keeps everybody
	for _, b := range blocks {
		conditions = append(conditions, store.Condition{Show: *b.Show})
	}
	counts, err := d.store.Rare(ctx, who, conditions)
	if err != nil || counts.Shown[0].Kept == 0 {
		return nil, err // nobody reads the letter at all
	}
	var lines []Line
	for i, b := range blocks {
		if counts.Shown[i+1].Kept == 0 {
			lines = append(lines, Line{Level: "warn", About: "show", Block: b.ID, Field: "show", Format: "This block is shown to nobody: no reader of the letter fits its condition.",
				Because: "Such a condition is often a slip: a word spelt otherwise than in the attribute, or an attribute that nobody has."})
		}
	}
	return lines, nil
}

// conditional are the blocks whose condition the database can decide, up to mostBranches.
func conditional(content campaigns.Content) (all []*document.Base) {
	doc, err := document.Parse(content.Document)
	if err != nil || content.Coded() {
		return nil // blocks alone have conditions
	}
	doc.Each(func(b document.Block) {
		if s := b.Common().Show; s != nil && len(s.Rules) > 0 && !store.ByLetter(*s) && len(all) < mostBranches {
			all = append(all, b.Common())
		}
	})
	return all
}
