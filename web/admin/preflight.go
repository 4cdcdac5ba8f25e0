package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/dispatch"
	"keepsake/internal/domain"
)

// preflightLine is a line of the pre-flight as the composer shows it.
type preflightLine struct {
	Level string `json:"level"` // pass, warn, fail or wait
	About string `json:"about"`
	Text  string `json:"text"`
	Why   string `json:"why,omitempty"`
	Block string `json:"block,omitempty"`
	Field string `json:"field,omitempty"`
	Line  int    `json:"line,omitempty"`
	Href  string `json:"href,omitempty"` // of the page on which it is put right, when that is not the composer
}

// PreflightLetter looks over the letter as the composer holds it, and says what to put right.
func (a *Admin) PreflightLetter(c *gin.Context) error {
	l, b, err := a.readLetter(c)
	if err != nil {
		return err
	}
	lines, err := a.Dispatch.Preflight(c.Request.Context(), dispatch.Draft{Campaign: l.campaign, Message: l.message, Content: b.content(l.content), Again: c.Query("again") != ""})
	if err != nil {
		return err
	}
	more, err := a.domainLines(c, l.campaign)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"lines": a.preflightLines(c, l, append(lines, more...))})
	return nil
}

// preflightLines are the lines in the reader's language, the gravest first.
func (a *Admin) preflightLines(c *gin.Context, letter letterAt, lines []dispatch.Line) []preflightLine {
	w := a.words(c)
	p := reviewPage{campaignView: campaignView{Campaign: campaigns.Campaign{ID: letter.campaign.ID}}}
	all := []preflightLine{}
	for _, l := range lines {
		one := preflightLine{Level: l.Level, About: l.About, Text: w.grouped(w.T(l.Format, l.Args...), l.Args), Why: w.T(l.Because), Block: l.Block, Field: l.Field, Line: l.At}
		if l.Lang != letter.content.Lang || l.Variant != letter.content.Variant {
			one.Href = p.whereTo(l)
		}
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	grave := map[string]int{"fail": 0, "warn": 1, "wait": 2, "pass": 3}
	slices.SortStableFunc(all, func(a, b preflightLine) int { return cmp.Compare(grave[a.Level], grave[b.Level]) })
	return all
}

const whyDomain = "Mailbox providers ask who may send in your domain's name. Without SPF, DKIM and DMARC they sort letters out or refuse them."

// domainLines say how the campaign's sender domain stood when it was last looked up.
func (a *Admin) domainLines(c *gin.Context, campaign campaigns.Campaign) ([]dispatch.Line, error) {
	name := audience.Domain(cmp.Or(campaign.Sender.Email, a.Shop(c).SenderEmail))
	if name == "" {
		return nil, nil // said already: the sender has no address
	}
	keys, err := a.Store.SigningKeys(c.Request.Context())
	if err != nil {
		return nil, err
	}
	row, err := a.domainRow(c, name, keys)
	if err != nil {
		return nil, err
	}
	l := dispatch.Line{Level: "warn", Where: "domain", About: "domain", Format: "Nobody has looked up yet whether %s may send: check the domain.", Args: []any{name}, Because: whyDomain}
	if row.Checked.IsZero() {
		return []dispatch.Line{l}, nil
	}
	if open := openMatters(row.Points); len(open) > 0 {
		l.Format, l.Args = "The domain %s has something to do: %s.", []any{name, strings.Join(open, ", ")}
	} else {
		l.Level, l.Format = "pass", "SPF, DKIM and DMARC of %s are in order."
	}
	return []dispatch.Line{l}, nil
}

// openMatters are what a domain lacks, of what decides whether letters arrive.
func openMatters(points []point) (open []string) {
	for _, p := range points {
		if p.State == domain.ToDo && slices.Contains([]string{"SPF", "DKIM", "DMARC"}, p.About) {
			open = append(open, p.About)
		}
	}
	return open
}

// standIn is somebody to look at the letter as, and why.
type standIn struct {
	Why   string `json:"why"` // longest, lacking, shown or hidden
	Path  string `json:"path,omitempty"`
	Block string `json:"block,omitempty"`
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// StandIns finds real people who show the letter at its edges.
func (a *Admin) StandIns(c *gin.Context) error {
	l, b, err := a.readLetter(c)
	if err != nil {
		return err
	}
	found, err := a.Dispatch.StandIns(c.Request.Context(), dispatch.Draft{Campaign: l.campaign, Message: l.message, Content: b.content(l.content)})
	if err != nil {
		return err
	}
	all := make([]standIn, len(found))
	for i, s := range found {
		all[i] = standIn{s.Why, s.Path, s.Block, s.Person.ID, s.Person.Name(), s.Person.Email}
	}
	c.JSON(http.StatusOK, all)
	return nil
}
