package domain

import (
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// mxFindings says whether bounces and answers reach somebody.
func mxFindings(s Subject, a Answers) []Finding {
	bounces := exchangers(s.Bounce, a, todo("MX", "%s takes no mail: it has no MX record, so bounces are lost and dead addresses are written to again and again.", s.Bounce),
		ok("MX", "Bounces to %s reach a mail server: %s.", s.Bounce, first(a.MX[s.Bounce].All)))
	if bounces.State == ToDo && s.Intake && s.Name != "" {
		bounces = bounces.with(s.Bounce, "MX", "10 "+s.Name)
	}
	if s.Bounce == s.Domain {
		return []Finding{bounces}
	}
	return []Finding{bounces, exchangers(s.Domain, a, todo("MX", "%s takes no mail: it has no MX record, so answers to your letters come back. Some receivers refuse such senders.", s.Domain),
		ok("MX", "Answers to %s reach a mail server: %s.", s.Domain, first(a.MX[s.Domain].All)))}
}

func exchangers(domain string, a Answers, none, found Finding) Finding {
	answer := a.MX[domain]
	switch {
	case !answer.Known:
		return unknown("MX", "The records of %s could not be looked up just now.", domain)
	case len(answer.All) == 0 || answer.All[0] == "" || answer.All[0] == ".": // the latter: no mail at all (RFC 7505)
		return none
	}
	for _, host := range answer.All {
		if ips := a.IP[host]; !ips.Known || len(ips.All) > 0 {
			return found
		}
	}
	return todo("MX", "The MX record of %s names %s, which has no address.", domain, first(answer.All))
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// ptrFindings judges the reverse names of the addresses that are ours: receivers refuse
// those without one, or whose name leads elsewhere.
func ptrFindings(s Subject, a Answers) (all []Finding) {
	for _, ip := range s.ours(a) {
		names := a.PTR[ip.String()]
		confirmed := slices.IndexFunc(names.All, func(name string) bool { return slices.Contains(a.IP[name].All, ip) })
		switch {
		case !names.Known:
			all = append(all, unknown("PTR", "The reverse name of %s could not be looked up just now.", ip.String()))
		case len(names.All) == 0:
			all = append(all, todo("PTR", "%s has no reverse name; many receivers refuse its letters. Ask whoever gives you the address to set this one.", ip.String()).with(ip.String(), "PTR", s.Name))
		case confirmed < 0:
			all = append(all, todo("PTR", "The reverse name of %s is %s, which does not lead back to it. Point that name to the address, or ask for this one.", ip.String(), names.All[0]).with(ip.String(), "PTR", s.Name))
		default:
			all = append(all, ok("PTR", "%s is called %s, and that name leads back to it.", ip.String(), names.All[confirmed]))
		}
	}
	if len(all) == 0 && slices.ContainsFunc(s.Servers, func(server Server) bool { return server.local(a) }) {
		return []Finding{unknown("PTR", "From which address your letters leave is not known here: this installation's own name leads to no public address.")}
	}
	if len(all) == 0 && len(s.Servers) > 0 {
		all = append(all, unknown("PTR", "Your letters leave from addresses of your mail server's owner, who sees to their reverse names."))
	}
	return all
}

func tlsFindings(s Subject) (all []Finding) {
	for _, server := range s.Servers {
		switch {
		case server.TLS != "none":
			all = append(all, ok("TLS", "Letters go to %s encrypted, or not at all.", server.Host))
		case server.Host == "localhost" || strings.HasPrefix(server.Host, "127.") || server.Host == "::1":
			all = append(all, ok("TLS", "Letters go to %s without encryption, but stay on this machine. That it encrypts them from there on is its own setting.", server.Host))
		default:
			all = append(all, todo("TLS", "Letters go to %s without encryption: whoever is in between can read them. Choose STARTTLS or TLS.", server.Host))
		}
	}
	return all
}
