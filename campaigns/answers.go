package campaigns

import (
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

// Answers says which blocks of a letter ask more of the kind than it has: their links would
// lead nowhere, or nobody would get the letter. The *fault.Error names the blocks.
func Answers(k Kind, d document.Document) error {
	var errs []error
	d.Each(func(b document.Block) {
		errs = append(errs, answers(k, b))
	})
	return fault.Join(errs...)
}

func answers(k Kind, b document.Block) error {
	_, responds := k.(Responder)
	_, publishes := k.(Publisher)
	_, rates := k.(Rater)
	_, gives := k.(Giver)
	at := b.Common().ID
	switch b := b.(type) {
	case *document.Rating:
		if !rates {
			return fault.Field(at, "This kind of campaign does not collect ratings, so the answers would lead nowhere. Ask with a poll, or send this letter in a feedback campaign.")
		}
	case *document.Contest:
		if !responds || !publishes {
			return fault.Field(at, "This kind of campaign has no prize to enter for. Remove the block, or send this letter in a contest.")
		}
	case *document.Coupon:
		if b.Own() && !gives {
			return fault.Field(at, "This kind of campaign has no code for each reader. Choose one code for everybody, or send this letter in a gift campaign.")
		}
	case *document.Button:
		if b.Action == "respond" && !responds {
			return fault.Field(at+".action", "This kind of campaign has no page of its own for the button. Give the button an address.")
		}
	}
	return nil
}
