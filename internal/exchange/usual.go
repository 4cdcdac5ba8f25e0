package exchange

import (
	"slices"

	"keepsake/campaigns/audience"
)

// usual are the keys of attributes that most shops have, by what files in Bulgarian and Russian call them.
var usual = map[string]string{
	"град": "city", "населено място": "city", "город": "city",
	"телефон": "phone", "тел": "phone", "телефонен номер": "phone", "мобилен телефон": "phone", "мобильный телефон": "phone", "номер телефона": "phone",
	"рождена дата": "birthday", "дата на раждане": "birthday", "рожден ден": "birthday", "день рождения": "birthday", "дата рождения": "birthday",
}

// isKnown reports whether there is such an attribute: an earlier file may have made it under another key.
func isKnown(field string, known []audience.Attribute) bool {
	return slices.ContainsFunc(known, func(a audience.Attribute) bool { return "attributes."+a.Key == field })
}
