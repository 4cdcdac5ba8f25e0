package admin

import (
	"bufio"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
)

type codesPage struct {
	campaignView
	Stock   campaigns.Stock
	Filters []tab
	Rows    []codeRow
	Next    int64
	Search  string
	Form    codesForm
}

type codesForm struct{ Count, Prefix, Codes, Redeem string }

type codeRow struct {
	store.HeldCode
	Status word
}

// CampaignCodes shows a campaign's pool: how many are left, and who holds which.
func (a *Admin) CampaignCodes(c *gin.Context) error {
	v, err := a.openCodes(c)
	if err != nil {
		return err
	}
	p, err := a.codesPage(c, v, codesForm{Count: "500"})
	if err != nil {
		return err
	}
	return a.Page(c, "admin/campaign-codes", p)
}

// openCodes opens a campaign whose kind gives codes; others have no such page.
func (a *Admin) openCodes(c *gin.Context) (campaignView, error) {
	v, err := a.open(c, "/codes")
	if err != nil {
		return v, err
	}
	if _, gives := v.kind.(campaigns.Giver); !gives {
		return v, fault.New(fault.NotFound, "There is no such page.")
	}
	return v, nil
}

func (a *Admin) codesPage(c *gin.Context, v campaignView, form codesForm) (codesPage, error) {
	p := codesPage{campaignView: v, Search: strings.TrimSpace(c.Query("q")), Form: form}
	ctx := c.Request.Context()
	var err error
	if p.Stock, err = a.Store.Stock(ctx, v.ID); err != nil {
		return p, err
	}
	p.Filters = v.codeFilters(p.Stock, c.Query("state"))
	q := store.CodeQuery{Campaign: v.ID, State: c.Query("state"), Search: p.Search}
	q.After, _ = strconv.ParseInt(c.Query("after"), 10, 64) // no number is the first page
	rows, next, err := a.Store.FindCodes(ctx, q)
	p.Next = next
	for _, r := range rows {
		p.Rows = append(p.Rows, codeRow{r, v.words.code(r.State)})
	}
	return p, err
}

// code is where a code stands.
func (w words) code(state string) word {
	switch state {
	case "reserved":
		return word{w.T("Reserved"), "wait"}
	case "issued":
		return word{w.T("Given"), "good"}
	case "redeemed":
		return word{w.T("Redeemed"), "good"}
	}
	return word{w.T("Free"), "off"}
}

func (v campaignView) codeFilters(s campaigns.Stock, here string) []tab {
	w := v.words
	var tabs []tab
	for _, f := range []struct {
		state, text string
		n           int
	}{{"", w.T("All"), s.Free + s.Reserved + s.Issued + s.Redeemed}, {"free", w.T("Free"), s.Free}, {"reserved", w.T("Reserved"), s.Reserved},
		{"issued", w.T("Given"), s.Issued}, {"redeemed", w.T("Redeemed"), s.Redeemed}} {
		to := path(v.ID, "/codes")
		if f.state != "" {
			to += "?state=" + f.state
		}
		tabs = append(tabs, tab{To: to, Text: f.text, Count: w.cat.Number(w.lang, f.n), Here: f.state == here})
	}
	return tabs
}

// mostCodes is how many codes are made or taken at once.
const mostCodes = 100000

// AddCodes puts codes into the pool: made here, pasted, or uploaded as a file with one a line.
func (a *Admin) AddCodes(c *gin.Context) error {
	v, err := a.openCodes(c)
	if err != nil {
		return err
	}
	form := codesForm{Count: strings.TrimSpace(c.PostForm("count")), Prefix: strings.TrimSpace(c.PostForm("prefix")), Codes: c.PostForm("codes")}
	codes, err := a.newCodes(c, form)
	if err != nil {
		p, broken := a.codesPage(c, v, form)
		if broken != nil {
			return broken
		}
		return a.Again(c, "admin/campaign-codes", p, err)
	}
	added, err := a.Store.AddCodes(c.Request.Context(), v.ID, codes)
	if err != nil {
		return err
	}
	said := v.words.N("%d codes added.", added)
	if twice := int64(len(codes)) - added; twice > 0 {
		said += " " + v.words.N("%d were there already.", twice)
	}
	a.Toast(c, said, "")
	return a.Redirect(c, "%s", path(v.ID, "/codes"))
}

