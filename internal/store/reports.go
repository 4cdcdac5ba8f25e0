package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// SoftRule says when soft bounces become one for good: after Count deliveries in a row came
// back, over at least Days. A letter that a person opened or clicked begins it anew, and so
// does one sent later of which nothing came back in five days. A report older than 90 days
// (or twice Days, if that is more) never counts.
type SoftRule struct{ Count, Days int }

func (r SoftRule) filled() SoftRule {
	if r.Count <= 0 {
		r.Count = 5
	}
	if r.Days <= 0 {
		r.Days = 14
	}
	return r
}

// Taken is what a report changed. Its zero value is: nothing, because it came again, or is
// about nobody we know.
type Taken struct {
	New                                 bool
	Subscriber, Delivery, Campaign, Run int64           // of the delivery, where it is known
	Suppressed                          audience.Reason // why the address gets no more mail; "" when it still does
	Paused                              string          // what paused the campaign by itself: ledger.ByHard, ByComplaint, or ""
}

// TakeReport writes down a bounce or a complaint, in one transaction, and does what follows
// from it. A hard bounce suppresses the address on all lists and skips what waits for it; a
// soft one does so by the SoftRule, unless it is about us (ledger.AboutUs); a complaint
// unsubscribes from every list besides. The same Key, or the same verdict on the same
// delivery, changes nothing, in whatever order reports come. An address that is no
// subscriber's, or an erased person's, is not written down at all.
//
// With a Delivery the Email may be empty. A bounce of another address than the person's is
// about one they left behind, one they forward to, or a stranger's word: it is written on the
// delivery as soft, and nothing follows from it.
func (s *Store) TakeReport(ctx context.Context, r ledger.Report) (t Taken, err error) {
	switch r.Verdict {
	case ledger.HardBounce, ledger.SoftBounce, ledger.Complaint:
	default:
		return t, fmt.Errorf("report of %s: no verdict %q", r.Source, r.Verdict)
	}
	var run guardedRun
	err = s.txAgain(ctx, func(tx *gorm.DB) error {
		t, run = Taken{}, guardedRun{}
		a, err := s.about(tx, r)
		if err != nil || a.person.ID == 0 {
			return err
		}
		if fresh, err := s.writeReport(tx, a); err != nil || !fresh {
			return err
		}
		t = Taken{New: true, Subscriber: a.person.ID, Delivery: a.delivery.ID, Campaign: a.delivery.CampaignID, Run: a.delivery.RunID}
		if err := s.obey(tx, a, &t); err != nil {
			return err
		}
		run, err = s.countReport(tx, a)
		return err
	})
	if err != nil {
		return Taken{}, fmt.Errorf("report on delivery %d: %w", r.Delivery, err)
	}
	// Apart: who pauses by hand holds the campaign first and its runs after it.
	if t.Paused, err = s.guardRun(ctx, t.Campaign, run); err != nil {
		slog.Error("guard", "campaign", t.Campaign, "run", t.Run, "error", err) // the report is taken; the next one asks again
	}
	return t, nil
}

// matter is a report with whom and what it is about.
type matter struct {
	ledger.Report
	delivery ledger.Delivery // no number when it is not known
	person   subscriberRow   // no number when nobody is known
	aside    bool            // a bounce of an address that is not the person's
}

