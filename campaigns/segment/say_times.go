package segment

func (s sayer) often(r Rule) string {
	is, n := r.Times.Asked()
	if r.Field == "bought" {
		switch is {
		case "at_most":
			return s.N("at most %d pieces", n)
		case "exactly":
			return s.N("exactly %d pieces", n)
		}
		return s.N("at least %d pieces", n)
	}
	switch is {
	case "at_most":
		return s.N("at most %d times", n)
	case "exactly":
		return s.N("exactly %d times", n)
	}
	return s.N("at least %d times", n)
}

func (s sayer) when(w Within) string {
	switch {
	case w.Next > 0:
		return s.next(int64(w.Next), w.Unit)
	case w.Last > 0:
		return s.last(int64(w.Last), w.Unit)
	case w.To == "":
		return s.T("since %s", w.From)
	case w.From == "":
		return s.T("up to %s", w.To)
	}
	return s.T("from %s to %s", w.From, w.To)
}

// lastOne and nextOne say a span of one: nobody says “in the last 1 year”.
var (
	lastOne = map[string]string{"hours": "in the last hour", "days": "in the last day", "weeks": "in the last week", "months": "in the last month", "years": "in the last year"}
	nextOne = map[string]string{"days": "in the next day", "weeks": "in the next week", "months": "in the next month", "years": "in the next year"}
)

func (s sayer) last(n int64, unit string) string {
	if n == 1 && lastOne[unit] != "" {
		return s.T(lastOne[unit])
	}
	switch unit {
	case "hours":
		return s.N("in the last %d hours", n)
	case "weeks":
		return s.N("in the last %d weeks", n)
	case "months":
		return s.N("in the last %d months", n)
	case "years":
		return s.N("in the last %d years", n)
	}
	return s.N("in the last %d days", n)
}

func (s sayer) next(n int64, unit string) string {
	if n == 1 && nextOne[unit] != "" {
		return s.T(nextOne[unit])
	}
	switch unit {
	case "weeks":
		return s.N("in the next %d weeks", n)
	case "months":
		return s.N("in the next %d months", n)
	case "years":
		return s.N("in the next %d years", n)
	}
	return s.N("in the next %d days", n)
}
