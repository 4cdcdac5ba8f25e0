package stage

// Account is what became of the letters owed, by the ledger's word and by what arrived.
type Account struct {
	Lost   int // neither arrived nor in doubt
	Twice  int // letters too many
	Unsure int // in doubt: neither lost nor sent twice
}

// Reckon compares the ledger with what arrived, counted by address.
func Reckon(all []Person, owed []Delivery, arrived map[string]int) Account {
	state := map[string]string{}
	for _, d := range owed {
		state[d.Email] = d.State
	}
	var a Account
	for _, p := range all {
		switch {
		case state[p.Email] == "unsure":
			a.Unsure++
		case state[p.Email] != "sent" || arrived[p.Email] == 0: // forgotten, or said to be sent and was not
			a.Lost++
		}
		a.Twice += max(0, arrived[p.Email]-1)
	}
	return a
}
