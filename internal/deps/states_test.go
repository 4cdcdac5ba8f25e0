package deps

import (
	"regexp"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// enumerations are the values that pages show through a variable, {{t .State}}: no collector can see them.
var enumerations = map[string][]string{
	"the states of a campaign": {campaigns.Draft, campaigns.Scheduled, campaigns.Running, campaigns.Paused, campaigns.Finished, campaigns.Cancelled},
	"the states of a run":      {ledger.Running, ledger.Finished, ledger.RunSkipped, ledger.RunCancelled},
	"the states of a delivery": {string(ledger.Planned), string(ledger.Queued), string(ledger.Leased), string(ledger.Sending), string(ledger.Sent),
		string(ledger.Skipped), string(ledger.Failed), string(ledger.Unsure), string(ledger.Cancelled)},
	"the states of an enrolment":    {ledger.Active, ledger.Done, ledger.Ended},
	"the states of a subscription":  {string(audience.Pending), string(audience.Confirmed), string(audience.Unsubscribed)},
	"the reasons for a suppression": {string(audience.HardBounce), string(audience.SoftBounces), string(audience.Complaint), string(audience.Manual), string(audience.Left), string(audience.Erased)},
	"the states of an order":        audience.OrderStates,
	"the states of a code":          {"free", "reserved", "issued", "redeemed"},
	"the events":                    append(append([]string{}, campaigns.Events...), campaigns.Ends...),
	"the kinds of a moment":         {"delivery", "open", "click", "unsubscribe", "bounce", "complaint", "event", "response", "consent", "withdrawal"},
	"who opened or clicked":         {"human", "machine", "proxy"},
	"the kinds of a job":            {ledger.ImportJob, ledger.ExportJob},
	"the states of a job":           {ledger.JobDraft, ledger.JobQueued, ledger.JobRunning, ledger.JobChecked, ledger.JobFinished, ledger.JobFailed, ledger.JobStopped},
	"the levels of a review":        {"pass", "warn", "fail"},
	"the roles":                     {"owner", "marketer"},
	"the starters' messages":        {"news", "digest", "ask", "reminder", "gift", "invitation", "winner"},
	"the responses":                 {"rating", "comment", "redeemed", "entry", "won"},
}

// stateIDs are the enumerations' values.
func stateIDs() []id {
	var ids []id
	for where, values := range enumerations {
		for _, v := range values {
			ids = append(ids, id{text: v, where: where})
		}
	}
	return ids
}

// needsEnglish reports whether a value is no English word, so that English cannot stand for itself.
func needsEnglish(text string) bool { return coded.MatchString(text) }

var coded = regexp.MustCompile(`^[a-z]+(?:[._][a-z]+)+$`)
