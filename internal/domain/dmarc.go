package domain

import (
	"strings"

	"keepsake/internal/dkim"
)

// dmarcOf are a name's DMARC records (RFC 7489 §6.6.3).
func dmarcOf(a Answer[string]) (all []string) {
	for _, text := range a.All {
		if first, _, _ := strings.Cut(text, ";"); strings.Join(strings.Fields(first), "") == "v=DMARC1" {
			all = append(all, text)
		}
	}
	return all
}

// dmarcNames are where a domain's policy may stand, the nearer first.
func dmarcNames(domain string) []string {
	names := []string{"_dmarc." + domain}
	if org := Organisation(domain); org != domain {
		names = append(names, "_dmarc."+org)
	}
	return names
}

func dmarcFindings(s Subject, a Answers, signed bool) []Finding {
	for _, name := range dmarcNames(s.Domain) {
		answer := a.TXT[name]
		records := dmarcOf(answer)
		switch {
		case !answer.Known:
			return []Finding{unknown("DMARC", "The records of %s could not be looked up just now.", name)}
		case len(records) > 1:
			return []Finding{todo("DMARC", "There are several DMARC records at %s; receivers then count none. Leave only one.", name)}
		case len(records) == 1:
			return s.policy(name, records[0], signed)
		}
	}
	name := "_dmarc." + s.Domain
	return []Finding{todo("DMARC", "%s has no DMARC record. Large receivers ask bulk senders for one; this one only asks for reports and changes nothing else.", s.Domain).
		with(name, "TXT", s.dmarcRecord())}
}

func (s Subject) dmarcRecord() string {
	record := "v=DMARC1; p=none"
	if s.Reports != "" {
		record += "; rua=mailto:" + s.Reports
	}
	return record
}

func (s Subject) policy(name, record string, signed bool) []Finding {
	tags, err := dkim.Tags(record)
	p := strings.ToLower(tags["p"])
	if sub := strings.ToLower(tags["sp"]); sub != "" && name != "_dmarc."+s.Domain {
		p = sub
	}
	var f Finding
	switch {
	case err != nil || p != "none" && p != "quarantine" && p != "reject":
		return []Finding{todo("DMARC", "The DMARC record at %s cannot be read; receivers count it as none. Put this one in its place.", name).with(name, "TXT", s.dmarcRecord())}
	case p == "none":
		f = ok("DMARC", "%s has a DMARC record that only asks for reports (p=none). That suffices for large receivers.", s.Domain)
	case p == "quarantine":
		f = ok("DMARC", "%s has a DMARC record: letters in your name that pass neither SPF nor DKIM go to spam (p=quarantine).", s.Domain)
	default:
		f = ok("DMARC", "%s has a DMARC record: letters in your name that pass neither SPF nor DKIM are refused (p=reject).", s.Domain)
	}
	return []Finding{f, s.alignment(strings.EqualFold(tags["aspf"], "s"), signed)}
}

// alignment says by which way DMARC recognises our letters: the domain of From must be that
// of the return path (SPF), or that of the signature (DKIM).
func (s Subject) alignment(strict, signed bool) Finding {
	bySPF := aligned(s.Domain, s.Bounce, strict)
	switch {
	case signed && bySPF:
		return ok("DMARC", "Your letters can pass DMARC in both ways: the signature and the return path are of %s.", s.Domain)
	case signed:
		return ok("DMARC", "Your letters pass DMARC by their signature. The return path is of %s, so SPF does not count for %s.", s.Bounce, s.Domain)
	case bySPF:
		return ok("DMARC", "Your letters can pass DMARC by SPF, since the return path is of %s. A forwarded letter loses that: sign them as well.", s.Bounce)
	}
	return todo("DMARC", "No way is known by which your letters pass DMARC: the return path is of %s, not of %s, and no signature for %s is known. Sign them here, or let your mail server do it.", s.Bounce, s.Domain, s.Domain)
}
