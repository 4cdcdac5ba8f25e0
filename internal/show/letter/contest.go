package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"keepsake/internal/show/stage"
)

const winners = 3

func contestDraft(list int64, ends time.Time) stage.Draft {
	return stage.Draft{Kind: "contest", Name: "Win a teapot", Lang: "bg", Trigger: stage.Now, Lists: []int64{list}, Settings: map[string]any{
		"prize": "чугунен чайник", "starts": time.Now().Add(-time.Minute), "ends": ends, "winners": winners,
		"organiser": stage.Address + ", hello@shop.test", "eligible": "Всички абонати над 18 години."}}
}

// published is the record of a draw, as anyone can fetch it.
type published struct {
	Commitment string   `json:"commitment"`
	Entries    []string `json:"entries"`
	Winners    []string `json:"winners"`
}

// contest enters people, lets the entries close and draws again with a script that shares no code.
func contest(ctx context.Context, w *workshop) (map[string]stage.Figure, error) {
	in, err := w.Inbox()
	if err != nil {
		return nil, err
	}
	k, err := w.serve(ctx, in.Addr())
	if err != nil {
		return nil, err
	}
	all := stage.People(12, names...)
	list, err := k.List(ctx, "Club", all)
	if err != nil {
		return nil, err
	}
	ends := time.Now().Add(8 * time.Second)
	c, err := k.Begin(ctx, contestDraft(list, ends))
	if err != nil {
		return nil, err
	}
	if _, err := k.Finished(ctx, c.ID, len(all), time.Until(ends)); err != nil {
		return nil, err
	}
	letters, err := in.Opened()
	if err != nil {
		return nil, err
	}
	promise, err := k.promise(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	entered, err := k.enter(ctx, letters[:len(letters)-2])
	if err != nil {
		return nil, err
	}
	record, err := k.record(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if err := w.checkRecord(ctx, record, promise, entered); err != nil {
		return map[string]stage.Figure{"draw_recomputed": stage.Exactly("no: "+stage.OneLine(err.Error()), "yes")}, nil
	}
	return map[string]stage.Figure{"draw_recomputed": stage.Exactly("yes", "yes")}, k.told(ctx, in, len(all))
}

var hash = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

func publicPage(campaign int64, name string) string {
	return strings.TrimSuffix(fmt.Sprintf("%s/public/%d/%s", stage.Base, campaign, name), "/")
}

// promise is the commitment on the rules page while entries are open.
func (k *keepsake) promise(ctx context.Context, campaign int64) (string, error) {
	status, page, err := k.Visit(ctx, http.MethodGet, publicPage(campaign, ""), nil)
	if err != nil || status != http.StatusOK {
		return "", fmt.Errorf("the rules page answered %d %w: %s", status, err, stage.Last(page, 300))
	}
	all := hash.FindAllString(page, -1)
	if len(all) == 0 {
		return "", errors.New("the rules page promises no seed")
	}
	return all[0], nil
}

// enter follows each letter's link, presses its button, and presses it again.
func (k *keepsake) enter(ctx context.Context, letters []stage.Letter) (int, error) {
	for _, l := range letters {
		link, err := l.Link("/r/")
		if err != nil {
			return 0, err
		}
		for range 2 {
			status, page, err := k.Visit(ctx, http.MethodPost, link, url.Values{})
			if err != nil || status/100 > 3 {
				return 0, fmt.Errorf("entering answered %d %w: %s", status, err, stage.Last(page, 300))
			}
		}
	}
	return len(letters), nil
}

func (k *keepsake) record(ctx context.Context, campaign int64) (record string, err error) {
	err = stage.Until(ctx, 30*time.Second, "the published draw", func() (bool, error) {
		status, text, err := k.Visit(ctx, http.MethodGet, publicPage(campaign, "record.json"), nil)
		record = text
		return err == nil && status == http.StatusOK, fmt.Errorf("%d %w", status, err)
	})
	return record, err
}

// checkRecord draws again: the published record must be true, and must not be with one entry changed.
func (w *workshop) checkRecord(ctx context.Context, record, promise string, entered int) error {
	var r published
	if err := json.Unmarshal([]byte(record), &r); err != nil {
		return err
	}
	if r.Commitment != promise || len(r.Entries) != entered || len(r.Winners) != winners {
		return fmt.Errorf("promised %s, published %s; %d entered, %d are listed; %d won", promise, r.Commitment, entered, len(r.Entries), len(r.Winners))
	}
	if err := w.drawAgain(ctx, record); err != nil {
		return err
	}
	for _, entry := range []string{r.Entries[0], r.Entries[len(r.Entries)-1], r.Winners[0]} {
		changed := swap(entry)
		if slices.Contains(r.Entries, changed) || w.drawAgain(ctx, strings.Replace(record, entry, changed, 1)) == nil {
			return fmt.Errorf("with the entry %s changed it is still true", entry)
		}
	}
	return nil
}

// swap changes the last character.
func swap(entry string) string {
	end := "0"
	if strings.HasSuffix(entry, "0") {
		end = "1"
	}
	return entry[:len(entry)-1] + end
}

func (w *workshop) drawAgain(ctx context.Context, record string) error {
	file := filepath.Join(w.Dir, "record.json")
	if err := os.WriteFile(file, []byte(record), 0o600); err != nil {
		return err
	}
	_, err := stage.Output(ctx, w.Root, "python3", "docs/check_draw.py", file)
	return err
}

// told waits for the winners' letters.
func (k *keepsake) told(ctx context.Context, in *stage.Inbox, invited int) error {
	return stage.Until(ctx, 20*time.Second, "the winners' letters", func() (bool, error) {
		return len(in.All()) == invited+winners, fmt.Errorf("%d letters came", len(in.All()))
	})
}
