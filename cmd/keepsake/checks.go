package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"keepsake/internal/config"
	"keepsake/internal/store"
)

// address looks at how the world reaches us.
func (p *patient) address() {
	base := p.config.Base()
	u, err := url.Parse(base)
	host := ""
	if err == nil {
		host = u.Hostname()
	}
	ip := net.ParseIP(host)
	switch {
	case p.config.BaseURL == "" || host == "localhost" || ip != nil && ip.IsLoopback():
		p.say(warning, "base_url", "Set base_url to the https:// address that the world reaches.", "links in letters begin with %s, which nobody else can open", base)
	case u.Scheme != "https":
		p.say(warning, "base_url", "Put a proxy with TLS in front and set base_url to https://.", "%s is not encrypted: passwords and links travel in the open", base)
	default:
		p.say(well, "base_url", "", "%s", base)
	}
}

const (
	scarce = 1 << 30   // bytes: a warning
	full   = 100 << 20 // bytes: SQLite may not be able to write soon
)

// folder looks at the data folder: ours alone, writable, with room.
func (p *patient) folder() {
	dir := p.config.Data
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		p.say(bad, "data", "Start keepsake serve once, in the right folder: data is looked for from where you are.", "there is no folder %s", dir)
		return
	}
	if err != nil || !info.IsDir() {
		p.say(bad, "data", "Make it a folder that this user may write to.", "%s cannot be used: %v", dir, err)
		return
	}
	if err := syscall.Access(dir, 2 /* W_OK */); err != nil {
		p.say(bad, "data", "chown it to the user that runs Keepsake, or run this as that user.", "%s cannot be written to: %v", dir, err)
		return
	}
	if info.Mode().Perm()&0o077 != 0 {
		p.say(warning, "data", "chmod 700 "+dir, "other users of this machine can look into %s", dir)
	} else {
		p.say(well, "data", "", "%s is ours alone", dir)
	}
	p.room(dir)
}

func (p *patient) room(dir string) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		p.say(warning, "disk", "", "free space cannot be asked for: %v", err)
		return
	}
	free := int64(st.Bavail) * int64(st.Bsize)
	level, do := well, ""
	if free < scarce {
		level, do = warning, "Make room: the database cannot write on a full disk, and then nothing is sent."
	}
	if free < full {
		level = bad
	}
	p.say(level, "disk", do, "%d MB are free", free>>20)
}

// secret looks for what signs the links, without making it.
func (p *patient) secret() {
	if p.config.Secret != "" {
		p.key = []byte(p.config.Secret)
		p.say(well, "secret", "", "set, %d characters", len(p.config.Secret))
		return
	}
	path := filepath.Join(p.config.Data, config.SecretFile)
	info, err := os.Stat(path)
	if err != nil {
		p.say(bad, "secret", "Bring it back from a backup. Before the first start there is none yet.", "there is no %s", path)
		return
	}
	if p.key, err = p.config.Key(); err != nil {
		p.say(bad, "secret", "Bring it back from a backup: without it every link already sent is dead.", "%v", err)
		return
	}
	if info.Mode().Perm()&0o077 != 0 {
		p.say(warning, "secret", "chmod 600 "+path, "other users of this machine can read %s", path)
		return
	}
	p.say(well, "secret", "", "kept in %s", path)
}

// zones looks for the time zones: local times need them.
func (p *patient) zones() {
	if _, err := time.LoadLocation("Europe/Sofia"); err != nil {
		p.say(bad, "zones", "Install the time zone database (Debian: tzdata).", "time zones are not known here: %v", err)
		return
	}
	p.say(well, "zones", "", "time zones are known")
}

func (p *patient) database(ctx context.Context) {
	where := "PostgreSQL"
	if p.config.Database == "" {
		where = dsn(p.config)
		if _, err := os.Stat(where); err != nil {
			p.say(bad, "database", "Start keepsake serve once, or name the right folder with --data.", "there is no %s", where)
			return
		}
	}
	st, err := store.Open(ctx, store.Options{DSN: dsn(p.config), Beside: true, Look: true})
	if err != nil {
		p.say(bad, "database", "Start it, or correct database in config.yaml.", "%s", say(err))
		return
	}
	if err := st.Ready(ctx); err != nil {
		p.say(bad, "database", "Run keepsake migrate, or start keepsake serve of this version.", "%v", err)
		st.Close()
		return
	}
	p.store = st
	if err := st.Integrity(ctx); err != nil {
		p.say(bad, "database", "Stop Keepsake, keep a copy of the data folder, and restore the last good backup.", "%s answers, but: %v", where, err)
		return
	}
	p.say(well, "database", "", "%s answers, is whole, up to date and takes writes", where)
}

