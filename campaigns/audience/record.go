package audience

// RecordWriter takes all that is on record of one person, section by section. A cell is nil, a bool, a number, a string,
// a time.Time in UTC or a json.RawMessage; cells belong to the caller once Row returns.
type RecordWriter interface {
	Section(name string, columns []string) error
	Row(cells []any) error
}
