package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"keepsake/internal/show/stage"
)

const crowd = 10_000

// names of the crowd: plain, Cyrillic, and some that would break a careless letter.
var names = []string{"Иванка", "Anna", "Калоян", "Zoë", "Мария-Магдалена"}

// hostile names must neither break a letter nor become part of it.
var hostile = []string{"<script>alert(1)</script>", "Eve\r\nBcc: stranger@evil.test", "\u202Eevil\u202C", `=HYPERLINK("https://evil.test","x")`,
	"{{ shop.name }}{% raw %}", `"quoted" <x@evil.test>`, "=?utf-8?q?Bcc:?=", "Nul\x01l", "Very " + "long long long long long long long long long long long long long long long long long name"}

// verdict is what scripts/show-headers.py says.
type verdict struct {
	Letters    int               `json:"letters"`
	Recipients map[string]int    `json:"recipients"`
	Faults     map[string]int    `json:"faults"`
	Examples   map[string]string `json:"examples"`
}

func (v verdict) faults() (n int) {
	for fault, times := range v.Faults {
		fmt.Fprintf(os.Stderr, "  %d times: %s, e.g. %s\n", times, fault, v.Examples[fault])
		n += times
	}
	return n
}

// lost and twice count people by the letters they got.
func (v verdict) lost(all []stage.Person) (n int) {
	for _, p := range all {
		if v.Recipients[p.Email] == 0 {
			n++
		}
	}
	return n
}

func (v verdict) twice() (n int) {
	for _, times := range v.Recipients {
		n += max(0, times-1)
	}
	return n
}

// newsletter sends 10,000 letters to Postfix's smtp-sink and has each judged.
func newsletter(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	s, err := w.postfixSink(ctx)
	if err != nil {
		return nil, err
	}
	k, err := w.serve(ctx, s.addr)
	if err != nil {
		return nil, err
	}
	all := stage.People(crowd, names...)
	for i, name := range hostile {
		all[i].First = name
	}
	list, err := k.List(ctx, "Tea news", all)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	c, err := k.Begin(ctx, newsletterDraft(list))
	if err != nil {
		return nil, err
	}
	if c, err = k.Finished(ctx, c.ID, crowd, 2*time.Minute); err != nil {
		return nil, err
	}
	took := time.Since(began)
	v, err := w.judge(ctx, expect(all), s.letters)
	if err != nil {
		return nil, err
	}
	if c.Counts.Sent != v.Letters {
		return nil, fmt.Errorf("the ledger says %d were sent, %d arrived", c.Counts.Sent, v.Letters)
	}
	return map[string]stage.Figure{"letters_lost": stage.Count(v.lost(all), 0), "letters_twice": stage.Count(v.twice(), 0), "header_faults": stage.Count(v.faults(), 0),
		"letters_per_s": stage.Info("%.0f", crowd/took.Seconds())}, nil
}

// expectation is what show-headers.py compares with.
type expectation struct {
	Domain  string            `json:"domain"`
	Base    string            `json:"base"`
	Address string            `json:"address"`
	Links   int               `json:"links,omitempty"`
	People  map[string]wanted `json:"people"`
}

type wanted struct {
	Subject string   `json:"subject,omitempty"`
	Says    []string `json:"says,omitempty"`
}

// expect is the newsletter as each person should get it; of a hostile name only the form is judged.
func expect(all []stage.Person) expectation {
	e := expectation{Domain: stage.Domain, Base: stage.Base, Address: stage.Address, Links: trackedLinks, People: map[string]wanted{}}
	for i, p := range all {
		e.People[p.Email] = wanted{}
		if i >= len(hostile) {
			e.People[p.Email] = wanted{fmt.Sprintf(newsSubject, p.First), []string{p.First}}
		}
	}
	return e
}

// judge has the letters of a folder parsed by Python.
func (w *workshop) judge(ctx context.Context, e expectation, folder string) (verdict, error) {
	var v verdict
	b, err := json.Marshal(e)
	if err != nil {
		return v, err
	}
	file := filepath.Join(w.Dir, "expect.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return v, err
	}
	return v, w.Script(ctx, &v, "scripts/show-headers.py", file, folder)
}
