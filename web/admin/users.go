package admin

import (
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// inviteLife is how long a one-time link of a colleague is good for.
const inviteLife = 7 * 24 * time.Hour

type usersPage struct {
	Users             []store.User
	Name, Email, Role string
	Link, For         string // a fresh one-time link, shown this once, and whose it is
}

// Users lists who may sign in.
func (a *Admin) Users(c *gin.Context) error {
	return a.showUsers(c, usersPage{Role: store.Marketer}, nil)
}

func (a *Admin) showUsers(c *gin.Context, p usersPage, fault error) (err error) {
	if p.Users, err = a.Store.Users(c.Request.Context()); err != nil {
		return err
	}
	if fault != nil {
		return a.Again(c, "admin/users", p, fault)
	}
	return a.Page(c, "admin/users", p)
}

// CreateUser makes a colleague's account and shows the link that lets them in.
func (a *Admin) CreateUser(c *gin.Context) error {
	p := usersPage{Name: c.PostForm("name"), Email: c.PostForm("email"), Role: c.PostForm("role")}
	me := page.User(c)
	u := store.User{Name: p.Name, Email: p.Email, Role: p.Role, Lang: me.Lang, Zone: me.Zone}
	err := u.Validate()
	if err == nil {
		err = a.Store.CreateUser(c.Request.Context(), &u)
	}
	if err != nil {
		return a.showUsers(c, p, err)
	}
	if err := a.audit(c, "user.create", "user:%d", u.ID); err != nil {
		return err
	}
	return a.showLink(c, u)
}

// LinkUser makes another one-time link for somebody who cannot sign in.
func (a *Admin) LinkUser(c *gin.Context) error {
	u, err := a.user(c)
	if err != nil {
		return err
	}
	if err := a.audit(c, "user.link", "user:%d", u.ID); err != nil {
		return err
	}
	return a.showLink(c, u)
}

func (a *Admin) user(c *gin.Context) (store.User, error) {
	id, err := page.ID(c)
	if err != nil {
		return store.User{}, err
	}
	return a.Store.User(c.Request.Context(), id)
}

func (a *Admin) showLink(c *gin.Context, u store.User) error {
	token, err := a.Store.CreateTicket(c.Request.Context(), store.SignInLink, u.ID, inviteLife)
	if err != nil {
		return err
	}
	return a.showUsers(c, usersPage{Role: store.Marketer, Link: a.Config.Base() + "/sign-in/" + token, For: u.Name}, nil)
}

// DeleteUser takes somebody's account away and signs them out everywhere.
func (a *Admin) DeleteUser(c *gin.Context) error {
	u, err := a.user(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteUser(c.Request.Context(), u.ID); err != nil {
		return a.showUsers(c, usersPage{Role: store.Marketer}, err)
	}
	if err := a.audit(c, "user.delete", "user:%d", u.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "%s can no longer sign in.", u.Name), "")
	return a.Redirect(c, "/settings/users")
}

type tokensPage struct {
	Tokens     []store.APIToken
	Name       string
	Token, Now string // a fresh token, shown this once, and its name
}

// Tokens lists the API tokens.
func (a *Admin) Tokens(c *gin.Context) error { return a.showTokens(c, tokensPage{}, nil) }

func (a *Admin) showTokens(c *gin.Context, p tokensPage, fault error) (err error) {
	if p.Tokens, err = a.Store.Tokens(c.Request.Context()); err != nil {
		return err
	}
	if fault != nil {
		return a.Again(c, "admin/tokens", p, fault)
	}
	return a.Page(c, "admin/tokens", p)
}

// CreateToken makes an API token and shows it, this once.
func (a *Admin) CreateToken(c *gin.Context) error {
	name := audience.CleanName(c.PostForm("name"))
	token, err := a.Store.CreateToken(c.Request.Context(), name)
	if err != nil {
		return a.showTokens(c, tokensPage{Name: name}, err)
	}
	if err := a.audit(c, "token.create", "token:%s", name); err != nil {
		return err
	}
	return a.showTokens(c, tokensPage{Token: token, Now: name}, nil)
}

// RevokeToken ends an API token.
func (a *Admin) RevokeToken(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	if err := a.Store.RevokeToken(c.Request.Context(), id); err != nil {
		return err
	}
	if err := a.audit(c, "token.revoke", "token:%d", id); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "The token no longer opens the API."), "")
	return a.Redirect(c, "/settings/tokens")
}