// instance looks whether this database may send.
func (p *patient) instance(ctx context.Context) {
	i, err := p.store.Examine(ctx, store.Home{Dir: p.config.Data, Secret: p.key})
	if err != nil {
		p.say(bad, "instance", "", "whose database this is cannot be read: %v", err)
		return
	}
	held, why := i.Held(), strings.Join(i.Reasons(), " ")
	switch {
	case held == "" && p.key == nil: // said by secret
	case held == "":
		p.say(well, "instance", "", "this database is at home here and may send")
	case store.CanConfirm(held):
		p.say(bad, "instance", confirmBy(i)+", when you are sure.", "nothing is sent. %s", why)
	default:
		p.say(bad, "instance", "", "nothing is sent. %s", why)
	}
}

// clockSkew is how far two clocks may be apart before times in lists look wrong.
const clockSkew = 5 * time.Second

func (p *patient) clock(ctx context.Context) {
	before := time.Now()
	at, err := p.store.Clock(ctx)
	if err != nil {
		p.say(bad, "clock", "", "the database's clock cannot be asked: %v", err)
		return
	}
	if off := at.Sub(before.Add(time.Since(before) / 2)).Abs(); off > clockSkew {
		p.say(bad, "clock", "Let both machines set their clocks (systemd-timesyncd, chrony).", "the database's clock and ours are %s apart", short(off))
		return
	}
	all, err := p.store.Processes(ctx)
	for _, one := range all {
		if ahead := time.Until(one.SeenAt); err == nil && ahead > clockSkew {
			p.say(bad, "clock", "Set this machine's clock.", "a process was seen %s in the future: a clock went back", short(ahead))
			return
		}
	}
	p.say(well, "clock", "", "agrees with the database's")
}

func (p *patient) processes(ctx context.Context) {
	all, err := p.store.Processes(ctx)
	if err != nil {
		p.say(bad, "processes", "", "cannot be read: %v", err)
		return
	}
	does, led := map[string]int{}, false
	for _, one := range all {
		if silent := time.Since(one.SeenAt); silent > store.LostAfter {
			p.say(warning, "processes", "Start it again, or look at its log. What it held comes back when another runs.", "%s on %s has been silent for %s", one.Owner, one.Host, short(silent))
			continue
		}
		led = led || one.Leads
		for _, role := range strings.Split(one.Roles, ",") {
			does[role]++
		}
	}
	if bases := store.Bases(all, time.Now()); len(bases) > 1 {
		p.say(bad, "processes", "Give all the same base_url and start them anew.", "processes write links that begin differently: %s", strings.Join(bases, ", "))
		return
	}
	missing := ""
	for role, what := range map[string]string{config.Web: "serves pages", config.Send: "sends", config.Cron: "plans"} {
		if does[role] == 0 {
			missing += ", nobody " + what
		}
	}
	switch {
	case missing != "":
		p.say(bad, "processes", "Start keepsake serve with the role.", "%s", strings.TrimPrefix(missing, ", "))
	case !led:
		p.say(warning, "processes", "Wait a few seconds and ask again.", "nobody leads the planning at this moment")
	default:
		p.say(well, "processes", "", "%d serve pages, %d send, %d can plan and one of them leads", does[config.Web], does[config.Send], does[config.Cron])
	}
}

// lateAfter is how long a due letter may wait before something is in its way: the mail
// server, or a limit.
const lateAfter = 30 * time.Minute

func (p *patient) queue(ctx context.Context) {
	h, err := p.store.Health(ctx)
	if err != nil {
		p.say(bad, "queue", "", "cannot be read: %v", err)
		return
	}
	switch {
	case h.OldestDue != nil && time.Since(*h.OldestDue) > lateAfter:
		p.say(warning, "queue", "If it does not shrink, look at the mail server's answers on the campaigns' deliveries, and at the limits.",
			"%d letters wait, the first for %s", h.Queued, short(time.Since(*h.OldestDue)))
	default:
		p.say(well, "queue", "", "%d letters wait", h.Queued)
	}
	if h.Unsure > 0 {
		p.say(warning, "doubt", "Decide them on their campaigns' deliveries, or set the rule unsure.", "%d letters may or may not have been handed over", h.Unsure)
	}
	if h.Paused > 0 {
		p.say(warning, "paused", "Resume or cancel them.", "%d paused campaigns have letters waiting", h.Paused)
	}
}
