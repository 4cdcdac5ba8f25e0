// Package web is the HTTP face of Keepsake: one table of URLs, and what holds for all of them.
package web

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/web/page"
)

// New returns the whole program's handler. It fills in site.Static.
func New(site *page.Site) (http.Handler, error) {
	files, err := fs.Sub(static, "static")
	if err != nil {
		return nil, err
	}
	if site.Static, err = page.NewStatic(files); err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.MaxMultipartMemory = 1 << 20 // the rest of an upload goes to a file
	// A proxy on this machine may say whom it asks for; nobody else is believed.
	if err := r.SetTrustedProxies([]string{"127.0.0.1", "::1"}); err != nil {
		return nil, err
	}
	r.Use(number, headers(site), recoverer(site), site.Session, limit(site))
	r.NoRoute(site.Handle(nothing))
	r.NoMethod(site.Handle(nothing))
	routes(r, site)
	return sameOrigin(site, r), nil
}

func nothing(*gin.Context) error { return fault.New(fault.NotFound, page.NoPage) }

// sameOrigin refuses whatever a page of somebody else's sends by a reader's browser. What no
// browser sends passes: mailboxes' one-click POSTs (RFC 8058) and programs with a token.
func sameOrigin(site *page.Site, next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	_ = guard.AddTrustedOrigin(site.Config.Base()) // a proxy may change Host; an address that is no origin adds nothing
	// A webmail's page may do the one-click POST itself; its token is the proof.
	guard.AddInsecureBypassPattern("POST /u/{token}")
	guard.AddInsecureBypassPattern("POST /hooks/{provider}") // each call proves whose it is
	guard.AddInsecureBypassPattern("/api/v1/")               // opened by a bearer token alone, never by a cookie
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		slog.Warn("cross-origin request refused", "method", r.Method)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.Error(w, "This request came from another site and was refused.", http.StatusForbidden)
	}))
	return guard.Handler(next)
}

// number gives each request a number for the log, and logs what became of it: the route, not
// the address asked for, which may hold a token.
func number(c *gin.Context) {
	id := rand.Text()[:10]
	c.Set("request", id)
	c.Header("X-Request-Id", id)
	start := time.Now()
	c.Next()
	slog.Debug("request", "request", id, "method", c.Request.Method, "route", c.FullPath(),
		"status", c.Writer.Status(), "ms", time.Since(start).Milliseconds())
}

// policy is the Content-Security-Policy of our pages. A frame at its own URL sets its own.
var policy = strings.Join([]string{"default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
	"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'", "require-trusted-types-for 'script'"}, "; ")

func headers(site *page.Site) gin.HandlerFunc {
	return func(c *gin.Context) {
		h := c.Writer.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if site.TLS() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
	}
}

// recoverer answers a panic as any other error of ours: logged whole, said in general.
func recoverer(site *page.Site) gin.HandlerFunc {
	return gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, v any) {
		site.Fail(c, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
	})
}
