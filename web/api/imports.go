package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/ledger"
	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
)

func (s *server) jobs() {
	const in = "Imports"
	add(s, endpoint{id: "create-import", method: http.MethodPost, path: "/imports", tag: in, summary: "Import people or orders from a file", status: http.StatusAccepted,
		description: "Encoding, delimiter and mapping are guessed where they are not sent. The work goes on in the background: ask for the import to see how far it is. Who is suppressed or has left the list stays so.",
		within:      time.Hour, faults: []int{http.StatusRequestEntityTooLarge, http.StatusNotFound}}, s.createImport)
	add(s, endpoint{id: "imports", method: http.MethodGet, path: "/imports", tag: in, summary: "All imports, newest first"}, s.listJobs(ledger.ImportJob))
	add(s, endpoint{id: "import", method: http.MethodGet, path: "/imports/{id}", tag: in, summary: "How far an import is, and what came of it"}, s.job(ledger.ImportJob))
	add(s, endpoint{id: "start-import", method: http.MethodPost, path: "/imports/{id}/start", tag: in, summary: "Do what a dry run has counted", status: http.StatusAccepted, faults: []int{http.StatusConflict}}, s.startImport)
	add(s, endpoint{id: "stop-import", method: http.MethodPost, path: "/imports/{id}/stop", tag: in, summary: "Stop an import; what is imported stays", faults: []int{http.StatusConflict}}, s.changeJob(ledger.ImportJob, s.Store.StopJob))
	add(s, endpoint{id: "pause-import", method: http.MethodPost, path: "/imports/{id}/pause", tag: in, summary: "Let an import rest where it is", faults: []int{http.StatusConflict}}, s.changeJob(ledger.ImportJob, s.Store.PauseJob))
	add(s, endpoint{id: "resume-import", method: http.MethodPost, path: "/imports/{id}/resume", tag: in, summary: "Let a paused import go on", status: http.StatusAccepted, faults: []int{http.StatusConflict}}, s.changeJob(ledger.ImportJob, s.resume))
	add(s, endpoint{id: "undo-import", method: http.MethodPost, path: "/imports/{id}/undo", tag: in, summary: "Take back what an import did, for seven days", status: http.StatusAccepted,
		description: "What it made is taken away and what it changed is put back, unless it was changed since. Who left or is suppressed stays so; proofs of consent stay. It goes on in the background.", faults: []int{http.StatusConflict}}, s.undoImport)
	add(s, endpoint{id: "import-errors", method: http.MethodGet, path: "/imports/{id}/errors", tag: in, summary: "The lines that were left out as CSV: keepsake_line and keepsake_reason, which an import passes over, then their cells as they were", file: "text/csv"}, s.importFile("errors", (*jobs.Runner).Reasons))
	add(s, endpoint{id: "import-left", method: http.MethodGet, path: "/imports/{id}/left", tag: in, summary: "What undoing it could not take back, each with its reason, as CSV", file: "text/csv"}, s.importFile("left", (*jobs.Runner).Left))
}

// columnsOf are what the columns of an import's file were taken for.
func columnsOf(j ledger.Job) []audience.Column {
	var im audience.Import
	if j.Kind != ledger.ImportJob || json.Unmarshal([]byte(j.Params), &im) != nil { // which whoever runs it is told
		return nil
	}
	return im.Columns()
}

type importForm struct {
	RawBody huma.MultipartFormFiles[struct {
		File      huma.FormFile  `form:"file" contentType:"text/csv,text/plain,application/jsonl,application/x-ndjson,application/json,application/octet-stream,application/vnd.ms-excel,application/gzip,application/x-gzip,application/zip,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" required:"true" doc:"A CSV file or JSON Lines (an object on each line), which may be packed by gzip, or a workbook (.xlsx), of at most 200 MB"`
		List      int64          `required:"false" form:"list_id" doc:"Absent: people are known afterwards, but on no list"`
		State     audience.State `required:"false" form:"state" enum:"confirmed,pending,none,unsubscribed" doc:"On the list, at most: a column of the file may say less. Confirmed when absent, unless the file's name says another (Mailchimp's unsubscribed_, cleaned_, nonsubscribed_)"`
		Wording   string         `required:"false" form:"wording" doc:"What these people agreed to; required for confirmed people on a list, also where a column is of one"`
		Existing  string         `required:"false" form:"existing" enum:"update,keep" doc:"What becomes of people who are known: update, unless keep"`
		Lang      string         `required:"false" form:"lang" enum:"en,bg,ru" doc:"Of those whose language the file does not tell"`
		Mapping   string         `required:"false" form:"mapping" doc:"For each column email, first_name, last_name, name, lang, zone, state, left_at, bounced_at, blocked, consent_at, consent_ip, consent_source, attributes.<key>, lists.<label> (where people stand on that list) or nothing, parted by commas: email,first_name,,attributes.size. Of orders: number, email, placed_at, total, currency, order_state, refunded, coupon, country, channel, changed_at, cancelled_at, item_sku, item_name, item_category, item_quantity, item_price …"`
		Types     string         `required:"false" form:"types" doc:"Of attributes that are new, by key: size=number,birthday=date. Text where it is not said; choices are made before"`
		Rules     string         `required:"false" form:"rules" doc:"How a field of a person we know is merged: overwrite, fill (what is empty), keep, or add (to a list): first_name=fill,attributes.tags=add"`
		Encoding  string         `required:"false" form:"encoding" doc:"UTF-8, UTF-16LE, UTF-16BE, windows-1251 or windows-1252; XLSX for a workbook, JSON Lines for such a file"`
		Sheet     string         `required:"false" form:"sheet" doc:"Of a workbook; absent: the first"`
		Delimiter string         `required:"false" form:"delimiter" doc:"A comma, a semicolon, a tab or a bar"`
		Of        string         `required:"false" form:"of" enum:"people,orders" doc:"What the lines are; guessed when absent. An order may stand on several lines, one for each item, that follow each other"`
		Currency  string         `required:"false" form:"currency" doc:"Of orders that name none: ISO 4217"`
		Shop      string         `required:"false" form:"shop" doc:"Put before the orders' numbers, where several shops count from one"`
		Zone      string         `required:"false" form:"zone" doc:"Of moments without one: an IANA name. UTC when absent"`
		Letters   bool           `required:"false" form:"letters" doc:"Let automations write for these orders as if they came in now. Otherwise nobody gets a letter for them, now or later"`
		DryRun    bool           `required:"false" form:"dry_run" doc:"Only count what would happen"`
	}]
}

