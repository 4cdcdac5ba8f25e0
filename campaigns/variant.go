package campaigns

import (
	"slices"
	"strings"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/trial"
)

// Content returns the message's first variant in the subscriber's language, else in the
// campaign's, else the first there is.
func (m Message) Content(lang, fallback string) (Content, error) {
	return m.Letter("", lang, fallback)
}

// Letter is Content of a variant ("" and "a" are A); where it lacks both languages, A's.
func (m Message) Letter(variant, lang, fallback string) (Content, error) {
	stored := trial.Stored(variant)
	for _, want := range []string{lang, fallback} {
		for _, c := range m.Contents {
			if c.Lang == want && c.Variant == stored {
				return c, nil
			}
		}
	}
	if stored != "" {
		return m.Letter("", lang, fallback)
	}
	if len(m.Contents) > 0 {
		return m.Contents[0], nil
	}
	return Content{}, fault.New(fault.Invalid, "The message “%s” has no content yet.", m.Name)
}

// Variants are the letters of the message's variants in order; "a" alone without a test.
func (m Message) Variants() []string {
	all := []string{trial.A}
	for _, v := range trial.Letters[1:] {
		if slices.ContainsFunc(m.Contents, func(c Content) bool { return c.Variant == v }) {
			all = append(all, v)
		}
	}
	return all
}

// Of is the contents of one variant ("" and "a" are A), by language.
func (m Message) Of(variant string) (all []Content) {
	for _, c := range m.Contents {
		if c.Variant == trial.Stored(variant) {
			all = append(all, c)
		}
	}
	return all
}

// SenderOf is who a letter of that content is from.
func (c Campaign) SenderOf(content Content) Sender {
	s := c.Sender
	if content.SenderName != "" {
		s.Name = content.SenderName
	}
	return s
}

// OneByOne reports whether people come to the message one at a time, so that a test of it
// has no group that waits: each gets a variant until there is a winner.
func (c Campaign) OneByOne(m Message) bool { return c.Automation() || m.On != "" }

// AddVariant copies a variant of the message to the next free letter, with all languages,
// and returns its letter. The first begins a test by the default rule. Spent are letters
// that deliveries name: they stay what they were when those left.
func (m *Message) AddVariant(from string, spent ...string) (string, error) {
	have := m.Variants()
	if !slices.Contains(have, from) {
		return "", fault.Field("variant", "There is no variant %s to copy.", strings.ToUpper(from))
	}
	i := slices.IndexFunc(trial.Letters, func(v string) bool { return !slices.Contains(have, v) && !slices.Contains(spent, v) })
	switch {
	case i < 0 && len(have) < len(trial.Letters):
		return "", fault.Field("variant", "The letters A to E of this message are used up by earlier tests. Change a variant that is there, or write another message.")
	case i < 0:
		return "", fault.Field("variant", "A message has five variants at most.")
	}
	for _, c := range m.Of(from) {
		c.Variant, c.Version = trial.Letters[i], 0
		m.Contents = append(m.Contents, c)
	}
	if m.Test == nil {
		m.Test = trial.Default()
	}
	return trial.Letters[i], nil
}

// Differs names what a variant has otherwise than A: "subject", "preheader", "sender",
// "letter"; nothing for a copy.
func (m Message) Differs(variant string) (what []string) {
	found := map[string]bool{}
	for _, c := range m.Of(variant) {
		a, err := m.Letter(trial.A, c.Lang, c.Lang)
		if err != nil || a.Lang != c.Lang {
			continue
		}
		found["subject"] = found["subject"] || a.Subject != c.Subject
		found["preheader"] = found["preheader"] || a.Preheader != c.Preheader
		found["sender"] = found["sender"] || a.SenderName != c.SenderName
		found["letter"] = found["letter"] || a.Mode != c.Mode || a.Document != c.Document || a.HTML != c.HTML
	}
	for _, w := range []string{"subject", "preheader", "sender", "letter"} {
		if found[w] {
			what = append(what, w)
		}
	}
	return what
}

// mostSenderName is how long a sender's name may be.
const mostSenderName = 100

// CleanSenderName is a sender's name as a header may carry it.
func CleanSenderName(name string) (string, error) {
	name = audience.CleanName(name)
	if len([]rune(name)) > mostSenderName {
		return "", fault.Field("sender_name", "A sender's name has %d letters at most.", mostSenderName)
	}
	return name, nil
}

// testReady checks that each variant speaks every language of A, and that the rule holds.
func (m Message) testReady() error {
	all := m.Variants()
	if len(all) == 1 {
		return nil
	}
	if m.Test == nil {
		return fault.Field("messages", "Say how the variants of “%s” are compared.", m.Name)
	}
	if err := m.Test.Validate(); err != nil {
		return err
	}
	for _, a := range m.Of(trial.A) {
		for _, v := range all[1:] {
			if c, err := m.Letter(v, a.Lang, a.Lang); err != nil || c.Variant != v || c.Lang != a.Lang {
				return fault.Field("messages", "Variant %s of “%s” lacks a language that A has: %s.", strings.ToUpper(v), m.Name, a.Lang)
			}
		}
	}
	return nil
}
