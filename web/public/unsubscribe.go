package public

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/link"
	"keepsake/internal/store"
)

// leaving is what the pages about leaving show.
type leaving struct {
	Token       string
	List        string // its name; "" is everything
	Masked      string
	Undo        string // what takes the leaving back; "" when there is nothing to take back
	Preferences string
}

// leaveForm asks once, with one button. It changes nothing.
func (p *pages) leaveForm(c *gin.Context) error {
	claims, data, err := p.leaving(c)
	if err != nil {
		return err
	}
	lists, err := p.lists(c.Request.Context(), claims.Subscriber)
	if err != nil {
		return err
	}
	if claims.List != 0 && !slices.Contains(lists, claims.List) {
		return p.site.Page(c, "public/left", data)
	}
	return p.site.Page(c, "public/leave", data)
}

func (p *pages) leaving(c *gin.Context) (link.Claims, leaving, error) {
	claims, err := p.site.Links.Open(link.Unsubscribe, c.Param("token"))
	if err != nil {
		return claims, leaving{}, err
	}
	person, err := p.person(c, claims.Subscriber)
	data := leaving{Token: c.Param("token"), Masked: masked(person.Email), Preferences: p.preferencesPath(claims.Subscriber)}
	if err != nil || claims.List == 0 {
		return claims, data, err
	}
	list, err := p.site.Store.List(c.Request.Context(), claims.List)
	if fault.Is(err, fault.NotFound) { // the list was deleted since: leaving it still works
		err = nil
	}
	data.List = list.Name
	return claims, data, err
}

// leave unsubscribes at once, whoever posts (RFC 8058 §3.1, §3.2): a mailbox provider gets
// a plain 200, a person the page that offers to take it back. Twice is as good as once.
func (p *pages) leave(c *gin.Context) error {
	claims, data, err := p.leaving(c)
	if err != nil {
		return err
	}
	oneClick := c.PostForm("List-Unsubscribe") == "One-Click" // as either kind of form
	source := "page"
	if oneClick {
		source = "one-click"
	}
	ctx := c.Request.Context()
	before, err := p.lists(ctx, claims.Subscriber)
	if err != nil {
		return err
	}
	l := store.Leave{Subscriber: claims.Subscriber, List: claims.List, Delivery: claims.Delivery, Source: source, Address: c.ClientIP()}
	if err := p.site.Store.Unsubscribe(ctx, l); err != nil {
		return err
	}
	if oneClick {
		c.String(http.StatusOK, "Unsubscribed.\n")
		return nil
	}
	if data.Undo, err = p.undo(ctx, claims.Subscriber, before); err != nil {
		return err
	}
	return p.site.Page(c, "public/left", data)
}

// lists are the lists the person is confirmed on.
func (p *pages) lists(ctx context.Context, subscriber int64) (ids []int64, err error) {
	rows, err := p.site.Store.Subscriptions(ctx, subscriber)
	for _, r := range rows {
		if r.State == audience.Confirmed {
			ids = append(ids, r.ListID)
		}
	}
	return ids, err
}

// undoTime is how long leaving can be taken back from its page; after that one signs up again.
const undoTime = 24 * time.Hour

// undo is a signed note of the lists that were left just now.
func (p *pages) undo(ctx context.Context, subscriber int64, before []int64) (string, error) {
	after, err := p.lists(ctx, subscriber)
	if err != nil {
		return "", err
	}
	note := []string{strconv.FormatInt(p.site.Now().Add(undoTime).Unix(), 10)}
	for _, id := range before {
		if !slices.Contains(after, id) {
			note = append(note, strconv.FormatInt(id, 10))
		}
	}
	if len(note) == 1 {
		return "", nil
	}
	return p.site.Links.Token(link.Claims{Purpose: link.Preferences, Subscriber: subscriber, Extra: "undo " + strings.Join(note, " ")}), nil
}

// comeBack takes a leaving back: the person is again on the lists they had left.
func (p *pages) comeBack(c *gin.Context) error {
	claims, data, err := p.leaving(c)
	if err != nil {
		return err
	}
	note, err := p.site.Links.Open(link.Preferences, c.PostForm("undo"))
	if err != nil || note.Subscriber != claims.Subscriber {
		return fault.New(fault.NotFound, "This link is not valid.")
	}
	lists, err := p.undone(note.Extra)
	if err != nil {
		return err
	}
	for _, id := range lists {
		if err := p.rejoin(c, claims.Subscriber, id); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return p.site.Page(c, "public/back", data)
}

func (p *pages) undone(note string) (lists []int64, err error) {
	words := strings.Fields(note)
	if len(words) < 2 || words[0] != "undo" {
		return nil, fault.New(fault.NotFound, "This link is not valid.")
	}
	until, _ := strconv.ParseInt(words[1], 10, 64) // signed by us
	if p.site.Now().Unix() > until {
		return nil, fault.New(fault.Conflict, "This can no longer be undone here. Choose your lists on the preferences page.")
	}
	for _, w := range words[2:] {
		id, _ := strconv.ParseInt(w, 10, 64)
		lists = append(lists, id)
	}
	return lists, nil
}

// rejoin confirms the person on a list and keeps what they agreed to.
func (p *pages) rejoin(c *gin.Context, subscriber, list int64) error {
	l, err := p.site.Store.List(c.Request.Context(), list)
	if err != nil {
		return err
	}
	consent := audience.Consent{Source: "page", Wording: p.wording(c, l.List), Address: c.ClientIP()}
	return p.site.Store.Subscribe(c.Request.Context(), subscriber, list, audience.Confirmed, consent)
}

// wording is what one agrees to by joining a list, as the page says it.
func (p *pages) wording(c *gin.Context, l audience.List) string {
	return p.site.T(c, "I agree that %s writes to me about “%s”. I can leave at any time with one click.", p.shopName(c), l.Name)
}

func (p *pages) shopName(c *gin.Context) string {
	if name := p.site.Shop(c).Name; name != "" {
		return name
	}
	return p.site.T(c, "the shop")
}
