package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"iter"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

// How many people, and how many orders, are imported in one transaction.
const (
	batchRows   = 1000
	batchOrders = 500
)

// importing is one import under way.
type importing struct {
	r       *Runner
	job     ledger.Job
	options audience.Import
	report  Report
	bytes   *atomic.Int64 // read of the file so far
	reasons *os.File
	header  []string                          // of the file
	lines   func(line int) (cells [][]string) // of the step at hand
	seen    map[uint64]struct{}               // addresses, in a dry run only: there no row remembers them
	seed    maphash.Seed
	met     numbers // whom it was about; after a restart those that it made are known by themselves, the others no longer
}

func (r *Runner) doImport(ctx context.Context, j ledger.Job) (state string, err error) {
	i := &importing{r: r, job: j, bytes: new(atomic.Int64), seed: maphash.MakeSeed(), met: numbers{}}
	if err := json.Unmarshal([]byte(j.Params), &i.options); err != nil {
		return "", fmt.Errorf("params of job %d: %w", j.ID, err)
	}
	if i.report, err = ReportOf(j); err != nil {
		return "", err
	}
	if i.options.Undo {
		return i.undo(ctx)
	}
	state = ledger.JobFinished
	if i.options.Dry { // nothing of it was kept: it begins anew
		state, i.report, i.seen = ledger.JobChecked, Report{}, map[uint64]struct{}{}
	}
	if err := i.attributes(ctx); err != nil {
		return "", err
	}
	f, err := r.Source(j)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := i.begin(f); err != nil {
		return "", err
	}
	defer i.reasons.Close()
	if i.header, err = r.o.Exchange.Header(f, i.options); err != nil {
		return "", err
	}
	if i.report.Rows == 0 {
		whole := func(context.Context) error { return r.o.Exchange.Whole(f, i.options) }
		if err := r.living(ctx, j, i.report, whole); err != nil {
			return "", err
		}
	}
	return state, i.run(ctx, f)
}

// attributes learns of which types the values are, and registers what is new in the file.
func (i *importing) attributes(ctx context.Context) error {
	known, err := i.r.o.Store.Attributes(ctx)
	if err != nil {
		return err
	}
	var fresh []audience.Attribute
	for n, field := range i.options.Mapping {
		key, is := strings.CutPrefix(field, "attributes.")
		if is && !slices.ContainsFunc(known, func(a audience.Attribute) bool { return a.Key == key }) {
			fresh = append(fresh, audience.Attribute{Key: key, Type: cmp.Or(i.options.Types[key], audience.TextAttribute), Labels: i.options.LabelsOf(n)})
		}
	}
	i.options.Attributes = append(known, fresh...)
	if i.options.Dry || len(fresh) == 0 {
		return nil
	}
	return i.register(ctx, fresh)
}

// register makes attributes. That it does is written down before: whoever undoes an import that was stopped in between takes
// them away, and does nothing to one that was never made.
func (i *importing) register(ctx context.Context, fresh []audience.Attribute) error {
	for _, a := range fresh {
		if !slices.Contains(i.report.Made, a.Key) {
			i.report.Made = append(i.report.Made, a.Key)
		}
	}
	if err := i.r.o.Store.Progress(ctx, i.job.Lease(), i.report.progress(i.report.Rows, i.report.Rows)); err != nil {
		return err
	}
	return i.r.o.Store.RegisterAttributes(ctx, fresh)
}

// begin opens the file of reasons.
func (i *importing) begin(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	i.report.Size = info.Size()
	i.reasons, err = i.r.beside(reasons(i.job), &i.report.Reasons)
	return err
}

func (i *importing) run(ctx context.Context, f *os.File) error {
	file := counted{f, i.bytes}
	if i.options.Of == audience.OfOrders {
		return steps(ctx, i, i.r.o.Exchange.Orders(file, i.options, i.r.o.Now()), batchOrders, i.markOrder, i.r.o.Store.ImportOrders)
	}
	return steps(ctx, i, i.r.o.Exchange.People(file, i.options), batchRows, i.mark, i.r.o.Store.ImportBatch)
}

// line is a row of a file, which may stand on several of its lines.
type line interface {
	At() int
	Lines() [][]string
}

// write imports rows of one kind in one transaction.
type write[R line] func(ctx context.Context, rows []R, b ledger.Batch) (audience.ImportResult, error)

// steps imports all rows, some at a time, from where the import stopped. The next are read while some are written.
func steps[R line](ctx context.Context, i *importing, from iter.Seq2[R, error], size int, mark func(R) R, w write[R]) error {
	for p := range ahead(portions(i, from, size, mark)) {
		if p.err != nil {
			return p.err
		}
		i.report.Bytes = p.bytes
		if err := step(ctx, i, p.rows, w); err != nil {
			return err
		}
	}
	return nil
}

// mark packs a line's attributes, and says of a dry run's line whether its address was seen before.
func (i *importing) mark(row audience.ImportRow) audience.ImportRow {
	row.Packed = audience.PackAttributes(row.Subscriber.Attributes)
	if i.seen != nil && row.Subscriber.EmailNorm != "" {
		row.Again = i.before(row.Subscriber.EmailNorm)
	}
	return row
}

// markOrder says of a dry run's order whether its number was seen before.
func (i *importing) markOrder(row audience.OrderRow) audience.OrderRow {
	if i.seen != nil && row.Fault == nil {
		row.Again = i.before(row.Order.Number)
	}
	return row
}

func (i *importing) before(what string) bool {
	key := maphash.String(i.seed, what)
	_, again := i.seen[key]
	i.seen[key] = struct{}{}
	return again
}

func step[R line](ctx context.Context, i *importing, rows []R, w write[R]) error {
	i.lines = func(at int) [][]string {
		n, found := slices.BinarySearchFunc(rows, at, func(r R, at int) int { return r.At() - at })
		if !found {
			return nil
		}
		return rows[n].Lines()
	}
	b := ledger.Batch{Import: i.options, Source: fmt.Sprintf("import:%d", i.job.ID), Lease: i.job.Lease(), Settle: i.anew(i.report.Reasons, i.settle), Met: i.met.has}
	r, err := w(ctx, rows, b)
	i.met.add(r.Met...)
	if err != nil || !i.options.Dry {
		return err
	}
	p, err := i.settle(r)
	if err != nil {
		return err
	}
	return i.r.o.Store.Progress(ctx, i.job.Lease(), p)
}

// settle writes down the reasons and returns how far the import is.
func (i *importing) settle(r audience.ImportResult) (ledger.Progress, error) {
	if err := i.explain(r.Faults); err != nil {
		return ledger.Progress{}, err
	}
	i.report.ImportCounts = i.report.ImportCounts.Add(r.ImportCounts)
	total := i.report.Rows
	if i.report.Bytes > 0 {
		total = int64(float64(total) * float64(i.report.Size) / float64(i.report.Bytes))
	}
	return i.report.progress(i.report.Rows, total), nil
}

// reader is the language of who reads about a job.
func reader(j ledger.Job) string {
	var p struct {
		Reader string `json:"reader"`
	}
	_ = json.Unmarshal([]byte(j.Params), &p) // without one it is the default language
	return audience.Language(p.Reader)
}

// counted counts what is read through it.
type counted struct {
	File
	n *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func (c counted) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.File.ReadAt(p, at)
	c.n.Add(int64(n))
	return n, err
}
