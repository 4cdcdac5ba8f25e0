package main

import (
	"context"
	"fmt"
	"time"

	"keepsake/internal/bench/blast"
	"keepsake/internal/bench/sink"
	"keepsake/internal/show/stage"
)

// far is how long a server abroad takes to answer.
const far = 20 * time.Millisecond

// latency sends to a server that takes 20 ms for each letter, and to one that takes them for every answer.
func latency(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	p, err := open(ctx, w, sink.Options{AfterData: far})
	if err != nil {
		return nil, err
	}
	seconds := size(12, 4)
	list, err := p.crowd(ctx, seconds*limit(50))
	if err != nil {
		return nil, err
	}
	got, worst := map[string]stage.Figure{}, 1.0
	for _, c := range []int{10, 25, 50} {
		share, ceiling, err := p.abroad(ctx, list, c, seconds)
		if err != nil {
			return nil, err
		}
		worst = min(worst, share)
		got[fmt.Sprint("latency20_share_", c)], got[fmt.Sprint("latency20_ceiling_", c)] = stage.Info("%.3f", share), stage.Info("%.3f", ceiling)
	}
	got["latency20_share"] = stage.AtLeast("%.3f", worst, 0.95)
	p.sink.Set(sink.Options{EveryReply: far})
	rate, err := p.rate(ctx, list, 16, seconds*400)
	got["every_reply20_per_s"] = stage.AtLeast("%.0f", rate, 350)
	return got, err
}

// limit is a letter for each round trip of so many connections, a second.
func limit(connections int) int { return connections * int(time.Second/far) }

// abroad is the share of the limit that our program reaches over c connections, and our driver.
func (p *post) abroad(ctx context.Context, list int64, c, seconds int) (share, ceiling float64, err error) {
	p.sink.Reset()
	if _, err := p.raw(ctx, blast.Fold, c, limit(c)*2); err != nil {
		return 0, 0, err
	}
	raw := p.sink.Figures().Rate()
	rate, err := p.rate(ctx, list, c, seconds*limit(c))
	return rate / float64(limit(c)), raw / float64(limit(c)), err
}

// rate sends over so many connections until n letters came, and takes the rest back.
func (p *post) rate(ctx context.Context, list int64, connections, n int) (float64, error) {
	if err := p.again(ctx, setting("SMTP_CONNECTIONS", connections)); err != nil {
		return 0, err
	}
	p.sink.Reset()
	c, err := p.Begin(ctx, newsletter(list))
	if err != nil {
		return 0, err
	}
	if err := p.sink.Wait(ctx, n); err != nil {
		return 0, fmt.Errorf("%w; log: %s", err, stage.Last(p.Said(), 300))
	}
	rate := p.sink.Figures().Rate()
	if c, err = p.Campaign(ctx, c.ID); err == nil && c.State != "finished" {
		_, err = p.Change(ctx, c.ID, "cancel")
	}
	return rate, err
}
