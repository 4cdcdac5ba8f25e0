package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/show/stage"
	"keepsake/templates"
)

// starter is one starter letter, as its file has it.
type starter struct {
	name, lang string
	stage.Content
}

// readers are called so in their language.
var readers = map[string]string{"en": "Anna", "bg": "Калоян", "ru": "Мария"}

// letters sends each starter letter of each language the real way and has the letters that arrive judged.
func letters(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	in, err := w.Inbox()
	if err != nil {
		return nil, err
	}
	k, err := w.Serve(ctx, in.Addr())
	if err != nil {
		return nil, err
	}
	sent := 0
	for _, lang := range audience.Languages {
		n, err := sendAll(ctx, w, k, lang)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", lang, err)
		}
		sent += n
	}
	err = stage.Until(ctx, time.Minute, "the letters", func() (bool, error) {
		if err := enter(ctx, k, in); err != nil {
			return false, err
		}
		return len(in.All()) >= sent, fmt.Errorf("%d of %d came", len(in.All()), sent)
	})
	if err != nil {
		return nil, fmt.Errorf("%w; log: %s", err, stage.Last(k.Said(), 300))
	}
	return judge(ctx, w, in, sent)
}

// starters are the letters of one language, by name.
func starters(lang string) (all []starter, err error) {
	files, err := fs.Glob(templates.FS, "letters/*."+lang+".json")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		b, err := fs.ReadFile(templates.FS, file)
		if err != nil {
			return nil, err
		}
		s := starter{name: strings.TrimSuffix(filepath.Base(file), "."+lang+".json"), lang: lang}
		if err := json.Unmarshal(b, &s.Content); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		s.Lang = lang
		all = append(all, s)
	}
	return all, nil
}

// sendAll begins a campaign for each letter that stands alone, and one for each kind that has letters of its own.
func sendAll(ctx context.Context, w *stage.Workshop, k *stage.Keepsake, lang string) (int, error) {
	all, err := starters(lang)
	if err != nil {
		return 0, err
	}
	list, err := k.List(ctx, "Readers of "+lang, []stage.Person{{Email: "reader." + lang + "@mail1.test", First: readers[lang]}})
	if err != nil {
		return 0, err
	}
	owned := map[string][]stage.Message{}
	for _, s := range all {
		kind, message, _ := strings.Cut(s.name, ".")
		if isOwn(kind, message) {
			owned[kind] = append(owned[kind], stage.After(message, 0))
			continue
		}
		d := stage.Draft{Kind: "newsletter", Name: s.name, Lang: lang, Trigger: stage.Now, Lists: []int64{list},
			Messages: []stage.Message{{Name: "news", Contents: []stage.Content{s.Content}}}}
		if _, err := k.Begin(ctx, d); err != nil {
			return 0, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	for kind, messages := range owned {
		if err := send(ctx, w, k, kind, lang, list, messages); err != nil {
			return 0, fmt.Errorf("%s: %w", kind, err)
		}
	}
	return len(all), nil
}

// isOwn reports whether a kind that exists has a message of that name, other than plain news.
func isOwn(kind, message string) bool {
	info, err := campaigns.KindInfo(kind)
	if err != nil || kind == "newsletter" {
		return false
	}
	return slices.ContainsFunc(info.New().Starter().Messages, func(m campaigns.Message) bool { return m.Name == message })
}

// send begins a campaign of a kind, with the letters the kind begins with.
func send(ctx context.Context, w *stage.Workshop, k *stage.Keepsake, kind, lang string, list int64, messages []stage.Message) error {
	d := stage.Draft{Kind: kind, Name: kind + " " + lang, Lang: lang, Trigger: stage.Now, Lists: []int64{list}, Messages: messages}
	switch kind {
	case "knowledge":
		d.Settings = map[string]any{"feed_url": w.Feed(), "least": 1}
	case "gift":
		d.Settings = map[string]any{"reward": "Mursal tea"}
	case "contest":
		d.Messages = messages[:0]
		d.Settings = map[string]any{"prize": "Sample teapot", "starts": time.Now().Add(-time.Minute), "ends": time.Now().Add(12 * time.Second), "winners": 1,
			"organiser": stage.Address + ", hello@shop.test", "eligible": "All readers over 18."}
	case "feedback":
		d.Settings, d.Trigger, d.Lists = map[string]any{"question": "?"}, map[string]any{"on": "order.fulfilled"}, nil
	}
	c, err := stage.Call[stage.Running](ctx, k, http.MethodPost, "/campaigns", d)
	if err != nil {
		return err
	}
	if kind == "gift" {
		if _, err := stage.Call[any](ctx, k, http.MethodPost, fmt.Sprintf("/campaigns/%d/codes", c.ID), map[string]any{"generate": 5}); err != nil {
			return err
		}
	}
	if _, err := k.Change(ctx, c.ID, "start"); err != nil || kind != "feedback" {
		return err
	}
	return buy(ctx, k, c.ID, lang, len(messages))
}

// buy reports an order and ends the campaign that listens once its letters have left: the next language's order is not its.
func buy(ctx context.Context, k *stage.Keepsake, campaign int64, lang string, letters int) error {
	order := stage.Order("9-"+lang, "buyer."+lang+"@mail1.test", "fulfilled", 0)
	order["first_name"], order["lang"] = readers[lang], lang
	if err := k.Report(ctx, order); err != nil {
		return err
	}
	if _, err := k.Finished(ctx, campaign, letters, time.Minute); err != nil {
		return err
	}
	_, err := k.Change(ctx, campaign, "cancel")
	return err
}

// enter presses the button behind each invitation to a contest, so that somebody wins.
func enter(ctx context.Context, k *stage.Keepsake, in *stage.Inbox) error {
	all, err := in.Opened()
	if err != nil {
		return err
	}
	for _, l := range all {
		link, err := l.Link("/r/")
		if err != nil || !strings.Contains(l.HTML, "enter=1") {
			continue // no invitation
		}
		if _, _, err := k.Visit(ctx, http.MethodPost, link, url.Values{}); err != nil {
			return err
		}
	}
	return nil
}

// judge has the letters as they came looked at by others' tools.
func judge(ctx context.Context, w *stage.Workshop, in *stage.Inbox, sent int) (map[string]stage.Figure, error) {
	all, err := in.Opened()
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(w.Root, "show", "letters")
	if err := os.RemoveAll(folder); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	largest := 0
	for i, l := range all {
		largest = max(largest, len(l.HTML))
		name := filepath.Join(folder, fmt.Sprintf("%03d", i+1))
		if err := keep(name, l, in.All()[i].Data); err != nil {
			return nil, err
		}
	}
	figures := map[string]stage.Figure{"starter_letters": stage.Count(len(all), sent), "letter_kb_max": stage.AtMost("%.1f", float64(largest)/1024, 60)}
	for _, judge := range []func(context.Context, *stage.Workshop, string, map[string]stage.Figure) error{spam, valid, complete, looked} {
		if err := judge(ctx, w, folder, figures); err != nil {
			return nil, err
		}
	}
	return figures, nil
}

// keep writes one letter as it came, and its parts.
func keep(name string, l stage.Letter, raw []byte) error {
	for end, data := range map[string][]byte{".eml": raw, ".html": []byte(l.HTML), ".txt": []byte(l.Text)} {
		if err := os.WriteFile(name+end, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
