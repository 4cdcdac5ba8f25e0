package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"time"

	"keepsake/internal/bench/sink"
	"keepsake/internal/show/stage"
)

// letters is how many a campaign has during which the program is ended again and again.
var letters = size(10_000, 5_000)

// kills ends the program with kill -9 at random instants of a campaign, on SQLite.
func kills(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	p, err := open(ctx, w, sink.Options{})
	if err != nil {
		return nil, err
	}
	return p.kills(ctx, "", size(50, 5))
}

// killsFar does it while letters go to a server abroad, so that each next one is begun before the answer to the one before it.
func killsFar(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	p, err := open(ctx, w, sink.Options{AfterData: far})
	if err != nil {
		return nil, err
	}
	return p.kills(ctx, "far_", size(20, 3))
}

// killsPostgres does it on PostgreSQL, where what a lost process held returns when it has been silent for a minute.
func killsPostgres(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	p, err := openPostgres(ctx, w, sink.Options{})
	if err != nil {
		return nil, err
	}
	return p.kills(ctx, "pg_", size(50, 5))
}

func (p *post) kills(ctx context.Context, prefix string, times int) (map[string]stage.Figure, error) {
	over, before := 0, 0
	campaign, err := p.interrupt(ctx, times, func() error {
		if err := p.Crash(); err != nil {
			return err
		}
		dead, err := p.inDoubt(ctx)
		over, before = max(over, dead-before-connections), dead
		return err
	})
	if err != nil {
		return nil, err
	}
	got, err := p.account(ctx, campaign, people(letters))
	if err != nil {
		return nil, err
	}
	unlisted, err := p.unlisted(ctx, campaign)
	fmt.Fprintf(os.Stderr, "  %d in doubt after all kills\n", got.Unsure)
	return map[string]stage.Figure{prefix + "kill_lost": stage.Count(got.Lost, 0), prefix + "kill_twice": stage.Count(got.Twice, 0),
		prefix + "unsure_over_connections": stage.Count(over, 0), prefix + "unsure_unlisted": stage.Count(unlisted, 0)}, err
}

// inDoubt starts the program again after a crash and counts the letters in doubt. On SQLite the start itself finds them; on
// PostgreSQL they are those that were being handed over.
func (p *post) inDoubt(ctx context.Context) (n int, err error) {
	if p.cluster == "" {
		if err := p.Start(ctx); err != nil {
			return 0, err
		}
		return p.number(ctx, `SELECT COUNT(*) FROM deliveries WHERE state = 'unsure'`)
	}
	if n, err = p.number(ctx, `SELECT COUNT(*) FROM deliveries WHERE state IN ('sending', 'unsure')`); err != nil {
		return n, err
	}
	return n, errors.Join(p.bury(ctx, p.Keepsake), p.Start(ctx))
}

// interrupt has something done so many times at random instants of a campaign, and waits for its end.
func (p *post) interrupt(ctx context.Context, times int, do func() error) (campaign int64, err error) {
	list, err := p.crowd(ctx, letters)
	if err != nil {
		return 0, err
	}
	c, err := p.Begin(ctx, newsletter(list))
	if err != nil {
		return 0, err
	}
	sure := letters - times*connections // letters in doubt may not come
	for i := range times {
		if err := p.sink.Wait(ctx, i*sure/times+rand.IntN(sure/times*9/10)); err != nil {
			return 0, fmt.Errorf("before interruption %d: %w; log: %s", i+1, err, stage.Last(p.Said(), 300))
		}
		time.Sleep(rand.N(5 * time.Millisecond))
		if err := do(); err != nil {
			return 0, fmt.Errorf("interruption %d: %w", i+1, err)
		}
	}
	_, err = p.Finished(ctx, c.ID, letters, 10*time.Minute)
	return c.ID, err
}

var owner = regexp.MustCompile(`msg=serving .*process=(\S+)`)

