package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"keepsake/internal/bench/sink"
	"keepsake/internal/bench/web"
	"keepsake/internal/show/stage"
)

// mostAsked is how often one letter is opened or clicked at most: of more than sixty a minute, not all are counted.
const mostAsked = 25

// tracking opens and clicks the letters of a campaign as fast as it goes, and stops the program in the midst of it.
func tracking(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	n := size(10_000, 3_000)
	p, err := open(ctx, w, sink.Options{Keep: n})
	if err != nil {
		return nil, err
	}
	list, err := p.crowd(ctx, n)
	if err != nil {
		return nil, err
	}
	if _, err := p.send(ctx, list, n); err != nil {
		return nil, err
	}
	pixels, clicks, err := p.tracked()
	if err != nil {
		return nil, err
	}
	time.Sleep(3 * time.Second) // who opens as the letter is handed over is a machine
	pixel, err := p.ask(ctx, pixels)
	if err != nil {
		return nil, err
	}
	click, err := p.ask(ctx, clicks)
	if err != nil {
		return nil, err
	}
	last, err := p.stopAsked(ctx, pixels, clicks)
	if err != nil {
		return nil, err
	}
	kept, err := p.number(ctx, `SELECT COUNT(*) FROM activities`)
	answered := pixel.Status[200] + click.Status[302] + last
	fmt.Fprintf(os.Stderr, "  %d answered, %d of them during the stop; %d kept\n", answered, last, kept)
	return map[string]stage.Figure{"pixel_rps": stage.AtLeast("%.0f", pixel.Rate, 5*2560), "pixel_p99_ms": stage.AtMost("%.1f", millis(pixel.P99), 10),
		"click_rps": stage.AtLeast("%.0f", click.Rate, 5*2830), "click_p99_ms": stage.AtMost("%.1f", millis(click.P99), 10),
		"tracking_lost": stage.Count(max(0, answered-kept), 0)}, err
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// tracked are the paths of the pixels and of the first links in the letters that came.
func (p *post) tracked() (pixels, clicks []string, err error) {
	for _, l := range p.sink.Letters() {
		open, err := stage.Open(l.To, bytes.ReplaceAll(l.Data, []byte("\r\n.."), []byte("\r\n.")))
		if err != nil {
			return nil, nil, fmt.Errorf("the letter to %s: %w", l.To, err)
		}
		for prefix, to := range map[string]*[]string{"/o/": &pixels, "/c/": &clicks} {
			link, err := open.Link(prefix)
			if err != nil {
				return nil, nil, err
			}
			*to = append(*to, strings.TrimPrefix(link, stage.Base))
		}
	}
	return pixels, clicks, nil
}

// load is what the driver is told.
func (p *post) load(paths []string) web.Options {
	return web.Options{Addr: strings.TrimPrefix(p.URL, "http://"), Host: strings.TrimPrefix(stage.Base, "https://"), Paths: paths,
		For: time.Duration(size(10, 3)) * time.Second, Requests: mostAsked * len(paths)}
}

// ask asks for the paths in turn; every answer must be as it should.
func (p *post) ask(ctx context.Context, paths []string) (web.Result, error) {
	r, err := web.Run(ctx, p.load(paths))
	if err == nil && (r.Answered != r.Status[200]+r.Status[302] || r.Broken > 0) {
		err = fmt.Errorf("answered %v, %d connections broke", r.Status, r.Broken)
	}
	return r, err
}

// stopAsked stops the program in order while it is asked, and returns how many got their answer.
func (p *post) stopAsked(ctx context.Context, pixels, clicks []string) (answered int, err error) {
	var results [2]web.Result
	var errs [2]error
	var asking sync.WaitGroup
	for i, paths := range [][]string{pixels, clicks} {
		asking.Go(func() { results[i], errs[i] = web.Run(ctx, p.load(paths)) })
	}
	time.Sleep(time.Second)
	stopped := p.Stop()
	asking.Wait()
	for i := range results {
		answered += results[i].Status[200] + results[i].Status[302]
	}
	return answered, errors.Join(stopped, errs[0], errs[1])
}
