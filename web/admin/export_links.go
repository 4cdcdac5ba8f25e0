package admin

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/internal/link"
)

// linkLife is how long a link to a file opens it without signing in.
const linkLife = 24 * time.Hour

// LinkExport makes a link to a finished export's file that opens it without signing in, for a while.
func (a *Admin) LinkExport(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	f, err := a.Jobs.Export(j.Job)
	if err != nil {
		return err
	}
	f.Close()
	if err := a.audit(c, "export.link", "job:%d", j.ID); err != nil {
		return err
	}
	j.Until = a.Now().Add(linkLife).Truncate(time.Second)
	if gone := j.Gone(); gone.Before(j.Until) {
		j.Until = gone
	}
	round, err := a.Jobs.Link(c.Request.Context(), j.Job, j.Until)
	if err != nil {
		return err
	}
	j.linked, j.Link = true, a.Links.DownloadURL(j.ID, j.Until, round)
	return a.Page(c, "admin/job", j)
}

// UnlinkExport takes back all links to an export's file.
func (a *Admin) UnlinkExport(c *gin.Context) error {
	j, err := a.job(c)
	if err != nil {
		return err
	}
	if err := a.Jobs.Unlink(c.Request.Context(), j.Job); err != nil {
		return err
	}
	if err := a.audit(c, "export.unlink", "job:%d", j.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "No link to this file opens it any more. You can make a new one."), "")
	return a.Redirect(c, "/jobs/%d", j.ID)
}

// LinkedExport hands out a file to whoever has its link, as long as that is good.
func (a *Admin) LinkedExport(c *gin.Context) error {
	claims, err := a.Links.Open(link.Download, c.Param("token"))
	if err != nil {
		return err
	}
	if a.Now().Unix() >= claims.Message {
		return fault.New(fault.NotFound, "This link has expired. Ask whoever sent it for a new one.")
	}
	row, err := a.Store.Job(c.Request.Context(), claims.Link)
	if err != nil {
		return err
	}
	j, err := a.jobRow(c, row)
	if err != nil {
		return err
	}
	if claims.Enrolment != j.Links.Round {
		return fault.New(fault.NotFound, "This link was taken back. Ask whoever sent it for a new one.")
	}
	if c.Request.Method != http.MethodHead { // who asks how long it is has not got it
		if err := a.Store.Audit(c.Request.Context(), 0, "export.linked", fmt.Sprintf("job:%d", j.ID)); err != nil { // nobody signed in
			return err
		}
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "no-referrer")
	return a.handOut(c, j, handed{strings.TrimSuffix(exportName(j.Export, j.CreatedAt), j.Export.Extension()), j.Export.Extension(), j.Export.MIME()}, a.Jobs.Export)
}
