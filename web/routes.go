package web

import (
	"github.com/gin-gonic/gin"

	"keepsake/web/admin"
	"keepsake/web/api"
	"keepsake/web/page"
	"keepsake/web/public"
)

// routes is the table of all URLs.
func routes(r *gin.Engine, site *page.Site) {
	h := site.Handle

	// For machines.
	r.GET("/healthz", healthz)
	r.GET("/readyz", readyz(site))
	r.GET("/static/*file", site.Static.Serve)
	r.HEAD("/static/*file", site.Static.Serve)

	// Programs: /api/v1, /api/openapi.json and /api/docs.
	api.Register(r, site)

	// Signing in.
	a := admin.New(site)
	r.GET("/sign-in", h(a.SignInForm))
	r.POST("/sign-in", h(a.SignIn))
	r.GET("/sign-in/:token", h(a.SignInLink))
	r.POST("/sign-in/:token", h(a.UseSignInLink))
	r.GET("/welcome/:token", h(a.WelcomeForm))
	r.POST("/welcome/:token", h(a.Welcome))
	r.POST("/theme", h(a.SetTheme))

	r.GET("/media/:asset", h(a.Asset))

	// The subscriber's pages.
	public.Routes(site, r)

	// The marketer's pages.
	in := r.Group("/", site.RequireUser)
	in.POST("/sign-out", h(a.SignOut))
	in.GET("/", h(a.Home))
	in.POST("/steps/hide", h(a.HideSteps))
	in.POST("/alerts/:id/close", h(a.CloseAlert))
	in.POST("/alerts/:id/close/undo", h(a.ReopenAlert))

	in.GET("/subscribers", h(a.Subscribers))
	in.GET("/subscribers/new", h(a.NewSubscriber))
	in.POST("/subscribers", h(a.CreateSubscriber))
	in.POST("/subscribers/bulk", h(a.Bulk))
	in.GET("/subscribers/:id", h(a.Person))
	in.POST("/subscribers/:id", h(a.EditSubscriber))
	in.POST("/subscribers/:id/join", h(a.Join))
	in.POST("/subscribers/:id/leave", h(a.Leave))
	in.POST("/subscribers/:id/suppress", h(a.Suppress))
	in.POST("/subscribers/:id/unsuppress", h(a.Unsuppress))
	in.GET("/subscribers/:id/erase", h(a.EraseForm))
	in.POST("/subscribers/:id/erase", h(a.Erase))

	in.GET("/lists", h(a.Lists))
	in.GET("/lists/new", h(a.NewList))
	in.POST("/lists", h(a.CreateList))
	in.GET("/lists/:id", h(a.List))
	in.POST("/lists/:id", h(a.EditList))
	in.POST("/lists/:id/delete", h(a.DeleteList))
	in.POST("/lists/:id/restore", h(a.RestoreList))
	in.POST("/lists/:id/put-back", h(a.PutBack))

	in.GET("/articles", h(a.Articles))
	in.GET("/articles/new", h(a.NewArticle))
	in.POST("/articles", h(a.SaveArticle))
	in.GET("/articles/:id", h(a.Article))
	in.POST("/articles/:id", h(a.SaveArticle))
	in.POST("/articles/:id/delete", h(a.DeleteArticle))
	in.POST("/media", h(a.Upload))

	box := in.Group("/mailbox", a.RequireMailbox)
	box.GET("", h(a.Mailbox))
	box.GET("/:id", h(a.Letter))
	box.GET("/:id/html", h(a.LetterFrame))
	box.GET("/:id/source", h(a.LetterSource))
	box.GET("/:id/attachments/:n", h(a.LetterAttachment))

	// Settings: one's own for everybody, the rest for owners.
	in.GET("/settings/profile", h(a.Profile))
	in.POST("/settings/profile", h(a.SaveProfile))
	in.POST("/settings/profile/password", h(a.SavePassword))
	in.POST("/settings/profile/sessions/:id/end", h(a.RevokeSession))
	own := in.Group("/settings", site.RequireOwner)
	own.GET("", h(a.Settings))
	own.POST("", h(a.SaveSettings))
	own.POST("/check", h(a.CheckTransport))
	own.GET("/users", h(a.Users))
	own.POST("/users", h(a.CreateUser))
	own.POST("/users/:id/link", h(a.LinkUser))
	own.POST("/users/:id/delete", h(a.DeleteUser))
	own.GET("/tokens", h(a.Tokens))
	own.POST("/tokens", h(a.CreateToken))
	own.POST("/tokens/:id/revoke", h(a.RevokeToken))
}
