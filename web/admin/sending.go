package admin

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/sending"
	"keepsake/internal/dispatch"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// serverRow is a mail server as the list shows it.
type serverRow struct {
	sending.Transport
	Ill       store.Ill
	Spare     bool // a better priority takes the letters now
	Day, Most int64
	Warming   bool // the warm-up limits today; Day 0: it has not begun
	Used      usedUp
}

// usedUp is what is used of counted limits.
type usedUp struct{ Hour, Day, WarmUp int64 }

type ruleRow struct {
	sending.Rule
	Used usedUp
}

type sendingPage struct {
	Servers []serverRow
	Rules   []ruleRow
	Tried   int64  // the server tried just now, -1 for none
	Away    string // what stands in its way, in words
}

// Sending lists the mail servers, how each fares, and the limits.
func (a *Admin) Sending(c *gin.Context) error { return a.showSending(c, -1, nil) }

func (a *Admin) showSending(c *gin.Context, tried int64, away error) error {
	p := sendingPage{Tried: tried}
	if away != nil {
		p.Away = a.Catalog.Fault(a.Lang(c), away)
	}
	var err error
	if p.Servers, err = a.servers(c); err != nil {
		return err
	}
	if p.Rules, err = a.rules(c); err != nil {
		return err
	}
	return a.Page(c, "admin/sending", p)
}

// allServers are the configured mail server, if it names one, and those made here.
func (a *Admin) allServers(ctx context.Context) ([]sending.Transport, error) {
	all, err := a.Store.Transports(ctx)
	if first := a.Config.Transport(); first.Host != "" {
		all = append([]sending.Transport{first}, all...)
	}
	return all, err
}

func (a *Admin) servers(c *gin.Context) ([]serverRow, error) {
	all, err := a.allServers(c.Request.Context())
	if err != nil {
		return nil, err
	}
	ill, err := a.Store.IllTransports(c.Request.Context())
	if err != nil {
		return nil, err
	}
	now, zone := a.Store.Now(), a.Shop(c).Location()
	best := 0
	var names []string
	for _, t := range all {
		if t.Enabled && ill[t.ID].Since.IsZero() && (best == 0 || t.Priority < best) {
			best = t.Priority
		}
		names = append(names, counted(serverName(t.ID))...)
		names = append(names, serverName(t.ID)+":"+dispatch.WarmUpName(now, zone))
	}
	used, err := a.Store.Used(c.Request.Context(), names)
	rows := make([]serverRow, len(all))
	for i, t := range all {
		day, most, warming := t.Today(now, zone)
		name := serverName(t.ID)
		if i, away := ill[t.ID]; away { // a sentence follows the server's words
			i.Why = strings.TrimRight(i.Why, ". ") + "."
			ill[t.ID] = i
		}
		rows[i] = serverRow{Transport: t, Ill: ill[t.ID], Spare: best > 0 && t.Priority > best, Day: int64(day), Most: most, Warming: warming,
			Used: usedUp{used[name+":hour"], used[name+":day"], used[name+":"+dispatch.WarmUpName(now, zone)]}}
	}
	return rows, err
}

func serverName(id int64) string { return fmt.Sprintf("transport:%d", id) }

// counted are the allowances of a limit's counted spans.
func counted(name string) []string { return []string{name + ":hour", name + ":day"} }

func (a *Admin) rules(c *gin.Context) ([]ruleRow, error) {
	stored, err := a.Store.Limits(c.Request.Context())
	if err != nil {
		return nil, err
	}
	all := append(a.Config.Rules(), stored...)
	var names []string
	for _, r := range all {
		names = append(names, counted(r.Scope+":"+r.Name)...)
	}
	used, err := a.Store.Used(c.Request.Context(), names)
	rows := make([]ruleRow, len(all))
	for i, r := range all {
		name := r.Scope + ":" + r.Name
		rows[i] = ruleRow{r, usedUp{Hour: used[name+":hour"], Day: used[name+":day"]}}
	}
	return rows, err
}

// TryServer tries the connection to a mail server and says what it found.
func (a *Admin) TryServer(c *gin.Context) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, page.NoPage)
	}
	t := a.Config.Transport()
	if id != sending.Configured {
		if t, err = a.Store.Transport(c.Request.Context(), id); err != nil {
			return err
		}
	}
	err = a.Dispatch.CheckTransport(c.Request.Context(), t)
	if err != nil && !fault.Is(err, fault.Away) && !fault.Is(err, fault.Invalid) {
		return err
	}
	return a.showSending(c, id, err)
}

// EnableServer lets a mail server take letters.
func (a *Admin) EnableServer(c *gin.Context) error { return a.switchServer(c, true) }

// DisableServer keeps letters from a mail server; those on their way finish.
func (a *Admin) DisableServer(c *gin.Context) error { return a.switchServer(c, false) }

