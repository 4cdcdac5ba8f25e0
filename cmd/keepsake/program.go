package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"keepsake/campaigns/fault"
	"keepsake/internal/config"
	"keepsake/internal/dispatch"
	"keepsake/internal/feed"
	"keepsake/internal/fetch"
	"keepsake/internal/inbound"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
	"keepsake/internal/render"
	"keepsake/internal/store"
	"keepsake/templates"
	"keepsake/web"
	"keepsake/web/page"
)

// program is all of Keepsake, wired.
type program struct {
	config   config.Config
	now      func() time.Time
	store    *store.Store
	instance *store.Instance
	leader   *store.Leader
	site     *page.Site
	handler  http.Handler
	listener net.Listener
	receiver *inbound.Receiver // of bounces; nil when it is off
}

// dsn is the database the configuration names.
func dsn(c config.Config) string {
	if c.Database != "" {
		return c.Database
	}
	return filepath.Join(c.Data, "keepsake.db")
}

// open wires everything and takes the address, so that what is in the way is said at once.
// The configuration's address may end in :0; the program's has the real one.
func open(ctx context.Context, c config.Config, now func() time.Time) (*program, error) {
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fault.New(fault.Away, "The address %s cannot be used: %v. Stop what uses it, or choose another with --addr.", c.Addr, err)
	}
	c.Addr = l.Addr().String()
	p := &program{config: c, now: now, listener: l}
	if p.store, err = store.Open(ctx, store.Options{DSN: dsn(c), Now: now, Soft: softRule(c), Guard: c.Guard.Rule()}); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if err := p.wire(ctx); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *program) wire(ctx context.Context) error {
	key, unkept, err := p.key(ctx)
	if err != nil {
		return err
	}
	if err := p.settle(ctx, key, unkept); err != nil {
		return err
	}
	catalog, err := render.LoadCatalog(templates.FS)
	if err != nil {
		return fmt.Errorf("catalogues: %w", err)
	}
	samples, err := render.LoadSamples(templates.FS)
	if err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	book, err := page.NewBook(templates.FS, catalog)
	if err != nil {
		return fmt.Errorf("templates: %w", err)
	}
	pictures, err := openMedia(p.config)
	if err != nil {
		return err
	}
	art, err := fs.Sub(templates.FS, "art")
	if err != nil {
		return fmt.Errorf("art: %w", err)
	}
	if err := p.nameSender(ctx); err != nil {
		return err
	}
	links := link.New(key, p.config.Base())
	p.site = &page.Site{Store: p.store, Links: links, Catalog: catalog, Config: p.config, Now: p.now, Book: book, Media: pictures, Art: art,
		Dispatch: dispatch.New(p.store, mailer.New(transport(p.config)), links, catalog, p.sending(links, samples))}
	p.site.Instance, p.leader = p.instance, p.store.Stand(p.site.Dispatch.Owner())
	p.site.Jobs = p.site.NewJobs()
	if !p.config.Has(config.Web) {
		p.handler = web.Probes(p.site)
		return nil
	}
	if p.handler, err = web.New(p.site); err != nil {
		return err
	}
	return p.receive()
}

// nameSender makes the configured sender the shop's, until somebody names one in Settings.
func (p *program) nameSender(ctx context.Context) error {
	shop, err := p.store.Shop(ctx)
	if err != nil || shop.SenderEmail != "" || p.config.Sender.Email == "" {
		return err
	}
	shop.SenderName, shop.SenderEmail, shop.ReplyTo = p.config.Sender.Name, p.config.Sender.Email, p.config.Sender.ReplyTo
	return p.store.SaveShop(ctx, shop)
}

func transport(c config.Config) mailer.Config {
	s := c.SMTP
	return mailer.Config{Host: s.Host, Port: s.Port, TLS: s.TLS, Username: s.Username, Password: s.Password, HELO: s.HELO,
		Connections: s.Connections, PerConnection: s.PerConnection, Timeout: time.Duration(s.TimeoutSeconds) * time.Second}
}

