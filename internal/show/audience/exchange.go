package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"keepsake/internal/show/stage"
)

// job is an import or an export as the API tells it.
type job struct {
	stage.Thing
	Rate   float64 `json:"rows_per_second"`
	Counts struct {
		Rows  int `json:"rows"`
		New   int `json:"new"`
		Wrong int `json:"wrong"`
	} `json:"counts"`
}

// exchange is the way of a file in, out, in elsewhere, and out again.
func exchange(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	n := people()
	file, err := peopleFile(w, n)
	if err != nil {
		return nil, err
	}
	settings, err := database(ctx, w)
	if err != nil {
		return nil, err
	}
	k, err := w.Serve(ctx, nowhere, settings...)
	if err != nil {
		return nil, err
	}
	figures := map[string]stage.Figure{}
	if err := takeIn(ctx, k, file, n, figures); err != nil {
		return figures, err
	}
	if err := k.Stop(); err != nil { // its memory is measured anew
		return figures, err
	}
	if err := k.Start(ctx); err != nil {
		return figures, err
	}
	first, err := takeOut(ctx, k, n, figures)
	if err != nil {
		return figures, err
	}
	if !onPostgres() {
		if err := likeSQLite(ctx, k, n, figures); err != nil {
			return figures, err
		}
	} else {
		figures["export_of_sqlite3"] = stage.Info("not on PostgreSQL")
	}
	return figures, again(ctx, w, first, n, figures)
}

// takeIn tries the import out and does it, while pages are asked for.
func takeIn(ctx context.Context, k *stage.Keepsake, file string, n int, figures map[string]stage.Figure) error {
	l, err := stage.Call[stage.Thing](ctx, k, http.MethodPost, "/lists", map[string]any{"name": "Customers", "opt_in": "single"})
	if err != nil {
		return err
	}
	j, err := send(ctx, k, file, map[string]string{"list_id": fmt.Sprint(l.ID), "wording": "I want news.", "dry_run": "true"})
	if err != nil {
		return err
	}
	if j, err = settled(ctx, k, "imports", j.ID, "checked"); err != nil {
		return err
	}
	if j.Counts.Rows != n || j.Counts.New != n {
		return fmt.Errorf("the dry run counted %+v", j.Counts)
	}
	figures["import_try_rows_s"] = stage.Info("%.0f", j.Rate)
	if _, err := stage.Call[job](ctx, k, http.MethodPost, fmt.Sprintf("/imports/%d/start", j.ID), nil); err != nil {
		return err
	}
	asking, stop := context.WithCancel(ctx)
	waits := make(chan []time.Duration, 1)
	go func() { waits <- ask(asking, k, fmt.Sprintf("/jobs/%d", j.ID)) }()
	j, err = settled(ctx, k, "imports", j.ID, "finished")
	stop()
	took := <-waits
	if err != nil {
		return err
	}
	if j.Counts.New != n {
		return fmt.Errorf("the import counted %+v", j.Counts)
	}
	figures["import_rows_s"] = stage.AtLeast("%.0f", j.Rate, 25000)
	if brief() {
		figures["import_rows_s"] = stage.Info("%.0f", j.Rate)
	}
	p95 := ms(stage.Share(took, 0.95))
	say("%d pages meanwhile: median %.0f ms, p95 %.0f ms, longest %.0f ms", len(took), ms(stage.Share(took, 0.5)), p95, ms(stage.Share(took, 1)))
	figures["import_page_ms"] = stage.AtMost("%.0f", p95, 200)
	mb, err := k.PeakMB()
	figures["import_rss_mb"] = stage.AtMost("%.0f", mb, 150)
	return err
}

// ask opens pages until it is told to stop, and returns how long each took, in order.
func ask(ctx context.Context, k *stage.Keepsake, job string) (took []time.Duration) {
	pages := []string{job, "/subscribers", "/campaigns", "/lists", "/jobs", "/"}
	longest := map[string]time.Duration{}
	for i := 0; ctx.Err() == nil; i++ {
		one, err := k.Open(ctx, pages[i%len(pages)])
		switch {
		case ctx.Err() != nil:
		case err != nil:
			say("%v", err)
			took = append(took, time.Minute)
		default:
			took = append(took, one)
			longest[pages[i%len(pages)]] = max(longest[pages[i%len(pages)]], one)
		}
		time.Sleep(100 * time.Millisecond)
	}
	for _, page := range pages {
		say("%6.0f ms at most for %s", ms(longest[page]), page)
	}
	slices.Sort(took)
	return took
}

func send(ctx context.Context, k *stage.Keepsake, file string, values map[string]string) (j job, err error) {
	body, kind := upload(file, values)
	status, answer, err := k.Ask(ctx, http.MethodPost, "/api/v1/imports", kind, body)
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("the upload answers %d %s", status, stage.Last(string(answer), 300))
	}
	if err == nil {
		err = json.Unmarshal(answer, &j)
	}
	return j, err
}

// settled waits until a job is in that state.
func settled(ctx context.Context, k *stage.Keepsake, kind string, id int64, state string) (j job, err error) {
	err = stage.Until(ctx, 30*time.Minute, "the end of "+kind, func() (bool, error) {
		if j, err = stage.Call[job](ctx, k, http.MethodGet, fmt.Sprintf("/%s/%d", kind, id), nil); err != nil {
			return false, err
		}
		if j.State == "failed" || j.State == "stopped" {
			return true, nil
		}
		time.Sleep(200 * time.Millisecond)
		return j.State == state, fmt.Errorf("it is %s after %d rows", j.State, j.Counts.Rows)
	})
	if err == nil && j.State != state {
		err = fmt.Errorf("%s %d %s: %s", kind, id, j.State, j.Error)
	}
	return j, err
}

