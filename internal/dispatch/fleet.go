package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"keepsake/campaigns/sending"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/store"
)

// fleet is the transports in use and the gate before them.
type fleet struct {
	store      *store.Store
	links      *link.Signer
	first      *mailer.Pool      // of the configured transport
	configured sending.Transport // of the configuration file; ID sending.Configured
	only       bool              // no other transport is used: letters stay on this machine
	gate       *gate
	mu         sync.Mutex // of refit
	stale      bool       // who waits for a limit was told to by one that is no more
	looked     time.Time  // when that was last asked
	content    bool       // a domain is content again, and who waits for it was not told
	woken      time.Time  // when who waits was last told
}

func newFleet(st *store.Store, links *link.Signer, first *mailer.Pool, o Options) *fleet {
	t := o.Transport
	if t.Connections <= 0 {
		t.Connections = 4
	}
	t.ID, t.Enabled, t.Priority, t.Weight = sending.Configured, true, max(t.Priority, 1), max(t.Weight, 1)
	f := &fleet{store: st, links: links, first: first, configured: t, gate: newGate(st)}
	f.gate.rules = o.Limits
	c := newCarrier(t, first)
	f.gate.plan.Store(&plan{version: -1, carriers: []*carrier{c}, free: true, alone: true})
	return f
}

func newCarrier(t sending.Transport, pool *mailer.Pool) *carrier {
	return &carrier{Transport: t, pool: pool, retired: make(chan struct{})}
}

// settled says whether what is in force is what the database says: its version and the
// shop's day, since warm-ups go by the day.
func (f *fleet) settled(ctx context.Context) (version int64, day string, zone *time.Location, same bool, err error) {
	if version, err = f.store.SendingVersion(ctx); err != nil {
		return 0, "", nil, false, err
	}
	shop, err := f.store.Shop(ctx)
	zone = shop.Location()
	day = f.store.Now().In(zone).Format(time.DateOnly)
	p := f.gate.plan.Load()
	return version, day, zone, p.version == version && p.day == day, err
}

// refit puts transports and limits into force as they are set now. It is asked before each
// round and costs a look at one row where nothing changed.
func (f *fleet) refit(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.content = f.gate.forgive() || f.content
	version, day, zone, same, err := f.settled(ctx)
	if err == nil && !same {
		err = f.renew(ctx, version, day, zone)
	}
	if err != nil {
		return err
	}
	return f.wake(ctx)
}

// wakeEvery is how often those who wait for slow domains are woken at most.
const wakeEvery = time.Minute

// farAhead is beyond every moment to which a letter was told to wait.
const farAhead = 10 * 365 * 24 * time.Hour

// wake lets letters ask again that wait for a limit that was changed, or for a domain that
// is content again. At the limits of others they are refused once more; for domains, of
// which there may be many, that is done once a minute.
func (f *fleet) wake(ctx context.Context) error {
	now, most := f.store.Now(), sending.SlowWait
	if now.Before(f.looked.Add(-sending.Skew)) { // moments lie far ahead of a clock that was set back
		f.stale = true
	}
	f.looked = now
	switch {
	case f.stale:
		most = farAhead
	case f.content && now.Sub(f.woken).Abs() >= wakeEvery:
	default:
		return nil
	}
	n, err := f.store.Wake(context.WithoutCancel(ctx), limited, now.Add(most))
	if err != nil {
		return err
	}
	f.stale, f.content, f.woken = false, false, now
	if n > 0 {
		f.gate.requeue()
		slog.Info("letters that waited for a limit ask again", "count", n)
	}
	return nil
}

// renew puts into force what is set now. With f.mu held.
func (f *fleet) renew(ctx context.Context, version int64, day string, zone *time.Location) error {
	old := f.gate.plan.Load()
	next, err := f.planOf(ctx, old, zone)
	if err != nil {
		return fmt.Errorf("transports: %w", err)
	}
	next.version, next.day = version, day
	f.gate.plan.Store(next)
	f.stale = true
	for _, c := range old.carriers {
		if now := next.carrier(c.ID); now == nil || now.pool != c.pool {
			close(c.retired)
			if c.pool != f.first {
				go c.pool.Close() // letters on their way finish first
			}
		}
	}
	slog.Info("transports and limits are in force", "transports", len(next.carriers), "version", version)
	return f.store.ForgetAllowances(ctx)
}

