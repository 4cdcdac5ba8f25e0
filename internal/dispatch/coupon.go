package dispatch

import (
	"context"
	"net/url"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/link"
)

// sampleCode stands for a reader's own code where nobody has one.
const sampleCode = "SAMP-LE23-CODE"

// mostSamples is how long the codes of a draft may be that its link carries.
const mostSamples = 700

// sampleCodes is the address of a draft's QR codes: it is no delivery's, so what they show, by
// block, stands in the link itself. "" when there are none.
func (d *Dispatcher) sampleCodes(ctx context.Context, content campaigns.Content) string {
	doc, err := d.Document(ctx, content)
	if err != nil {
		return "" // written by hand, or told by the letter itself
	}
	codes := url.Values{}
	for _, b := range doc.Coupons() {
		code, ok := b.Drawable()
		if b.Own() {
			code, ok = sampleCode, true
		}
		if ok {
			codes.Set(b.ID, code)
		}
	}
	extra := codes.Encode()
	if extra == "" || len(extra) > mostSamples {
		return ""
	}
	return d.links.CodeURL(link.Claims{Extra: extra})
}

// CouponCode is the code that a coupon of a letter shows, by the claims of its picture and the
// block's id. It takes no code: one that was not given out yet is a NotFound, like all that is
// not there.
func (d *Dispatcher) CouponCode(ctx context.Context, of link.Claims, block string) (string, error) {
	if of.Delivery == 0 {
		return draftCode(of.Extra, block)
	}
	w, err := d.store.Work(ctx, of.Delivery)
	if err != nil {
		return "", err
	}
	if w.Subscriber.ID == 0 { // erased
		return "", noCode()
	}
	c, err := d.store.Campaign(ctx, w.CampaignID)
	if err != nil {
		return "", err
	}
	shared, is, err := d.sharedCode(ctx, c, w, block)
	if is || err != nil {
		return shared, err
	}
	return d.givenCode(ctx, c.ID, w.EnrolmentID)
}

// sharedCode is the block's, when it is one that everybody gets.
func (d *Dispatcher) sharedCode(ctx context.Context, c campaigns.Campaign, w ledger.Work, block string) (code string, is bool, err error) {
	content, err := d.Content(c, w)
	if err != nil || content.Coded() {
		return "", false, err
	}
	doc, err := d.Document(ctx, content)
	if err != nil {
		return "", false, err
	}
	for _, b := range doc.Coupons() {
		if b.ID != block || b.Own() {
			continue
		}
		if code, is = b.Drawable(); !is {
			err = noCode()
		}
		return code, is, err
	}
	return "", false, nil
}

// givenCode is the enrolment's own, once a letter has shown it.
func (d *Dispatcher) givenCode(ctx context.Context, campaign, enrolment int64) (string, error) {
	code, err := d.store.Held(ctx, campaign, enrolment)
	if fault.Is(err, fault.Conflict) || err == nil && code.State != "issued" && code.State != "redeemed" {
		return "", noCode()
	}
	return code.Code, err
}

func draftCode(extra, block string) (string, error) {
	codes, err := url.ParseQuery(extra)
	if err != nil || codes.Get(block) == "" {
		return "", noCode()
	}
	return codes.Get(block), nil
}

func noCode() error { return fault.New(fault.NotFound, "This link is not valid.") }
