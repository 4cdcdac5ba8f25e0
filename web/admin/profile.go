package admin

import (
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/web/page"
)

type profilePage struct {
	store.User
	Zones    []string
	Sessions []store.Session
	Current  int64 // the number of the session that asks
	Ask      bool  // for the current password
}

// renewal is how long after a one-time link a password is set without the current one.
const renewal = time.Hour

// Profile shows one's own name, language, zone, password and browsers.
func (a *Admin) Profile(c *gin.Context) error {
	p, err := a.profile(c)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/profile", p)
}

func (a *Admin) profile(c *gin.Context) (profilePage, error) {
	ctx := c.Request.Context()
	p := profilePage{User: page.User(c), Zones: zones}
	_, current, err := a.Store.SessionUser(ctx, page.SessionToken(c))
	if err != nil {
		return p, err
	}
	p.Current = current.ID
	p.Ask = p.PasswordHash != "" && (!current.ByLink || a.Now().Sub(current.CreatedAt) > renewal)
	p.Sessions, err = a.Store.Sessions(ctx, p.ID)
	return p, err
}

// SaveProfile stores one's own name, address, language and zone.
func (a *Admin) SaveProfile(c *gin.Context) error {
	p, err := a.profile(c)
	if err != nil {
		return err
	}
	p.Name, p.Email, p.Lang, p.Zone = c.PostForm("name"), c.PostForm("email"), c.PostForm("lang"), c.PostForm("zone")
	err = p.User.Validate()
	if err == nil {
		err = a.Store.UpdateUser(c.Request.Context(), p.User)
	}
	if err != nil {
		return a.Again(c, "admin/profile", p, err)
	}
	a.Toast(c, a.Catalog.T(p.Lang, "Saved."), "")
	return a.Redirect(c, "/settings/profile")
}

// SavePassword changes one's own password and signs out all other browsers (ASVS 6.2.3, 7.4.3).
func (a *Admin) SavePassword(c *gin.Context) error {
	p, err := a.profile(c)
	if err != nil {
		return err
	}
	if err := a.newPassword(c, p); err != nil {
		return a.Again(c, "admin/profile", p, err)
	}
	if err := a.audit(c, "user.password", "user:%d", p.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "The password is changed. All other browsers are signed out."), "")
	return a.Redirect(c, "/settings/profile")
}

func (a *Admin) newPassword(c *gin.Context, u profilePage) error {
	ctx := c.Request.Context()
	if u.Ask {
		account, address := "password:"+u.Email, network(c)
		if _, err := a.signIns.begin(account, address); err != nil {
			return err
		}
		ok, err := checkPassword(ctx, u.PasswordHash, c.PostForm("current"))
		if err != nil {
			return err
		}
		if !ok {
			return fault.Field("current", "This is not your current password.")
		}
		a.signIns.forgive(account, address)
	}
	if err := CheckNewPassword(c.PostForm("password"), u.Name, u.Email); err != nil {
		return err
	}
	hash, err := HashPassword(ctx, c.PostForm("password"))
	if err != nil {
		return err
	}
	return a.Store.SetPassword(ctx, u.ID, hash, page.SessionToken(c))
}

// RevokeSession signs one of one's own browsers out.
func (a *Admin) RevokeSession(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Store.RevokeSession(c.Request.Context(), page.User(c).ID, id); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "That browser is signed out."), "")
	return a.Redirect(c, "/settings/profile")
}
