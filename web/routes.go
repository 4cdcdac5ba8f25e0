package web

import (
	"github.com/gin-gonic/gin"

	"keepsake/web/admin"
	"keepsake/web/api"
	"keepsake/web/page"
	"keepsake/web/public"
)

// handle is page.Site.Handle.
type handle = func(func(*gin.Context) error) gin.HandlerFunc

// routes is the table of all URLs.
func routes(r *gin.Engine, site *page.Site) {
	machineRoutes(r, site)
	api.Register(r, site) // /api/v1, /api/openapi.json and /api/docs
	public.Routes(site, r)

	h, a := site.Handle, admin.New(site)
	signInRoutes(r, h, a)
	r.GET("/media/:asset", h(a.Asset))
	r.HEAD("/media/:asset", h(a.Asset))
	r.GET("/d/:token", h(a.LinkedExport))
	r.HEAD("/d/:token", h(a.LinkedExport))

	in := r.Group("/", site.RequireUser)
	marketerRoutes(in, h, a)
	peopleRoutes(in, h, a)
	valueRoutes(in, h, a)
	jobRoutes(in, h, a)
	savedExportRoutes(in.Group("/exports"), site.RequireOwner, h, a)
	campaignRoutes(in, h, a)
	designRoutes(in, h, a)
	settingsRoutes(in, site.RequireOwner, h, a)
}

// machineRoutes are the URLs that other programs ask for, and the files of the pages.
func machineRoutes(r *gin.Engine, site *page.Site) {
	h := site.Handle
	r.GET("/healthz", healthz)
	r.GET("/readyz", readyz(site))
	r.GET("/.well-known/security.txt", h(securityTxt(site)))
	r.GET("/static/*file", site.Static.Serve)
	r.HEAD("/static/*file", site.Static.Serve)
}

// signInRoutes are the URLs of people who are not signed in yet.
func signInRoutes(r *gin.Engine, h handle, a *admin.Admin) {
	r.GET("/sign-in", h(a.SignInForm))
	r.POST("/sign-in", h(a.SignIn))
	r.GET("/sign-in/:token", h(a.SignInLink))
	r.POST("/sign-in/:token", h(a.UseSignInLink))
	r.GET("/welcome/:token", h(a.WelcomeForm))
	r.POST("/welcome/:token", h(a.Welcome))
	r.POST("/theme", h(a.SetTheme))
}

// marketerRoutes are the URLs of the first page, of articles and of the mailbox.
func marketerRoutes(in *gin.RouterGroup, h handle, a *admin.Admin) {
	in.POST("/sign-out", h(a.SignOut))
	in.GET("/", h(a.Home))
	in.POST("/steps/hide", h(a.HideSteps))
	in.POST("/alerts/:id/close", h(a.CloseAlert))
	in.POST("/alerts/:id/close/undo", h(a.ReopenAlert))

	in.GET("/articles", h(a.Articles))
	in.GET("/articles/new", h(a.NewArticle))
	in.POST("/articles", h(a.SaveArticle))
	in.GET("/articles/:id", h(a.Article))
	in.POST("/articles/:id", h(a.SaveArticle))
	in.POST("/articles/:id/delete", h(a.DeleteArticle))
	mediaRoutes(in, h, a)

	box := in.Group("/mailbox", a.RequireMailbox)
	box.GET("", h(a.Mailbox))
	box.GET("/:id", h(a.Letter))
	box.GET("/:id/html", h(a.LetterFrame))
	box.GET("/:id/source", h(a.LetterSource))
	box.GET("/:id/attachments/:n", h(a.LetterAttachment))
}

// mediaRoutes are the URLs of the library of pictures; their files are at /media/:asset, for everybody.
func mediaRoutes(in *gin.RouterGroup, h handle, a *admin.Admin) {
	in.POST("/media", h(a.Upload))
	in.GET("/library", h(a.Library))
	in.GET("/library.json", h(a.LibraryJSON))
	in.POST("/library", h(a.UploadMany))
	in.POST("/library/bulk", h(a.BulkPictures))
	in.POST("/library/restore", h(a.RestorePictures))
	in.POST("/library/:id", h(a.EditPicture))
}

