package ledger

import "time"

// Verdict is what a report says of an address.
type Verdict string

// The verdicts.
const (
	HardBounce Verdict = "hard"      // the address is dead: suppressed at once
	SoftBounce Verdict = "soft"      // for now, or not about the address: counted
	Complaint  Verdict = "complaint" // "this is spam", fraud, opt-out (RFC 5965): leaves and is suppressed
)

// Sources are the ways by which reports come, Report.Source.
var Sources = []string{"sending", "mailbox", "receiver", "pipe", "ses", "sendgrid", "postmark", "mailgun", "brevo"}

// Report is what another server tells of a letter after it took it: a bounce or a complaint.
type Report struct {
	Verdict  Verdict
	Delivery int64  // by our own token or Message-ID; 0 when neither came back
	Email    string // the address it is about; may be empty when Delivery is known
	Status   string // RFC 3463, "5.1.1"; empty when there is none
	Words    string // the server's own, in one line
	Source   string // mailbox, receiver, pipe, sending, ses, sendgrid, postmark, mailgun, brevo
	Key      string // the same for a report that comes again, which then changes nothing
	At       time.Time
}
