package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/render/letterfile"
	"keepsake/web/page"
)

// designFile is a design as one file, with its pictures.
type designFile struct {
	Keepsake  string            `json:"keepsake"` // "design"
	V         int               `json:"v"`
	Name      string            `json:"name"`
	Kind      string            `json:"kind"`
	Lang      string            `json:"lang"`
	Mode      string            `json:"mode"`
	Subject   string            `json:"subject"`
	Preheader string            `json:"preheader"`
	Document  json.RawMessage   `json:"document,omitempty"`
	HTML      string            `json:"html,omitempty"`
	Pictures  map[string][]byte `json:"pictures,omitempty"` // by the name the letter calls them
}

// MostDesignFile is how large a design's file may be, in octets.
const MostDesignFile = 32 << 20

// The limits of what is in a design's file.
const (
	designVersion = 1
	mostPictures  = 20 << 20 // octets of all of them
	mostPictured  = 60
)

// pictureFields are where a document names pictures.
var pictureFields = []string{"asset", "darkAsset", "image", "thumb", "logo", "logoDark"}

// eachPicture visits the pictures that JSON names; what visit returns stands in their place.
func eachPicture(v any, visit func(string) string) {
	switch v := v.(type) {
	case []any:
		for _, inner := range v {
			eachPicture(inner, visit)
		}
	case map[string]any:
		for name, inner := range v {
			if s, ok := inner.(string); ok && slices.Contains(pictureFields, name) {
				v[name] = visit(s)
				continue
			}
			eachPicture(inner, visit)
		}
	}
}

var pictureInCode = regexp.MustCompile(`/media/([a-z0-9]+\.[a-z]+)`)

// picturesOf are the names of the uploaded pictures that a content shows, sorted.
func picturesOf(content campaigns.Content) []string {
	names := map[string]bool{}
	note := func(s string) string {
		if ext := strings.LastIndexByte(s, '.'); ext > 0 && !strings.ContainsAny(s, "/{") {
			names[s] = true
		}
		return s
	}
	var doc any
	if json.Unmarshal([]byte(content.Document), &doc) == nil {
		eachPicture(doc, note)
	}
	for _, m := range pictureInCode.FindAllStringSubmatch(content.HTML, -1) {
		note(m[1])
	}
	return slices.Sorted(maps.Keys(names))
}

