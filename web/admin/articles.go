package admin

import (
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/web/page"
)

type articlesPage struct {
	Articles []campaigns.Item
	Next     int64
}

const articlesSize = 50

// Articles lists the shop's own articles.
func (a *Admin) Articles(c *gin.Context) error {
	all, err := a.Store.Articles(c.Request.Context(), number(c.Query("before")), articlesSize+1)
	if err != nil {
		return err
	}
	p := articlesPage{Articles: all}
	if len(all) > articlesSize {
		p.Articles = all[:articlesSize]
		p.Next = p.Articles[articlesSize-1].ID
	}
	return a.Page(c, "admin/articles", p)
}

// NewArticle asks for an article.
func (a *Admin) NewArticle(c *gin.Context) error {
	return a.Page(c, "admin/article", campaigns.Item{Published: a.Now()})
}

// Article shows one article.
func (a *Admin) Article(c *gin.Context) error {
	it, err := a.article(c)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/article", it)
}

func (a *Admin) article(c *gin.Context) (campaigns.Item, error) {
	id, err := page.ID(c)
	if err != nil {
		return campaigns.Item{}, err
	}
	return a.Store.Article(c.Request.Context(), id)
}

// SaveArticle stores a new article or a known one.
func (a *Admin) SaveArticle(c *gin.Context) error {
	it := campaigns.Item{Published: a.Now()}
	if c.Param("id") != "" {
		var err error
		if it, err = a.article(c); err != nil {
			return err
		}
	}
	if err := a.readArticle(c, &it); err != nil {
		return a.Again(c, "admin/article", it, err)
	}
	if err := a.Store.SaveArticle(c.Request.Context(), &it); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved."), "")
	return a.Redirect(c, "/articles")
}

func (a *Admin) readArticle(c *gin.Context, it *campaigns.Item) error {
	it.Title, it.URL, it.Excerpt = audience.CleanName(c.PostForm("title")), strings.TrimSpace(c.PostForm("url")), strings.TrimSpace(c.PostForm("excerpt"))
	var errs []error
	if it.Title == "" {
		errs = append(errs, fault.Field("title", "Give the article a title."))
	}
	errs = append(errs, checkWeb("url", it.URL))
	if raw := c.PostForm("published"); raw != "" {
		at, err := time.ParseInLocation("2006-01-02T15:04", raw, a.Zone(c))
		if err != nil {
			errs = append(errs, fault.Field("published", "This is not a date."))
		} else {
			it.Published = at.UTC()
		}
	}
	if c.PostForm("no_image") != "" {
		it.Image = ""
	}
	asset, err := a.formImage(c, "image")
	if err == nil && asset != nil {
		it.Image = a.Config.Base() + "/media/" + asset.Asset
	}
	return fault.Join(append(errs, err)...)
}

// checkWeb refuses what is no address of the web.
func checkWeb(field, raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fault.Field(field, "Give a whole address that begins with https://.")
	}
	return nil
}

// DeleteArticle takes an article away.
func (a *Admin) DeleteArticle(c *gin.Context) error {
	it, err := a.article(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteItem(c.Request.Context(), it.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "“%s” is deleted.", it.Title), "")
	return a.Redirect(c, "/articles")
}
