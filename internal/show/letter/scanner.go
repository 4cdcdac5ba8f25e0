package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"keepsake/internal/show/stage"
)

// scanner lets a gateway GET and HEAD every link of the letters of five kinds, and compares what is stored.
func scanner(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	in, err := w.Inbox()
	if err != nil {
		return nil, err
	}
	k, err := w.serve(ctx, in.Addr())
	if err != nil {
		return nil, err
	}
	letters, err := k.fiveKinds(ctx, w, in)
	if err != nil {
		return nil, err
	}
	before, err := w.state(ctx, k)
	if err != nil {
		return nil, err
	}
	n, err := k.scan(ctx, letters)
	if err != nil {
		return nil, err
	}
	changed, err := w.changes(ctx, k, before)
	if err != nil {
		return nil, err
	}
	v, err := w.judge(ctx, form(letters), in.Folder)
	if err != nil {
		return nil, err
	}
	return map[string]stage.Figure{"scanner_changes": stage.Count(changed, 0), "scanner_links": stage.Info("%d", n), "wire_faults": stage.Count(v.faults(), 0)},
		k.control(ctx, w, letters)
}

// form judges only the form of letters, as they came over the wire.
func form(letters []stage.Letter) expectation {
	e := expectation{Domain: stage.Domain, Base: stage.Base, Address: stage.Address, People: map[string]wanted{}}
	for _, l := range letters {
		e.People[l.To] = wanted{}
	}
	return e
}

// fiveKinds sends one letter of each kind to each of three people and waits for them.
func (k *keepsake) fiveKinds(ctx context.Context, w *workshop, in *stage.Inbox) ([]stage.Letter, error) {
	all := stage.People(3, names...)
	list, err := k.List(ctx, "Everybody", all)
	if err != nil {
		return nil, err
	}
	feed := w.Feed()
	contest := contestDraft(list, time.Now().Add(time.Hour))
	knowledge := stage.Draft{Kind: "knowledge", Name: "Tips", Lang: "bg", Lists: []int64{list}, Trigger: stage.Now, Settings: map[string]any{"feed_url": feed, "least": 1}}
	for _, d := range []stage.Draft{newsletterDraft(list), knowledge, contest, stage.FeedbackDraft(0)} {
		if _, err := k.Begin(ctx, d); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Kind, err)
		}
	}
	for i, p := range all {
		if err := k.Report(ctx, stage.Order(fmt.Sprint(3000+i), p.Email, "fulfilled", 0)); err != nil {
			return nil, err
		}
	}
	gift, err := stage.Call[stage.Running](ctx, k.Keepsake, http.MethodPost, "/campaigns", giftDraft(list))
	if err != nil {
		return nil, err
	}
	if _, err := stage.Call[any](ctx, k.Keepsake, http.MethodPost, fmt.Sprintf("/campaigns/%d/codes", gift.ID), map[string]any{"generate": 5}); err != nil {
		return nil, err
	}
	if _, err := k.Change(ctx, gift.ID, "start"); err != nil {
		return nil, err
	}
	err = stage.Until(ctx, 30*time.Second, "letters of five kinds", func() (bool, error) {
		return len(in.All()) >= 5*len(all), fmt.Errorf("%d came", len(in.All()))
	})
	if err != nil {
		return nil, fmt.Errorf("%w; log: %s", err, stage.Last(k.Said(), 300))
	}
	time.Sleep(2 * time.Second) // the dispatcher has nothing left to note
	return in.Opened()
}

// scan asks every link of ours with GET and HEAD, as many gateways do within seconds of delivery.
func (k *keepsake) scan(ctx context.Context, letters []stage.Letter) (int, error) {
	var n atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for _, l := range letters {
		all.Go(func() {
			for _, link := range l.Links() {
				if !strings.HasPrefix(link, stage.Base) {
					continue // the shop's own
				}
				n.Add(1)
				for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
					status, _, err := k.Visit(ctx, method, link, nil)
					if err == nil && status >= 400 {
						err = fmt.Errorf("%s %s answers %d", method, link, status)
					}
					if err != nil {
						failed.CompareAndSwap(nil, &err)
					}
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return int(n.Load()), *err
	}
	return int(n.Load()), nil
}

// control posts one unsubscription: a measurement that does not see it would see nothing.
func (k *keepsake) control(ctx context.Context, w *workshop, letters []stage.Letter) error {
	before, err := w.state(ctx, k)
	if err != nil {
		return err
	}
	link, err := letters[0].Link("/u/")
	if err != nil {
		return err
	}
	for range 2 { // as mailbox providers do: no cookie, no origin, and perhaps twice
		if err := k.oneClick(ctx, link); err != nil {
			return err
		}
	}
	n, err := w.changes(ctx, k, before)
	if err == nil && n == 0 {
		err = fmt.Errorf("a real unsubscription was not seen")
	}
	return err
}

// oneClick posts what RFC 8058 section 3.2 says, in its multipart form.
func (k *keepsake) oneClick(ctx context.Context, link string) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := errors.Join(form.WriteField("List-Unsubscribe", "One-Click"), form.Close()); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, k.URL+strings.TrimPrefix(link, stage.Base), &body)
	if err != nil {
		return err
	}
	req.Host = strings.TrimPrefix(stage.Base, "https://")
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := stage.Visitor.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("one click answered %s", resp.Status)
	}
	return nil
}

// state is the stored state that a visit must not change.
func (w *workshop) state(ctx context.Context, k *keepsake) (map[string][]string, error) {
	var rows map[string][]string
	return rows, w.Script(ctx, &rows, "scripts/show-state.py", filepath.Join(k.Data, "keepsake.db"))
}

// changes counts the rows that came, went or changed since.
func (w *workshop) changes(ctx context.Context, k *keepsake, before map[string][]string) (n int, err error) {
	after, err := w.state(ctx, k)
	for table, rows := range after {
		was := map[string]bool{}
		for _, row := range before[table] {
			was[row] = true
		}
		for _, row := range rows {
			if !was[row] {
				n++
			}
			delete(was, row)
		}
		n += len(was)
	}
	return n, err
}
