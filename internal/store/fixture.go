package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

//go:embed fixture/*.sql fixture/*.part
var fixtureFiles embed.FS

// Fixture says how large the invented books are. The same seed and clock make the same books, on
// both databases.
type Fixture struct {
	People, Orders int64
	Events         int64 // opens and clicks, by people and by machines; at least so many
	Seed           int64
	Say            func(step string, done, of int64) // how far it is, in rows or numbers of a step
}

// Validate refuses books that cannot be filled.
func (f Fixture) Validate() error {
	switch {
	case f.People < 100 || f.People > 10_000_000:
		return fault.New(fault.Invalid, "A fixture has between %d and %d people.", 100, 10_000_000)
	case f.Orders < 0 || f.Orders > 20*f.People || f.Events < 0 || f.Events > 50*f.People:
		return fault.New(fault.Invalid, "A fixture has up to %d orders and %d events for each of its people.", 20, 50)
	}
	return nil
}

// campaigns are as many as it takes for the events that were asked for: each writes two letters to a quarter of the people.
func (f Fixture) campaigns() int64 { return (f.Events*7/5 + f.People - 1) / f.People }

// fixtureChunk is how many rows' numbers one transaction goes through.
const fixtureChunk = 50_000

// Fill invents people, what they joined, bought, were sent and read, in a database that is empty, which
// nobody else may use meanwhile. It is made of whole statements on the server's side, in chunks, without the
// indexes, which are built at the end; were it killed, the database is of no use. A database that is not empty is a Conflict.
func (s *Store) Fill(ctx context.Context, f Fixture) error {
	if err := f.Validate(); err != nil {
		return err
	}
	if err := s.fresh(ctx); err != nil {
		return err
	}
	w := &filling{s: s, ctx: ctx, f: f, now: s.now().Truncate(time.Hour).Unix()}
	if err := w.begin(); err != nil {
		return fmt.Errorf("fixture: %w", err)
	}
	err := w.fill()
	if err = errors.Join(err, w.end(err == nil)); err != nil {
		return err
	}
	if err := s.RegisterAttributes(ctx, fixtureAttributes()); err != nil {
		return err
	}
	return w.value()
}

// fixtureAttributes are what the invented people have.
func fixtureAttributes() (all []audience.Attribute) {
	for key, kind := range map[string]string{"birthday": audience.DateAttribute, "city": audience.TextAttribute, "phone": audience.TextAttribute,
		"plan": audience.TextAttribute, "points": audience.NumberAttribute, "sample": audience.YesNoAttribute, "size": audience.NumberAttribute} {
		all = append(all, audience.Attribute{Key: key, Type: kind})
	}
	return all
}

// value makes the figures of the invented orders, and keeps the latest opens and clicks.
func (w *filling) value() error {
	for _, kind := range []string{"open", "click"} {
		if err := w.exec(`INSERT INTO subscriber_latest (subscriber_id, last_` + kind + `_at)
			SELECT subscriber_id, MAX(at) FROM activities WHERE kind = '` + kind + `' AND verdict = 'human' GROUP BY subscriber_id
			ON CONFLICT (subscriber_id) DO UPDATE SET last_` + kind + `_at = excluded.last_` + kind + `_at`); err != nil {
			return err
		}
	}
	if err := w.s.anew(w.s.db.WithContext(w.ctx)); err != nil {
		return err
	}
	for done := int64(0); ; {
		n, err := w.s.refreshStep(w.ctx)
		if err != nil {
			return err
		}
		if n == 0 { // the others never bought anything
			w.f.Say("value", w.f.People, w.f.People)
			return nil
		}
		done += int64(n)
		w.f.Say("value", done, max(done, w.f.People))
	}
}