func (a *Admin) switchServer(c *gin.Context, on bool) error {
	t, err := a.server(c)
	if err != nil {
		return err
	}
	if err := a.Store.EnableTransport(c.Request.Context(), t.ID, on); err != nil {
		return err
	}
	text, undo, action := a.T(c, "“%s” takes letters again.", t.Name), "disable", "transport.enable"
	if !on {
		text, undo, action = a.T(c, "“%s” takes no letters any more.", t.Name), "enable", "transport.disable"
	}
	if err := a.audit(c, action, "transport:%d", t.ID); err != nil {
		return err
	}
	a.Toast(c, text, fmt.Sprintf("/settings/sending/servers/%d/%s", t.ID, undo))
	return a.Redirect(c, "/settings/sending")
}

func (a *Admin) server(c *gin.Context) (sending.Transport, error) {
	id, err := page.ID(c)
	if err != nil {
		return sending.Transport{}, err
	}
	return a.Store.Transport(c.Request.Context(), id)
}

// DeleteServer takes a mail server away.
func (a *Admin) DeleteServer(c *gin.Context) error {
	t, err := a.server(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteTransport(c.Request.Context(), t.ID); err != nil {
		return err
	}
	if err := a.audit(c, "transport.delete", "transport:%d", t.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "“%s” is deleted.", t.Name), fmt.Sprintf("/settings/sending/servers/%d/restore", t.ID))
	return a.Redirect(c, "/settings/sending")
}

// RestoreServer undoes DeleteServer.
func (a *Admin) RestoreServer(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Store.RestoreTransport(c.Request.Context(), id); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Undone."), "")
	return a.Redirect(c, "/settings/sending")
}

// form reads numbers and remembers which are none.
type form struct {
	c    *gin.Context
	errs []error
}

func (f *form) number(name string) int64 {
	text := strings.TrimSpace(f.c.PostForm(name))
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f.errs = append(f.errs, fault.Field(name, "“%s” is not a number.", text))
	}
	return n
}

func (f *form) rates() sending.Rates {
	r := sending.Rates{PerMinute: f.number("per_minute"), PerHour: f.number("per_hour"), PerDay: f.number("per_day")}
	if text := strings.Replace(strings.TrimSpace(f.c.PostForm("per_second")), ",", ".", 1); text != "" {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			f.errs = append(f.errs, fault.Field("per_second", "“%s” is not a number.", text))
		}
		r.PerSecond = n
	}
	return r
}

type limitPage struct{ sending.Rule }

// NewLimit asks for a limit; scope and name in the address begin it.
func (a *Admin) NewLimit(c *gin.Context) error {
	return a.Page(c, "admin/limit", limitPage{sending.Rule{Scope: sending.ScopeDomain}})
}

// Limit shows one limit.
func (a *Admin) Limit(c *gin.Context) error {
	r, err := a.limit(c)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/limit", limitPage{r})
}

func (a *Admin) limit(c *gin.Context) (sending.Rule, error) {
	id, err := page.ID(c)
	if err != nil {
		return sending.Rule{}, err
	}
	all, err := a.Store.Limits(c.Request.Context())
	for _, r := range all {
		if r.ID == id {
			return r, nil
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "There is no limit with that number.")
	}
	return sending.Rule{}, err
}

// SaveLimit stores a limit, in place of another one for the same letters.
func (a *Admin) SaveLimit(c *gin.Context) error {
	f := form{c: c}
	r := sending.Rule{ID: number(c.PostForm("id")), Scope: c.PostForm("scope"), Name: c.PostForm("name"), Rates: f.rates()}
	if err := fault.Join(append(f.errs, r.Validate())...); err != nil {
		return a.Again(c, "admin/limit", limitPage{r}, err)
	}
	before := r.ID
	if err := a.Store.SaveLimit(c.Request.Context(), &r); err != nil {
		return err
	}
	if before != 0 && before != r.ID { // renamed: the old one goes
		if err := a.Store.DeleteLimit(c.Request.Context(), before); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if err := a.audit(c, "limit.save", "limit:%d", r.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved. It holds from now on, also for letters already waiting."), "")
	return a.Redirect(c, "/settings/sending")
}

// DeleteLimit takes a limit away.
func (a *Admin) DeleteLimit(c *gin.Context) error {
	r, err := a.limit(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteLimit(c.Request.Context(), r.ID); err != nil {
		return err
	}
	if err := a.audit(c, "limit.delete", "limit:%d", r.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "The limit is gone."), fmt.Sprintf("/settings/sending/limits/%d/restore", r.ID))
	return a.Redirect(c, "/settings/sending")
}

// RestoreLimit undoes DeleteLimit.
func (a *Admin) RestoreLimit(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Store.RestoreLimit(c.Request.Context(), id); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Undone."), "")
	return a.Redirect(c, "/settings/sending")
}