// bury spares the small form the minute after which the others take a silent process for lost: what it held on
// PostgreSQL returns as it does when a lease ends.
func (p *post) bury(ctx context.Context, dead *stage.Keepsake) error {
	if !brief || p.cluster == "" {
		return nil
	}
	log, err := os.ReadFile(dead.Log)
	if err != nil {
		return err
	}
	names := owner.FindAllSubmatch(log, -1)
	if len(names) == 0 {
		return errors.New("its log does not name the process")
	}
	_, err = p.db.ExecContext(ctx, `UPDATE leases SET until = until - INTERVAL '1 day' WHERE owner = $1`, string(names[len(names)-1][1]))
	return err
}

// unlisted counts the letters in doubt that the campaign does not show with the stage they reached.
func (p *post) unlisted(ctx context.Context, campaign int64) (int, error) {
	inDoubt, err := p.number(ctx, fmt.Sprint(`SELECT COUNT(*) FROM deliveries WHERE state = 'unsure' AND campaign_id = `, campaign))
	if err != nil {
		return 0, err
	}
	all, err := stage.Call[struct{ Items []stage.Delivery }](ctx, p.Keepsake, http.MethodGet, fmt.Sprintf("/campaigns/%d/deliveries?state=unsure&limit=200", campaign), nil)
	if inDoubt > 200 && err == nil {
		all.Items, err = p.Deliveries(ctx, campaign)
	}
	for _, d := range all.Items {
		if d.State == "unsure" && d.Stage != "" {
			inDoubt--
		}
	}
	return inDoubt, err
}

// stops ends the program in order at random instants, on both databases.
func stops(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	var sum stage.Account
	for _, open := range []func(context.Context, *stage.Workshop, sink.Options, ...string) (*post, error){open, openPostgres} {
		p, err := open(ctx, w, sink.Options{})
		if err != nil {
			return nil, err
		}
		campaign, err := p.interrupt(ctx, size(50, 5), func() error { return p.again(ctx) })
		if err != nil {
			return nil, err
		}
		got, err := p.account(ctx, campaign, people(letters))
		if err != nil {
			return nil, err
		}
		sum.Lost, sum.Twice, sum.Unsure = sum.Lost+got.Lost, sum.Twice+got.Twice, sum.Unsure+got.Unsure
	}
	return map[string]stage.Figure{"stop_lost": stage.Count(sum.Lost, 0), "stop_twice": stage.Count(sum.Twice, 0), "stop_unsure": stage.Count(sum.Unsure, 0)}, nil
}

// restart ends PostgreSQL in mid-send as if the power had failed; the program goes on when it is back.
func restart(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	p, err := openPostgres(ctx, w, sink.Options{})
	if err != nil {
		return nil, err
	}
	campaign, err := p.interrupt(ctx, size(50, 1), func() error {
		_, err := stage.Output(ctx, w.Root, "scripts/postgres", "restart", p.cluster)
		return err
	})
	if err != nil {
		return nil, err
	}
	got, err := p.account(ctx, campaign, people(letters))
	return map[string]stage.Figure{"pg_restart_lost": stage.Count(got.Lost, 0), "pg_restart_twice": stage.Count(got.Twice, 0), "pg_restart_unsure": stage.Info("%d", got.Unsure)}, err
}

// senders ends one of three processes on one PostgreSQL again and again, and starts it anew.
func senders(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	p, err := openPostgres(ctx, w, sink.Options{})
	if err != nil {
		return nil, err
	}
	all := []*stage.Keepsake{p.Keepsake}
	for range 2 {
		other, err := p.Beside(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, other)
	}
	times := size(50, 3)
	campaign, err := p.interrupt(ctx, times, func() error {
		one := all[rand.IntN(len(all))]
		if err := one.Crash(); err != nil {
			return err
		}
		return errors.Join(p.bury(ctx, one), one.Start(ctx))
	})
	if err != nil {
		return nil, err
	}
	got, err := p.account(ctx, campaign, people(letters))
	fmt.Fprintf(os.Stderr, "  %d in doubt after %d kills\n", got.Unsure, times)
	return map[string]stage.Figure{"three_senders_lost": stage.Count(got.Lost, 0), "three_senders_twice": stage.Count(got.Twice, 0),
		"three_unsure_over": stage.Count(max(0, got.Unsure-times*connections), 0)}, err
}
