package admin

import (
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/web/page"
)

type signInForm struct {
	Email, Next string
}

// SignInForm asks who it is.
func (a *Admin) SignInForm(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	if page.User(c).ID != 0 {
		return a.Redirect(c, "%s", page.Local(c.Query("next"), "/"))
	}
	return a.Page(c, "admin/sign-in", signInForm{Next: page.Local(c.Query("next"), "")})
}

// SignIn checks address and password. Unknown accounts are answered in the same words and time.
func (a *Admin) SignIn(c *gin.Context) error {
	form := signInForm{Email: c.PostForm("email"), Next: page.Local(c.PostForm("next"), "")}
	account, address := audience.NormEmail(form.Email), network(c)
	wait, err := a.signIns.begin(account, address)
	if err != nil {
		c.Header("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return a.Again(c, "admin/sign-in", form, err)
	}
	user, err := a.Store.UserByEmail(c.Request.Context(), account)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	ok, err := checkPassword(c.Request.Context(), user.PasswordHash, c.PostForm("password"))
	if err != nil {
		return err
	}
	if !ok || user.ID == 0 {
		return a.Again(c, "admin/sign-in", form, fault.New(fault.Invalid, "Address or password is wrong."))
	}
	a.signIns.forgive(account, address)
	if err := a.Site.SignIn(c, user.ID, false); err != nil {
		return err
	}
	return a.Redirect(c, "%s", page.Local(form.Next, "/"))
}

// network is where a request comes from: an IPv4 address, or the /64 one household has of IPv6.
func network(c *gin.Context) string {
	ip, err := netip.ParseAddr(c.ClientIP())
	if err != nil || ip.Unmap().Is4() {
		return c.ClientIP()
	}
	prefix, _ := ip.Prefix(64) // 64 bits are within any IPv6 address
	return prefix.String()
}

// SignOut ends this browser's session.
func (a *Admin) SignOut(c *gin.Context) error {
	if err := a.Site.SignOut(c); err != nil {
		return err
	}
	c.Header("Clear-Site-Data", `"cache"`)
	return a.Redirect(c, "/sign-in")
}

// SignInLink shows the button of a one-time link: mail scanners follow links, so GET changes nothing.
func (a *Admin) SignInLink(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "no-referrer") // the address is the secret
	user, err := a.ticketUser(c, a.Store.Ticket)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/sign-in-link", user)
}

// UseSignInLink signs in by a one-time link, this once.
func (a *Admin) UseSignInLink(c *gin.Context) error {
	user, err := a.ticketUser(c, a.Store.UseTicket)
	if err != nil {
		return err
	}
	if err := a.Site.SignIn(c, user.ID, true); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Choose a password now, so that you can sign in again."), "")
	return a.Redirect(c, "/settings/profile")
}

// ticketUser is whose link that is.
func (a *Admin) ticketUser(c *gin.Context, look ticketLook) (store.User, error) {
	id, err := look(c.Request.Context(), store.SignInLink, c.Param("token"))
	if err != nil {
		return store.User{}, err
	}
	return a.Store.User(c.Request.Context(), id)
}

// SetTheme keeps light, dark or the system's look for this browser.
func (a *Admin) SetTheme(c *gin.Context) error {
	a.Site.SetTheme(c, c.PostForm("theme"))
	if page.WantsJSON(c) {
		c.Status(http.StatusNoContent)
		return nil
	}
	return a.Redirect(c, "%s", page.Local(c.PostForm("back"), "/"))
}
