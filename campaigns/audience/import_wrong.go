package audience

// The columns that a file of wrong lines has before those of the file they are from. An import leaves them out.
const (
	WrongLine   = "keepsake_line"
	WrongReason = "keepsake_reason"
)

// At is where a line stands in its file.
func (r ImportRow) At() int { return r.Line }

// Lines are the lines of the file it is made of, as they stand there.
func (r ImportRow) Lines() [][]string {
	if r.Cells == nil {
		return nil
	}
	return [][]string{r.Cells}
}

// At is where an order begins in its file.
func (r OrderRow) At() int { return r.Line }

// Lines are the lines of the file it is made of, as they stand there.
func (r OrderRow) Lines() [][]string { return r.Cells }