// about finds the person: by the delivery, which our own token named, else by the address.
func (s *Store) about(tx *gorm.DB, r ledger.Report) (matter, error) {
	a, norm := matter{Report: r}, audience.NormEmail(r.Email)
	if r.Delivery != 0 { // locked: two reports on one delivery come one after the other
		if err := tx.Raw(s.sql(`SELECT * FROM deliveries WHERE id = ? {{lock}}`), r.Delivery).Scan(&a.delivery).Error; err != nil {
			return a, err
		}
	}
	q := tx.Where("email_norm = ?", norm)
	if a.delivery.ID != 0 {
		q = tx.Where("id = ?", a.delivery.SubscriberID)
	}
	if err := q.Limit(1).Find(&a.person).Error; err != nil {
		return a, err
	}
	if a.person.ID == 0 && a.delivery.ID == 0 && norm != "" { // perhaps one of before a merge
		var err error
		if a.person, err = byAddress(tx, norm); err != nil {
			return a, err
		}
	}
	if norm != "" && norm != a.person.EmailNorm && r.Verdict != ledger.Complaint {
		a.aside, a.Verdict = true, ledger.SoftBounce
	}
	now := s.now()
	if a.At = a.At.UTC().Truncate(time.Microsecond); a.At.After(now) || r.At.IsZero() {
		a.At = now
	}
	return a, nil
}

// writeReport stores the report; false when it is known.
func (s *Store) writeReport(tx *gorm.DB, a matter) (bool, error) {
	if a.delivery.ID != 0 {
		var n int64
		err := tx.Table("reports").Where("delivery_id = ? AND verdict = ?", a.delivery.ID, a.Verdict).Count(&n).Error
		if err != nil || n > 0 {
			return false, err
		}
	}
	counts := a.Verdict == ledger.SoftBounce && !ledger.AboutUs(a.Status) && !a.aside
	res := tx.Exec(`INSERT INTO reports (report_key, email_norm, subscriber_id, delivery_id, campaign_id, verdict, status, source, counts, words, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (report_key) DO NOTHING`,
		a.key(), a.person.EmailNorm, a.person.ID, a.delivery.ID, a.delivery.CampaignID, a.Verdict, a.Status, a.Source, counts, cut(a.Words, 500), a.At)
	return res.RowsAffected > 0, res.Error
}

// key is the report's own, hashed: it may hold what a stranger wrote, and any length of it.
func (a matter) key() string {
	key := a.Key
	if key == "" {
		key = fmt.Sprint(a.delivery.ID, a.person.EmailNorm, a.Status, a.At.Unix())
	}
	sum := sha256.Sum256([]byte(string(a.Verdict) + "\x00" + a.Source + "\x00" + key))
	return hex.EncodeToString(sum[:16])
}

// obey does to the address what the verdict asks for.
func (s *Store) obey(tx *gorm.DB, a matter, t *Taken) error {
	if a.aside {
		return nil
	}
	switch a.Verdict {
	case ledger.HardBounce:
		t.Suppressed = audience.HardBounce
	case ledger.Complaint:
		t.Suppressed = audience.Complaint
		if err := s.leaveAll(tx, a); err != nil {
			return err
		}
	case ledger.SoftBounce:
		if often, err := s.oftenSoft(tx, a); err != nil || !often {
			return err
		}
		t.Suppressed = audience.SoftBounces
	}
	if err := s.suppress(tx, a.person.EmailNorm, t.Suppressed, a.Source); err != nil {
		return err
	}
	return s.skipIneligible(tx, a.person.ID)
}

// leaveAll takes who complained off every list, with the withdrawal on record.
func (s *Store) leaveAll(tx *gorm.DB, a matter) error {
	if err := s.leaveLists(tx, a.person.ID, 0); err != nil {
		return err
	}
	return s.consent(tx, audience.Consent{SubscriberID: a.person.ID, Source: "complaint", At: a.At})
}

// What makes soft bounces a row.
const (
	silenceMeans = 5 * 24 * time.Hour // after which a letter that nothing was told of has arrived: servers try that long (RFC 5321 §4.5.4.1)
	oldestSoft   = 90                 // days after which a soft bounce counts no more
)

