package admin

import (
	"context"
	"slices"
	"strings"
	"time"

	"keepsake/campaigns/sending"
	"keepsake/internal/config"
	"keepsake/internal/store"
)

// obstacle is why no letter of any campaign leaves just now; the zero one is none.
type obstacle struct {
	Why   string // one of the in constants
	Since time.Time
	Said  string // the mail server's own words
	Many  bool   // there are several mail servers
}

// What keeps all letters back, obstacle.Why.
const (
	inHeld    = "held"    // the whole database; the banner says why
	inProcess = "process" // no living process hands letters over
	inServers = "servers" // every mail server is left alone
	inOff     = "off"     // every mail server is turned off
)

// obstacle looks for what keeps all letters back.
func (a *Admin) obstacle(ctx context.Context) (obstacle, error) {
	if a.Instance.Held() != "" {
		return obstacle{Why: inHeld}, nil
	}
	all, err := a.Store.Processes(ctx)
	if err != nil {
		return obstacle{}, err
	}
	if len(all) > 0 && !slices.ContainsFunc(all, a.handsOver) {
		return obstacle{Why: inProcess}, nil
	}
	return a.serversAway(ctx)
}

// handsOver reports whether a process lives and sends.
func (a *Admin) handsOver(p store.Process) bool {
	return a.Now().Sub(p.SeenAt) <= store.LostAfter && slices.Contains(strings.Split(p.Roles, ","), config.Send)
}

// serversAway finds nothing as long as one mail server that may take letters is well.
func (a *Admin) serversAway(ctx context.Context) (obstacle, error) {
	all, err := a.allServers(ctx)
	if err != nil || len(all) == 0 {
		return obstacle{}, err
	}
	ill, err := a.Store.IllTransports(ctx)
	if err != nil {
		return obstacle{}, err
	}
	o := obstacle{Why: inOff}
	for _, t := range all {
		i, away := ill[t.ID]
		switch {
		case !t.Enabled || a.Site.Mailbox && t.ID != sending.Configured:
		case !away:
			return obstacle{}, nil
		case o.Why == inOff:
			o = obstacle{Why: inServers, Since: i.Since, Said: i.Why}
		default:
			o.Many = true
			if i.Since.After(o.Since) { // since then there is none left
				o.Since, o.Said = i.Since, i.Why
			}
		}
	}
	return o, nil
}