// peopleRoutes are the URLs of subscribers and lists.
func peopleRoutes(in *gin.RouterGroup, h handle, a *admin.Admin) {
	in.GET("/subscribers", h(a.Subscribers))
	in.POST("/subscribers/columns", h(a.SaveColumns))
	in.GET("/subscribers/new", h(a.NewSubscriber))
	in.POST("/subscribers", h(a.CreateSubscriber))
	in.GET("/subscribers/bulk", h(a.BulkForm))
	in.POST("/subscribers/bulk", h(a.Bulk))
	in.GET("/subscribers/:id", h(a.Person))
	in.POST("/subscribers/:id", h(a.EditSubscriber))
	in.POST("/subscribers/:id/join", h(a.Join))
	in.POST("/subscribers/:id/leave", h(a.Leave))
	in.POST("/subscribers/:id/suppress", h(a.Suppress))
	in.POST("/subscribers/:id/unsuppress", h(a.Unsuppress))
	in.GET("/subscribers/:id/erase", h(a.EraseForm))
	in.POST("/subscribers/:id/erase", h(a.Erase))
	in.POST("/subscribers/:id/record", h(a.PersonRecord))
	in.GET("/subscribers/:id/why", h(a.WhyCampaign))
	in.GET("/subscribers/:id/merge", h(a.MergeForm))
	in.POST("/subscribers/:id/merge", h(a.MergePeople))
	in.POST("/merges/:id/undo", h(a.UndoMerge))
	in.GET("/subscribers/:id/consent", h(a.Consent))
	in.POST("/subscribers/:id/consent", h(a.ConsentRecord))

	in.GET("/subscribers/:id/segments", h(a.WhySegments))

	in.GET("/segments", h(a.Segments))
	in.GET("/segments/new", h(a.NewSegment))
	in.POST("/segments", h(a.SaveSegment))
	in.POST("/segments/count", h(a.CountRule))
	in.GET("/segments/values", h(a.SegmentValues))
	in.GET("/segments/:id", h(a.Segment))
	in.POST("/segments/:id", h(a.SaveSegment))
	in.GET("/segments/:id/members", h(a.SegmentMembers))
	in.GET("/segments/:id/count", h(a.SegmentCount))
	in.POST("/segments/:id/delete", h(a.DeleteSegment))
	in.POST("/segments/:id/restore", h(a.RestoreSegment))

	in.GET("/attributes", h(a.Attributes))
	in.GET("/attributes/new", h(a.NewAttribute))
	in.POST("/attributes", h(a.CreateAttribute))
	in.GET("/attributes/:id", h(a.Attribute))
	in.POST("/attributes/:id", h(a.EditAttribute))
	in.POST("/attributes/:id/index", h(a.IndexAttribute))
	in.POST("/attributes/:id/delete", h(a.DeleteAttribute))
	in.POST("/attributes/:id/restore", h(a.RestoreAttribute))

	in.GET("/lists", h(a.Lists))
	in.GET("/lists/new", h(a.NewList))
	in.POST("/lists", h(a.CreateList))
	in.GET("/lists/:id", h(a.List))
	in.POST("/lists/:id", h(a.EditList))
	in.POST("/lists/:id/delete", h(a.DeleteList))
	in.POST("/lists/:id/restore", h(a.RestoreList))
	in.POST("/lists/:id/put-back", h(a.PutBack))
}

// valueRoutes are the URLs of what customers are worth.
func valueRoutes(in *gin.RouterGroup, h handle, a *admin.Admin) {
	in.GET("/value", h(a.Value))
	in.POST("/value/margins", h(a.SaveMargin))
	in.POST("/value/margins/delete", h(a.DeleteMargin))
	in.POST("/value/costs", h(a.SaveCost))
	in.POST("/value/costs/file", h(a.ImportCosts))
}

