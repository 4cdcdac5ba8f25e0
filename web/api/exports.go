package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/jobs"
)

// exportTypes are those of an export's file.
const exportTypes = "text/csv application/jsonl application/gzip application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (s *server) exports() {
	const tag = "Exports"
	add(s, endpoint{id: "create-export", method: http.MethodPost, path: "/exports", tag: tag, summary: "Export people, orders, deliveries, activities, events, responses or results to a file", description: aboutExports(), status: http.StatusAccepted, faults: []int{http.StatusNotFound}}, s.createExport)
	add(s, endpoint{id: "export-now", method: http.MethodPost, path: "/exports/now", tag: tag, summary: "The same as a file at once", description: "For what is small: the file is whole before its first byte leaves. It has no manifest. More than 50,000 rows are refused with 413, and two files are made at a time.", file: exportTypes, faults: []int{http.StatusNotFound, http.StatusRequestEntityTooLarge}}, s.exportNow)
	add(s, endpoint{id: "exports", method: http.MethodGet, path: "/exports", tag: tag, summary: "All exports, newest first"}, s.listJobs(ledger.ExportJob))
	add(s, endpoint{id: "export", method: http.MethodGet, path: "/exports/{id}", tag: tag, summary: "How far an export is"}, s.job(ledger.ExportJob))
	add(s, endpoint{id: "stop-export", method: http.MethodPost, path: "/exports/{id}/stop", tag: tag, summary: "Stop an export", faults: []int{http.StatusConflict}}, s.changeJob(ledger.ExportJob, s.Store.StopJob))
	add(s, endpoint{id: "export-file", method: http.MethodGet, path: "/exports/{id}/file", tag: tag, summary: "The file of a finished export; it is kept for seven days", file: exportTypes, faults: []int{http.StatusConflict}}, s.exportFile)
	add(s, endpoint{id: "export-manifest", method: http.MethodGet, path: "/exports/{id}/manifest", tag: tag, summary: "What a finished export's file is: its rows, bytes, SHA-256, columns and moment", faults: []int{http.StatusConflict}}, s.exportManifest)
}

// aboutExports lists what each kind may hold.
func aboutExports() string {
	var b strings.Builder
	b.WriteString("The work goes on in the background: ask for the export to see how far it is. All rows are of one moment. Fields by `what`:")
	for _, k := range audience.ExportKinds {
		names := make([]string, len(k.Fields))
		for i, f := range k.Fields {
			names[i] = f.Name
		}
		b.WriteString(" `" + k.What + "`: " + strings.Join(names, ", ") + ".")
	}
	return b.String() + " Of subscribers also attributes.<key> and lists.<label>, where they stand on a list."
}

type exportBody struct {
	What     string            `json:"what,omitempty" enum:"subscribers,orders,order_lines,customers,deliveries,activities,events,responses,results" doc:"subscribers when absent. order_lines has a row for each line of an order, customers what each is worth in each currency, activities are opens, clicks and the like, results a row for each run of a campaign"`
	Search   string            `json:"search,omitempty" doc:"Part of a person's address or name"`
	List     int64             `json:"list_id,omitempty" minimum:"1"`
	State    audience.State    `json:"state,omitempty" enum:"confirmed,pending,unsubscribed,any" doc:"On that list; confirmed when absent"`
	Lang     string            `json:"lang,omitempty" enum:"en,bg,ru"`
	Segment  int64             `json:"segment_id,omitempty" minimum:"1" doc:"Only who is in it when the export begins, and what is theirs"`
	Campaign int64             `json:"campaign_id,omitempty" minimum:"1" doc:"Of deliveries, activities, responses and results: only this campaign's"`
	Days     int               `json:"days,omitempty" minimum:"0" doc:"Only what happened in the last so many times 24 hours; not of subscribers"`
	Fields   []string          `json:"fields,omitempty" doc:"In the columns' order; the usual ones when absent"`
	Names    map[string]string `json:"names,omitempty" doc:"What columns are called, by field"`
	Format   string            `json:"format,omitempty" enum:"csv,xlsx,jsonl" doc:"csv when absent; jsonl is an object on each line"`
	Form     string            `json:"form,omitempty" enum:"spreadsheet,raw" doc:"Of CSV: spreadsheet, the default: no cell is ever run as a formula; raw: for programs"`
	Gzip     bool              `json:"gzip,omitempty" doc:"Compress CSV or JSON Lines"`
}

// export is what the body asks for, checked.
func (s *server) export(ctx context.Context, b exportBody) (audience.Export, error) {
	e := audience.Export{What: b.What, Search: b.Search, List: b.List, State: b.State, Lang: b.Lang, Segment: b.Segment, Campaign: b.Campaign, Days: b.Days,
		Fields: b.Fields, Names: b.Names, Format: b.Format, Form: b.Form, Gzip: b.Gzip}
	if err := e.Validate(); err != nil {
		return e, err
	}
	return e, s.Store.ExportThere(ctx, e)
}

func (s *server) createExport(ctx context.Context, in *struct{ Body exportBody }) (*body[Job], error) {
	e, err := s.export(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return s.queue(ctx, ledger.Job{Kind: ledger.ExportJob}, e)
}

func (s *server) exportNow(ctx context.Context, in *struct{ Body exportBody }) (*huma.StreamResponse, error) {
	e, err := s.export(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	if err := s.audit(ctx, "export.download", "%s", e.What); err != nil {
		return nil, err
	}
	f, err := s.Jobs.Now(ctx, e)
	if err != nil {
		return nil, err
	}
	return download(f, e.What+"-"+s.Now().Format(time.DateOnly)+e.Extension(), e.MIME()), nil
}

func (s *server) exportFile(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
	j, err := s.jobOf(ctx, ledger.ExportJob, in.ID)
	if err != nil {
		return nil, err
	}
	e, err := jobs.ExportOf(j)
	if err != nil {
		return nil, err
	}
	f, err := s.Jobs.Export(j)
	if err != nil {
		return nil, err
	}
	if err := s.audit(ctx, "export.download", "job:%d", j.ID); err != nil {
		f.Close()
		return nil, err
	}
	return download(f, e.What+"-"+stamp(j)+e.Extension(), e.MIME()), nil
}

func (s *server) exportManifest(ctx context.Context, in *ByID) (*body[jobs.Manifest], error) {
	j, err := s.jobOf(ctx, ledger.ExportJob, in.ID)
	if err != nil {
		return nil, err
	}
	f, err := s.Jobs.Manifest(j)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out body[jobs.Manifest]
	return &out, json.NewDecoder(f).Decode(&out.Body)
}