// ExportDesign answers with a design as one file.
func (a *Admin) ExportDesign(c *gin.Context) error {
	d, err := a.design(c)
	if err != nil {
		return err
	}
	f := designFile{Keepsake: "design", V: designVersion, Name: d.Name, Kind: d.Kind, Lang: d.Content.Lang, Mode: d.Content.Mode,
		Subject: d.Content.Subject, Preheader: d.Content.Preheader, HTML: d.Content.HTML, Pictures: map[string][]byte{}}
	if json.Valid([]byte(d.Content.Document)) {
		f.Document = json.RawMessage(d.Content.Document)
	}
	size := 0
	for _, name := range picturesOf(d.Content) {
		data, err := a.pictureBytes(c.Request.Context(), name)
		if err != nil {
			return err
		}
		if size += len(data); size > mostPictures || len(f.Pictures) >= mostPictured {
			return fault.New(fault.TooLarge, "The pictures of this design are larger than %d MB together. Make them smaller first.", mostPictures>>20)
		}
		if data != nil {
			f.Pictures[name] = data
		}
	}
	c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="design-%d.json"`, d.ID))
	c.JSON(http.StatusOK, f)
	return nil
}

// ImportDesign takes a design's file, "file" of a form.
func (a *Admin) ImportDesign(c *gin.Context) error {
	d, err := a.importDesign(c)
	if f, ok := err.(*fault.Error); ok {
		a.Toast(c, a.Catalog.Fault(a.Lang(c), f), "")
		return a.Redirect(c, "/designs")
	}
	if err != nil {
		return err
	}
	if err := a.audit(c, "design.import", "design:%d", d.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "“%s” is among your designs now.", d.Name), fmt.Sprintf("/designs/%d/archive", d.ID))
	return a.Redirect(c, "/designs")
}

func (a *Admin) importDesign(c *gin.Context) (campaigns.Design, error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, MostDesignFile+1<<20)
	file, _, err := c.Request.FormFile("file")
	if err == http.ErrMissingFile || err == http.ErrNotMultipart {
		return campaigns.Design{}, fault.Field("file", "Choose the file of a design.")
	}
	if err != nil {
		return campaigns.Design{}, err
	}
	defer file.Close()
	src, err := io.ReadAll(file)
	if err != nil {
		return campaigns.Design{}, err
	}
	f, d, err := readDesign(src)
	if err != nil {
		return d, err
	}
	if err := a.placePictures(c.Request.Context(), f, &d.Content); err != nil {
		return d, err
	}
	return d, a.Store.CreateDesign(c.Request.Context(), &d, author(c))
}

// readDesign reads a file that a stranger may have made. Its pictures are not looked at yet.
func readDesign(src []byte) (designFile, campaigns.Design, error) {
	var f designFile
	if err := json.Unmarshal(src, &f); err != nil || f.Keepsake != "design" {
		return f, campaigns.Design{}, fault.Field("file", "This is not the file of a Keepsake design.")
	}
	if f.V > designVersion {
		return f, campaigns.Design{}, fault.Field("file", "This design was made by a newer Keepsake (version %d). Update yours first.", f.V)
	}
	if len(f.Pictures) > mostPictured {
		return f, campaigns.Design{}, fault.Field("file", "A design has at most %d pictures.", mostPictured)
	}
	if _, err := campaigns.KindInfo(f.Kind); err != nil {
		f.Kind = "newsletter"
	}
	d := campaigns.Design{Name: cmp.Or(strings.TrimSpace(f.Name), f.Subject, "Design"), Kind: f.Kind,
		Content: campaigns.Content{Lang: audience.Language(f.Lang), Mode: "blocks", Subject: f.Subject, Preheader: f.Preheader, HTML: f.HTML}}
	if f.Mode == "html" || f.Mode == "mjml" {
		d.Content.Mode = f.Mode
	}
	if len(f.HTML) > MostLetter {
		return f, d, fault.Field("file", "This letter is larger than %d MB.", MostLetter>>20)
	}
	var err error
	if d.Content.HTML, err = letterfile.Clean(f.HTML); err != nil {
		return f, d, err
	}
	doc, err := document.Parse(cmp.Or(strings.TrimSpace(string(f.Document)), `{"v":1,"blocks":[]}`))
	if err != nil {
		return f, d, err
	}
	if d.Content.Document, err = doc.JSON(); err != nil {
		return f, d, err
	}
	if err := check(d.Content); err != nil {
		return f, d, err
	}
	return f, d, d.Validate()
}

// placePictures keeps the file's pictures that the letter shows, and calls them there by
// their new names.
func (a *Admin) placePictures(ctx context.Context, f designFile, content *campaigns.Content) error {
	size, renamed, budget := 0, map[string]string{}, a.newBudget()
	for _, name := range picturesOf(*content) {
		data, ok := f.Pictures[name]
		if !ok {
			continue
		}
		if size += len(data); size > mostPictures {
			return fault.Field("file", "The pictures of this design are larger than %d MB together. Make them smaller first.", mostPictures>>20)
		}
		if err := budget.take(data); err != nil {
			return err
		}
		kept, err := a.keepPicture(ctx, "file", name, data)
		if err != nil {
			return err
		}
		renamed[name] = kept
	}
	return rename(content, renamed)
}

func rename(content *campaigns.Content, names map[string]string) error {
	var doc any
	if err := json.Unmarshal([]byte(content.Document), &doc); err != nil {
		return fmt.Errorf("design: %w", err)
	}
	eachPicture(doc, func(s string) string { return cmp.Or(names[s], s) })
	b, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("design: %w", err)
	}
	again, err := document.Parse(string(b)) // in the order of the fields, as every letter is kept
	if err != nil {
		return err
	}
	content.HTML = pictureInCode.ReplaceAllStringFunc(content.HTML, func(s string) string {
		return "/media/" + cmp.Or(names[strings.TrimPrefix(s, "/media/")], strings.TrimPrefix(s, "/media/"))
	})
	content.Document, err = again.JSON()
	return err
}

// design is the design of the address.
func (a *Admin) design(c *gin.Context) (campaigns.Design, error) {
	id, err := page.ID(c)
	if err != nil {
		return campaigns.Design{}, err
	}
	return a.Store.Design(c.Request.Context(), id)
}
