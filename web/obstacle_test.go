package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keepsake/campaigns/sending"
	"keepsake/internal/store"
)

func TestPagesSayThatNothingLeaves(t *testing.T) {
	s := newShop(t, 3)
	c, _ := s.halfway(1)
	at, ctx := fmt.Sprint("/campaigns/", c.ID), t.Context()
	says := func(text string) {
		t.Helper()
		want(t, s.get(at), http.StatusOK, text)
		want(t, s.get("/"), http.StatusOK, "No letter leaves.", text)
	}
	quiet := func() {
		t.Helper()
		want(t, s.get(at), http.StatusOK, "Letters are on their way")
		if b := s.get("/").Body.String(); strings.Contains(b, "No letter leaves.") {
			t.Error("Home says that no letter leaves")
		}
	}
	quiet()

	front := store.Process{Owner: "front", Roles: "web", StartedAt: s.site.Now()}
	must(t, s.store.Here(ctx, front))
	says("No process sends letters now.")
	sender := store.Process{Owner: "sender", Roles: "send,cron", StartedAt: s.site.Now()}
	must(t, s.store.Here(ctx, sender))
	quiet()
	s.clock.Add(2 * store.LostAfter)
	says("No process sends letters now.")
	must(t, s.store.Here(ctx, sender))

	s.site.Config.SMTP.Host = "smtp.tea.test"
	quiet()
	var h sending.Health
	for range 3 {
		h.Failed(s.site.Now(), "connection refused")
	}
	must(t, s.store.SaveHealth(ctx, sending.Configured, h))
	says("The mail server has taken no letters since")
	says("connection refused")
	s.site.Mailbox = false
	spare := sending.Transport{Name: "Spare", Host: "spare.tea.test", Port: 587, TLS: "starttls", Connections: 1, PerConnection: 1, TimeoutSeconds: 5, Priority: 2, Weight: 1, Enabled: true}
	must(t, s.store.SaveTransport(ctx, &spare))
	quiet()
}
