package public

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/ledger"
	"keepsake/internal/hooks"
	"keepsake/web/page"
)

// hookTime is how long one call of a provider may take: the provider calls again.
const hookTime = 30 * time.Second

// How often a minute brings calls: true ones of one provider, and false ones of one network address.
const (
	mostCalls  = 12_000
	mostForged = 60
)

// believedFor is how long after a letter a report that names none of ours is put to it.
const believedFor = 30 * 24 * time.Hour

// intake takes what mail providers tell by webhook.
type intake struct {
	site      *page.Site
	providers map[string]hooks.Provider
	calls     *limiter // by provider
	forged    *limiter // by network address

	mu      sync.Mutex
	told    map[string]time.Time // when the database heard last of a source's life or trouble
	refused map[string]int       // calls of a source that it has not heard of yet
}

func newIntake(site *page.Site) *intake {
	fetch := site.Fetch
	if fetch == nil {
		fetch = fetchAmazon
	}
	c, on := site.Config.Hooks, map[string]hooks.Provider{}
	if len(c.SES.Topics) > 0 {
		on["ses"] = hooks.NewSES(c.SES.Topics, fetch, site.Roots, site.Now)
	}
	if p, err := hooks.NewSendGrid(c.SendGrid.PublicKey, site.Now); err == nil {
		on["sendgrid"] = p
	}
	if c.Postmark.Password != "" {
		on["postmark"] = hooks.Postmark{User: c.Postmark.Username, Password: c.Postmark.Password}
	}
	if c.Mailgun.SigningKey != "" {
		on["mailgun"] = hooks.NewMailgun(c.Mailgun.SigningKey, site.Now)
	}
	if c.Brevo.Secret != "" {
		on["brevo"] = hooks.Brevo{Secret: c.Brevo.Secret}
	}
	return &intake{site: site, providers: on, calls: newLimiter(site.Now, mostCalls, time.Minute),
		forged: newLimiter(site.Now, mostForged, time.Minute), told: map[string]time.Time{}, refused: map[string]int{}}
}

// amazon fetches certificates of SNS and confirms subscriptions; a redirect leads elsewhere and is none.
var amazon = &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// mostFetched is more than a certificate has.
const mostFetched = 64 << 10

func fetchAmazon(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	got, err := amazon.Do(r)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		return nil, errors.New(got.Status)
	}
	return io.ReadAll(io.LimitReader(got.Body, mostFetched))
}

// post takes one call: whose it is first, over the bytes as they came, then what it says. It
// answers 2xx only when all of it is written down; 503 asks the provider to call again.
func (in *intake) post(c *gin.Context) {
	source := c.Param("provider")
	p := in.providers[source]
	status, say := http.StatusNotFound, "There is nothing here."
	if p != nil {
		ctx, cancel := context.WithTimeout(c.Request.Context(), hookTime)
		defer cancel()
		status, say = in.call(ctx, c, source, p)
	}
	c.Header("Cache-Control", "no-store")
	c.String(status, say+"\n")
}

func (in *intake) call(ctx context.Context, c *gin.Context, source string, p hooks.Provider) (int, string) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, hooks.MaxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return http.StatusRequestEntityTooLarge, "Too large."
	}
	if err != nil {
		return http.StatusBadRequest, "The body did not arrive whole."
	}
	call := hooks.Call{Body: body, Header: c.Request.Header, Query: c.Request.URL.Query(),
		May: func() bool { return in.forged.allow(c.ClientIP()) }}
	if err := p.Verify(ctx, call); err != nil {
		return in.refuse(ctx, c, source, err)
	}
	if !in.calls.allow(source) {
		return in.busy(c)
	}
	return in.take(ctx, c, source, p, call)
}

func (in *intake) busy(c *gin.Context) (int, string) {
	c.Header("Retry-After", "60")
	return http.StatusTooManyRequests, "Too many calls. Come again in a minute."
}

// refuse answers a call that is not, or not yet, known to be the provider's. Anybody can make
// one, so it is counted and no trouble; what is noted repeats nothing of it.
func (in *intake) refuse(ctx context.Context, c *gin.Context, source string, err error) (int, string) {
	forged := errors.Is(err, hooks.ErrForged) || errors.Is(err, hooks.ErrUnnamed)
	if errors.Is(err, hooks.ErrBusy) || forged && !in.forged.allow(c.ClientIP()) {
		return in.busy(c)
	}
	slog.Warn("a webhook could not be verified", "source", source, "error", err)
	in.unverified(ctx, source, why(err))
	switch {
	case errors.Is(err, hooks.ErrUnnamed):
		c.Header("WWW-Authenticate", `Basic realm="webhook", charset="UTF-8"`)
		return http.StatusUnauthorized, "Say who you are."
	case forged:
		return http.StatusForbidden, "This call is not signed as it should be."
	}
	return http.StatusServiceUnavailable, "Come again later."
}

// why is which check failed, as the page of the bounces knows it.
func why(err error) string {
	switch {
	case errors.Is(err, hooks.ErrUnnamed):
		return "unnamed"
	case errors.Is(err, hooks.ErrIssued):
		return "certificate"
	case errors.Is(err, hooks.ErrForged):
		return "forged"
	}
	return "away"
}

// What can be in the way of a provider's own calls, as the page of the bounces knows it.
const (
	troubleForm         = "form"
	troubleSubscription = "subscription"
)

