package web

import (
	"github.com/gin-gonic/gin"

	"keepsake/web/admin"
	"keepsake/web/page"
)

// routes is the table of all URLs.
func routes(r *gin.Engine, site *page.Site) {
	h := site.Handle

	// For machines.
	r.GET("/healthz", healthz)
	r.GET("/readyz", readyz(site))
	r.GET("/static/*file", site.Static.Serve)
	r.HEAD("/static/*file", site.Static.Serve)

	// Signing in.
	a := admin.New(site)
	r.GET("/sign-in", h(a.SignInForm))
	r.POST("/sign-in", h(a.SignIn))
	r.GET("/sign-in/:token", h(a.SignInLink))
	r.POST("/sign-in/:token", h(a.UseSignInLink))
	r.GET("/welcome/:token", h(a.WelcomeForm))
	r.POST("/welcome/:token", h(a.Welcome))
	r.POST("/theme", h(a.SetTheme))

	// The marketer's pages.
	in := r.Group("/", site.RequireUser)
	in.POST("/sign-out", h(a.SignOut))
	in.GET("/", h(a.Home))
}