func (f *fleet) planOf(ctx context.Context, old *plan, zone *time.Location) (*plan, error) {
	p := &plan{domains: map[string]*line{}, senders: map[string]*line{}}
	rules, err := f.store.Limits(ctx)
	if err != nil {
		return nil, err
	}
	p.limit(old, append(rules, f.gate.rules...)) // the configuration has the last word
	made, err := f.transports(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range made {
		c, err := f.carrierOf(t, old, zone)
		if err != nil {
			slog.Error("a transport cannot be used", "transport", t.ID, "error", err)
			continue
		}
		p.carriers = append(p.carriers, c)
	}
	if len(p.carriers) == 0 { // none can be used: say what the configuration lacks
		p.carriers = []*carrier{newCarrier(f.configured, f.first)}
	}
	p.alone = len(p.carriers) == 1 && p.carriers[0].line == nil
	return p, nil
}

// transports are those in use: the configured one, if it names a server or is the only one,
// and the enabled ones of the database.
func (f *fleet) transports(ctx context.Context) ([]sending.Transport, error) {
	var use []sending.Transport
	if !f.only {
		stored, err := f.store.Transports(ctx)
		if err != nil {
			return nil, err
		}
		for _, t := range stored {
			if t.Enabled {
				use = append(use, t)
			}
		}
	}
	if f.first.Usable() || len(use) == 0 {
		use = append([]sending.Transport{f.configured}, use...)
	}
	return use, nil
}

// carrierOf puts a transport to use, with the pool and the standing it had before if nothing
// of its connections changed.
func (f *fleet) carrierOf(t sending.Transport, old *plan, zone *time.Location) (*carrier, error) {
	made := newLine(fmt.Sprintf("transport:%d", t.ID), t.Rates, warmUp(t, f.store.Now(), zone)...)
	before := old.carrier(t.ID)
	if before != nil && sameServer(before.Transport, t) {
		f.gate.mu.Lock()
		defer f.gate.mu.Unlock()
		c := &carrier{Transport: t, pool: before.pool, retired: before.retired, line: keepLine(before.line, made), health: before.health, written: before.written}
		if before.Transport != t {
			c.health.Hurry(f.store.Now())
		}
		c.sound.Store(before.sound.Load())
		return c, nil
	}
	pool := f.first
	if t.ID != sending.Configured {
		cfg, err := f.serverOf(t)
		if err != nil {
			return nil, err
		}
		pool = mailer.New(cfg)
	}
	c := newCarrier(t, pool)
	c.line = made
	return c, nil
}

func sameServer(a, b sending.Transport) bool {
	for _, t := range []*sending.Transport{&a, &b} {
		t.Name, t.Rates, t.WarmUp, t.FirstDay, t.Weight, t.Priority = "", sending.Rates{}, "", "", 0, 0
	}
	return a == b
}

func (f *fleet) serverOf(t sending.Transport) (mailer.Config, error) {
	password, err := f.links.Unseal(sending.PasswordUse, t.Password)
	helo := t.HELO
	if helo == "" {
		helo = f.configured.HELO
	}
	return mailer.Config{Host: t.Host, Port: t.Port, TLS: t.TLS, Username: t.Username, Password: password, HELO: helo,
		Connections: t.Connections, PerConnection: t.PerConnection, Timeout: time.Duration(t.TimeoutSeconds) * time.Second}, err
}

// warmUp is today's part of a warm-up: a quota of its own, named by the day.
func warmUp(t sending.Transport, now time.Time, zone *time.Location) []sending.Quota {
	_, most, ok := t.Today(now, zone)
	if !ok {
		return nil
	}
	return []sending.Quota{{Name: WarmUpName(now, zone), Most: most, Window: 48 * time.Hour}}
}

// WarmUpName is what today's allowance of a warm-up is called, behind "transport:<id>:".
func WarmUpName(now time.Time, zone *time.Location) string {
	return "warm-up:" + now.In(zone).Format(time.DateOnly)
}

// keepLine is the old line where it says the same: it holds slots and a queue.
func keepLine(old, made *line) *line {
	if old == nil || made == nil || old.rates != made.rates || len(old.quotas) != len(made.quotas) {
		return made
	}
	for i, q := range old.quotas {
		if q != made.quotas[i] {
			return made
		}
	}
	return old
}

// limit makes the lines of the rules; the last rule for the same letters counts.
func (p *plan) limit(old *plan, rules []sending.Rule) {
	p.free = len(rules) == 0
	for _, r := range rules {
		made := newLine(r.Scope+":"+r.Name, r.Rates)
		switch r.Scope {
		case sending.ScopeAll:
			p.all = keepLine(old.all, made)
		case sending.ScopeDomain:
			p.domains[r.Name] = keepLine(old.domains[r.Name], made)
		case sending.ScopeSender:
			p.senders[r.Name] = keepLine(old.senders[r.Name], made)
		}
	}
}

// check reports whether a transport answers that may not be saved yet; a *fault.Error says
// what to do.
func (f *fleet) check(ctx context.Context, t sending.Transport) error {
	cfg, err := f.serverOf(t)
	if err != nil {
		return err
	}
	pool := mailer.New(cfg)
	defer pool.Close()
	return pool.Check(ctx)
}

// CheckTransport reports whether a mail server answers that may not be saved yet; its
// password is sealed. A *fault.Error says what to do.
func (d *Dispatcher) CheckTransport(ctx context.Context, t sending.Transport) error {
	if t.ID == sending.Configured && t.Name == "" {
		return d.fleet.first.Check(ctx)
	}
	return d.fleet.check(ctx, t)
}

// Close says goodbye to the servers of all transports. Nothing is sent after it.
func (d *Dispatcher) Close() error {
	var errs []error
	for _, c := range d.fleet.gate.plan.Load().carriers {
		errs = append(errs, c.pool.Close())
	}
	return errors.Join(append(errs, d.fleet.first.Close())...)
}

// KeepHere uses no transport but the configured one, so that letters stay in the built-in
// mailbox. It is called before Run.
func (d *Dispatcher) KeepHere() { d.fleet.only = true }
