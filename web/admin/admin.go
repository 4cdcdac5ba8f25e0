// Package admin holds the marketer's pages, one file per resource.
package admin

import "keepsake/web/page"

// Admin answers the marketer's pages.
type Admin struct {
	*page.Site
	signIns *attempts
	figures *figureCache
	frames  *shelf[string]  // letters the composer looks at
	bin     *shelf[removed] // letters that were just taken away
	checks  *checkBook      // how the sender domains stood when they were last looked at
}

// New returns the handlers of the marketer's pages.
func New(site *page.Site) *Admin {
	return &Admin{Site: site, signIns: newAttempts(site.Now), figures: &figureCache{},
		frames: newShelf[string](site.Now), bin: newShelf[removed](site.Now), checks: newCheckBook()}
}