func (p *program) sending(links *link.Signer, samples *render.Samples) dispatch.Options {
	c := p.config
	return dispatch.Options{BaseURL: c.Base(), BounceDomain: c.BounceDomain, UnsubscribeMail: c.UnsubscribeMail(), Transport: c.Transport(), Limits: c.Rules(),
		RetryFor: time.Duration(c.RetryHours) * time.Hour, TrackOpens: c.Tracking.Opens, TrackClicks: c.Tracking.Clicks, Plans: p.plans, Sends: p.sends,
		Sign: signing(p.store, links).Sign, Feed: feed.New(c.AllowFetch, p.now).Fetch, Links: fetch.NewBook(c.AllowFetch, p.now), Samples: samples}
}

// drainTime is how long an orderly stop waits for pages; letters on their way are waited for.
const drainTime = 10 * time.Second

// run serves and sends until ctx ends, then stops in order: no new requests, letters on
// their way finish, what is leased goes back, the database closes.
func (p *program) run(ctx context.Context) error {
	// How long a body may take is the handler's to say: an upload takes longer than a form.
	server := &http.Server{Handler: p.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	sending, stopSending := context.WithCancel(ctx)
	defer stopSending()
	var work sync.WaitGroup
	keeping, stopKeeping := context.WithCancel(context.WithoutCancel(ctx)) // longer than sending: letters on their way are still ours
	defer stopKeeping()
	var kept sync.WaitGroup
	end := p.keep(keeping, &kept)
	var held error // that letters could not be given back
	work.Go(func() { held = p.site.Dispatch.Run(sending) })
	if p.config.Has(config.Web) {
		work.Go(func() { p.site.Jobs.Run(sending) })
		work.Go(func() { watchKeys(sending, p.store) })
		work.Go(func() { p.watchMedia(sending) })
		work.Go(func() { watchValue(sending, p.store) })
		if r, ok := p.mailbox(); ok {
			work.Go(func() { r.Run(sending) })
		}
	}
	if p.config.Has(config.Cron) {
		work.Go(func() { p.site.Jobs.Plan(sending, p.plans) })
		work.Go(func() { p.watchRetention(sending) })
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(p.listener) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		slog.Info("stopping")
	}
	stopSending()
	graceful, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	shut := make(chan error, 1)
	go func() { shut <- server.Shutdown(graceful) }()
	if p.receiver != nil {
		err = errors.Join(err, p.receiver.Close()) // letters coming in are taken
	}
	work.Wait() // pages that show progress end with it
	stopKeeping()
	kept.Wait()
	gone := p.leave(graceful, held)
	end(gone == nil)
	time.AfterFunc(drainTime, cancel)
	if slow := <-shut; slow != nil {
		err = errors.Join(err, server.Close())
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, gone, p.close())
}

// leave takes us off the list of processes. Who still holds letters stays on it, so that
// they are taken back.
func (p *program) leave(ctx context.Context, held error) error {
	if held != nil {
		return fmt.Errorf("letters were not given back; they are taken back when a Keepsake runs: %w", held)
	}
	ctx, cancel := context.WithTimeout(ctx, usualPace.hereTime)
	defer cancel()
	if err := p.store.Gone(ctx, p.site.Dispatch.Owner()); err != nil {
		return fmt.Errorf("leave the list of processes: %w", err)
	}
	return nil
}

// keep looks after this process, and stands for planning, until ctx ends. end is for the
// very last, and says whether we left in order.
func (p *program) keep(ctx context.Context, kept *sync.WaitGroup) (end func(inOrder bool)) {
	k := p.newKeeper()
	end, err := sign(p.config.Data, k.self.Owner)
	if err != nil {
		slog.Warn("keeper: the others will need a minute to see that we are gone", "error", err)
		end = func(bool) {}
	}
	_ = k.here(ctx) // before anything is leased under our name
	kept.Go(func() { k.run(ctx) })
	if p.config.Has(config.Web) && p.config.Database != "" {
		kept.Go(func() { k.tell(ctx) })
	}
	if p.config.Has(config.Cron) {
		kept.Go(func() { p.leader.Run(ctx) })
	}
	return end
}

func (p *program) close() error {
	var errs []error
	if p.receiver != nil {
		errs = append(errs, p.receiver.Close())
	}
	if p.site != nil {
		errs = append(errs, p.site.Dispatch.Close())
	}
	if p.listener != nil {
		if err := p.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if p.site != nil {
		p.site.Close()
	}
	return errors.Join(append(errs, p.store.Close())...)
}
