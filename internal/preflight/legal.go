package preflight

import "strings"

// Leave tells of the way out that every letter must have: shown is whether its readers see the link.
func Leave(shown bool) []Finding {
	if shown {
		return pass("unsubscribe", "The letter can be unsubscribed from.")
	}
	return []Finding{{Level: Fail, About: "unsubscribe", Format: "The letter has no unsubscribe link.",
		Because: "The law asks for it, and mailbox providers sort out what has none. Put {{ links.unsubscribe }} where readers find it."}}
}

// Address looks for the postal address among the letter's words.
func Address(l Letter, postal string) []Finding {
	if postal = plainWords(postal); postal == "" {
		return nil // said of the settings already
	}
	if strings.Contains(plainWords(wordsOf(l.HTML)), postal) {
		return pass("address", "The postal address stands in the letter.")
	}
	return []Finding{{Level: Warn, About: "address", Format: "Your postal address does not stand in the letter as the settings have it.",
		Because: "Laws such as CAN-SPAM ask for a postal address in every commercial letter."}}
}