// oftenSoft counts the soft bounces of the address in a row: since a letter arrived, which a
// person's open or click tells, or that nothing came back of a letter sent later. Without
// tracking the latter is the only sign.
func (s *Store) oftenSoft(tx *gorm.DB, a matter) (bool, error) {
	var c struct{ N, Old int }
	now := s.now()
	err := tx.Raw(`SELECT COUNT(*) AS n, COUNT(CASE WHEN r.at <= ? THEN 1 END) AS old FROM reports r LEFT JOIN deliveries b ON b.id = r.delivery_id
		WHERE r.email_norm = ? AND r.counts = ? AND r.at >= ?
		AND NOT EXISTS (SELECT 1 FROM activities v WHERE v.subscriber_id = ? AND v.kind IN ('open', 'click') AND v.verdict <> 'machine'
			AND (v.at > r.at OR v.delivery_id >= r.delivery_id AND r.delivery_id <> 0))
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.subscriber_id = ? AND d.state = 'sent' AND d.sent_at > COALESCE(b.sent_at, r.at) AND d.sent_at < ?
			AND NOT EXISTS (SELECT 1 FROM reports o WHERE o.delivery_id = d.id))`,
		a.At.AddDate(0, 0, -s.soft.Days), a.person.EmailNorm, true, now.AddDate(0, 0, -max(oldestSoft, 2*s.soft.Days)), a.person.ID,
		a.person.ID, now.Add(-silenceMeans)).Scan(&c).Error
	return c.N >= s.soft.Count && c.Old > 0, err
}

// countReport puts the report on the delivery, with the server's words, and in the run's
// figures: a letter came back once, however many reports say so. It returns the figures.
func (s *Store) countReport(tx *gorm.DB, a matter) (run guardedRun, err error) {
	if a.delivery.ID == 0 {
		return run, nil
	}
	kind, column := "bounce", "bounced"
	if a.Verdict == ledger.Complaint {
		kind, column = "complaint", "complained"
	}
	var before int64
	err = tx.Table("activities").Where("delivery_id = ? AND kind = ?", a.delivery.ID, kind).Count(&before).Error
	err = errors.Join(err, tx.Exec(`INSERT INTO activities (delivery_id, campaign_id, subscriber_id, kind, verdict, why, at) VALUES (?, ?, ?, ?, 'machine', ?, ?)`,
		a.delivery.ID, a.delivery.CampaignID, a.person.ID, kind, cut(a.Words, 500), a.At).Error)
	if err != nil {
		return run, err
	}
	err = tx.Raw(`UPDATE runs SET `+column+` = `+column+` + ?, hard_bounced = hard_bounced + ? WHERE id = ? RETURNING `+guardColumns,
		one(before == 0), one(a.Verdict == ledger.HardBounce), a.delivery.RunID).Scan(&run).Error
	return run, err
}

// Addressee is the address of a delivery's person as it is now; empty when they are gone.
func (s *Store) Addressee(ctx context.Context, delivery int64) (email string, err error) {
	err = s.db.WithContext(ctx).Raw(`SELECT s.email FROM subscribers s JOIN deliveries d ON d.subscriber_id = s.id WHERE d.id = ?`, delivery).Scan(&email).Error
	return email, err
}

// unprovenFor is how long an unproven report is shown and kept.
const unprovenFor = 90 * 24 * time.Hour

// TakeUnproven keeps what a letter without a token of ours reports, for a person to look at:
// nothing follows from it. Only reports on people whom a letter left for since a moment are
// written down; kept is how many.
func (s *Store) TakeUnproven(ctx context.Context, all []ledger.Report, since time.Time) (kept int64, err error) {
	err = s.tx(ctx, func(tx *gorm.DB) error {
		kept = 0
		for _, r := range all {
			res := tx.Exec(`INSERT INTO unproven_reports (subscriber_id, verdict, status, words, source, at)
				SELECT s.id, ?, ?, ?, ?, ? FROM subscribers s
				 WHERE s.email_norm = ? AND EXISTS (SELECT 1 FROM deliveries d WHERE d.subscriber_id = s.id AND d.sent_at >= ?)
				ON CONFLICT (subscriber_id, verdict) DO UPDATE SET status = excluded.status, words = excluded.words, source = excluded.source, at = excluded.at`,
				r.Verdict, cut(r.Status, 20), cut(r.Words, 500), r.Source, r.At.UTC(), audience.NormEmail(r.Email), since.UTC())
			if res.Error != nil {
				return res.Error
			}
			kept += res.RowsAffected
		}
		return tx.Exec(`DELETE FROM unproven_reports WHERE at < ?`, s.now().Add(-unprovenFor)).Error
	})
	if err != nil {
		return 0, fmt.Errorf("unproven reports: %w", err)
	}
	return kept, nil
}