func (s *server) createImport(ctx context.Context, in *importForm) (*body[Job], error) {
	f := in.RawBody.Data()
	im := audience.Import{Name: f.File.Filename, Encoding: f.Encoding, Delimiter: f.Delimiter, Sheet: f.Sheet, List: f.List, State: f.State, Wording: f.Wording,
		Existing: f.Existing, Lang: f.Lang, Dry: f.DryRun}
	if f.Mapping != "" {
		for field := range strings.SplitSeq(f.Mapping, ",") {
			im.Mapping = append(im.Mapping, strings.TrimSpace(field))
		}
	}
	im.Of, im.Orders = f.Of, audience.OrderOptions{Currency: f.Currency, Shop: f.Shop, Zone: f.Zone, Letters: f.Letters}
	im.Types, im.Rules = pairs(f.Types), pairs(f.Rules)
	if err := s.complete(ctx, &im, f.File); err != nil {
		return nil, err
	}
	name, err := s.Jobs.Upload(f.File)
	if err != nil {
		return nil, err
	}
	return s.queue(ctx, ledger.Job{Kind: ledger.ImportJob, File: name}, im)
}

// pairs reads "key=value,key=value".
func pairs(text string) map[string]string {
	out := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			out[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return out
}

// complete checks an import and fills in what a look at the file tells.
func (s *server) complete(ctx context.Context, im *audience.Import, file exchange.File) error {
	known, err := s.Store.Attributes(ctx)
	if err != nil {
		return err
	}
	im.Attributes = known
	if im.Lists, err = s.Store.ListsOf(ctx); err != nil {
		return err
	}
	p, err := exchange.Sniff(file, exchange.SourceOf(*im))
	if err != nil {
		return err
	}
	if im.State == "" {
		im.State = p.State
	}
	im.Of = p.Of
	if len(im.Mapping) == 0 {
		im.Mapping = p.Mapping
	}
	if err := im.Validate(); err != nil {
		return err
	}
	if im.List != 0 {
		if _, err := s.Store.List(ctx, im.List); err != nil {
			return err
		}
	}
	im.Header, im.Leaving = p.Header, p.Leaving
	im.Encoding, im.Delimiter, im.Sheet, im.NoHeader = p.Encoding, p.Delimiter, p.Sheet, p.NoHeader
	if len(im.Mapping) != len(p.Header) {
		return fault.Field("mapping", "The line has %d cells, the header has %d.", len(im.Mapping), len(p.Header))
	}
	if err := exchange.Check(im.Of, im.Mapping); err != nil {
		return err
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

func (s *server) startImport(ctx context.Context, in *ByID) (*body[Job], error) {
	j, err := s.jobOf(ctx, ledger.ImportJob, in.ID)
	if err != nil {
		return nil, err
	}
	if j.State == ledger.JobDraft { // begun on a page, its columns not yet named
		return nil, fault.New(fault.Conflict, "Try the import out first: see what would happen.")
	}
	var im audience.Import
	if err := json.Unmarshal([]byte(j.Params), &im); err != nil {
		return nil, err
	}
	im.Dry = false
	b, err := json.Marshal(im)
	if err != nil {
		return nil, err
	}
	if err := s.Store.QueueJob(ctx, j.ID, string(b)); err != nil {
		return nil, err
	}
	s.Jobs.Wake()
	if err := s.audit(ctx, "import.start", "job:%d", j.ID); err != nil {
		return nil, err
	}
	return s.job(ledger.ImportJob)(ctx, in)
}

// importFile hands out a file that an import left, called by what it holds.
func (s *server) importFile(holds string, open func(*jobs.Runner, ledger.Job) (*os.File, error)) func(context.Context, *ByID) (*huma.StreamResponse, error) {
	return func(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
		j, err := s.jobOf(ctx, ledger.ImportJob, in.ID)
		if err != nil {
			return nil, err
		}
		f, err := open(s.Jobs, j)
		if err != nil {
			return nil, err
		}
		return download(f, "import-"+stamp(j)+"-"+holds+".csv", "text/csv; charset=utf-8"), nil
	}
}

func (s *server) undoImport(ctx context.Context, in *ByID) (*body[Job], error) {
	j, err := s.jobOf(ctx, ledger.ImportJob, in.ID)
	if err != nil {
		return nil, err
	}
	var im audience.Import
	if err := json.Unmarshal([]byte(j.Params), &im); err != nil {
		return nil, err
	}
	if im.Undo = true; im.Dry {
		return nil, fault.New(fault.Conflict, "Only an import that is over can be undone, and for %d days.", store.UndoDays)
	}
	b, err := json.Marshal(im)
	if err != nil {
		return nil, err
	}
	if err := s.Store.UndoImport(ctx, j.ID, string(b)); err != nil {
		return nil, err
	}
	s.Jobs.Wake()
	if err := s.audit(ctx, "import.undo", "job:%d", j.ID); err != nil {
		return nil, err
	}
	return s.job(ledger.ImportJob)(ctx, in)
}
