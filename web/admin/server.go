package admin

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/sending"
)

// serverPage is one mail server's form, a new one's when its ID is 0.
type serverPage struct {
	sending.Transport
	HasPassword bool
	Fresh       string // the password just typed, sealed, so that a form shown again keeps it
	Tried       bool
	Away        string // what stands in the way of the connection, in words
}

func serverForm(t sending.Transport) serverPage {
	return serverPage{Transport: t, HasPassword: t.Password != ""}
}

// NewServer asks for a mail server.
func (a *Admin) NewServer(c *gin.Context) error {
	return a.Page(c, "admin/server", serverForm(sending.Transport{Port: 587, TLS: "starttls", Connections: 4, PerConnection: 500,
		TimeoutSeconds: 60, Weight: 1, Priority: 1, Enabled: true, FirstDay: a.Store.Now().In(a.Shop(c).Location()).Format(time.DateOnly)}))
}

// Server shows one mail server.
func (a *Admin) Server(c *gin.Context) error {
	t, err := a.server(c)
	if err != nil {
		return err
	}
	if t.FirstDay == "" {
		t.FirstDay = a.Store.Now().In(a.Shop(c).Location()).Format(time.DateOnly)
	}
	return a.Page(c, "admin/server", serverForm(t))
}

// readServer puts what the form says in place of what is kept. An empty password stays as
// it was, unless the user name is gone too.
func (a *Admin) readServer(c *gin.Context, t *sending.Transport) error {
	f, host := form{c: c}, t.Host
	t.Name, t.Host, t.TLS, t.HELO = c.PostForm("name"), c.PostForm("host"), c.PostForm("tls"), c.PostForm("helo")
	t.Username, t.WarmUp, t.FirstDay = c.PostForm("username"), c.PostForm("warm_up"), c.PostForm("first_day")
	for name, into := range map[string]*int{"port": &t.Port, "connections": &t.Connections, "per_connection": &t.PerConnection,
		"timeout_seconds": &t.TimeoutSeconds, "weight": &t.Weight, "priority": &t.Priority} {
		*into = int(f.number(name))
	}
	t.Rates = f.rates()
	return fault.Join(append(f.errs, a.readPassword(c, t, host), t.Validate())...)
}

// readPassword takes the password typed now or a moment ago. The kept one goes to no other
// server than the one it was given for: nobody can learn it that way.
func (a *Admin) readPassword(c *gin.Context, t *sending.Transport, host string) error {
	typed, fresh := c.PostForm("password"), c.PostForm("sealed")
	_, err := a.Links.Unseal(sending.PasswordUse, fresh)
	switch {
	case typed != "":
		t.Password = a.Links.Seal(sending.PasswordUse, typed)
	case fresh != "" && err == nil:
		t.Password = fresh
	case strings.TrimSpace(t.Username) == "":
		t.Password = ""
	case t.Password != "" && !strings.EqualFold(strings.TrimSpace(t.Host), host):
		return fault.Field("password", "Type the password again: it was given for %s.", host)
	}
	return nil
}

// formAgain is the form as it was sent.
func (a *Admin) formAgain(c *gin.Context, t sending.Transport) serverPage {
	p := serverForm(t)
	if c.PostForm("password") != "" || c.PostForm("sealed") != "" {
		p.Fresh = t.Password
	}
	return p
}

// openServer is the kept mail server the form is about, or a new one.
func (a *Admin) openServer(c *gin.Context) (sending.Transport, error) {
	id := number(c.PostForm("id"))
	if id == 0 {
		return sending.Transport{Enabled: true}, nil
	}
	return a.Store.Transport(c.Request.Context(), id)
}

// SaveServer stores a mail server.
func (a *Admin) SaveServer(c *gin.Context) error {
	t, err := a.openServer(c)
	if err != nil {
		return err
	}
	if err := a.readServer(c, &t); err != nil {
		return a.Again(c, "admin/server", a.formAgain(c, t), err)
	}
	if err := a.Store.SaveTransport(c.Request.Context(), &t); err != nil {
		return err
	}
	if err := a.audit(c, "transport.save", "transport:%d", t.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved. It holds from now on, also for letters already waiting."), "")
	return a.Redirect(c, "/settings/sending")
}

// TryServerForm tries the connection with what the form says, before anything is saved.
func (a *Admin) TryServerForm(c *gin.Context) error {
	t, err := a.openServer(c)
	if err != nil {
		return err
	}
	if err := a.readServer(c, &t); err != nil {
		return a.Again(c, "admin/server", a.formAgain(c, t), err)
	}
	p := a.formAgain(c, t)
	p.Tried = true
	if err := a.Dispatch.CheckTransport(c.Request.Context(), t); err != nil {
		if !fault.Is(err, fault.Away) && !fault.Is(err, fault.Invalid) {
			return err
		}
		p.Away = a.Catalog.Fault(a.Lang(c), err)
	}
	return a.Page(c, "admin/server", p)
}
