package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

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
