package ledger

// The operator's rules for letters in doubt: those that stopped between the hand-over and
// the mail server's answer.
const (
	Hold      = "hold"   // wait for a person
	Resend    = "resend" // send again, with the same Message-ID: somebody may get it twice
	CountSent = "sent"   // count as sent: somebody may not have got it
)

// MostResends is how often a letter may be tried before the rule leaves it to a person after all.
const MostResends = 3
