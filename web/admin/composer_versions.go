package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/dispatch"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// islandVersion is one version as the composer lists it.
type islandVersion struct {
	N        int    `json:"n"`
	Name     string `json:"name"`
	By       string `json:"by"`
	At       string `json:"at"`
	SentAt   string `json:"sentAt,omitempty"`
	SentTo   int64  `json:"sentTo"`
	Restored int    `json:"restored"`
	Present  bool   `json:"present"` // what is stored now
}

// versionsAt is the letter of the address that keeps versions.
func (a *Admin) versionsAt(c *gin.Context) (letterAt, store.Letter, error) {
	l, err := a.letterAt(c)
	if err != nil {
		return l, store.Letter{}, err
	}
	letter, ok := l.versions()
	if !ok {
		return l, letter, fault.New(fault.NotFound, page.NoPage)
	}
	return l, letter, nil
}

// versionAt is also the version of the address.
func (a *Admin) versionAt(c *gin.Context) (letterAt, campaigns.Version, error) {
	l, letter, err := a.versionsAt(c)
	if err != nil {
		return l, campaigns.Version{}, err
	}
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil {
		return l, campaigns.Version{}, fault.New(fault.NotFound, "This version is no longer kept.")
	}
	v, err := a.Store.Version(c.Request.Context(), letter, n)
	return l, v, err
}

// LetterVersions lists what a letter was, the youngest first.
func (a *Admin) LetterVersions(c *gin.Context) error {
	l, letter, err := a.versionsAt(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	list, err := a.Store.Versions(ctx, letter)
	if err != nil {
		return err
	}
	langs, others := l.readers()
	counts, err := a.Store.SentTo(ctx, letter, list, langs, others)
	if err != nil {
		return err
	}
	out := make([]islandVersion, len(list))
	for i, v := range list {
		out[i] = islandVersion{N: v.N, Name: v.Name, By: v.By, At: v.SavedAt.Format(time.RFC3339), SentTo: counts[v.N], Restored: v.Restored, Present: i == 0}
		if v.SentAt != nil {
			out[i].SentAt = v.SentAt.Format(time.RFC3339)
		}
	}
	c.JSON(http.StatusOK, gin.H{"versions": out})
	return nil
}

// readers are the languages of the letter's message, and whether the letter serves those
// who read none of them.
func (l letterAt) readers() (langs []string, others bool) {
	for _, content := range l.message.Of(l.content.Variant) {
		langs = append(langs, content.Lang)
	}
	served, err := l.message.Content("", l.campaign.Lang)
	return langs, err == nil && served.Lang == l.content.Lang
}

// LetterVersion is the content of one version.
func (a *Admin) LetterVersion(c *gin.Context) error {
	_, v, err := a.versionAt(c)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, islandContent(v.Content))
	return nil
}

// NameVersion names a version, so that it is kept for good, or takes its name away.
func (a *Admin) NameVersion(c *gin.Context) error {
	_, v, err := a.versionAt(c)
	if err != nil {
		return err
	}
	_, letter, err := a.versionsAt(c)
	if err != nil {
		return err
	}
	var b struct {
		Name string `json:"name"`
	}
	if err := readJSON(c, 1<<12, &b); err != nil {
		return err
	}
	if b.Name = strings.TrimSpace(b.Name); b.Name != "" {
		if b.Name, err = campaigns.CleanTitle("name", b.Name); err != nil {
			return err
		}
	}
	if err := a.Store.NameVersion(c.Request.Context(), letter, v.N, b.Name); err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"name": b.Name})
	return nil
}

// readJSON reads a small request of a script of ours.
func readJSON(c *gin.Context, most int64, into any) error {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, most)
	if err := json.NewDecoder(c.Request.Body).Decode(into); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return err
		}
		return fault.New(fault.Invalid, "This letter cannot be read.")
	}
	return nil
}

// CompareVersion draws a version and what the composer holds, with what differs marked.
func (a *Admin) CompareVersion(c *gin.Context) error {
	l, v, err := a.versionAt(c)
	if err != nil {
		return err
	}
	var b letterBody
	if err := readJSON(c, MostLetter, &b); err != nil {
		return err
	}
	now := b.content(l.content)
	changes, err := compare(v.Content, now)
	if err != nil {
		return err
	}
	before, err := a.markedFrame(c, l, v.Content, b.Dark, marks(changes, "removed", "changed", "moved"))
	if err != nil {
		return err
	}
	after, err := a.markedFrame(c, l, now, b.Dark, marks(changes, "added", "changed", "moved"))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"before": before, "after": after, "changes": changes,
		"subject": document.Words(v.Subject, now.Subject), "preheader": document.Words(v.Preheader, now.Preheader)})
	return nil
}

// compare says what differs between two contents; code is compared as a whole.
func compare(before, after campaigns.Content) ([]document.Change, error) {
	if before.Mode != "blocks" || after.Mode != "blocks" {
		if before.Mode == after.Mode && before.HTML == after.HTML {
			return []document.Change{}, nil
		}
		return []document.Change{{Type: "html", State: "changed", Words: document.Words(before.HTML, after.HTML), Other: before.Mode != after.Mode}}, nil
	}
	var docs [2]document.Document
	for i, content := range []campaigns.Content{before, after} {
		src := content.Document
		if src == "" || src == "null" {
			src = `{"v":1,"blocks":[]}`
		}
		var err error
		if docs[i], err = document.Parse(src); err != nil {
			return nil, err
		}
	}
	return document.Compare(docs[0], docs[1]), nil
}

// outlines are how a changed block is marked: by its line as well as by its colour.
var outlines = map[string]string{"added": "3px solid #1a7f37", "removed": "3px dashed #c93c37", "changed": "3px dotted #b35900", "moved": "3px double #5b5fc7"}

// marks is a style sheet that marks the blocks with those changes. Ids of blocks are
// letters, digits, - and _ alone.
func marks(changes []document.Change, states ...string) string {
	var css strings.Builder
	for _, change := range changes {
		for _, state := range states {
			if change.ID != "" && change.State == state {
				css.WriteString(`[data-block="` + change.ID + `"]{outline:` + outlines[state] + `!important;outline-offset:-3px}`)
			}
		}
	}
	return css.String()
}

func (a *Admin) markedFrame(c *gin.Context, l letterAt, content campaigns.Content, dark bool, css string) (string, error) {
	p, err := a.Dispatch.Preview(c.Request.Context(), dispatch.Draft{Campaign: l.campaign, Message: l.message, Content: content, Canvas: content.Mode == "blocks"})
	if err != nil {
		return "", err
	}
	return a.keepFrame(c, strings.Replace(p.HTML, "</head>", "<style>"+css+"</style></head>", 1), dark), nil
}