// savedExportRoutes are the URLs of saved exports: an owner says where files go, everybody may let them run.
func savedExportRoutes(in *gin.RouterGroup, owner gin.HandlerFunc, h handle, a *admin.Admin) {
	in.GET("", h(a.SavedExports))
	in.GET("/new", owner, h(a.NewSavedExport))
	in.POST("", owner, h(a.SaveExport))
	in.GET("/:id", owner, h(a.SavedExport))
	in.POST("/:id", owner, h(a.SaveExport))
	in.POST("/:id/run", h(a.RunSavedExport))
	in.POST("/:id/pause", h(a.PauseSavedExport))
	in.POST("/:id/resume", h(a.ResumeSavedExport))
	in.POST("/:id/delete", owner, h(a.DeleteSavedExport))
	in.POST("/:id/restore", owner, h(a.RestoreSavedExport))
}

// jobRoutes are the URLs of imports and exports.
func jobRoutes(in *gin.RouterGroup, h handle, a *admin.Admin) {
	in.GET("/jobs", h(a.JobList))
	in.GET("/jobs/import", h(a.ImportForm))
	in.POST("/jobs/import", h(a.UploadImport))
	in.GET("/jobs/export", h(a.ExportForm))
	in.POST("/jobs/export", h(a.CreateExport))
	in.GET("/jobs/:id", h(a.Job))
	in.POST("/jobs/:id/map", h(a.MapImport))
	in.POST("/jobs/:id/start", h(a.StartImport))
	in.POST("/jobs/:id/stop", h(a.StopJob))
	in.POST("/jobs/:id/take-back", h(a.TakeBack))
	in.POST("/jobs/:id/pause", h(a.PauseJob))
	in.POST("/jobs/:id/resume", h(a.ResumeJob))
	in.POST("/jobs/:id/undo", h(a.UndoImport))
	in.GET("/jobs/:id/reasons", h(a.ImportReasons))
	in.GET("/jobs/:id/left", h(a.ImportLeft))
	in.GET("/jobs/:id/file", h(a.ExportFile))
	in.POST("/jobs/:id/link", h(a.LinkExport))
	in.POST("/jobs/:id/unlink", h(a.UnlinkExport))
	in.GET("/jobs/:id/manifest", h(a.ExportManifest))
}

// settingsRoutes are the URLs of settings: one's own and the domains for everybody, the rest for owners.
func settingsRoutes(in *gin.RouterGroup, owner gin.HandlerFunc, h handle, a *admin.Admin) {
	in.GET("/settings/profile", h(a.Profile))
	in.POST("/settings/profile", h(a.SaveProfile))
	in.POST("/settings/profile/password", h(a.SavePassword))
	in.POST("/settings/profile/sessions/:id/end", h(a.RevokeSession))
	domainRoutes(in.Group("/settings/domain"), owner, h, a)

	own := in.Group("/settings", owner)
	own.GET("/privacy", h(a.Privacy))
	own.POST("/privacy", h(a.SavePrivacy))
	own.GET("", h(a.Settings))
	own.POST("", h(a.SaveSettings))
	own.POST("/check", h(a.CheckTransport))
	own.GET("/brand", h(a.Brand))
	own.POST("/brand", h(a.SaveBrand))
	own.POST("/brand/restore/:token", h(a.RestoreBrand))
	sendingRoutes(own.Group("/sending"), h, a)
	own.GET("/bounces", h(a.Bounces))
	own.GET("/users", h(a.Users))
	own.POST("/users", h(a.CreateUser))
	own.POST("/users/:id/link", h(a.LinkUser))
	own.POST("/users/:id/delete", h(a.DeleteUser))
	own.GET("/processes", h(a.Processes))
	own.POST("/processes/unsure", h(a.SaveUnsure))
	own.POST("/processes/confirm", h(a.ConfirmInstance))
	own.POST("/processes/hold", h(a.HoldInstance))
	own.GET("/tokens", h(a.Tokens))
	own.POST("/tokens", h(a.CreateToken))
	own.POST("/tokens/:id/revoke", h(a.RevokeToken))
}

