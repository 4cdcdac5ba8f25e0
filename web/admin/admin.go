// Package admin holds the marketer's pages, one file per resource.
package admin

import "keepsake/web/page"

// Admin answers the marketer's pages.
type Admin struct {
	*page.Site
	signIns *attempts
	figures *figureCache
}

// New returns the handlers of the marketer's pages.
func New(site *page.Site) *Admin {
	return &Admin{Site: site, signIns: newAttempts(site.Now), figures: &figureCache{}}
}