func (a *Admin) newCodes(c *gin.Context, form codesForm) ([]string, error) {
	if c.PostForm("how") == "make" {
		return makeCodes(form)
	}
	var file io.Reader = strings.NewReader("")
	if up, err := c.FormFile("file"); err != nil && err != http.ErrMissingFile && err != http.ErrNotMultipart {
		return nil, err
	} else if err == nil {
		opened, err := up.Open()
		if err != nil {
			return nil, err
		}
		defer opened.Close()
		file = opened
	}
	return readCodes(io.MultiReader(strings.NewReader(form.Codes+"\n"), file))
}

func makeCodes(form codesForm) ([]string, error) {
	n, err := strconv.Atoi(form.Count)
	if err != nil || n < 1 || n > mostCodes {
		return nil, fault.Field("count", "Between 1 and %d codes.", mostCodes)
	}
	if len(form.Prefix) > 12 || strings.ContainsFunc(form.Prefix, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return nil, fault.Field("prefix", "A prefix has 12 letters or digits at most.")
	}
	codes := make([]string, n)
	for i := range codes {
		if codes[i], err = campaigns.NewCode(rand.Reader, form.Prefix); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// readCodes takes the first column of each line; a heading "code" is none.
func readCodes(r io.Reader) ([]string, error) {
	var codes []string
	lines := bufio.NewScanner(io.LimitReader(r, 16<<20))
	for n := 1; lines.Scan(); n++ {
		code, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "\ufeff"), ",")
		code, _, _ = strings.Cut(code, ";")
		code = strings.Trim(strings.TrimSpace(code), `"`)
		switch {
		case code == "" || strings.EqualFold(code, "code"):
		case !utf8.ValidString(code) || len(code) > 64 || strings.ContainsFunc(code, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return nil, fault.Field("codes", "Line %d is not a code: one code a line, 64 signs at most.", n)
		default:
			codes = append(codes, code)
		}
		if len(codes) > mostCodes {
			return nil, fault.Field("codes", "At most %d codes at once.", mostCodes)
		}
	}
	if lines.Err() != nil {
		return nil, fault.Field("codes", "This file cannot be read: one code a line.")
	}
	if len(codes) == 0 {
		return nil, fault.Field("codes", "Paste codes, or choose a file with one code a line.")
	}
	return codes, nil
}

// RedeemCode redeems a code by hand, once.
func (a *Admin) RedeemCode(c *gin.Context) error {
	v, err := a.openCodes(c)
	if err != nil {
		return err
	}
	typed := strings.TrimSpace(c.PostForm("redeem"))
	err = a.redeem(c, v, typed)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		p, broken := a.codesPage(c, v, codesForm{Count: "500", Redeem: typed})
		if broken != nil {
			return broken
		}
		return a.Again(c, "admin/campaign-codes", p, atField("redeem", err))
	}
	if err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Redeemed: %s", typed), "")
	return a.Redirect(c, "%s", path(v.ID, "/codes?state=redeemed"))
}

// atField puts a fault beside an input.
func atField(name string, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	return &fault.Error{Code: fault.Invalid, Format: f.Format, Args: f.Args, Fields: []fault.FieldError{{Field: name, Format: f.Format, Args: f.Args}}}
}

func (a *Admin) redeem(c *gin.Context, v campaignView, typed string) error {
	code, err := a.Store.Code(c.Request.Context(), typed)
	if fault.Is(err, fault.NotFound) || err == nil && code.CampaignID != v.ID {
		return fault.New(fault.NotFound, "There is no such code in this campaign.")
	}
	if err == nil {
		_, err = a.Store.Redeem(c.Request.Context(), code.Code, "admin")
	}
	return err
}

// DropCodes empties the pool of what nobody holds.
func (a *Admin) DropCodes(c *gin.Context) error {
	v, err := a.openCodes(c)
	if err != nil {
		return err
	}
	if err := a.Store.DropFreeCodes(c.Request.Context(), v.ID); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "The free codes were removed."), "")
	return a.Redirect(c, "%s", path(v.ID, "/codes"))
}
