package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"keepsake/internal/config"
	"keepsake/internal/store"
)

// keeper looks after this process among the others: it says that we live, takes back what a
// lost process held, decides letters in doubt by the operator's rule, and watches over
// whether this database may send at all.
type keeper struct {
	store    *store.Store
	instance *store.Instance
	self     store.Process
	data     string // the data folder
	roll     store.Roll
	changed  func() // tells open pages that another process may have done something
	pace     pace
	// limit bounds a step's time; tests end one by a signal instead.
	limit func(ctx context.Context, name string, span time.Duration) (context.Context, context.CancelFunc)
}

// pace is how often a keeper says that we live, and how long it lets the database take for
// that and for each other step.
type pace struct{ here, hereTime, stepTime time.Duration }

const (
	keepEvery = 10 * time.Second
	heldEvery = 2 * time.Second // a confirmation from elsewhere should not be waited for
	againSoon = 2 * time.Second // after saying that we live failed: a minute's silence is death
)

var usualPace = pace{here: keepEvery, hereTime: 5 * time.Second, stepTime: 30 * time.Second}

func (p *program) newKeeper() *keeper {
	host, _ := os.Hostname() // for people only
	k := &keeper{store: p.store, instance: p.instance, data: p.config.Data, roll: store.Roll{}, changed: p.site.Dispatch.Changed, pace: usualPace, limit: timeLimit}
	k.self = store.Process{Owner: p.site.Dispatch.Owner(), Host: host, Roles: strings.Join(p.config.Roles, ","), Version: version(), BaseURL: p.config.Base(), StartedAt: p.store.Now()}
	return k
}

// run keeps until ctx ends. What goes wrong is logged and tried again.
func (k *keeper) run(ctx context.Context) {
	var living sync.WaitGroup
	living.Go(func() { k.live(ctx) })
	defer living.Wait()
	for {
		k.once(ctx)
		pause := keepEvery
		if k.instance.Held() != "" {
			pause = heldEvery
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// live says that we live until ctx ends, whatever else is held up: a disk that hangs is no
// reason for the others to take our letters.
func (k *keeper) live(ctx context.Context) {
	for {
		pause := k.pace.here
		if err := k.here(ctx); err != nil {
			pause = min(pause, againSoon)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (k *keeper) once(ctx context.Context) {
	before := k.instance.Held()
	_ = k.step(ctx, k.pace.stepTime, "count on", k.instance.Beat)
	_ = k.step(ctx, k.pace.stepTime, "look after this machine", k.bury)
	_ = k.step(ctx, k.pace.stepTime, "look after the others", k.recover)
	_ = k.step(ctx, k.pace.stepTime, "decide letters in doubt", k.decide)
	if held := k.instance.Held(); held != before {
		sayHeld(k.instance)
	}
}

func timeLimit(ctx context.Context, _ string, span time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, span)
}

// step does one thing within a span, and logs what goes wrong.
func (k *keeper) step(ctx context.Context, span time.Duration, name string, do func(context.Context) error) error {
	short, cancel := k.limit(ctx, name, span)
	defer cancel()
	err := do(short)
	if err != nil && ctx.Err() == nil {
		slog.Warn("keeper: "+name, "error", err)
	}
	return err
}

// tellEvery is how often pages that show progress look at what other processes sent.
const tellEvery = 2 * time.Second

// tell lets open pages look again and again: no other process can tell us that it sent.
func (k *keeper) tell(ctx context.Context) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			k.changed()
		}
	}
}

// sayHeld logs that sending stopped or goes on.
func sayHeld(i *store.Instance) {
	held := i.Held()
	if held == "" {
		slog.Info("confirmed: sending goes on")
		return
	}
	slog.Error("nothing is sent", "reason", held, "say", strings.Join(i.Reasons(), " "), "confirm", "in Settings, or by "+confirmBy(i))
}

func (k *keeper) here(ctx context.Context) error {
	return k.step(ctx, k.pace.hereTime, "say that we live", func(ctx context.Context) error { return k.store.Here(ctx, k.self) })
}

func (k *keeper) recover(ctx context.Context) error {
	lost, unsure, err := k.store.RecoverLost(ctx, k.roll)
	for _, owner := range lost {
		slog.Warn("a process is lost; what it held was taken back", "process", owner, "unsure", unsure)
	}
	return err
}

func (k *keeper) decide(ctx context.Context) error {
	if k.instance.Held() != "" {
		return nil
	}
	n, err := k.store.ApplyUnsure(ctx)
	if n > 0 {
		slog.Info("letters in doubt were decided by the rule", "count", n)
	}
	return err
}

// plans reports whether this process plans now: it has the role, the database may send, and it leads.
func (p *program) plans(ctx context.Context) bool {
	return p.config.Has(config.Cron) && p.instance.Held() == "" && p.leader.Leads(ctx)
}

// sends reports whether this process sends now.
func (p *program) sends(context.Context) bool {
	return p.config.Has(config.Send) && p.instance.Held() == ""
}

// confirmBy is the command that lets sending go on.
func confirmBy(i *store.Instance) string {
	if i.NewSecret() {
		return "keepsake confirm --new-secret"
	}
	return "keepsake confirm"
}

// key is the secret. Where it is missing though letters were sent, it is one for this run
// alone, to be kept in the file unkept once a person has confirmed it: until then pages are
// served and nothing is sent.
func (p *program) key(ctx context.Context) (key []byte, unkept string, err error) {
	if !p.config.HasKey() {
		sent, err := p.store.HasSent(ctx)
		if err != nil {
			return nil, "", err
		}
		if sent {
			slog.Error("the secret is missing, though letters were sent: links in them do not open. Bring it back from a backup and start again", "file", p.config.SecretPath())
			return config.FreshKey(), p.config.SecretPath(), nil
		}
	}
	key, err = p.config.Key()
	return key, "", err
}

// settle makes this process ready to work beside others: its place, the rule for letters in
// doubt, and on SQLite, where it is the only one, what the last one left behind.
func (p *program) settle(ctx context.Context, key []byte, unkept string) error {
	if p.config.Database == "" {
		if err := os.RemoveAll(filepath.Join(p.config.Data, "run")); err != nil { // what killed ones left
			return err
		}
		if n, err := p.store.RecoverOthers(ctx); err != nil {
			return fmt.Errorf("recover: %w", err)
		} else if n > 0 {
			slog.Warn("deliveries in doubt after the last stop; see their campaigns", "count", n)
		}
	}
	var err error
	if p.instance, err = p.store.Bind(ctx, store.Home{Dir: p.config.Data, Secret: key, Unkept: unkept}); err != nil {
		return fmt.Errorf("bind the database: %w", err)
	}
	if p.instance.Held() != "" {
		sayHeld(p.instance)
	}
	return p.store.ConfigureUnsure(ctx, p.config.Unsure)
}
