package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"keepsake/internal/show/stage"
)

// A row of a broken file: good ones must be imported, bad ones named with their reason.
type row struct {
	line   string
	email  string // of a good one
	faults int    // of a bad one: reasons there must be for it
}

// brokenFile is what shops really upload, and worse.
func brokenFile() []row {
	rows := []row{{line: "email;first_name;size"}}
	good := func(i int, rest string) {
		email := fmt.Sprintf("good%d@mail1.test", i)
		rows = append(rows, row{line: email + ";" + rest, email: email})
	}
	bad := func(line string) { rows = append(rows, row{line: line, faults: 1}) }
	good(1, "Иванка;38")
	bad("ragged@mail1.test;too;many;cells;here")
	good(2, `"quoted; with ""both"" and
two lines";40`)
	bad("no address at all;N;1")
	good(3, "Anna;")
	bad("nul\x00@mail1.test;N;1")
	good(4, `=HYPERLINK("https://evil.test");39`)
	bad("long@mail1.test;" + strings.Repeat("x", 10<<20) + ";1")
	good(5, "<script>alert(1)</script>;41")
	bad("GOOD1@mail1.test.;again;1")
	good(6, "\u202Eright to left;42")
	return rows
}

// input sends broken files and letters, and expects that each is answered with its reason and harms nothing.
func input(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	in, err := w.Inbox()
	if err != nil {
		return nil, err
	}
	k, err := w.serve(ctx, in.Addr())
	if err != nil {
		return nil, err
	}
	lost, unnamed, err := k.brokenImport(ctx)
	if err != nil {
		return nil, err
	}
	revived, err := k.revive(ctx, in)
	if err != nil {
		return nil, err
	}
	wrong, err := k.wrongLetters(ctx)
	return map[string]stage.Figure{"import_rows_lost": stage.Count(lost, 0), "import_rows_unnamed": stage.Count(unnamed, 0), "import_revived": stage.Count(revived, 0),
		"bad_letters_started": stage.Count(wrong, 0)}, err
}

// brokenImport counts good rows that are not there afterwards, and bad ones nobody is told of.
func (k *keepsake) brokenImport(ctx context.Context) (lost, unnamed int, err error) {
	rows := brokenFile()
	var file bytes.Buffer
	bad := 0
	for _, r := range rows {
		file.WriteString(r.line + "\r\n")
		bad += r.faults
	}
	list, err := stage.Call[stage.Thing](ctx, k.Keepsake, http.MethodPost, "/lists", map[string]any{"name": "Broken", "opt_in": "single"})
	if err != nil {
		return 0, 0, err
	}
	job, err := k.Upload(ctx, list.ID, file.Bytes())
	if err != nil {
		return 0, 0, err
	}
	for _, r := range rows {
		if r.email == "" {
			continue
		}
		found, err := stage.Call[struct{ Items []stage.Thing }](ctx, k.Keepsake, http.MethodGet, "/subscribers?email="+r.email, nil)
		if err != nil {
			return 0, 0, err
		}
		if len(found.Items) != 1 {
			lost++
			fmt.Fprintf(os.Stderr, "  not imported: %q\n", r.line)
		}
	}
	_, reasons, err := k.Ask(ctx, http.MethodGet, fmt.Sprintf("/api/v1/imports/%d/errors", job), "text/csv", nil)
	if err != nil {
		return 0, 0, err
	}
	table := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(reasons, []byte("\ufeff"))))
	table.FieldsPerRecord = -1 // wrong lines have as many cells as they had
	named, err := table.ReadAll()
	if err != nil {
		return 0, 0, fmt.Errorf("the file of reasons: %w: %s", err, stage.Last(string(reasons), 300))
	}
	for _, n := range named[min(1, len(named)):] {
		if len(n) > 1 && n[0] != "" && n[1] != "" { // line and reason
			bad--
		}
	}
	if bad != 0 {
		fmt.Fprintf(os.Stderr, "  reasons: %q\n", named)
	}
	return lost, max(bad, -bad), nil
}

// revive imports one who left and one who is suppressed: both stay as they are, and get no letter.
func (k *keepsake) revive(ctx context.Context, in *stage.Inbox) (int, error) {
	all := stage.People(3, names...)
	list, err := k.List(ctx, "Again", all)
	if err != nil {
		return 0, err
	}
	var ids []int64
	for _, p := range all {
		found, err := stage.Call[struct{ Items []stage.Thing }](ctx, k.Keepsake, http.MethodGet, "/subscribers?email="+p.Email, nil)
		if err != nil || len(found.Items) != 1 {
			return 0, fmt.Errorf("%s is not there: %w", p.Email, err)
		}
		ids = append(ids, found.Items[0].ID)
	}
	_, left := stage.Call[any](ctx, k.Keepsake, http.MethodPost, fmt.Sprintf("/subscribers/%d/unsubscribe", ids[0]), map[string]any{"list_id": list})
	_, suppressed := stage.Call[any](ctx, k.Keepsake, http.MethodPost, fmt.Sprintf("/subscribers/%d/suppress", ids[1]), nil)
	if err := errors.Join(left, suppressed); err != nil {
		return 0, err
	}
	var file bytes.Buffer
	for _, p := range append([]stage.Person{{Email: "email", First: "first_name"}}, all...) {
		fmt.Fprintf(&file, "%s,%s\n", p.Email, p.First)
	}
	if _, err := k.Upload(ctx, list, file.Bytes()); err != nil {
		return 0, err
	}
	c, err := k.Begin(ctx, newsletterDraft(list))
	if err != nil {
		return 0, err
	}
	err = stage.Until(ctx, 20*time.Second, "the letter to the one who stayed", func() (bool, error) {
		now, err := k.Campaign(ctx, c.ID)
		return lettersTo(in, all[2].Email) == 1 && now.State == "finished", err
	})
	return lettersTo(in, all[0].Email) + lettersTo(in, all[1].Email), err
}

// wrongLetters counts campaigns that start although their letter cannot be right, or are refused without a word.
func (k *keepsake) wrongLetters(ctx context.Context) (started int, err error) {
	list, err := k.List(ctx, "Nobody yet", stage.People(1, names...))
	if err != nil {
		return 0, err
	}
	for _, html := range []string{
		`<p>{{ subscriber.shoe_sise.inner }}</p><a href="{{ links.unsubscribe }}">x</a>`, // no such value
		`<p>{{ subscriber.first_name </p><a href="{{ links.unsubscribe }}">x</a>`,        // not closed
		`<p>{% for x in (1..100000000) %}x{% endfor %}</p><a href="{{ links.unsubscribe }}">x</a>`,
	} {
		d := map[string]any{"kind": "newsletter", "name": "Wrong", "lists": []int64{list}, "trigger": stage.Now,
			"messages": []any{map[string]any{"name": "news", "contents": []any{map[string]any{"lang": "en", "subject": "Hello", "html": html}}}}}
		c, err := stage.Call[stage.Running](ctx, k.Keepsake, http.MethodPost, "/campaigns", d)
		if err == nil {
			_, err = k.Change(ctx, c.ID, "start")
		}
		p, ok := errors.AsType[*stage.Problem](err)
		switch {
		case ok && p.Status == http.StatusUnprocessableEntity && strings.Contains(p.Text, `"message"`):
		case err == nil, ok:
			started++
			fmt.Fprintf(os.Stderr, "  %s: %v\n", html, err)
		default:
			return started, err
		}
	}
	return started, nil
}
