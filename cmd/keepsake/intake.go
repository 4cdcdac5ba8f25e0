package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/config"
	"keepsake/internal/inbound"
	"keepsake/internal/link"
	"keepsake/internal/store"
)

// intake is where every letter ends that came back to us: from a pipe, by SMTP or LMTP, or
// out of a mailbox.
type intake struct {
	store  *store.Store
	links  *link.Signer
	source string // of the reports
}

// believedFor is how long after a letter a report on it may come; what a report says of its
// own time is believed as far back.
const believedFor = 30 * 24 * time.Hour

// take reads one letter that came to the recipients (which may be none) and has the store
// write down what follows from it. note says what it was, without an address; left is that
// it says nothing to us. After an error it must be offered again.
func (in intake) take(ctx context.Context, recipients []string, data []byte) (note string, left bool, err error) {
	if note, left, err = in.read(ctx, recipients, data); err == nil {
		in.heard(ctx)
	}
	return note, left, err
}

// heard notes that letters come this way; that is no reason to refuse one.
func (in intake) heard(ctx context.Context) {
	if err := in.store.Heard(ctx, in.source); err != nil {
		slog.Warn("note that reports come", "source", in.source, "error", err)
	}
}

// looked notes that the mailbox could be read, or why not.
func (in intake) looked(ctx context.Context, trouble error) {
	if trouble == nil {
		in.heard(ctx)
		if err := in.store.SweepSeen(ctx); err != nil {
			slog.Warn("forget letters of mailboxes that are no more", "error", err)
		}
	} else if err := in.store.Hindered(ctx, in.source, trouble.Error()); err != nil {
		slog.Warn("note what is in the way of reports", "source", in.source, "error", err)
	}
}

func (in intake) read(ctx context.Context, recipients []string, data []byte) (note string, left bool, err error) {
	r := inbound.Read(data)
	r.Came = append(recipients[:len(recipients):len(recipients)], r.Came...)
	if gone, err := in.unsubscribe(ctx, r.Came); gone || err != nil {
		return "an unsubscription", false, err
	}
	if ours, err := in.selfTest(ctx, r.Came, data); ours || err != nil {
		return "a test letter of ours", false, err
	}
	switch r.Class {
	case inbound.Unknown:
		return "no report", true, nil
	case inbound.Challenge: // it is known by its words alone, and a person may write the same
		return string(r.Class), true, nil
	case inbound.Bounced, inbound.Complained:
	default:
		return string(r.Class) + ", which changes nothing", false, nil
	}
	if delivery := in.delivery(r); delivery != 0 {
		return in.proven(ctx, r, delivery)
	}
	return in.unproven(ctx, r)
}

// unsubscribe takes whoever wrote to a letter's unsubscribe address off its list, whatever
// the letter says (RFC 2369 §3.2).
func (in intake) unsubscribe(ctx context.Context, came []string) (bool, error) {
	for _, address := range came {
		if c, err := in.links.UnsubscribeOf(address); err == nil {
			return true, in.store.Unsubscribe(ctx, store.Leave{Subscriber: c.Subscriber, List: c.List, Delivery: c.Delivery, Source: "mail"})
		}
	}
	return false, nil
}

// selfTest keeps the letter of a self-test as it arrived, unless it is a report about one.
func (in intake) selfTest(ctx context.Context, came []string, data []byte) (bool, error) {
	for _, address := range came {
		if id, err := in.links.TestOf(address); err == nil {
			return true, in.store.TakeSelfTest(ctx, id, data)
		}
	}
	return false, nil
}

// proven takes what a report says of a letter that our tokens name.
func (in intake) proven(ctx context.Context, r inbound.Reading, delivery int64) (note string, left bool, err error) {
	report, err := in.ofDelivery(ctx, r, delivery)
	if err != nil {
		return "", false, err
	}
	taken, err := in.store.TakeReport(ctx, report)
	if err != nil {
		return "", false, err
	}
	slog.Info("report taken", "verdict", report.Verdict, "status", report.Status, "delivery", delivery, "source", in.source,
		"new", taken.New, "suppressed", taken.Suppressed != "")
	if !taken.New {
		return string(r.Class) + ", known already", false, nil
	}
	return string(r.Class), false, nil
}

// unproven keeps what a report without a token of ours says: anybody may have written it, so
// nothing follows from it until a person decides.
func (in intake) unproven(ctx context.Context, r inbound.Reading) (note string, left bool, err error) {
	var all []ledger.Report
	for i, f := range r.Findings {
		report := in.report(r, f, i, 0)
		for _, report.Email = range f.Addresses[:min(unprovenNames, len(f.Addresses))] {
			all = append(all, report)
		}
	}
	kept, err := in.store.TakeUnproven(ctx, all, in.store.Now().Add(-believedFor))
	if err != nil {
		return "", false, err
	}
	if kept == 0 {
		return string(r.Class) + " about no letter of ours", true, nil
	}
	slog.Info("unproven report kept", "people", kept, "source", in.source)
	return fmt.Sprintf("%s without a token of ours, kept as unproven (%d)", r.Class, kept), false, nil
}

// unprovenNames is how many addresses of one finding are looked up: the first it was meant
// for, and whom it ended at.
const unprovenNames = 3

func (in intake) report(r inbound.Reading, f inbound.Finding, i int, delivery int64) ledger.Report {
	at := r.At
	if now := in.store.Now(); at.After(now) || at.Before(now.Add(-believedFor)) {
		at = now // a clock that is wrong
	}
	return ledger.Report{Verdict: f.Verdict, Delivery: delivery, Status: f.Status, Words: f.Words, Source: in.source,
		Key: fmt.Sprint(r.Key, " ", i), At: at}
}

