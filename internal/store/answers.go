package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"

	"keepsake/campaigns/ledger"
)

// answers is what servers said to letters before it is settled, where the next letter was begun
// ahead and follows at once. It stands in two files beside the database, in turns, one write
// for each answer: a process that is killed leaves it to the next start. A power cut may take
// it; then the letter ahead is in doubt as well.
type answers struct {
	boot string // names the time that the machine has been up
	mu   sync.Mutex
	path string
	turn int
	file *os.File // nil until something is kept
	size int64
}

// answersSize is how large one of the files becomes: tens of thousands of answers, so that those
// in the other are settled long ago.
const answersSize = 4 << 20

// try is one hand-over of a delivery: the first, the second …
type try struct {
	Delivery int64
	N        int
}

// answer is a line of the files.
type answer struct {
	Owner string
	Try   int
	ledger.Outcome
}

func (a *answers) name(turn int) string { return a.path + [...]string{"-a", "-b"}[turn] }

// bootID is where Linux says which start of the machine this is.
const bootID = "/proc/sys/kernel/random/boot_id"

// newAnswers keeps answers at a path; nil where a restart of the machine cannot be told from one
// of the process.
func newAnswers(path string) *answers {
	b, err := os.ReadFile(bootID)
	if boot := strings.TrimSpace(string(b)); err == nil && boot != "" {
		return &answers{path: path, boot: boot}
	}
	return nil
}

func (a *answers) keep(line answer) error {
	b, err := json.Marshal(line)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.room(); err != nil {
		return err
	}
	n, err := a.file.Write(slices.Concat([]byte("\n"), b, []byte("\n"))) // whatever half a line stands before it
	a.size += int64(n)
	return err
}

// ready makes sure that there is a file: that there is none must mean that it was taken away.
func (a *answers) ready() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.room()
}

// room opens the file, or the other one, emptied, when this one is full.
func (a *answers) room() (err error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	switch {
	case a.file == nil:
	case a.size < answersSize:
		return nil
	default:
		_ = a.file.Close()
		a.turn, flags = 1-a.turn, flags|os.O_TRUNC
	}
	if a.file, err = os.OpenFile(a.name(a.turn), flags, 0o600); err != nil {
		return err
	}
	at, err := a.file.Seek(0, io.SeekEnd)
	a.size = at
	return err
}

// forget empties the files: all is settled.
func (a *answers) forget() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var errs []error
	for turn := range 2 {
		if err := os.Truncate(a.name(turn), 0); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	a.size = 0
	return errors.Join(errs...)
}

// read returns what is kept, nil when there is no file; a line that was cut off is none.
func (a *answers) read() (kept map[try]answer, err error) {
	for turn := range 2 {
		b, err := os.ReadFile(a.name(turn))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if kept == nil {
			kept = map[try]answer{}
		}
		for line := range bytes.Lines(b) {
			var x answer
			if json.Unmarshal(line, &x) == nil {
				kept[try{x.DeliveryID, x.Try}] = x
			}
		}
	}
	return kept, nil
}

func (a *answers) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// boot is the start of the machine that our leases were taken in, where that matters.
func (s *Store) boot() string {
	if s.answers == nil {
		return ""
	}
	return s.answers.boot
}

// Ahead reports whether a letter may be begun behind one that is not answered yet.
func (s *Store) Ahead() bool { return s.answers != nil }

// Answered keeps the outcome of a delivery's n-th hand-over until Record settles it. The letter
// that was begun behind it, Outcome.Behind, may leave then.
func (s *Store) Answered(owner string, n int, o ledger.Outcome) error {
	return s.answers.keep(answer{owner, n, o})
}

// beginAhead is begin for letters behind others.
const beginAhead = `
	UPDATE deliveries SET state = 'sending', attempts = attempts + 1, updated_at = ?, behind = CAST(o.value AS BIGINT)
	  FROM {{pairs}} o
	 WHERE deliveries.id = CAST(o.key AS BIGINT) AND deliveries.state = 'leased' AND leased_by IN (?)
	   AND campaign_id IN (SELECT id FROM campaigns WHERE state IN ('running', 'finished'))
	RETURNING deliveries.id`

// followed says that the letters behind some may have left.
func (s *Store) followed(tx *gorm.DB, outcomes []ledger.Outcome) error {
	var ids []int64
	for _, o := range outcomes {
		if o.Behind != 0 {
			ids = append(ids, o.Behind)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return tx.Exec(s.sql(`UPDATE deliveries SET behind = 0 WHERE id {{in}}{{ids}}{{end}}`), asJSON(ids)).Error
}

// ForgetAnswers forgets what was Answered: Record has settled all of it.
func (s *Store) ForgetAnswers() error {
	if s.answers == nil {
		return nil
	}
	return s.answers.forget()
}

// takeLast takes back what a killed process held, where it may have left answers.
func (s *Store) takeLast(ctx context.Context) error {
	if s.answers == nil {
		return nil
	}
	kept, err := s.answers.read()
	if err == nil && kept != nil {
		_, err = s.RecoverAll(ctx)
	}
	return err
}

// sendingRow is a letter that a lost sender was handing over, and the one it was begun behind.
type sendingRow struct {
	ID, Behind, BehindTry int64
	Attempts              int
	DueAt                 time.Time
	LeasedBy, BehindState string
}

const sendingOf = `SELECT d.id, d.attempts, d.due_at, d.leased_by, d.behind, COALESCE(p.state, '') AS behind_state, COALESCE(p.attempts, 0) AS behind_try
	FROM deliveries d LEFT JOIN deliveries p ON p.id = d.behind WHERE d.id {{in}}{{ids}}{{end}} AND d.lease_id = ? AND d.state = 'sending'`

// takeAnswers settles what was answered of the leases of a killed process, and gives back what
// was begun behind letters that were not: it has not left. What is handed over still is in
// doubt, and all of it where the machine itself went down or the files were taken away.
func (s *Store) takeAnswers(ctx context.Context, leases []heldLease) error {
	if s.answers == nil || len(leases) == 0 {
		return nil
	}
	kept, err := s.answers.read()
	if err != nil {
		return fmt.Errorf("read the servers' last answers: %w", err)
	}
	settled := map[string][]ledger.Outcome{}
	for _, l := range leases {
		var rows []sendingRow
		if err := s.db.WithContext(ctx).Raw(s.sql(sendingOf), l.Deliveries, l.ID).Scan(&rows).Error; err != nil {
			return err
		}
		sure := kept != nil && l.Boot == s.answers.boot
		for _, r := range rows {
			if o, known := r.outcome(kept, sure); known {
				settled[r.LeasedBy] = append(settled[r.LeasedBy], o)
			}
		}
	}
	for owner, outcomes := range settled {
		if _, err := s.Record(ctx, owner, nil, outcomes); err != nil {
			return err
		}
	}
	return nil
}

// outcome is what the kept answers say of a letter; sure is that none of them is missing.
func (r sendingRow) outcome(kept map[try]answer, sure bool) (o ledger.Outcome, known bool) {
	if a, is := kept[try{r.ID, r.Attempts}]; is && a.Owner == r.LeasedBy {
		return a.Outcome, true
	}
	_, before := kept[try{r.Behind, int(r.BehindTry)}]
	waits := sure && r.BehindState == string(ledger.Sending) && !before
	return ledger.Outcome{DeliveryID: r.ID, State: ledger.Queued, DueAt: r.DueAt, Untried: true}, waits
}
