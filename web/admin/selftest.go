package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/dispatch"
	"keepsake/internal/domain"
	"keepsake/internal/store"
	"keepsake/web/page"
)

// maxSource is how long a letter's source may be that somebody pastes or uploads.
const maxSource = 5 << 20

// testForm asks for a test letter, or for the source of one that arrived.
type testForm struct {
	Senders []string
	Sender  string
	To      string
	Reads   bool    // letters to our own test address come back to us
	Points  []point // of a letter that was read; nil before
	Took    time.Duration
	From    string // its sender's domain
}

// testPage is one self-test: sent, and perhaps arrived.
type testPage struct {
	store.SelfTest
	Own     bool // it comes back to us by itself
	Waiting bool
	Took    time.Duration
	Points  []point
	Every   time.Duration // between looks into the bounce mailbox; 0 where letters come at once
}

// readsTests reports whether letters to our test addresses come back to us.
func (a *Admin) readsTests() bool { return a.Site.Mailbox || a.Config.UnsubscribeMail() != "" }

// testDomain is where our test addresses are.
func (a *Admin) testDomain() string {
	if a.Config.BounceDomain == "" {
		return "mailbox.example" // of the built-in mailbox, which takes every address
	}
	return a.Config.BounceDomain
}

func (a *Admin) testForm(c *gin.Context) (testForm, error) {
	senders, err := a.senders(c)
	return testForm{Senders: senders, Reads: a.readsTests()}, err
}

// SelfTestForm asks for a test letter, or for the source of one that arrived.
func (a *Admin) SelfTestForm(c *gin.Context) error {
	f, err := a.testForm(c)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/domain-test", f)
}

// SendSelfTest sends a test letter.
func (a *Admin) SendSelfTest(c *gin.Context) error {
	f, err := a.testForm(c)
	if err != nil {
		return err
	}
	f.Sender, f.To = c.PostForm("sender"), strings.TrimSpace(c.PostForm("to"))
	id, err := a.sendSelfTest(c, f)
	if err != nil {
		return a.Again(c, "admin/domain-test", f, err)
	}
	return a.Redirect(c, "/settings/domain/test/%d", id)
}

func (a *Admin) sendSelfTest(c *gin.Context, f testForm) (int64, error) {
	ctx := c.Request.Context()
	if !slices.Contains(f.Senders, f.Sender) {
		return 0, fault.Field("sender", "Choose a sender address in use.")
	}
	if a.Instance.Held() != "" {
		return 0, fault.New(fault.Conflict, "Nothing is sent now: this Keepsake waits for an owner's confirmation.")
	}
	t := store.SelfTest{Sender: f.Sender, Recipient: f.To}
	if f.To != "" || !f.Reads {
		clean, err := audience.CleanEmail(f.To)
		if err != nil {
			return 0, fault.Field("to", "“%s” is not an email address.", f.To)
		}
		t.Recipient = clean
	}
	var err error
	if t.ID, err = a.Store.BeginSelfTest(ctx, f.Sender); err != nil {
		return 0, err
	}
	if t.Recipient == "" {
		t.Recipient = a.Links.TestAddress(t.ID, a.testDomain())
	}
	t.SentAt = a.Store.Now()
	if t.Reply, err = a.Dispatch.SendSelfTest(ctx, dispatch.SelfTest{ID: t.ID, From: f.Sender, To: t.Recipient, Lang: a.Lang(c)}); err != nil {
		return 0, err
	}
	return t.ID, a.Store.SentSelfTest(ctx, t)
}

