package exchange

import (
	"time"

	"keepsake/campaigns/audience"
)

// Speaker says things in a language; the catalogue of messages does.
type Speaker interface {
	T(lang, id string, args ...any) string
	DateTime(lang string, at time.Time, zone *time.Location) string
	Money(lang string, cents int64, currency string) string
}

// WordsOf are the words of a record in a language: moments in a zone, attributes by the labels that they have there.
func WordsOf(s Speaker, lang string, zone *time.Location, attributes []audience.Attribute) RecordWords {
	return RecordWords{Lang: lang, Zone: zone,
		Say:    func(text string) string { return s.T(lang, text) },
		Moment: func(at time.Time) string { return s.DateTime(lang, at, zone) },
		Money:  func(cents int64, currency string) string { return s.Money(lang, cents, currency) },
		Label:  func(key string) string { return audience.AttributeLabel(attributes, key, lang) }}
}
