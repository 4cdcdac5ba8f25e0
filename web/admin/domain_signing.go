package admin

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/sending"
	"keepsake/internal/dkim"
	"keepsake/internal/domain"
)

// keysOf are a domain's keys that sign or wait.
func (a *Admin) keysOf(c *gin.Context, name string) ([]sending.SigningKey, error) {
	keys, err := a.Store.SigningKeys(c.Request.Context())
	return slices.DeleteFunc(keys, func(k sending.SigningKey) bool { return k.Domain != name || k.RetiredAt != nil }), err
}

func (a *Admin) signWhereFound(c *gin.Context, names []string) error {
	for _, name := range names {
		keys, err := a.keysOf(c, name)
		if err != nil {
			return err
		}
		if err := a.activate(c, name, domain.Ready(keys, domain.FoundIn(a.checks.get(name).answers))); err != nil {
			return err
		}
	}
	return nil
}

// activate lets keys sign from now on.
func (a *Admin) activate(c *gin.Context, name string, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	if err := a.Store.ActivateSigning(c.Request.Context(), name, ids); err != nil {
		return err
	}
	if err := a.audit(c, "dkim.sign", "domain:%s", name); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Letters from %s are signed from now on.", name), "")
	return nil
}

// senderDomain is the domain the form names, one of those in use.
func (a *Admin) senderDomain(c *gin.Context) (string, error) {
	senders, err := a.senders(c)
	name := c.PostForm("domain")
	if name == "" {
		name = c.Query("domain")
	}
	if err == nil && !slices.Contains(domainsOf(senders), name) {
		err = fault.New(fault.NotFound, "No letters are sent from %s.", name)
	}
	return name, err
}

// MakeKeys makes keys for a domain. They sign once their records are found in DNS; those
// that sign now go on until then.
func (a *Admin) MakeKeys(c *gin.Context) error {
	name, err := a.senderDomain(c)
	if err != nil {
		return err
	}
	selector := "ks" + a.Now().UTC().Format("060102") + strings.ToLower(rand.Text()[:4])
	var keys []sending.SigningKey
	for algorithm, as := range map[string]string{dkim.RSA: selector, dkim.Ed25519: selector + "e"} {
		k, err := a.newKey(name, as, algorithm)
		if err != nil {
			return err
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y sending.SigningKey) int { return strings.Compare(x.Selector, y.Selector) })
	if err := a.Store.AddSigningKeys(c.Request.Context(), name, keys); err != nil {
		return err
	}
	if err := a.audit(c, "dkim.keys", "domain:%s", name); err != nil {
		return err
	}
	a.checks.put(name, checked{}) // nobody has asked for these records yet
	a.Toast(c, a.T(c, "Two keys are made. Put their records into DNS, then check again."), "")
	return a.Redirect(c, "/settings/domain")
}

func (a *Admin) newKey(name, selector, algorithm string) (sending.SigningKey, error) {
	k, err := dkim.NewKey(name, selector, algorithm)
	if err != nil {
		return sending.SigningKey{}, err
	}
	record, err := k.Record()
	if err != nil {
		return sending.SigningKey{}, err
	}
	private, err := k.Private()
	return sending.SigningKey{Domain: name, Selector: selector, Algorithm: algorithm, Record: record,
		PrivateKey: a.Links.Seal(sending.SigningUse, private)}, err
}

// SignNow takes the owner's word that the records are in DNS.
func (a *Admin) SignNow(c *gin.Context) error {
	name, err := a.senderDomain(c)
	if err != nil {
		return err
	}
	keys, err := a.keysOf(c, name)
	if err != nil {
		return err
	}
	ids := domain.Ready(keys, func(sending.SigningKey) bool { return true })
	if len(ids) == 0 {
		return fault.New(fault.Conflict, "No key of %s waits to sign.", name)
	}
	if err := a.activate(c, name, ids); err != nil {
		return err
	}
	return a.Redirect(c, "/settings/domain")
}

// undoSigning is how long StopSigning can be taken back.
const undoSigning = 10 * time.Minute

// StopSigning leaves the signing of a domain's letters to the mail server.
func (a *Admin) StopSigning(c *gin.Context) error {
	name, err := a.senderDomain(c)
	if err != nil {
		return err
	}
	if err := a.Store.StopSigning(c.Request.Context(), name); err != nil {
		return err
	}
	if err := a.audit(c, "dkim.stop", "domain:%s", name); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Letters from %s are no longer signed here.", name), "/settings/domain/sign/resume?domain="+url.QueryEscape(name))
	return a.Redirect(c, "/settings/domain")
}

// ResumeSigning undoes StopSigning.
func (a *Admin) ResumeSigning(c *gin.Context) error {
	name, err := a.senderDomain(c)
	if err != nil {
		return err
	}
	if err := a.Store.ResumeSigning(c.Request.Context(), name, undoSigning); err != nil {
		return err
	}
	if err := a.audit(c, "dkim.resume", "domain:%s", name); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "Undone."), "")
	return a.Redirect(c, "/settings/domain")
}
