package page

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
)

// sessionCookie has the prefix that binds it to this host (RFC 6265bis §4.1.3.2), which
// browsers take over TLS only.
func (s *Site) sessionCookie() string {
	if s.TLS() {
		return "__Host-session"
	}
	return "session"
}

// sessionSeconds is how long the browser keeps the cookie; the database decides.
const sessionSeconds = 30 * 24 * 60 * 60

// SignIn gives the browser a new session and ends the one it had (ASVS 7.2.4). byLink says
// that a one-time link was the proof, no password.
func (s *Site) SignIn(c *gin.Context, user int64, byLink bool) error {
	ctx := c.Request.Context()
	if old, err := c.Cookie(s.sessionCookie()); err == nil {
		if err := s.Store.EndSession(ctx, old); err != nil {
			return err
		}
	}
	token, err := s.Store.StartSession(ctx, user, c.Request.UserAgent(), byLink)
	if err != nil {
		return err
	}
	s.cookie(c, s.sessionCookie(), token, sessionSeconds)
	return nil
}

// SignOut ends the browser's session.
func (s *Site) SignOut(c *gin.Context) error {
	s.cookie(c, s.sessionCookie(), "", -1)
	return s.Store.EndSession(c.Request.Context(), SessionToken(c))
}

// SessionToken is the browser's session, "" when nobody signed in.
func SessionToken(c *gin.Context) string { return c.GetString(keySession) }

// Session looks whose browser it is and leaves that in the context; nobody's is no error.
func (s *Site) Session(c *gin.Context) {
	token, err := c.Cookie(s.sessionCookie())
	if err != nil || token == "" {
		return
	}
	user, _, err := s.Store.SessionUser(c.Request.Context(), token)
	switch {
	case fault.Is(err, fault.SignIn) || fault.Is(err, fault.NotFound):
		s.cookie(c, s.sessionCookie(), "", -1)
	case err != nil && c.Request.Context().Err() != context.Canceled:
		s.Fail(c, err)
	case err == nil:
		c.Set(keyUser, user)
		c.Set(keySession, token)
	}
}

// RequireUser lets only people in who signed in; their pages are kept nowhere (ASVS 14.3.2).
func (s *Site) RequireUser(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	if User(c).ID == 0 {
		s.Fail(c, fault.New(fault.SignIn, "Please sign in."))
	}
}

// RequireOwner lets only owners in; it follows RequireUser.
func (s *Site) RequireOwner(c *gin.Context) {
	if !User(c).IsOwner() {
		s.Fail(c, fault.New(fault.Forbidden, "Only an owner may do this."))
	}
}

// SetTheme remembers how the browser shows our pages: light, dark, or "" as the system does.
func (s *Site) SetTheme(c *gin.Context, theme string) {
	age := 365 * 24 * 60 * 60
	if theme != "light" && theme != "dark" {
		age = -1
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: themeCookie, Value: theme, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.TLS(), SameSite: http.SameSiteLaxMode})
}
