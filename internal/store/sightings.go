package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
)

// A Sighting is a request for a letter's pixel or for one of its links, as it came.
type Sighting struct {
	ledger.Activity        // without a verdict; At is when it came
	Agent           string // not kept
	Head            bool   // only the headers were asked for
}

// Seen is a sighting with what is known of its letter.
type Seen struct {
	Sighting
	Since time.Duration // since the letter was handed over
	Links int64         // clicks on the same letter within the last seconds, before this one
}

// ScanTime is how long several clicks on one letter count as clicks at once.
const ScanTime = 10 * time.Second

// RecordSightings writes opens and clicks down in one transaction, each with its verdict:
// human, proxy or machine, and why. The first by a person (or through an image proxy, which
// stands for one) counts in the run's figures. What belongs to no letter is left out.
func (s *Store) RecordSightings(ctx context.Context, list []Sighting, judge func(Seen) (verdict, why string)) error {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Sighting) int { return a.At.Compare(b.At) })
	return s.txAgain(ctx, func(tx *gorm.DB) error {
		r := sightings{s: s, tx: tx, letters: map[int64]*seenLetter{}}
		return firstOf(
			func() error { return r.load(list) },
			func() error { return r.clicked(list) },
			func() error { r.judge(list, judge); return r.insert() },
			r.count, r.seen)
	})
}

// RecordActivity is RecordSightings for one of which the verdict is known.
func (s *Store) RecordActivity(ctx context.Context, a ledger.Activity) error {
	if a.At.IsZero() {
		a.At = s.now()
	}
	return s.RecordSightings(ctx, []Sighting{{Activity: a}}, func(Seen) (string, string) { return a.Verdict, a.Why })
}

// sightings is one batch on its way into the database.
type sightings struct {
	s       *Store
	tx      *gorm.DB
	letters map[int64]*seenLetter
	judged  []ledger.Activity
}

// seenLetter is a delivery with what was seen of it before.
type seenLetter struct {
	campaign, subscriber, run int64
	left                      time.Time // the moment the server took it, or the last we know
	opened, clicked, machine  bool
	clicks                    []time.Time // recent ones
}

func (r *sightings) load(list []Sighting) error {
	var ids []int64
	for _, x := range list {
		ids = append(ids, x.DeliveryID)
	}
	return each(r.tx, func(rows *sql.Rows) error {
		var id int64
		var l seenLetter
		var sent, opened, clicked *time.Time
		err := rows.Scan(&id, &l.campaign, &l.subscriber, &l.run, &sent, &l.left, &opened, &clicked, &l.machine)
		if sent != nil {
			l.left = *sent
		}
		l.opened, l.clicked = opened != nil, clicked != nil
		r.letters[id] = &l
		return err
	}, r.s.sql(`SELECT d.id, campaign_id, subscriber_id, run_id, sent_at, updated_at, opened_at, clicked_at,
		EXISTS (SELECT 1 FROM activities a WHERE a.delivery_id = d.id AND a.kind = 'open' AND a.verdict = 'machine')
		FROM deliveries d WHERE d.id {{in}}{{ids}}{{end}}`), asJSON(ids))
}

