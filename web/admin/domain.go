package admin

import (
	"context"
	"crypto/rand"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
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

// keysOf are a domain's keys that sign or wait.
func (a *Admin) keysOf(c *gin.Context, name string) ([]sending.SigningKey, error) {
	keys, err := a.Store.SigningKeys(c.Request.Context())
	return slices.DeleteFunc(keys, func(k sending.SigningKey) bool { return k.Domain != name || k.RetiredAt != nil }), err
}

func (a *Admin) signWhereFound(c *gin.Context, names []string) error {
	for _, name := range names {
		keys, err := a.keysOf(c, name)
		if err != nil {
			return err
		}
		if err := a.activate(c, name, domain.Ready(keys, domain.FoundIn(a.checks.get(name).answers))); err != nil {
			return err
		}
	}
	return nil
}

// activate lets keys sign from now on.
func (a *Admin) activate(c *gin.Context, name string, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	if err := a.Store.ActivateSigning(c.Request.Context(), name, ids); err != nil {
		return err
	}
	if err := a.audit(c, "dkim.sign", "domain:%s", name); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Letters from %s are signed from now on.", name), "")
	return nil
}

// senderDomain is the domain the form names, one of those in use.
func (a *Admin) senderDomain(c *gin.Context) (string, error) {
	senders, err := a.senders(c)
	name := c.PostForm("domain")
	if name == "" {
		name = c.Query("domain")
	}
	if err == nil && !slices.Contains(domainsOf(senders), name) {
		err = fault.New(fault.NotFound, "No letters are sent from %s.", name)
	}
	return name, err
}

// MakeKeys makes keys for a domain. They sign once their records are found in DNS; those
// that sign now go on until then.
func (a *Admin) MakeKeys(c *gin.Context) error {
	name, err := a.senderDomain(c)
	if err != nil {
		return err
	}
	selector := "ks" + a.Now().UTC().Format("060102") + strings.ToLower(rand.Text()[:4])
	var keys []sending.SigningKey
	for algorithm, as := range map[string]string{dkim.RSA: selector, dkim.Ed25519: selector + "e"} {
		k, err := a.newKey(name, as, algorithm)
		if err != nil {
			return err
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y sending.SigningKey) int { return strings.Compare(x.Selector, y.Selector) })
	if err := a.Store.AddSigningKeys(c.Request.Context(), name, keys); err != nil {
		return err
	}
	if err := a.audit(c, "dkim.keys", "domain:%s", name); err != nil {
		return err
	}
	a.checks.put(name, checked{}) // nobody has asked for these records yet
	a.Toast(c, a.T(c, "Two keys are made. Put their records into DNS, then check again."), "")
	return a.Redirect(c, "/settings/domain")
}

func (a *Admin) newKey(name, selector, algorithm string) (sending.SigningKey, error) {
	k, err := dkim.NewKey(name, selector, algorithm)
	if err != nil {
		return sending.SigningKey{}, err
	}
	record, err := k.Record()
	if err != nil {
		return sending.SigningKey{}, err
	}
	private, err := k.Private()
	return sending.SigningKey{Domain: name, Selector: selector, Algorithm: algorithm, Record: record,
		PrivateKey: a.Links.Seal(sending.SigningUse, private)}, err
}

// SignNow takes the owner's word that the records are in DNS.
func (a *Admin) SignNow(c *gin.Context) error {
	name, err := a.senderDomain(c)
	if err != nil {
		return err
	}
	keys, err := a.keysOf(c, name)
	if err != nil {
		return err
	}
	ids := domain.Ready(keys, func(sending.SigningKey) bool { return true })
	if len(ids) == 0 {
		return fault.New(fault.Conflict, "No key of %s waits to sign.", name)
	}
	if err := a.activate(c, name, ids); err != nil {
		return err
	}
	return a.Redirect(c, "/settings/domain")
}

// undoSigning is how long StopSigning can be taken back.
const undoSigning = 10 * time.Minute

// StopSigning leaves the signing of a domain's letters to the mail server.
func (a *Admin) StopSigning(c *gin.Context) error {
	name, err := a.senderDomain(c)
	if err != nil {
		return err
	}
	if err := a.Store.StopSigning(c.Request.Context(), name); err != nil {
		return err
	}
	if err := a.audit(c, "dkim.stop", "domain:%s", name); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Letters from %s are no longer signed here.", name), "/settings/domain/sign/resume?domain="+url.QueryEscape(name))
	return a.Redirect(c, "/settings/domain")
}

// ResumeSigning undoes StopSigning.
func (a *Admin) ResumeSigning(c *gin.Context) error {
	name, err := a.senderDomain(c)
	if err != nil {
		return err
	}
	if err := a.Store.ResumeSigning(c.Request.Context(), name, undoSigning); err != nil {
		return err
	}
	if err := a.audit(c, "dkim.resume", "domain:%s", name); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Undone."), "")
	return a.Redirect(c, "/settings/domain")
}
