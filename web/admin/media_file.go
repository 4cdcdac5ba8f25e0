package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/web/page"
)

// Asset serves a picture to anybody: letters show it. Nothing in it can run.
func (a *Admin) Asset(c *gin.Context) error {
	name := c.Param("asset")
	if strings.HasPrefix(name, "art-") {
		return a.art(c, name)
	}
	mark, _, _ := strings.Cut(name, ".") // the sum of its content
	if known(c, mark) {
		return nil
	}
	r, info, err := a.Media.Get(c.Request.Context(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return noPicture(c)
	}
	if err != nil {
		c.Writer.Header().Del("Etag")
		return err
	}
	defer r.Close()
	showPicture(c, name)
	c.Header("Content-Type", info.Type)
	c.Header("Content-Length", strconv.FormatInt(info.Bytes, 10))
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		return nil
	}
	n, err := io.Copy(c.Writer, r)
	if err != nil && n == 0 { // what follows is a page of words, not the picture for a year
		for _, name := range []string{"Etag", "Content-Type", "Content-Length", "Content-Disposition", "Cache-Control"} {
			c.Writer.Header().Del(name)
		}
	}
	return err // with some of it sent already, the connection ends short of its length
}

var artName = regexp.MustCompile(`^art-[a-z0-9-]{1,60}\.png$`)

// art serves one of the program's own drawings. A new version of Keepsake may draw it anew
// under the same name.
func (a *Admin) art(c *gin.Context, name string) error {
	if a.Art == nil || !artName.MatchString(name) {
		return noPicture(c)
	}
	data, err := fs.ReadFile(a.Art, name)
	if err != nil {
		return noPicture(c)
	}
	sum := sha256.Sum256(data)
	if known(c, hex.EncodeToString(sum[:8])) {
		return nil
	}
	showPicture(c, name)
	c.Header("Cache-Control", "public, max-age=604800")
	c.Header("Content-Length", strconv.Itoa(len(data)))
	if c.Request.Method == http.MethodHead {
		c.Header("Content-Type", "image/png")
		c.Status(http.StatusOK)
		return nil
	}
	c.Data(http.StatusOK, "image/png", data)
	return nil
}

func noPicture(c *gin.Context) error {
	c.Writer.Header().Del("Etag")
	return fault.New(fault.NotFound, page.NoPage)
}

// known answers a browser that has the file already.
func known(c *gin.Context, mark string) bool {
	c.Header("Etag", `"`+mark+`"`)
	if c.GetHeader("If-None-Match") != `"`+mark+`"` {
		return false
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Status(http.StatusNotModified)
	return true
}

func showPicture(c *gin.Context, name string) {
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Header("Cross-Origin-Resource-Policy", "cross-origin") // webmails show it on their own pages
	c.Header("Content-Disposition", "inline; filename="+name)
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
}
