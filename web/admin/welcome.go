package admin

import (
	"context"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/internal/store"
)

// ticketLook is Store.Ticket or Store.UseTicket.
type ticketLook func(ctx context.Context, purpose, token string) (user int64, err error)

type welcomeForm struct {
	Token, Name, Email, Shop, Zone string
	Zones                          []string
}

// WelcomeForm asks the first owner for name, address and password.
func (a *Admin) WelcomeForm(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "no-referrer")
	if users, err := a.Store.Users(c.Request.Context()); err != nil {
		return err
	} else if len(users) > 0 {
		return fault.New(fault.Conflict, "Keepsake already has an owner. Sign in instead.")
	}
	if _, err := a.Store.Ticket(c.Request.Context(), store.Welcome, c.Param("token")); err != nil {
		return err
	}
	return a.Page(c, "admin/welcome", welcomeForm{Token: c.Param("token"), Zone: "UTC", Zones: zones})
}

// Welcome makes the first owner, signs them in and keeps the shop's name.
func (a *Admin) Welcome(c *gin.Context) error {
	form := welcomeForm{Token: c.Param("token"), Name: c.PostForm("name"), Email: c.PostForm("email"), Shop: c.PostForm("shop"), Zone: c.PostForm("zone"), Zones: zones}
	u := store.User{Name: form.Name, Email: form.Email, Role: store.Owner, Lang: a.Lang(c), Zone: form.Zone}
	if err := fault.Join(u.Validate(), CheckNewPassword(c.PostForm("password"), u.Name, u.Email)); err != nil {
		return a.Again(c, "admin/welcome", form, err)
	}
	ctx := c.Request.Context()
	var err error
	if u.PasswordHash, err = HashPassword(ctx, c.PostForm("password")); err != nil {
		return err
	}
	if err := a.Store.CreateOwner(ctx, form.Token, &u); err != nil {
		return a.Again(c, "admin/welcome", form, err)
	}
	shop, err := a.Store.Shop(ctx)
	if err != nil {
		return err
	}
	if shop.Name == "" {
		shop.Name, shop.Lang, shop.Zone = form.Shop, u.Lang, u.Zone
		if err := a.Store.SaveShop(ctx, shop); err != nil {
			return err
		}
	}
	if err := a.Site.SignIn(c, u.ID, false); err != nil {
		return err
	}
	return a.Redirect(c, "/")
}
