package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"keepsake/campaigns/sending"
	"keepsake/internal/link"
	"keepsake/internal/mailer"
)

func (p *patient) sender(ctx context.Context) {
	shop, err := p.store.Shop(ctx)
	switch {
	case err != nil:
		p.say(bad, "sender", "", "the settings cannot be read: %v", err)
	case shop.SenderEmail == "" && p.config.Sender.Email == "":
		p.say(bad, "sender", "Set it in Settings, or sender.email in config.yaml.", "letters have no From address")
	case shop.Address == "":
		p.say(warning, "sender", "Write it in Settings: no campaign leaves without one.", "the business has no postal address")
	default:
		p.say(well, "sender", "", "there is a From address and a postal address")
	}
}

// mailServers tries each transport that is in use.
func (p *patient) mailServers(ctx context.Context) {
	servers := p.servers(ctx)
	if len(servers) == 0 {
		p.say(bad, "smtp", "Set smtp.host in config.yaml, or add a transport in Settings.", "no mail server is set, so nothing is sent")
		return
	}
	away := map[string]string{}
	for name, cfg := range servers {
		if err := try(ctx, cfg); err != nil {
			away[name] = say(err)
		} else {
			p.say(well, "smtp", "", "%s answers and takes letters from us", name)
		}
	}
	level, do := bad, "Until one answers nothing is sent; nothing is lost either."
	if len(away) < len(servers) {
		level, do = warning, "The others take its letters meanwhile."
	}
	for _, name := range slices.Sorted(maps.Keys(away)) {
		p.say(level, "smtp", do, "%s: %s", name, away[name])
	}
}

// leftAlone says why the senders leave a transport alone: they may see what we do not, such
// as an answer that only a letter gets.
func (p *patient) leftAlone(ctx context.Context) {
	ill, err := p.store.IllTransports(ctx)
	stored, err2 := p.store.Transports(ctx)
	if err := cmp.Or(err, err2); err != nil {
		p.say(bad, "smtp", "", "which transports are left alone cannot be read: %v", err)
		return
	}
	for _, t := range append([]sending.Transport{p.config.Transport()}, stored...) {
		if x, left := ill[t.ID]; left && t.Enabled {
			p.say(warning, "smtp", "Look at what it answers. One letter at a time tries it until it is well.", "the senders leave %s alone since %s UTC, because: %s",
				cmp.Or(t.Name, t.Host), x.Since.UTC().Format(time.DateTime), x.Why)
		}
	}
}

// servers are the transports in use by name: the configured one, and those of the database.
func (p *patient) servers(ctx context.Context) map[string]mailer.Config {
	all := map[string]mailer.Config{}
	if p.config.SMTP.Host != "" {
		all[p.config.SMTP.Host] = transport(p.config)
	}
	if p.store == nil || p.key == nil {
		return all
	}
	stored, err := p.store.Transports(ctx)
	if err != nil {
		p.say(bad, "smtp", "", "the transports cannot be read: %v", err)
	}
	links := link.New(p.key, p.config.Base())
	for _, t := range stored {
		if !t.Enabled {
			continue
		}
		password, err := links.Unseal(sending.PasswordUse, t.Password)
		if err != nil {
			p.say(bad, "smtp", "Type it again in Settings.", "the password of %s cannot be opened with this secret", t.Name)
		}
		all[t.Name] = mailer.Config{Host: t.Host, Port: t.Port, TLS: t.TLS, Username: t.Username, Password: password, HELO: cmp.Or(t.HELO, p.config.SMTP.HELO),
			Connections: 1, PerConnection: 1, Timeout: time.Duration(t.TimeoutSeconds) * time.Second}
	}
	return all
}

func try(ctx context.Context, cfg mailer.Config) error {
	pool := mailer.New(cfg)
	defer pool.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return pool.Check(ctx)
}

func (p *patient) bounces() {
	b := p.config.Bounces
	switch {
	case p.config.Hooks.Any():
		p.say(well, "bounces", "", "a mail provider tells of them by webhook; Settings, Bounces shows whether it does")
	case p.config.BounceDomain == "":
		p.say(warning, "bounces", "Set bounce_domain to a domain whose mail reaches you, or the keys of your mail provider under hooks.", "bounces are not told apart: dead addresses are written to again")
	case !b.Pipe && b.Listen == "" && b.Mailbox.Protocol == "":
		p.say(warning, "bounces", "Set one of bounces.pipe, bounces.listen and bounces.mailbox.", "they go to %s, and nothing brings them here from there", p.config.BounceDomain)
	default:
		p.say(well, "bounces", "", "come back under %s", p.config.BounceDomain)
	}
}
