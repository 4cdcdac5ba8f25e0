package jobs

import (
	"fmt"
	"io"
	"strings"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// notTaken is of a line that was imported, without some of its values.
var notTaken = fault.New(fault.Invalid, "The person was imported. Not taken:")

var leftAllTheSame = fault.New(fault.Invalid, "That this person left counts all the same.")

// explain adds lines to the file of reasons: where each stands, why it is there, and its cells as they were, so that who has
// mended them imports them again.
func (i *importing) explain(faults []audience.RowFault) error {
	if len(faults) == 0 {
		return nil
	}
	w := i.r.o.Exchange.Writer(i.reasons, audience.Spreadsheet)
	own := i.own()
	if i.report.Reasons == 0 {
		w.Write(append([]string{audience.WrongLine, audience.WrongReason}, i.header[own:]...))
	} else {
		w.Continue()
	}
	for _, f := range together(faults) {
		why := i.why(f)
		i.wrong(w, []string{fmt.Sprint(f.Line), why}, f.RowFault, own)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("reasons of job %d: %w", i.job.ID, err)
	}
	end, err := i.reasons.Seek(0, io.SeekCurrent)
	i.report.Reasons = end
	return err
}

func (i *importing) why(f said) string {
	var why []string
	if f.Untaken {
		why = append(why, i.r.o.Say(i.options.Reader, notTaken))
	}
	for _, one := range f.faults {
		why = append(why, i.r.o.Say(i.options.Reader, one))
	}
	if f.Left {
		why = append(why, i.r.o.Say(i.options.Reader, leftAllTheSame))
	}
	return strings.Join(why, " ")
}

// said is a line of the file of reasons, with all that is wrong with it.
type said struct {
	audience.RowFault
	faults []*fault.Error
}

// together puts what was not taken of one line on one line.
func together(faults []audience.RowFault) (out []said) {
	for _, f := range faults {
		if n := len(out) - 1; n >= 0 && f.Untaken && out[n].Untaken && out[n].Line == f.Line {
			out[n].faults = append(out[n].faults, f.Fault)
			continue
		}
		out = append(out, said{f, []*fault.Error{f.Fault}})
	}
	return out
}

// own is how many columns of a file of wrong lines the file itself begins with.
func (i *importing) own() int {
	if len(i.header) > 1 && i.header[0] == audience.WrongLine && i.header[1] == audience.WrongReason {
		return 2
	}
	return 0
}

// wrong writes the lines of a row. Of what cannot be read there are no cells but the address.
func (i *importing) wrong(w Writer, said []string, f audience.RowFault, own int) {
	lines := i.lines(f.Line)
	if len(lines) == 0 {
		cells := make([]string, len(i.header))
		for n, field := range i.options.Mapping {
			if field == "email" && n < len(cells) {
				cells[n] = f.Email
			}
		}
		lines = [][]string{cells}
	}
	for _, cells := range lines {
		w.Write(append(said[:2:2], cells[min(own, len(cells)):]...))
	}
}