// export writes everybody's twelve fields and returns the downloaded file.
func export(ctx context.Context, k *stage.Keepsake) (file string, j job, err error) {
	j, err = stage.Call[job](ctx, k, http.MethodPost, "/exports", map[string]any{"fields": fields, "form": "raw"})
	if err != nil {
		return "", j, err
	}
	if j, err = settled(ctx, k, "exports", j.ID, "finished"); err != nil {
		return "", j, err
	}
	return filepath.Join(k.Data, "exports", fmt.Sprintf("%d.csv", j.ID)), j, nil
}

func takeOut(ctx context.Context, k *stage.Keepsake, n int, figures map[string]stage.Figure) (string, error) {
	var rates []float64
	var file string
	for range 3 {
		f, j, err := export(ctx, k)
		if err != nil {
			return "", err
		}
		file, rates = f, append(rates, j.Rate)
		if err := judge(ctx, k, j, f, n, figures); err != nil {
			return "", err
		}
	}
	slices.Sort(rates)
	figures["export_rows_s"] = stage.Info("%.0f", rates[1])
	mb, err := k.PeakMB()
	if err != nil {
		return "", err
	}
	figures["export_served_rss_mb"] = stage.Info("%.0f", mb)
	return file, byCommand(ctx, k, file, figures)
}

// byCommand exports by `keepsake export`, whose memory is the export's alone: it must write the same file.
func byCommand(ctx context.Context, k *stage.Keepsake, file string, figures map[string]stage.Figure) error {
	out := filepath.Join(k.Data, "command.csv")
	mb, err := k.PeakOf(ctx, "export", "--data", k.Data, "--form", "raw", "--fields", strings.Join(fields, ","), "--out", out)
	if err != nil {
		return err
	}
	figures["export_rss_mb"] = stage.AtMost("%.0f", mb, 80)
	if n, err := differences(file, out); err != nil || n > 0 {
		return errors.Join(err, fmt.Errorf("keepsake export wrote another file: %d lines differ", n))
	}
	return nil
}

// judge compares a file with its manifest.
func judge(ctx context.Context, k *stage.Keepsake, j job, file string, n int, figures map[string]stage.Figure) error {
	m, err := stage.Call[struct {
		Rows   int    `json:"rows"`
		Bytes  int64  `json:"bytes"`
		SHA256 string `json:"sha256"`
	}](ctx, k, http.MethodGet, fmt.Sprintf("/exports/%d/manifest", j.ID), nil)
	if err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	faults := 0
	for _, same := range []bool{m.Rows == n, m.Bytes == size, m.SHA256 == hex.EncodeToString(sum.Sum(nil))} {
		if !same {
			faults++
		}
	}
	figures["manifest_faults"] = stage.Count(faults, 0)
	return err
}

// likeSQLite has sqlite3 write the same columns as CSV, in the same minute.
func likeSQLite(ctx context.Context, k *stage.Keepsake, n int, figures map[string]stage.Figure) error {
	columns := make([]string, len(fields))
	for i, f := range fields {
		columns[i] = f
		if key, ok := strings.CutPrefix(f, "attributes."); ok {
			columns[i] = "attributes ->> '" + key + "'"
		}
	}
	var rates, ours []float64
	for range 3 {
		out, err := os.Create(filepath.Join(k.Data, "beside.csv"))
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, "sqlite3", "-readonly", "-csv", filepath.Join(k.Data, "keepsake.db"), "SELECT "+strings.Join(columns, ", ")+" FROM subscribers ORDER BY id")
		cmd.Stdout = out
		began := time.Now()
		err = cmd.Run()
		rates = append(rates, float64(n)/time.Since(began).Seconds())
		out.Close()
		if err != nil {
			return fmt.Errorf("sqlite3: %w", err)
		}
		_, j, err := export(ctx, k)
		if err != nil {
			return err
		}
		ours = append(ours, j.Rate)
	}
	slices.Sort(rates)
	slices.Sort(ours)
	say("sqlite3 -csv wrote %.0f rows a second, Keepsake beside it %.0f", rates[1], ours[1])
	share := ours[1] / rates[1]
	figures["export_of_sqlite3"] = stage.Info("%.2f", share)
	if ours[1] < 300_000 { // else the other bound holds
		figures["export_of_sqlite3"] = atFullSize(stage.AtLeast("%.2f", share, 0.5), "%.2f", share)
	}
	return nil
}

// again imports the exported file elsewhere and exports it once more.
func again(ctx context.Context, w *stage.Workshop, first string, n int, figures map[string]stage.Figure) error {
	settings, err := database(ctx, w)
	if err != nil {
		return err
	}
	k, err := w.Serve(ctx, nowhere, settings...)
	if err != nil {
		return err
	}
	j, err := send(ctx, k, first, nil)
	if err != nil {
		return err
	}
	if j, err = settled(ctx, k, "imports", j.ID, "finished"); err != nil {
		return err
	}
	if j.Counts.New != n || j.Counts.Wrong != 0 {
		return fmt.Errorf("the second import counted %+v", j.Counts)
	}
	second, _, err := export(ctx, k)
	if err != nil {
		return err
	}
	diff, err := differences(first, second)
	figures["roundtrip_differences"] = stage.Count(diff, 0)
	return err
}
