package admin

import (
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/ledger"
	"keepsake/internal/store"
	"keepsake/web/page"
)

type processesPage struct {
	Processes []processRow
	Unsure    store.UnsureRule
	Rules     []string
	Held      string   // why nothing is sent: a catalogue id
	May       bool     // a person's word is enough to go on
	Bases     []string // how links begin that living processes write; more than one is a fault
	Shared    bool     // several processes may work on this database
}

type processRow struct {
	store.Process
	Does   []string
	Silent bool // it has not said that it lives for longer than it should
}

// Processes shows who works on this database, and the rule for letters in doubt.
func (a *Admin) Processes(c *gin.Context) error {
	p, err := a.processes(c)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/processes", p)
}

func (a *Admin) processes(c *gin.Context) (processesPage, error) {
	held := a.Instance.Held()
	p := processesPage{Rules: []string{ledger.Hold, ledger.Resend, ledger.CountSent}, Held: store.HeldWords(held), May: store.CanConfirm(held),
		Shared: a.Config.Database != ""}
	all, err := a.Store.Processes(c.Request.Context())
	if err != nil {
		return p, err
	}
	p.Bases = store.Bases(all, a.Now())
	for _, one := range all {
		p.Processes = append(p.Processes, processRow{one, strings.Split(one.Roles, ","), a.Now().Sub(one.SeenAt) > store.LostAfter/2})
	}
	p.Unsure, err = a.Store.Unsure(c.Request.Context())
	return p, err
}

// SaveUnsure sets the rule for letters that come into doubt from now on.
func (a *Admin) SaveUnsure(c *gin.Context) error {
	if err := a.Store.ChooseUnsure(c.Request.Context(), c.PostForm("rule")); err != nil {
		p, failed := a.processes(c)
		if failed != nil {
			return failed
		}
		return a.Again(c, "admin/processes", p, err)
	}
	if err := a.audit(c, "unsure.rule", "rule:%s", c.PostForm("rule")); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Saved."), "")
	return a.Redirect(c, "/settings/processes")
}

// ConfirmInstance is the owner's word that this database is the live one.
func (a *Admin) ConfirmInstance(c *gin.Context) error {
	if a.Instance.Held() != "" {
		confirm := a.Instance.Confirm
		if c.PostForm("secret") == "new" {
			confirm = a.Instance.ConfirmSecret
		}
		if err := confirm(c.Request.Context(), page.User(c).Email); err != nil {
			return err
		}
		if err := a.audit(c, "instance.confirm", "instance"); err != nil {
			return err
		}
	}
	a.Dispatch.Wake()
	a.Toast(c, a.T(c, "Confirmed: sending goes on."), "/settings/processes/hold")
	return a.Redirect(c, "%s", page.Local(c.PostForm("back"), "/"))
}

// HoldInstance stops all sending until somebody confirms.
func (a *Admin) HoldInstance(c *gin.Context) error {
	if a.Instance != nil {
		if err := a.Instance.Hold(c.Request.Context()); err != nil {
			return err
		}
	}
	if err := a.audit(c, "instance.hold", "instance"); err != nil {
		return err
	}
	return a.Redirect(c, "/settings/processes")
}