// delivery is the letter that our tokens name: the address the report came to, the
// Message-ID, the return path and the unsubscribe links of the letter that came back.
func (in intake) delivery(r inbound.Reading) int64 {
	for _, a := range r.Came {
		if id, err := in.links.DeliveryOf(a); err == nil {
			return id
		}
	}
	for _, m := range r.MessageIDs {
		if id, err := in.links.DeliveryOfMessage(m); err == nil {
			return id
		}
	}
	for _, a := range r.ReturnPaths {
		if id, err := in.links.DeliveryOf(a); err == nil {
			return id
		}
	}
	for _, u := range r.Unsubscribe {
		if c, ok := in.unsubscribeLink(u); ok && c.Delivery != 0 {
			return c.Delivery
		}
	}
	return 0
}

func (in intake) unsubscribeLink(uri string) (link.Claims, bool) {
	if address, ok := strings.CutPrefix(uri, "mailto:"); ok {
		c, err := in.links.UnsubscribeOf(address)
		return c, err == nil
	}
	c, err := in.links.Open(link.Unsubscribe, uri[strings.LastIndexByte(uri, '/')+1:])
	return c, err == nil
}

// ofDelivery chooses what a report says of the person of a delivery: what it says of their
// address, else the mildest. The token proves the letter and nothing else, so an address that
// only the report names is handed on as what it is, and the store suppresses nobody for it.
func (in intake) ofDelivery(ctx context.Context, r inbound.Reading, delivery int64) (ledger.Report, error) {
	address, err := in.store.Addressee(ctx, delivery)
	if err != nil {
		return ledger.Report{}, err
	}
	i := slices.IndexFunc(r.Findings, func(f inbound.Finding) bool { return names(f, address) })
	if i >= 0 {
		return in.report(r, r.Findings[i], i, delivery), nil
	}
	i = max(0, slices.IndexFunc(r.Findings, func(f inbound.Finding) bool { return f.Verdict == ledger.SoftBounce }))
	report := in.report(r, r.Findings[i], i, delivery)
	if r.Partly && report.Verdict == ledger.HardBounce {
		report.Verdict = ledger.SoftBounce
	}
	report.Email = cmp.Or(append(slices.Clone(r.Findings[i].Addresses), r.Addressee)...)
	return report, nil
}

func names(f inbound.Finding, address string) bool {
	for _, a := range f.Addresses {
		if audience.NormEmail(a) == audience.NormEmail(address) {
			return true
		}
	}
	return false
}

// accepts reports whether an address is one that our letters carry.
func (in intake) accepts(address string) bool {
	if _, err := in.links.DeliveryOf(address); err == nil {
		return true
	}
	if _, err := in.links.TestOf(address); err == nil {
		return true
	}
	_, err := in.links.UnsubscribeOf(address)
	return err == nil
}

func softRule(c config.Config) store.SoftRule {
	return store.SoftRule{Count: c.Bounces.SoftCount, Days: c.Bounces.SoftDays}
}

// What the receiver of bounces takes from strangers: reports are small, and few come at once.
const (
	bounceBytes       = 20 << 20
	bounceConnections = 20
	bounceRecipients  = 20
	bouncesPerAddress = 4
	bounceUnnamed     = 30 * time.Second
	bounceLife        = 5 * time.Minute
)

// receive starts the receiver of bounces where one is configured.
func (p *program) receive() (err error) {
	if p.config.Bounces.Listen == "" {
		return nil
	}
	in := intake{p.store, p.site.Links, "receiver"}
	p.receiver, err = inbound.Listen(p.config.Bounces.Listen, func(ctx context.Context, _ string, to []string, data []byte) error {
		for _, address := range to {
			if _, _, err := in.take(ctx, []string{address}, data); err != nil {
				return err
			}
		}
		return nil
	}, inbound.Limits{MaxBytes: bounceBytes, Keep: inbound.MaxLetter, MaxConnections: bounceConnections, MaxRecipients: bounceRecipients,
		Public: true, Accepts: in.accepts, PerAddress: bouncesPerAddress, Unnamed: bounceUnnamed, Life: bounceLife})
	return err
}

// mailbox is the reader of the bounce mailbox; false when none is configured.
func (p *program) mailbox() (*inbound.Reader, bool) {
	m := p.config.Bounces.Mailbox
	in := intake{p.store, p.site.Links, "mailbox"}
	return &inbound.Reader{Account: inbound.Account{Protocol: m.Protocol, Host: m.Host, Port: m.Port, TLS: m.TLS,
		Username: m.Username, Password: m.Password, Folder: m.Folder, Done: m.Done},
		Memory: p.store, Every: time.Duration(m.PollSeconds) * time.Second, Ours: p.reads, Looked: in.looked,
		Take: func(ctx context.Context, data []byte) (bool, error) {
			_, left, err := in.take(ctx, nil, data)
			return left, err
		}}, m.Protocol != ""
}

// reads reports whether this process reads the bounce mailbox: one of all does.
func (p *program) reads(ctx context.Context) bool {
	ours, err := p.store.Takes(ctx, p.site.Dispatch.Owner(), "mailbox")
	if err != nil && ctx.Err() == nil {
		slog.Warn("who reads the bounce mailbox", "error", err)
	}
	return ours
}
