package admin

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"path/filepath"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/dispatch"
	"keepsake/internal/render/letterfile"
)

// ImportLetter reads a letter that was made elsewhere, "file" of a multipart form or its
// pasted "text" of the kind in "as", and answers with it. Nothing of the stored letter changes:
// the composer takes what it wants, and Undo brings the other back.
func (a *Admin) ImportLetter(c *gin.Context) error {
	if _, err := a.letterAt(c); err != nil {
		return err
	}
	name, data, err := importedFile(c)
	if err != nil {
		return err
	}
	budget := a.newBudget()
	l, err := letterfile.Read(name, data, func(name string, data []byte) (string, error) {
		if err := budget.take(data); err != nil {
			return "", err
		}
		return a.takePicture(c, name, data)
	})
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return a.refuseLetter(c, f)
	}
	if err != nil {
		return err
	}
	notes := make([]string, len(l.Notes))
	for i, n := range l.Notes {
		notes[i] = a.noteWords(c, n)
	}
	c.JSON(http.StatusOK, struct {
		Mode   string          `json:"mode"`
		Code   string          `json:"code"`
		Blocks document.Blocks `json:"blocks"`
		Title  string          `json:"title"`
		Notes  []string        `json:"notes"`
	}{l.Mode, l.Code, l.Blocks, l.Title, notes})
	return nil
}

func (a *Admin) noteWords(c *gin.Context, n letterfile.Note) string {
	if n.Count > 0 {
		return a.Catalog.N(a.Lang(c), n.Text, n.Count)
	}
	return a.T(c, n.Text, n.Args...)
}

// importedFile is the file of the form, or what was pasted under a name that says what it is.
func importedFile(c *gin.Context) (name string, data []byte, err error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, letterfile.MaxUpload+1<<20)
	file, header, err := c.Request.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		if c.PostForm("as") == "markdown" {
			name = "pasted.md"
		}
		return name, []byte(c.PostForm("text")), nil
	}
	if err != nil {
		return "", nil, err
	}
	defer file.Close()
	data, err = io.ReadAll(io.LimitReader(file, letterfile.MaxUpload+1))
	return filepath.Base(header.Filename), data, err
}

// ConvertLetter answers with the letter as HTML with its merge tags: what its blocks or its
// MJML make, to be gone on with by hand.
func (a *Admin) ConvertLetter(c *gin.Context) error {
	l, b, err := a.readLetter(c)
	if err != nil {
		return err
	}
	html, err := a.Dispatch.Code(c.Request.Context(), dispatch.Draft{Campaign: l.campaign, Message: l.message, Content: b.content(l.content)})
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"html": html})
	return nil
}

// takePicture takes a picture of a letter over as if it had been uploaded.
func (a *Admin) takePicture(c *gin.Context, name string, data []byte) (string, error) {
	asset, err := a.keep(c.Request.Context(), cmp.Or(name, "picture"), data)
	if err != nil {
		return "", err
	}
	return "/media/" + asset.Asset, nil
}