// fresh refuses a database that holds anybody or anything.
func (s *Store) fresh(ctx context.Context) error {
	for _, table := range []string{"subscribers", "lists", "campaigns", "orders", "events", "deliveries"} {
		var some bool
		if err := s.db.WithContext(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM ` + table + `)`).Scan(&some).Error; err != nil {
			return fmt.Errorf("look at %s: %w", table, err)
		}
		if some {
			return fault.New(fault.Conflict, "This database is not empty: there is something in %s. Fill a new one.", table)
		}
	}
	return nil
}

// filling is one fixture being made.
type filling struct {
	s       *Store
	ctx     context.Context
	f       Fixture
	now     int64             // of the invented past's end, seconds
	indexes map[string]string // that were dropped, with the statements that make them
}

// bulky are the tables whose indexes are built when they are full.
const bulky = `'subscribers', 'subscriptions', 'consents', 'orders', 'order_items', 'events', 'enrolments', 'deliveries', 'activities'`

func (w *filling) begin() error {
	list := `SELECT name, sql AS made FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (` + bulky + `) ORDER BY name`
	if w.s.d.name == goose.DialectPostgres {
		list = `SELECT i.indexname AS name, i.indexdef AS made FROM pg_indexes i WHERE i.schemaname = current_schema() AND i.tablename IN (` + bulky + `)
			AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname) ORDER BY 1`
	}
	var rows []struct{ Name, Made string }
	if err := w.s.db.WithContext(w.ctx).Raw(list).Scan(&rows).Error; err != nil {
		return err
	}
	w.indexes = map[string]string{}
	for _, r := range rows {
		w.indexes[r.Name] = r.Made
		if err := w.exec(`DROP INDEX ` + r.Name); err != nil {
			return err
		}
	}
	for _, sql := range append(w.pragmas(true), `CREATE TABLE fixture_digits (n INTEGER PRIMARY KEY)`,
		`CREATE TABLE fixture_words (kind TEXT NOT NULL, n INTEGER NOT NULL, value TEXT NOT NULL, latin TEXT NOT NULL, category TEXT NOT NULL, cents BIGINT NOT NULL, PRIMARY KEY (kind, n))`,
		`INSERT INTO fixture_digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)`) {
		if err := w.exec(sql); err != nil {
			return err
		}
	}
	return w.words()
}

// pragmas make SQLite quick and careless, or put it right again.
func (w *filling) pragmas(quick bool) []string {
	switch {
	case w.s.d.name != goose.DialectSQLite3:
		return nil
	case quick:
		return []string{`PRAGMA synchronous = OFF`, `PRAGMA foreign_keys = OFF`, `PRAGMA cache_size = -65536`, `PRAGMA threads = 2`}
	}
	return []string{`PRAGMA synchronous = FULL`, `PRAGMA foreign_keys = ON`, `PRAGMA cache_size = -20480`, `PRAGMA wal_checkpoint(TRUNCATE)`}
}

func (w *filling) words() error {
	for kind, words := range fixtureWords {
		for n, line := range words {
			p := strings.Split(line+"|||", "|")
			latin := p[1]
			if latin == "" {
				latin = audience.Label(p[0])
			}
			cents, _ := strconv.ParseInt(p[3], 10, 64) // only goods have a price
			if err := w.exec(`INSERT INTO fixture_words VALUES (?, ?, ?, ?, ?, ?)`, kind, n, p[0], latin, p[2], cents); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *filling) exec(sql string, args ...any) error {
	if err := w.s.db.WithContext(w.ctx).Exec(sql, args...).Error; err != nil {
		return fmt.Errorf("%.60s: %w", sql, err)
	}
	return nil
}

// end builds the indexes, even of books that were not filled: they may be looked at.
func (w *filling) end(whole bool) error {
	w.ctx = context.WithoutCancel(w.ctx)
	var errs []error
	done := int64(0)
	for _, sql := range w.indexes {
		errs = append(errs, w.exec(sql))
		done++
		w.f.Say("indexes", done, int64(len(w.indexes)))
	}
	errs = append(errs, w.exec(`DROP TABLE fixture_words`), w.exec(`DROP TABLE fixture_digits`))
	for _, sql := range w.pragmas(false) {
		errs = append(errs, w.exec(sql))
	}
	if w.s.d.name == goose.DialectPostgres && whole {
		for _, table := range []string{"subscribers", "orders", "enrolments", "deliveries", "links"} {
			errs = append(errs, w.exec(`SELECT setval(pg_get_serial_sequence('`+table+`', 'id'), (SELECT COALESCE(MAX(id), 1) FROM `+table+`))`))
		}
		errs = append(errs, w.exec(`VACUUM ANALYZE`))
	}
	return errors.Join(errs...)
}

func (w *filling) fill() error {
	for _, l := range []audience.List{{Name: "Newsletter (sample)"}, {Name: "Tea club (sample)"}, {Name: "Tips and recipes (sample)"}} {
		if err := l.Validate(); err != nil {
			return err
		}
		if err := w.s.CreateList(w.ctx, &l); err != nil {
			return err
		}
	}
	for _, step := range []struct {
		of    int64
		files []string
	}{{w.f.People, []string{"people", "places", "consents", "suppressions"}}, {w.f.Orders, []string{"orders", "lines", "events"}}} {
		for _, name := range step.files {
			if err := w.chunks(name, 1, step.of, nil); err != nil {
				return err
			}
		}
	}
	for c := int64(1); c <= w.f.campaigns(); c++ {
		if err := w.campaign(c); err != nil {
			return fmt.Errorf("campaign %d: %w", c, err)
		}
		w.f.Say("campaigns", c, w.f.campaigns())
	}
	if err := w.again(); err != nil {
		return err
	}
	return w.run("counts", nil)
}

// chunks runs a file's statement for the numbers from first to last.
func (w *filling) chunks(name string, first, last int64, values map[string]int64) error {
	for from := first; from <= last; from += fixtureChunk {
		to := min(from+fixtureChunk-1, last)
		v := map[string]int64{"from": from, "to": to}
		for k, n := range values {
			v[k] = n
		}
		if err := w.run(name, v); err != nil {
			return err
		}
		if values == nil {
			w.f.Say(name, to, last)
		}
	}
	return nil
}

// campaign is the n-th, of which the last left a week ago and the first nearly two years ago.
func (w *filling) campaign(n int64) error {
	moment := w.now - 7*86400 - (w.f.campaigns()-n)*690/w.f.campaigns()*86400
	c, err := campaigns.New("newsletter", fmt.Sprintf("News %d (sample)", n), "en")
	if err != nil {
		return err
	}
	at := time.Unix(moment, 0).UTC()
	c.State, c.Trigger, c.Audience.Lists = campaigns.Finished, campaigns.Trigger{At: &at}, []int64{1}
	letter := []campaigns.Content{{Lang: "en", Mode: "html", Subject: fmt.Sprintf("News %d", n), HTML: `<p>Hello {{ subscriber.first_name }}</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>`}}
	c.Messages = []campaigns.Message{{Name: "news", Contents: letter}, {Name: "reminder", Wait: 72 * time.Hour, Contents: letter}}
	if err := w.s.CreateCampaign(w.ctx, &c); err != nil {
		return err
	}
	if c.ID != n || c.Messages[1].ID != 2*n {
		return fault.New(fault.Conflict, "This database has held campaigns before. Fill a new one.")
	}
	err = w.exec(`INSERT INTO runs (id, campaign_id, run_key, state, due_at, started_at, finished_at) VALUES (?, ?, ?, 'finished', ?, ?, ?)`, n, n, at.Format(time.RFC3339), at, at, at.Add(80*time.Hour))
	for k := range int64(6) {
		err = errors.Join(err, w.exec(`INSERT INTO links (id, message_id, url) VALUES (?, ?, ?)`, 6*n-5+k, 2*n-1+k/3, fmt.Sprintf("https://shop.example/%d/%d", n, k%3)))
	}
	values := map[string]int64{"campaign": n, "moment": moment}
	for _, name := range []string{"enrolments", "deliveries", "activities"} {
		if err == nil {
			err = w.chunks(name, 0, w.f.People/4-1, values)
		}
	}
	return err
}

// again adds what lacks of the number of events.
func (w *filling) again() error {
	for {
		var have int64
		if err := w.s.db.WithContext(w.ctx).Raw(`SELECT COUNT(*) FROM activities`).Scan(&have).Error; err != nil || have >= w.f.Events || have == 0 {
			return err
		}
		if err := w.run("again", map[string]int64{"to": w.f.Events - have}); err != nil {
			return err
		}
	}
}

// run does the statements of a file, in which {{name}} stands for a number.
func (w *filling) run(name string, values map[string]int64) error {
	b, err := fixtureFiles.ReadFile("fixture/" + name + ".sql")
	if err != nil {
		return err
	}
	words := []string{"{{now}}", strconv.FormatInt(w.now, 10), "{{tenth}}", strconv.FormatInt(w.f.People/10, 10), "{{quarter}}", strconv.FormatInt(w.f.People/4, 10)}
	for k, v := range values {
		words = append(words, "{{"+k+"}}", strconv.FormatInt(v, 10))
	}
	if w.s.d.name == goose.DialectPostgres {
		words = append(words, "{{at}}", "to_timestamp(", "{{ta}}", ")", "{{day}}", "date_trunc('day', sent_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'")
	} else {
		words = append(words, "{{at}}", "strftime('%Y-%m-%d %H:%M:%S+00:00', ", "{{ta}}", ", 'unixepoch')", "{{day}}", "substr(sent_at, 1, 10) || ' 00:00:00+00:00'")
	}
	text := string(b)
	for _, part := range []string{"bought", "letters"} {
		p, err := fixtureFiles.ReadFile("fixture/" + part + ".part")
		if err != nil {
			return err
		}
		text = strings.ReplaceAll(text, "{{"+part+"}}", strings.TrimSpace(string(p)))
	}
	text = strings.NewReplacer(words...).Replace(text)
	for one := range strings.SplitSeq(dice.ReplaceAllStringFunc(text, w.roll), ";\n") {
		if err := w.exec(one); err != nil {
			return fmt.Errorf("fixture %s: %w", name, err)
		}
	}
	return nil
}

// dice are written h1(x) to h9(x): numbers below 2^31 that look random and are the same for the same x and seed.
var dice = regexp.MustCompile(`\bh([1-9])\(([a-z.]+)\)`)

// roll squares a number that grows evenly, modulo a prime: arithmetic that both databases do alike, within 63 bits.
func (w *filling) roll(call string) string {
	m := dice.FindStringSubmatch(call)
	k, _ := strconv.ParseInt(m[1], 10, 64)
	const prime = 2147483647
	x := fmt.Sprintf("((%s * %d + %d) %% %d)", m[2], 1000000007+k*15485863, (w.f.Seed%1_000_000*7919+k*104729)%prime, prime)
	return "(" + x + " * " + x + " % " + strconv.Itoa(prime) + ")"
}
