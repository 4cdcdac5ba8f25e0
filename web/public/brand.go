package public

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"keepsake/internal/render"
)

// The cards of public.css on which the shop's colour must be readable.
const (
	lightCard = "#ffffff"
	darkCard  = "#1d2125"
)

// brand is the shop's colour as a stylesheet: the policy allows no style within a page.
func (p *pages) brand(c *gin.Context) error {
	accent := p.site.Shop(c).Accent
	light, onLight := render.Accent(accent, lightCard)
	dark, onDark := render.Accent(accent, darkCard)
	css := fmt.Sprintf(`:root{--accent:%s;--on-accent:%s}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){--accent:%s;--on-accent:%s}}
:root[data-theme=dark]{--accent:%[3]s;--on-accent:%[4]s}
`, light, onLight, dark, onDark)
	c.Header("Cache-Control", "public, max-age=300")
	c.Writer.Header().Del("X-Robots-Tag")
	c.Data(http.StatusOK, "text/css; charset=utf-8", []byte(css))
	return nil
}
