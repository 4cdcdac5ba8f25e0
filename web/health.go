package web

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/web/page"
)

// healthz says that the process lives.
func healthz(c *gin.Context) { c.String(http.StatusOK, "ok\n") }

// readyz says whether requests can be served, and if not, why (503).
func readyz(site *page.Site) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		if err := site.Store.Ready(c.Request.Context()); err != nil {
			c.String(http.StatusServiceUnavailable, "not ready: %v\n", err)
			return
		}
		c.String(http.StatusOK, "ready\n")
	}
}

// Probes is the handler of a process without pages: whether it lives, and whether it can work.
func Probes(site *page.Site) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.GET("/healthz", healthz)
	r.GET("/readyz", readyz(site))
	return r
}

// securityTxt says whom to tell of a hole (RFC 9116); nothing is there until the operator names somebody.
func securityTxt(site *page.Site) func(*gin.Context) error {
	return func(c *gin.Context) error {
		if site.Config.Security == "" {
			return fault.New(fault.NotFound, page.NoPage)
		}
		c.String(http.StatusOK, "Contact: %s\nExpires: %s\nPreferred-Languages: en, bg, ru\nCanonical: %s/.well-known/security.txt\n",
			site.Config.Security, site.Now().UTC().AddDate(0, 6, 0).Format(time.RFC3339), site.Config.Base())
		return nil
	}
}
