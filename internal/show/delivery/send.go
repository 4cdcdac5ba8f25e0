package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"keepsake/internal/bench/blast"
	"keepsake/internal/bench/sink"
	"keepsake/internal/show/stage"
)

// sending are the medians of some campaigns to one list.
type sending struct {
	rate, share, cpu, kb, rss float64
	lost, twice               int // in all of them
}

// many connections fill a commit: what one costs is shared by the letters in it.
const many = 64

// sendSQLite sends 100,000 letters of about 10 KB.
func sendSQLite(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	p, err := open(ctx, w, sink.Options{}, setting("SMTP_CONNECTIONS", many))
	if err != nil {
		return nil, err
	}
	s, err := p.sendings(ctx)
	return map[string]stage.Figure{"send_letters_per_s": stage.Info("%.0f", s.rate), "send_share_of_rset": stage.AtLeast("%.2f", s.share, 0.5),
		"cpu_us_per_letter": stage.AtMost("%.0f", s.cpu, 119), "rss_mb": stage.AtMost("%.0f", s.rss, 150), "send_letter_kb": stage.Info("%.1f", s.kb),
		"send_lost": stage.Count(s.lost, 0), "send_twice": stage.Count(s.twice, 0)}, err
}

// sendPostgres does it on PostgreSQL, whose processor time counts with ours.
func sendPostgres(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	p, err := openPostgres(ctx, w, sink.Options{}, setting("SMTP_CONNECTIONS", many))
	if err != nil {
		return nil, err
	}
	s, err := p.sendings(ctx)
	return map[string]stage.Figure{"pg_send_letters_per_s": stage.Info("%.0f", s.rate), "pg_share_of_rset": stage.AtLeast("%.2f", s.share, 0.375),
		"pg_cpu_us_per_letter": stage.Info("%.0f", s.cpu), "pg_rss_mb": stage.AtMost("%.0f", s.rss, 150),
		"pg_send_lost": stage.Count(s.lost, 0), "pg_send_twice": stage.Count(s.twice, 0)}, err
}

// sendings sends the same crowd some campaigns, each between two looks at what the driver reaches.
func (p *post) sendings(ctx context.Context) (s sending, err error) {
	n := size(100_000, 10_000)
	list, err := p.crowd(ctx, n)
	if err != nil {
		return s, err
	}
	var rates, shares, cpus []float64
	for range size(3, 1) {
		before, err := p.raw(ctx, blast.Rset, connections, size(30_000, 10_000))
		if err != nil {
			return s, err
		}
		m, err := p.send(ctx, list, n)
		if err != nil {
			return s, err
		}
		p.reckon(&s, n)
		after, err := p.raw(ctx, blast.Rset, connections, size(30_000, 10_000))
		if err != nil {
			return s, err
		}
		share := m.rate / ((before + after) / 2)
		fmt.Fprintf(os.Stderr, "  %.0f letters/s, rset %.0f before and %.0f after, %v of processor time a letter\n", m.rate, before, after, m.cpu)
		rates, shares, cpus, s.kb = append(rates, m.rate), append(shares, share), append(cpus, micros(m.cpu)), m.octets/1000
	}
	s.rate, s.share, s.cpu = median(rates), median(shares), median(cpus)
	s.rss, err = p.peak()
	return s, err
}

// reckon counts who got no letter and who more than one.
func (p *post) reckon(s *sending, n int) {
	got := p.sink.Recipients()
	s.lost += n - len(got)
	for _, times := range got {
		s.twice += times - 1
	}
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// growth compares what a letter costs in a long campaign and in one of a tenth of it.
func growth(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	n := size(1_000_000, 200_000)
	few, _, err := cost(ctx, w, n/10)
	if err != nil {
		return nil, err
	}
	many, rss, err := cost(ctx, w, n)
	fmt.Fprintf(os.Stderr, "  %v a letter of %d, %v of %d\n", few, n/10, many, n)
	return map[string]stage.Figure{"growth_1m": stage.AtMost("%.2f", float64(many)/float64(few), 1.15), "growth_rss_mb": stage.AtMost("%.0f", rss, 150)}, err
}

// cost is the processor time a letter and the peak memory of a campaign to so many.
func cost(ctx context.Context, w *stage.Workshop, n int) (time.Duration, float64, error) {
	p, err := open(ctx, w, sink.Options{})
	if err != nil {
		return 0, 0, err
	}
	list, err := p.crowd(ctx, n)
	if err != nil {
		return 0, 0, err
	}
	m, err := p.send(ctx, list, n)
	if err != nil {
		return 0, 0, err
	}
	var s sending
	if p.reckon(&s, n); s.lost+s.twice > 0 {
		return 0, 0, fmt.Errorf("%d lost, %d twice", s.lost, s.twice)
	}
	rss, err := p.peak()
	return m.cpu, rss, errors.Join(err, p.Stop())
}