// sendingRoutes are the URLs of mail servers and limits.
func sendingRoutes(r *gin.RouterGroup, h handle, a *admin.Admin) {
	r.GET("", h(a.Sending))
	r.GET("/servers/new", h(a.NewServer))
	r.POST("/servers", h(a.SaveServer))
	r.POST("/try", h(a.TryServerForm))
	r.GET("/servers/:id", h(a.Server))
	r.POST("/servers/:id/try", h(a.TryServer))
	r.POST("/servers/:id/enable", h(a.EnableServer))
	r.POST("/servers/:id/disable", h(a.DisableServer))
	r.POST("/servers/:id/delete", h(a.DeleteServer))
	r.POST("/servers/:id/restore", h(a.RestoreServer))
	r.GET("/limits/new", h(a.NewLimit))
	r.POST("/limits", h(a.SaveLimit))
	r.GET("/limits/:id", h(a.Limit))
	r.POST("/limits/:id/delete", h(a.DeleteLimit))
	r.POST("/limits/:id/restore", h(a.RestoreLimit))
}

// domainRoutes are the URLs of how the sender domains stand: everybody may look, an owner changes.
func domainRoutes(r *gin.RouterGroup, owner gin.HandlerFunc, h handle, a *admin.Admin) {
	r.GET("", h(a.Domain))
	r.POST("/check", h(a.CheckDomain))
	r.GET("/test", h(a.SelfTestForm))
	r.POST("/test", h(a.SendSelfTest))
	r.POST("/test/read", h(a.ReadLetter))
	r.GET("/test/:id", h(a.SelfTest))
	r.POST("/sign", owner, h(a.MakeKeys))
	r.POST("/sign/now", owner, h(a.SignNow))
	r.POST("/sign/stop", owner, h(a.StopSigning))
	r.POST("/sign/resume", owner, h(a.ResumeSigning))
}

// campaignRoutes are the URLs of campaigns and of the composer.
func campaignRoutes(in *gin.RouterGroup, h handle, a *admin.Admin) {
	in.GET("/campaigns", h(a.Campaigns))
	in.POST("/campaigns", h(a.CreateCampaign))
	in.POST("/campaigns/archive", h(a.ArchiveCampaigns))
	in.POST("/campaigns/duplicate", h(a.DuplicateCampaigns))
	in.POST("/campaigns/discard", h(a.DiscardDrafts))
	in.POST("/campaigns/seeds", h(a.SaveSeeds))
	in.GET("/campaigns/new", h(a.NewCampaign))
	in.GET("/campaigns/new/:kind/letter", h(a.KindLetter))

	one := in.Group("/campaigns/:id")
	one.GET("", h(a.Campaign))
	one.GET("/events", h(a.CampaignEvents))
	one.GET("/setup", h(a.CampaignSetup))
	one.POST("/setup", h(a.SaveCampaignSetup))
	one.GET("/audience", h(a.CampaignAudience))
	one.GET("/audience/reach", h(a.CampaignReach))
	one.POST("/audience", h(a.SaveCampaignAudience))
	one.GET("/schedule", h(a.CampaignSchedule))
	one.GET("/schedule/next", h(a.NextDates))
	one.POST("/schedule", h(a.SaveCampaignSchedule))
	one.GET("/review", h(a.CampaignReview))
	one.POST("/start", h(a.StartCampaign))
	one.POST("/unschedule", h(a.UnscheduleCampaign))
	one.POST("/pause", h(a.PauseCampaign))
	one.POST("/resume", h(a.ResumeCampaign))
	one.POST("/cancel", h(a.CancelCampaign))
	one.GET("/deliveries", h(a.CampaignDeliveries))
	one.POST("/deliveries", h(a.DecideAll))
	one.POST("/deliveries/:delivery", h(a.DecideDelivery))
	one.POST("/undecide/:as/:at", h(a.Undecide))
	one.GET("/responses", h(a.CampaignResponses))
	one.GET("/responses.csv", h(a.ExportResponses))
	one.GET("/codes", h(a.CampaignCodes))
	one.POST("/codes", h(a.AddCodes))
	one.POST("/codes/redeem", h(a.RedeemCode))
	one.POST("/codes/drop", h(a.DropCodes))

	one.GET("/messages", h(a.CampaignMessages))
	one.POST("/messages", h(a.AddMessage))
	one.POST("/messages/:name", h(a.SaveMessage))
	one.POST("/messages/:name/remove", h(a.RemoveMessage))
	one.POST("/messages/:name/move", h(a.MoveMessage))
	one.POST("/messages/:name/language", h(a.AddLanguage))
	one.POST("/messages/:name/variants", h(a.AddVariant))
	one.POST("/messages/:name/variants/:variant", h(a.SaveVariant))
	one.POST("/messages/:name/variants/:variant/remove", h(a.RemoveVariant))
	one.GET("/messages/:name/rule", h(a.RuleWords))
	one.POST("/messages/:name/rule", h(a.SaveRule))
	one.POST("/trials/:trial/choose", h(a.ChooseWinner))
	one.POST("/trials/:trial/again", h(a.AgainTrial))
	one.POST("/restore/:token", h(a.RestoreLanguage))

	letter := one.Group("/messages/:name/:lang")
	letterRoutes(letter, h, a)
	letter.POST("/remove", h(a.RemoveLanguage))
}

