package admin

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/internal/inbound"
	"keepsake/internal/store"
	"keepsake/web/page"
)

const mailboxSize = 50

// RequireMailbox lets nobody in while there is no built-in mailbox.
func (a *Admin) RequireMailbox(c *gin.Context) {
	if !a.Site.Mailbox {
		a.Fail(c, fault.New(fault.NotFound, page.NoPage))
	}
}

type mailboxPage struct {
	Search  string
	Letters []store.BoxLetter
	Next    int64
}

// Mailbox lists the letters that the built-in mailbox took.
func (a *Admin) Mailbox(c *gin.Context) error {
	p := mailboxPage{Search: strings.TrimSpace(c.Query("q"))}
	all, err := a.Store.Letters(c.Request.Context(), p.Search, number(c.Query("before")), mailboxSize+1)
	if err != nil {
		return err
	}
	p.Letters = all
	if len(all) > mailboxSize {
		p.Letters = all[:mailboxSize]
		p.Next = p.Letters[mailboxSize-1].ID
	}
	return a.Page(c, "admin/mailbox", p)
}

type letterPage struct {
	store.BoxLetter
	inbound.Mail
	View   string // html, text, headers or source
	Broken string // what cannot be read of it
}

// Source is the letter as it arrived, fit to be shown.
func (p letterPage) Source() string { return strings.ToValidUTF8(string(p.Data), "�") }

// Letter shows one letter: as a mailbox does, its text, its headers or its source.
func (a *Admin) Letter(c *gin.Context) error {
	p, err := a.letter(c)
	if err != nil {
		return err
	}
	switch v := c.Query("view"); v {
	case "text", "headers", "source":
		p.View = v
	default:
		p.View = "html"
	}
	if p.View == "html" && p.HTML == "" {
		p.View = "text"
	}
	return a.Page(c, "admin/letter", p)
}

func (a *Admin) letter(c *gin.Context) (letterPage, error) {
	id, err := page.ID(c)
	if err != nil {
		return letterPage{}, err
	}
	l, err := a.Store.Letter(c.Request.Context(), id)
	if err != nil {
		return letterPage{}, err
	}
	p := letterPage{BoxLetter: l}
	if p.Mail, err = inbound.Parse(l.Data); err != nil {
		p.Broken = err.Error()
	}
	return p, nil
}

// framePolicy is the letter's own: nothing runs in it, and its links open a new tab.
const framePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: https:; font-src https:; " +
	"base-uri 'self'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"

// LetterFrame is the letter's HTML alone, for a sandboxed frame.
func (a *Admin) LetterFrame(c *gin.Context) error {
	p, err := a.letter(c)
	if err != nil {
		return err
	}
	c.Header("Content-Security-Policy", framePolicy)
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(withTarget(p.HTML)))
	return nil
}

// withTarget lets the letter's links leave the frame.
func withTarget(html string) string {
	const base = `<base target="_blank">`
	if i := strings.Index(strings.ToLower(html), "<head>"); i >= 0 {
		return html[:i+len("<head>")] + base + html[i+len("<head>"):]
	}
	return base + html
}

// LetterSource is the letter as a file.
func (a *Admin) LetterSource(c *gin.Context) error {
	p, err := a.letter(c)
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="letter-%d.eml"`, p.ID))
	c.Data(http.StatusOK, "message/rfc822", p.Data)
	return nil
}

// LetterAttachment is one part of a letter as a file; a browser never shows it.
func (a *Admin) LetterAttachment(c *gin.Context) error {
	p, err := a.letter(c)
	if err != nil {
		return err
	}
	n, err := page.Param(c, "n")
	if err != nil || n > int64(len(p.Attachments)) {
		return fault.New(fault.NotFound, page.NoPage)
	}
	c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="attachment-%d"`, n))
	c.Data(http.StatusOK, "application/octet-stream", p.Attachments[n-1].Data)
	return nil
}