// SelfTest shows what became of a test letter.
func (a *Admin) SelfTest(c *gin.Context) error {
	id, err := page.ID(c)
	if err != nil {
		return err
	}
	t, err := a.Store.SelfTest(c.Request.Context(), id)
	if err != nil {
		return err
	}
	owner, err := a.Links.TestOf(t.Recipient)
	p := testPage{SelfTest: t, Own: err == nil && owner == t.ID}
	p.Waiting = p.Own && t.ArrivedAt == nil
	if a.Config.Bounces.Mailbox.Protocol != "" {
		p.Every = time.Duration(a.Config.Bounces.Mailbox.PollSeconds-1) * time.Second
	}
	if t.ArrivedAt != nil {
		p.Took = whole(t.ArrivedAt.Sub(t.SentAt))
		_, p.Points, err = a.readReceived(c, t.Letter)
	} else {
		err = nil
	}
	if err != nil {
		return err
	}
	return a.Page(c, "admin/domain-arrived", p)
}

// ReadLetter reads the source of a letter that somebody pasted or uploaded.
func (a *Admin) ReadLetter(c *gin.Context) error {
	f, err := a.testForm(c)
	if err != nil {
		return err
	}
	source, err := letterSource(c)
	if err != nil {
		return a.Again(c, "admin/domain-test", f, err)
	}
	arrived, points, err := a.readReceived(c, source)
	if err != nil {
		return err
	}
	f.Points, f.Took, f.From = points, whole(arrived.Took), arrived.From
	return a.Page(c, "admin/domain-test", f)
}

// whole is a time as a page's span says it, begun seconds counted; 0 stays nothing known.
func whole(d time.Duration) time.Duration {
	if d < time.Minute {
		return max(d-time.Second, min(d, time.Millisecond))
	}
	return d
}

// letterSource is the uploaded file, else what was pasted.
func letterSource(c *gin.Context) ([]byte, error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxSource+1<<20)
	file, err := c.FormFile("file")
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, fault.New(fault.TooLarge, "A letter's source may have up to 5 MB.")
	}
	if err == nil && file.Size > 0 {
		f, err := file.Open()
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(io.LimitReader(f, maxSource))
	}
	source := c.PostForm("source")
	if strings.TrimSpace(source) == "" {
		return nil, fault.Field("source", "Paste the source of a letter, or choose its file.")
	}
	return []byte(source), nil
}

// readTime is how long the keys of a letter's signatures are looked up.
const readTime = 5 * time.Second

// readReceived reads a letter as it arrived, says what there is to say of it, and remembers
// by which keys a sender domain's letters are signed.
func (a *Admin) readReceived(c *gin.Context, source []byte) (domain.Arrived, []point, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readTime)
	defer cancel()
	arrived := domain.Received(source, func(name string) ([]string, error) { return a.resolver().LookupTXT(ctx, name+".") })
	if f, ok := a.reachable(ctx, arrived.OneClick); ok {
		arrived.Findings = append(arrived.Findings, f)
	}
	senders, err := a.senders(c)
	if err == nil && len(arrived.Selectors) > 0 && slices.Contains(domainsOf(senders), arrived.From) {
		err = a.Store.SaveSetting(c.Request.Context(), seenSetting(arrived.From), strings.Join(arrived.Selectors, " "))
	}
	return arrived, a.points(c, arrived.Findings), err
}

// reachable says whether our own web address, where one click leads, answers from here. It
// asks for nothing that the letter says, and presses nothing.
func (a *Admin) reachable(ctx context.Context, oneClick string) (domain.Finding, bool) {
	base := a.Config.Base()
	if oneClick == "" || !strings.HasPrefix(oneClick, base+"/u/") {
		return domain.Finding{}, false
	}
	f := domain.Finding{About: "One click", State: domain.OK, Text: "%s answers, so one click reaches us.", Args: []any{base}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/healthz", nil)
	if err == nil {
		var got *http.Response
		if got, err = http.DefaultClient.Do(req); err == nil {
			got.Body.Close()
			if got.StatusCode == http.StatusOK {
				return f, true
			}
		}
	}
	f.State, f.Text = domain.Unknown, "%s does not answer from this machine. If it does from outside, all is well."
	return f, true
}