// take writes down all that a verified call says, once where it brings a token. The token is
// spent before the work and given back when the provider shall call again; if we end
// meanwhile it is free again by itself after tokenTime.
func (in *intake) take(ctx context.Context, c *gin.Context, source string, p hooks.Provider, call hooks.Call) (int, string) {
	once, ok := p.(hooks.Spender)
	if !ok {
		return in.work(ctx, c, source, p, call)
	}
	token, until := once.Token(call)
	unspent, err := in.site.Store.SpendToken(ctx, source, token, in.site.Store.Now().Add(tokenTime))
	switch {
	case err != nil:
		return in.again(source, err)
	case !unspent:
		return http.StatusOK, "Taken before."
	}
	status, say := in.work(ctx, c, source, p, call)
	if status < http.StatusInternalServerError {
		if err := in.site.Store.KeepToken(ctx, source, token, until); err != nil {
			status, say = in.again(source, err)
		}
	}
	if status >= http.StatusInternalServerError {
		in.giveBack(ctx, source, token)
	}
	return status, say
}

// tokenTime is longer than any call takes.
const tokenTime = 2 * hookTime

// giveBack lets a call be taken when it comes again; should that fail, tokenTime does it.
func (in *intake) giveBack(ctx context.Context, source, token string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := in.site.Store.ReturnToken(ctx, source, token); err != nil {
		slog.Warn("give the token of a webhook back", "source", source, "error", err)
	}
}

func (in *intake) again(source string, err error) (int, string) {
	slog.Error("take a webhook", "source", source, "error", err)
	return http.StatusServiceUnavailable, "Come again later."
}

func (in *intake) work(ctx context.Context, c *gin.Context, source string, p hooks.Provider, call hooks.Call) (int, string) {
	events, err := p.Events(call.Body)
	if err != nil {
		in.hindered(ctx, source, troubleForm)
		return http.StatusBadRequest, "This is not what a provider sends."
	}
	for _, e := range events {
		if err := in.event(ctx, source, e); err != nil {
			return in.again(source, err)
		}
	}
	if s, ok := p.(hooks.Settler); ok {
		err := s.Settle(ctx, call)
		if errors.Is(err, hooks.ErrForged) {
			return in.refuse(ctx, c, source, err)
		}
		if err != nil {
			in.hindered(ctx, source, troubleSubscription)
			return in.again(source, err)
		}
	}
	in.heard(ctx, source)
	return http.StatusOK, "Taken."
}

// event writes down what is said of one letter and one address.
func (in *intake) event(ctx context.Context, source string, e hooks.Event) error {
	at := e.At
	if now := in.site.Store.Now(); at.IsZero() || at.After(now) {
		at = now
	}
	delivery, err := in.delivery(ctx, e, at)
	if err != nil {
		return err
	}
	if e.Leaves {
		return in.site.Store.LeftElsewhere(ctx, delivery, e.Email, source, at)
	}
	taken, err := in.site.Store.TakeReport(ctx, ledger.Report{Verdict: e.Verdict, Delivery: delivery, Email: e.Email, Status: e.Status,
		Words: e.Words, Source: source, Key: e.Key, At: at})
	if err != nil {
		return err
	}
	slog.Info("report taken", "verdict", e.Verdict, "status", e.Status, "delivery", delivery, "source", source,
		"new", taken.New, "suppressed", taken.Suppressed != "")
	return nil
}

// delivery is the letter an event is about: by our own tokens, else the last one that left
// for the address in the month before; 0 when there is none.
func (in *intake) delivery(ctx context.Context, e hooks.Event, at time.Time) (int64, error) {
	for _, name := range e.Letters {
		if id, err := in.site.Links.DeliveryOfMessage(name); err == nil {
			return id, nil
		}
		if id, err := in.site.Links.DeliveryOf(name); err == nil {
			return id, nil
		}
	}
	if e.Email == "" {
		return 0, nil
	}
	return in.site.Store.LetterTo(ctx, e.Email, at.Add(-believedFor))
}

// noteEvery is how often the database hears of a source's life or trouble: calls may come by the thousand.
const noteEvery = 20 * time.Second

// due reports whether something of a source is to be noted again.
func (in *intake) due(what string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	now := in.site.Now()
	if last, ok := in.told[what]; ok && now.Sub(last) < noteEvery && !now.Before(last) {
		return false
	}
	in.told[what] = now
	return true
}

// heard notes that a source is alive, hindered what is in its way. A note that cannot be
// written is no reason to refuse a call.
func (in *intake) heard(ctx context.Context, source string) {
	if !in.due(source) {
		return
	}
	if err := in.site.Store.Heard(ctx, source); err != nil {
		slog.Warn("note a webhook", "source", source, "error", err)
	}
}

// unverified counts a call that could not be verified.
func (in *intake) unverified(ctx context.Context, source, why string) {
	in.mu.Lock()
	in.refused[source]++
	in.mu.Unlock()
	if !in.due(source + " refused") {
		return
	}
	in.mu.Lock()
	n := in.refused[source]
	in.refused[source] = 0
	in.mu.Unlock()
	if err := in.site.Store.Refused(ctx, source, n, why); err != nil {
		slog.Warn("note a webhook", "source", source, "error", err)
	}
}

func (in *intake) hindered(ctx context.Context, source, trouble string) {
	if !in.due(source + " trouble") {
		return
	}
	if err := in.site.Store.Hindered(ctx, source, trouble); err != nil {
		slog.Warn("note a webhook", "source", source, "error", err)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.told, source) // the next good call ends the trouble at once
}