// UnprovenReports are the newest reports that nothing proves, on people who still get mail.
func (s *Store) UnprovenReports(ctx context.Context, limit int) (rows []ReportRow, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT u.subscriber_id, u.verdict, u.status, u.words, u.source, u.at, p.email FROM unproven_reports u
		JOIN subscribers p ON p.id = u.subscriber_id
		WHERE u.at >= ? AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.email_norm = p.email_norm)
		ORDER BY u.at DESC, u.subscriber_id, u.verdict LIMIT ?`, s.now().Add(-unprovenFor), limit).Scan(&rows).Error
	return rows, err
}

// LetterTo is the last delivery that left for an address since a moment; 0 when none did.
func (s *Store) LetterTo(ctx context.Context, email string, since time.Time) (delivery int64, err error) {
	err = s.db.WithContext(ctx).Raw(`SELECT d.id FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id
		WHERE s.email_norm = ? AND d.sent_at >= ? ORDER BY d.sent_at DESC, d.id DESC LIMIT 1`, audience.NormEmail(email), since.UTC()).Scan(&delivery).Error
	return delivery, err
}

// seenTime is how long letters are remembered of a mailbox that is not looked into any more:
// a server that gave its UIDs a new life never names the old ones again. What is looked into
// is made fresh when it is freshTime old.
const (
	seenTime  = 90 * 24 * time.Hour
	freshTime = 30 * 24 * time.Hour
)

// Seen are the letters of a mailbox that were read and left there, and are remembered on.
func (s *Store) Seen(ctx context.Context, mailbox string) (uids map[string]bool, err error) {
	var all []struct {
		UID string `gorm:"column:uid"`
		At  time.Time
	}
	if err = s.db.WithContext(ctx).Table("letters_seen").Where("mailbox = ?", mailbox).Find(&all).Error; err != nil {
		return nil, err
	}
	now, stale := s.now(), false
	uids = make(map[string]bool, len(all))
	for _, l := range all {
		uids[l.UID] = true
		stale = stale || now.Sub(l.At) > freshTime
	}
	if stale {
		err = s.db.WithContext(ctx).Exec(`UPDATE letters_seen SET at = ? WHERE mailbox = ?`, now, mailbox).Error
	}
	return uids, err
}

// SweepSeen forgets the letters of mailboxes that are not looked into any more. It is for
// the moment after a look, which has made what is still in use fresh.
func (s *Store) SweepSeen(ctx context.Context) error {
	return s.db.WithContext(ctx).Exec(`DELETE FROM letters_seen WHERE at < ?`, s.now().Add(-seenTime)).Error
}

// SetSeen remembers a letter that was read and left in its mailbox.
func (s *Store) SetSeen(ctx context.Context, mailbox, uid string) error {
	return s.db.WithContext(ctx).Exec(`INSERT INTO letters_seen (mailbox, uid, at) VALUES (?, ?, ?) ON CONFLICT (mailbox, uid) DO NOTHING`, mailbox, uid, s.now()).Error
}

// ForgetSeen drops letters that are no longer in their mailbox.
func (s *Store) ForgetSeen(ctx context.Context, mailbox string, uids []string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		for _, u := range uids {
			if err := tx.Exec(`DELETE FROM letters_seen WHERE mailbox = ? AND uid = ?`, mailbox, u).Error; err != nil {
				return err
			}
		}
		return nil
	})
}