// letterRoutes are the URLs of one letter: of a campaign, a design or a saved block.
func letterRoutes(letter *gin.RouterGroup, h handle, a *admin.Admin) {
	letter.GET("", h(a.Composer))
	letter.GET("/picture", h(a.LetterPicture))
	letter.GET("/people", h(a.ComposerPeople))
	letter.POST("/save", h(a.SaveLetter))
	letter.POST("/frame", h(a.FrameLetter))
	letter.POST("/preview", h(a.PreviewLetter))
	letter.POST("/branches", h(a.Branches))
	letter.POST("/preflight", h(a.PreflightLetter))
	letter.POST("/stand-ins", h(a.StandIns))
	letter.POST("/test", h(a.TestLetter))
	letter.POST("/import", h(a.ImportLetter))
	letter.POST("/convert", h(a.ConvertLetter))
	letter.POST("/design", h(a.SaveAsDesign))
	letter.GET("/versions", h(a.LetterVersions))
	letter.GET("/versions/:n", h(a.LetterVersion))
	letter.POST("/versions/:n/name", h(a.NameVersion))
	letter.POST("/versions/:n/compare", h(a.CompareVersion))
}

// designRoutes are the URLs of designs, of saved blocks, and of letters that are looked at.
func designRoutes(in *gin.RouterGroup, h handle, a *admin.Admin) {
	in.GET("/frames/:token", h(a.Frame))
	in.GET("/designs", h(a.Designs))
	in.GET("/designs.json", h(a.DesignList))
	in.POST("/designs/import", h(a.ImportDesign))
	in.GET("/designs/starters/:name/:lang", h(a.StarterContent))
	in.GET("/designs/starters/:name/:lang/picture", h(a.StarterPicture))
	in.POST("/designs/starters/:name/:lang/use", h(a.UseStarter))
	in.POST("/designs/starters/:name/:lang/copy", h(a.CopyStarter))

	one := in.Group("/designs/:id")
	one.GET("", h(a.DesignContent))
	one.POST("/use", h(a.UseDesign))
	one.POST("/copy", h(a.CopyDesign))
	one.POST("/name", h(a.RenameDesign))
	one.POST("/archive", h(a.ArchiveDesign))
	one.POST("/restore", h(a.RestoreDesign))
	one.GET("/export", h(a.ExportDesign))
	letterRoutes(one.Group("/letter"), h, a)

	in.GET("/saved-blocks", h(a.SavedBlockList))
	in.POST("/saved-blocks", h(a.CreateSavedBlock))
	saved := in.Group("/designs/saved/:id")
	saved.GET("", h(a.SavedBlock))
	saved.POST("/name", h(a.RenameSavedBlock))
	saved.POST("/delete", h(a.DeleteSavedBlock))
	saved.POST("/restore", h(a.RestoreSavedBlock))
	letterRoutes(saved.Group("/letter"), h, a)
}