// clicked finds the recent clicks on the letters clicked now.
func (r *sightings) clicked(list []Sighting) error {
	var ids []int64
	var since time.Time
	for _, x := range list {
		if x.Kind == "click" {
			if ids = append(ids, x.DeliveryID); since.IsZero() {
				since = x.At.Add(-ScanTime)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return each(r.tx, func(rows *sql.Rows) error {
		var id int64
		var at time.Time
		err := rows.Scan(&id, &at)
		if l := r.letters[id]; l != nil {
			l.clicks = append(l.clicks, at)
		}
		return err
	}, r.s.sql(`SELECT delivery_id, at FROM activities WHERE delivery_id {{in}}{{ids}}{{end}} AND kind = 'click' AND at >= ?`), asJSON(ids), since.UTC())
}

func (r *sightings) judge(list []Sighting, judge func(Seen) (verdict, why string)) {
	for _, x := range list {
		l := r.letters[x.DeliveryID]
		if l == nil { // its campaign was deleted
			continue
		}
		seen := Seen{Sighting: x, Since: x.At.Sub(l.left)}
		if x.Kind == "click" {
			for _, at := range l.clicks {
				if x.At.Sub(at) <= ScanTime {
					seen.Links++
				}
			}
			l.clicks = append(l.clicks, x.At)
		}
		x.Verdict, x.Why = judge(seen)
		r.judged = append(r.judged, x.Activity)
	}
}

// insertChunk keeps a statement's values below what both databases take.
const insertChunk = 1000

type activityRow struct {
	DeliveryID, CampaignID, SubscriberID, LinkID int64
	Kind, Verdict, Why                           string
	At                                           time.Time
}

func (activityRow) TableName() string { return "activities" }

func (r *sightings) insert() error {
	rows := make([]activityRow, len(r.judged))
	for i, a := range r.judged {
		l := r.letters[a.DeliveryID]
		rows[i] = activityRow{a.DeliveryID, l.campaign, l.subscriber, a.LinkID, a.Kind, a.Verdict, a.Why, a.At.UTC()}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := r.tx.CreateInBatches(&rows, insertChunk).Error; err != nil {
		return fmt.Errorf("record %d opens and clicks: %w", len(rows), err)
	}
	return nil
}

// momentText is how SQLite's driver writes a moment; PostgreSQL reads it too.
const momentText = "2006-01-02 15:04:05.999999999-07:00"

// count marks the letters seen for the first time and adds them to their runs' figures.
func (r *sightings) count() error {
	firsts := map[string]map[int64]time.Time{"opened": {}, "clicked": {}}
	machines := map[int64]int64{}
	for _, a := range r.judged {
		l := r.letters[a.DeliveryID]
		if a.Verdict == "machine" {
			if a.Kind == "open" && !l.machine {
				l.machine = true
				machines[l.run]++
			}
			continue
		}
		if a.Kind == "click" && !l.clicked {
			l.clicked, firsts["clicked"][a.DeliveryID] = true, a.At
		}
		if !l.opened { // a click proves an open
			l.opened, firsts["opened"][a.DeliveryID] = true, a.At
		}
	}
	var opened, clicked map[int64]int64 // of each run; deliveries first, runs last: everywhere in this order
	return firstOf(
		func() (err error) { opened, err = r.first("opened", firsts["opened"]); return err },
		func() (err error) { clicked, err = r.first("clicked", firsts["clicked"]); return err },
		func() error {
			return r.add(map[string]map[int64]int64{"opened": opened, "clicked": clicked, "machine_opened": machines})
		})
}

// first marks deliveries, but for those that another process marked meanwhile, and returns
// how many of each run.
func (r *sightings) first(what string, at map[int64]time.Time) (runs map[int64]int64, err error) {
	if len(at) == 0 {
		return nil, nil
	}
	moments := make(map[int64]string, len(at))
	for id, moment := range at {
		moments[id] = moment.UTC().Format(momentText)
	}
	runs = map[int64]int64{}
	return runs, each(r.tx, func(rows *sql.Rows) error {
		var run int64
		err := rows.Scan(&run)
		runs[run]++
		return err
	}, r.s.sql(`UPDATE deliveries SET `+what+`_at = o.value{{time}} FROM {{pairs}} o
		WHERE deliveries.id = CAST(o.key AS BIGINT) AND `+what+`_at IS NULL RETURNING run_id`), asJSON(moments))
}

// add raises the figures of runs, one run after the other in their order.
func (r *sightings) add(figures map[string]map[int64]int64) error {
	runs := map[int64]bool{}
	for _, n := range figures {
		for run := range n {
			runs[run] = true
		}
	}
	for _, run := range slices.Sorted(maps.Keys(runs)) {
		err := r.tx.Exec(`UPDATE runs SET opened = opened + ?, clicked = clicked + ?, machine_opened = machine_opened + ? WHERE id = ?`,
			figures["opened"][run], figures["clicked"][run], figures["machine_opened"][run], run).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// LinkOf is a link's address and the message it stands in; NotFound for none.
func (s *Store) LinkOf(ctx context.Context, link int64) (message int64, url string, err error) {
	var row struct {
		MessageID int64
		URL       string
	}
	err = s.read.WithContext(ctx).Table("links").Where("id = ?", link).Take(&row).Error
	return row.MessageID, row.URL, notFound(err, noLink)
}

const noLink = "This link is not valid."

// Link is the address behind a link of the message that this delivery carried; NotFound
// for any other, so that nobody can be led where no letter of ours pointed.
func (s *Store) Link(ctx context.Context, delivery, link int64) (url string, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT l.url FROM links l JOIN deliveries d ON d.message_id = l.message_id WHERE l.id = ? AND d.id = ?`, link, delivery).Scan(&url).Error
	if err == nil && url == "" {
		err = fault.New(fault.NotFound, noLink)
	}
	return url, err
}
