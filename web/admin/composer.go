package admin

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
	"keepsake/internal/dispatch"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// letterBody is a letter as the composer sends it, with what it wants to know.
type letterBody struct {
	Version   int             `json:"version"`
	Mode      string          `json:"mode"`
	Subject   string          `json:"subject"`
	Preheader string          `json:"preheader"`
	Document  json.RawMessage `json:"document"`
	HTML      string          `json:"html"`
	Dark      bool            `json:"dark"`
	Person    int64           `json:"person"`
	To        string          `json:"to"`
	Had       had             `json:"had"`      // of a frame: what is shown already
	Name      string          `json:"name"`     // of a new design
	Restored  int             `json:"restored"` // of a save: the version that it brings back
}

// problem is one thing to put right, as the composer shows it.
type problem struct {
	Block  string `json:"block,omitempty"`
	Field  string `json:"field,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Text   string `json:"text"`
	Level  string `json:"level"` // warn or fail
}

// MostLetter is how large a request of the composer may be.
const MostLetter = 2 << 20

// readLetter is the letter of the address with what the composer sent in place of its content.
func (a *Admin) readLetter(c *gin.Context) (letterAt, letterBody, error) {
	l, err := a.letterAt(c)
	if err != nil {
		return l, letterBody{}, err
	}
	var b letterBody
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, MostLetter)
	if err := json.NewDecoder(c.Request.Body).Decode(&b); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return l, b, err
		}
		return l, b, fault.New(fault.Invalid, "This letter cannot be read.")
	}
	return l, b, nil
}

// content is what was sent, in place of the stored letter's own.
func (b letterBody) content(stored campaigns.Content) campaigns.Content {
	mode := "blocks"
	if b.Mode == "html" || b.Mode == "mjml" {
		mode = b.Mode
	}
	return campaigns.Content{Lang: stored.Lang, Variant: stored.Variant, SenderName: stored.SenderName, Mode: mode, Subject: b.Subject, Preheader: b.Preheader, Document: string(b.Document), HTML: b.HTML, Version: b.Version}
}

// mostLine is how long a subject or a preheader may be.
const mostLine = 2000

// check refuses what could not even be kept; what is only unfinished is kept.
func check(content campaigns.Content) error {
	if len(content.Subject) > mostLine || len(content.Preheader) > mostLine {
		return fault.Field("subject", "The subject and the preheader are too long.")
	}
	if content.Document == "" || content.Document == "null" {
		return nil
	}
	_, err := document.Parse(content.Document)
	return err
}

// SaveLetter keeps a letter as a new version. One that somebody else saved meanwhile is a
// 409 with their version; one that cannot be kept is a 422 with what is wrong.
func (a *Admin) SaveLetter(c *gin.Context) error {
	l, b, err := a.readLetter(c)
	if err != nil {
		return err
	}
	if err := keptAsIs(l.campaign); fault.Is(err, fault.Conflict) {
		return a.refuseLetter(c, err) // 409 is said of another version
	} else if err != nil {
		return err
	}
	content := b.content(l.content)
	if err := check(content); err != nil {
		return a.refuseLetter(c, err)
	}
	content.Restored = b.Restored
	err = a.keepContent(c, l, &content)
	switch {
	case fault.Is(err, fault.Conflict):
		return a.otherVersion(c)
	case fault.Is(err, fault.Invalid):
		return a.refuseLetter(c, err)
	case err != nil:
		return err
	}
	problems, size := a.problems(c, l, content)
	c.JSON(http.StatusOK, gin.H{"version": content.Version, "savedAt": content.UpdatedAt.UTC().Format(time.RFC3339), "problems": problems, "sizeKB": size})
	return nil
}

// keptAsIs says why a campaign's letters cannot be changed now; nil when they can. The
// composer saves while one types, and half a sentence must not reach part of a list.
func keptAsIs(c campaigns.Campaign) error {
	switch c.State {
	case campaigns.Draft, campaigns.Paused:
		return nil
	case campaigns.Finished, campaigns.Cancelled:
		return fault.New(fault.Forbidden, "This campaign is over: its letters stay as they were sent.")
	}
	return fault.New(fault.Conflict, "Pause the campaign to change this: what is on its way stays as it is.")
}

func (a *Admin) refuseLetter(c *gin.Context, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	c.JSON(http.StatusUnprocessableEntity, gin.H{"detail": a.Catalog.Fault(a.Lang(c), f), "problems": a.faultProblems(c, f, "fail")})
	return nil
}

// otherVersion answers with what somebody else saved meanwhile.
func (a *Admin) otherVersion(c *gin.Context) error {
	l, err := a.letterAt(c)
	if err != nil {
		return err
	}
	by, at, err := a.lastSaved(c.Request.Context(), l)
	if err != nil {
		return err
	}
	c.JSON(http.StatusConflict, gin.H{"version": l.content.Version, "by": by, "at": at.Format(time.RFC3339), "content": islandContent(l.content),
		"detail": a.T(c, "Somebody else saved this letter meanwhile.")})
	return nil
}

// problems are what keeps a letter from being sent, and its size in KB.
func (a *Admin) problems(c *gin.Context, l letterAt, content campaigns.Content) ([]problem, int) {
	all := []problem{}
	if content.Mode == "blocks" {
		if doc, err := document.Parse(cmp.Or(content.Document, `{"v":1,"blocks":[]}`)); err == nil {
			if f, ok := errors.AsType[*fault.Error](doc.Validate()); ok {
				all = append(all, a.faultProblems(c, f, "fail")...)
			}
		}
	}
	p, err := a.Dispatch.Preview(c.Request.Context(), dispatch.Draft{Campaign: l.campaign, Message: l.message, Content: content})
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return append(all, a.faultProblems(c, f, "fail")...), 0
	}
	if err != nil {
		return append(all, problem{Text: a.Catalog.Fault(a.Lang(c), err), Level: "warn"}), 0
	}
	for _, u := range p.Unknown {
		all = append(all, a.unknownProblem(c, u))
	}
	for _, w := range render.Warnings(c.Request.Context(), content) {
		all = append(all, problem{Field: "html", Line: w.Line, Text: a.T(c, w.Text, w.Args...), Level: "warn"})
	}
	return all, (len(p.HTML) + 1023) / 1024
}

func (a *Admin) unknownProblem(c *gin.Context, u render.Unknown) problem {
	p := problem{Text: a.T(c, "There is no value called “%s”.", u.Path), Level: "fail", Line: u.Line, Column: u.Column}
	if u.Suggest != "" {
		p.Text += " " + a.T(c, "Did you mean “%s”?", u.Suggest)
	}
	switch u.Where {
	case "subject", "preheader", "html":
		p.Field = u.Where
	default:
		p.Block = u.Where
	}
	return p
}

func (a *Admin) faultProblems(c *gin.Context, f *fault.Error, level string) []problem {
	lang := a.Lang(c)
	if len(f.Fields) == 0 {
		return []problem{{Text: a.Catalog.Fault(lang, f), Level: level}}
	}
	all := make([]problem, 0, len(f.Fields))
	for _, e := range f.Fields {
		p := problem{Text: a.Catalog.Fault(lang, e), Level: level}
		p.Block, p.Field, p.Line = dispatch.PlaceOf(e.Field)
		_, p.Column, _ = render.Place(e.Field)
		all = append(all, p)
	}
	return all
}

// PreviewLetter renders a letter for a person, or for the sample one.
func (a *Admin) PreviewLetter(c *gin.Context) error {
	l, b, err := a.readLetter(c)
	if err != nil {
		return err
	}
	draft, err := a.draftOf(c, l, b)
	if err != nil {
		return err
	}
	p, err := a.Dispatch.Preview(c.Request.Context(), draft)
	if err != nil {
		return err
	}
	missing := p.Missing
	if missing == nil {
		missing = []string{}
	}
	c.JSON(http.StatusOK, gin.H{"src": a.keepFrame(c, p.HTML, b.Dark), "text": p.Text, "subject": p.Subject, "preheader": p.Preheader, "missing": missing})
	return nil
}

func (a *Admin) draftOf(c *gin.Context, l letterAt, b letterBody) (dispatch.Draft, error) {
	d := dispatch.Draft{Campaign: l.campaign, Message: l.message, Content: b.content(l.content)}
	if b.Person == 0 {
		return d, nil
	}
	var err error
	d.Person, err = a.Store.Subscriber(c.Request.Context(), b.Person)
	return d, err
}

// TestLetter sends a letter to one address, outside the ledger, and says what the server answered.
func (a *Admin) TestLetter(c *gin.Context) error {
	l, b, err := a.readLetter(c)
	if err != nil {
		return err
	}
	draft, err := a.draftOf(c, l, b)
	if err != nil {
		return err
	}
	reply, err := a.Dispatch.Test(c.Request.Context(), draft, b.To)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"ok": true, "reply": reply})
	return nil
}

// ComposerPeople finds subscribers to look at a letter as.
func (a *Admin) ComposerPeople(c *gin.Context) error {
	found, _, err := a.Store.Subscribers(c.Request.Context(), store.SubscriberQuery{Search: c.Query("q"), Limit: 8})
	if err != nil {
		return err
	}
	type person struct {
		ID    int64  `json:"id"`
		Name  string `json:"name"`
		Email string `json:"email"`
	}
	people := make([]person, len(found))
	for i, p := range found {
		people[i] = person{p.ID, p.Name(), p.Email}
	}
	c.JSON(http.StatusOK, people)
	return nil
}
