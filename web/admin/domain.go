package admin

import (
	"context"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/sending"
	"keepsake/internal/dkim"
	"keepsake/internal/domain"
)

// checkTime is how long all questions about a domain may take together.
const checkTime = 10 * time.Second

// checkBook remembers what DNS said, until the next check.
type checkBook struct {
	mu  sync.Mutex
	all map[string]checked
}

type checked struct {
	at      time.Time
	answers domain.Answers
}

func newCheckBook() *checkBook { return &checkBook{all: map[string]checked{}} }

func (b *checkBook) get(name string) checked {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all[name]
}

func (b *checkBook) put(name string, c checked) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all[name] = c
}

// point is what there is to say of one matter.
type point struct {
	About string
	State domain.State // the worst of its findings
	Lines []pointLine
}

type pointLine struct {
	State  domain.State
	Text   string // in the reader's language
	Record *domain.Record
	Zone   string // the record as a line of a zone file
}

// keyRow is a key with its record as a line of a zone file.
type keyRow struct {
	sending.SigningKey
	Zone string
}

func zoneLine(r domain.Record) string {
	value := r.Value + "." // a whole name
	if r.Type == "TXT" {
		value = dkim.ZoneText(r.Value)
	}
	return r.Name + ". IN " + r.Type + " " + value
}

type domainRow struct {
	Name    string
	Bounce  string // where bounces go, when it is another
	Points  []point
	Checked time.Time
	Keys    []keyRow             // those that sign or wait
	Old     []sending.SigningKey // retired, whose records may or may not be taken away yet
	Signs   bool
	Waits   bool
}

// Gone is when a retired key's record may be taken out of DNS.
func (r domainRow) Gone(k sending.SigningKey) time.Time { return k.RetiredAt.Add(sending.RecordStays) }

type domainPage struct{ Domains []domainRow }

// Domain shows how the sender domains stood when they were last looked at.
func (a *Admin) Domain(c *gin.Context) error {
	p, err := a.domains(c)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/domain", p)
}

func (a *Admin) domains(c *gin.Context) (p domainPage, err error) {
	senders, err := a.senders(c)
	if err != nil {
		return p, err
	}
	keys, err := a.Store.SigningKeys(c.Request.Context())
	if err != nil {
		return p, err
	}
	for _, name := range domainsOf(senders) {
		row, err := a.domainRow(c, name, keys)
		if err != nil {
			return p, err
		}
		p.Domains = append(p.Domains, row)
	}
	return p, nil
}

func (a *Admin) senders(c *gin.Context) ([]string, error) {
	all, err := a.Store.Senders(c.Request.Context())
	if len(all) == 0 && a.Config.Sender.Email != "" {
		all = []string{a.Config.Sender.Email}
	}
	return all, err
}

func domainsOf(addresses []string) (names []string) {
	for _, address := range addresses {
		if name := audience.Domain(address); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (a *Admin) domainRow(c *gin.Context, name string, keys []sending.SigningKey) (domainRow, error) {
	r := domainRow{Name: name}
	var used []sending.SigningKey
	for _, k := range keys {
		switch {
		case k.Domain != name:
		case k.RetiredAt != nil:
			if k.ActiveAt != nil {
				r.Old = append(r.Old, k)
			}
		default:
			row := keyRow{k, zoneLine(domain.Record{Name: dkim.Name(k.Selector, k.Domain), Type: "TXT", Value: k.Record})}
			r.Keys, r.Signs, r.Waits, used = append(r.Keys, row), r.Signs || k.Active, r.Waits || k.Waits(), append(used, k)
		}
	}
	s, err := a.subject(c, name, used)
	if s.Bounce != name {
		r.Bounce = s.Bounce
	}
	if was := a.checks.get(name); !was.at.IsZero() {
		r.Checked, r.Points = was.at, a.points(c, domain.Findings(s, was.answers))
	}
	return r, err
}

// subject is a sender's domain as DNS is asked about it.
func (a *Admin) subject(c *gin.Context, name string, keys []sending.SigningKey) (domain.Subject, error) {
	s := domain.Subject{Domain: name, Bounce: name, Name: a.Config.SMTP.HELO, Intake: a.Config.Bounces.Listen != "", Reports: a.Shop(c).SenderEmail}
	if a.Config.BounceDomain != "" {
		s.Bounce = audience.Domain("bounce@" + a.Config.BounceDomain)
	}
	if u, err := url.Parse(a.Config.Base()); err == nil && s.Name == "" && net.ParseIP(u.Hostname()) == nil {
		s.Name = u.Hostname()
	}
	for _, k := range keys {
		s.Keys = append(s.Keys, domain.Key{Selector: k.Selector, Record: k.Record, Active: k.Active})
	}
	seen, err := a.Store.Setting(c.Request.Context(), seenSetting(name))
	if s.Seen = strings.Fields(seen); err != nil || a.Site.Mailbox {
		return s, err
	}
	servers, err := a.allServers(c)
	for _, t := range servers {
		if t.Enabled {
			s.Servers = append(s.Servers, domain.Server{Host: strings.ToLower(t.Host), TLS: t.TLS})
		}
	}
	return s, err
}

// seenSetting names the selectors that were seen in letters from a domain.
func seenSetting(name string) string { return "dkim_seen:" + name }

// points says findings in the reader's language, together by what they are about.
func (a *Admin) points(c *gin.Context, findings []domain.Finding) (all []point) {
	worst := map[domain.State]int{domain.OK: 0, domain.Unknown: 1, domain.ToDo: 2}
	for _, f := range findings {
		i := slices.IndexFunc(all, func(p point) bool { return p.About == f.About })
		if i < 0 {
			i = len(all)
			all = append(all, point{About: f.About, State: f.State})
		}
		if worst[f.State] > worst[all[i].State] {
			all[i].State = f.State
		}
		line := pointLine{State: f.State, Text: a.T(c, f.Text, f.Args...), Record: f.Record}
		if f.Record != nil && f.Record.Type != "PTR" { // which is in somebody else's zone
			line.Zone = zoneLine(*f.Record)
		}
		all[i].Lines = append(all[i].Lines, line)
	}
	return all
}

func (a *Admin) resolver() domain.Resolver {
	if a.Resolver != nil {
		return a.Resolver
	}
	return net.DefaultResolver
}

// CheckDomain looks all sender domains up, and lets keys sign whose records are there.
func (a *Admin) CheckDomain(c *gin.Context) error {
	senders, err := a.senders(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), checkTime)
	defer cancel()
	var work sync.WaitGroup
	for _, name := range domainsOf(senders) {
		s, err := a.subjectOf(c, name)
		if err != nil {
			return err
		}
		work.Go(func() { a.checks.put(name, checked{a.Now(), domain.Ask(ctx, a.resolver(), s)}) })
	}
	work.Wait()
	if err := a.signWhereFound(c, domainsOf(senders)); err != nil {
		return err
	}
	return a.Redirect(c, "/settings/domain")
}

// subjectOf is the subject with the keys that are stored.
func (a *Admin) subjectOf(c *gin.Context, name string) (domain.Subject, error) {
	row, err := a.keysOf(c, name)
	if err != nil {
		return domain.Subject{}, err
	}
	return a.subject(c, name, row)
}
